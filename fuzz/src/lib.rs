//! What is fuzzed: each function takes any text, and panics where something is not as it has to be.
//!
//! `cargo +nightly fuzz run NAME` runs one for long (fuzz/README.md), and `crates/segue/tests/fuzzed` all of them for a moment on
//! texts that were changed by chance, as part of the tests. This file is in both.

use std::sync::Arc;

use segue_catalog::{Catalog, Session, advance, compare, render};
use segue_db::postgres::url;
use segue_plan::{
    Policy, Script, Strategy,
    shown::{self, Detail},
};
use segue_project::{Content, Context, Folder, LAYOUTS, config::Config};
use segue_sql::{Problem, Source};

/// What must not be seen again.
const SECRET: &str = "s3cretXs3cret";

/// Texts longer than this teach nothing that shorter ones do not.
const LONGEST: usize = 20_000;

fn source(text: &str) -> Arc<Source> {
    Source::new("fuzzed.sql", text)
}

/// What is told of a place can be shown: it is in the text, between characters.
fn are_shown(problems: &[Problem]) {
    for problem in problems {
        assert!(!problem.message.is_empty());
        if let Some(place) = &problem.place {
            assert!(
                place.source.text.get(place.span.clone()).is_some(),
                "{problem:?}"
            );
        }
    }
}

/// A script is cut into statements in their order, and none of them can be cut again.
pub fn split(text: &str) {
    let source = source(text);
    let statements = match segue_sql::split(&source) {
        Ok(statements) => statements,
        Err(problems) => return are_shown(&problems),
    };
    let mut end = 0;
    for statement in statements.iter() {
        assert!(statement.span.start >= end && statement.span.end > statement.span.start);
        end = statement
            .data
            .as_ref()
            .map_or(statement.span.end, |data| data.end);
        assert!(statement.span.end <= end);
        let own = statement.text(text);
        // at the beginning of a text a byte order mark is none of it, and a psql command behind it is at the beginning of a line
        if own.starts_with('\u{feff}') {
            continue;
        }
        let again = segue_sql::split(&Source::new("again.sql", own));
        let again = again.unwrap_or_else(|problems| panic!("{own:?}: {problems:?}"));
        assert!(again.iter().count() <= 1, "{own:?}");
        segue_sql::is_too_deep(own);
    }
}

/// Comments for segue are read, or told to be wrong.
pub fn directives(text: &str) {
    let source = source(text);
    match segue_sql::directives(&source) {
        Ok(directives) => {
            for directive in directives {
                assert!(text.get(directive.span).is_some());
            }
        }
        Err(problems) => are_shown(&problems),
    }
}

/// Goes through a script on the model; the schema at its end.
fn told(text: &str) -> Catalog {
    let source = source(text);
    let (mut catalog, mut session) = (Catalog::empty(17), Session::default());
    let statements = segue_sql::split(&source).unwrap_or_default();
    for statement in statements.iter() {
        let before = catalog.clone();
        let told = advance(&source, statement.span.clone(), &mut catalog, &mut session);
        if let Err(problems) = told {
            are_shown(&problems);
            assert!(
                compare(&before, &catalog).is_empty(),
                "an error has changed the schema"
            );
        }
    }
    catalog
}

/// Statements change the schema or are told to be wrong; what comes of them can be printed and compared.
pub fn lower(text: &str) {
    if text.len() > LONGEST {
        return;
    }
    let catalog = told(text);
    assert!(compare(&catalog, &catalog).is_empty());
    let printed = render::sql(&catalog);
    assert!(segue_sql::split(&source(&printed)).is_ok(), "{printed}");
}

/// The sections of a text behind lines `=== NAME`, as in tests/cases.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for part in text.split("=== ").skip(1) {
        found.push(part.split_once('\n').unwrap_or((part, "")));
    }
    found
}

/// Migrations on a schema have a plan, or are told why not; the plan's SQL is SQL, in every form.
pub fn planning(text: &str) {
    if text.len() > LONGEST {
        return;
    }
    let sections = sections(text);
    let schema = sections.iter().find(|(name, _)| name.trim() == "schema");
    let mut catalog = told(schema.map_or("", |(_, body)| body));
    let migrations = sections
        .iter()
        .filter(|(name, _)| name.starts_with("migration"));
    let read = migrations
        .map(|(_, body)| Script::loose(&source(body), &mut catalog, &mut Session::default()));
    let Ok(scripts) = read.collect::<Result<Vec<Script>, _>>() else {
        return;
    };
    for strategy in [Strategy::Online, Strategy::Direct] {
        let planned = segue_plan::plan(
            &scripts,
            &segue_plan::Facts::default(),
            &Policy::default(),
            strategy,
        );
        match planned {
            Ok(plan) => {
                for detail in [Detail::Short, Detail::Full] {
                    assert!(!shown::text(&plan, detail).to_string().is_empty());
                }
                let script = shown::sql(&plan, &Session::default());
                if let Err(problems) = segue_sql::split(&source(&script)) {
                    panic!("{script}\n{problems:?}");
                }
            }
            Err(problems) => are_shown(&problems),
        }
    }
}

/// A folder with these files is some tool's or none's; nothing in it is lost without a word.
pub fn layouts(text: &str) {
    let files = sections(text);
    let files = files
        .iter()
        .map(|(name, body)| (name.trim(), Content::Text(body)));
    let folder = Folder::in_memory("migrations", files);
    for layout in LAYOUTS {
        (layout.fits)(&folder);
        (layout.evidence)(&folder);
        match (layout.read)(&folder, &Context::NOWHERE) {
            Ok(reading) => {
                are_shown(&reading.refusals);
                for migration in &reading.migrations {
                    if let Err(problems) = migration.up.statements() {
                        are_shown(&problems);
                    }
                    (layout.same)(migration, "");
                }
            }
            Err(problems) => are_shown(&problems),
        }
    }
}

/// A `segue.toml` is read or told to be wrong, and a password in it is seen in neither.
pub fn config(text: &str) {
    // libFuzzer finds the word, and writes it where no password is
    if text.contains(SECRET) {
        return;
    }
    let with_secret = format!("url = \"postgres://someone:{SECRET}@example.com/app\"\n{text}");
    for text in [text, &with_secret] {
        let read = Config::parse(&Source::new("/project/segue.toml", text));
        if let Err(problems) = read {
            are_shown(&problems);
            if !text.contains(SECRET) {
                continue;
            }
            for problem in problems {
                let place = problem.place.as_ref();
                let place = place.map_or("", |place| place.source.text.as_str());
                let help = problem.help.as_deref().unwrap_or_default();
                for told in [problem.message.as_str(), place, help] {
                    assert!(!told.contains(SECRET), "{told}");
                }
                assert!(!problem.notes.concat().contains(SECRET));
            }
        }
    }
}

/// A connection string is read or told to be wrong, and its password is seen in neither.
pub fn urls(text: &str) {
    let defaults = url::Defaults {
        user: "someone".to_owned(),
        ..url::Defaults::default()
    };
    let with_secret = [
        format!("postgres://someone:{SECRET}@{text}"),
        format!(
            "postgres://{text}{}password={SECRET}",
            if text.contains('?') { '&' } else { '?' }
        ),
        format!("password={SECRET} {text}"),
        format!("postgresql:///app?sslpassword={SECRET}&{text}"),
    ];
    for url in with_secret.iter().map(String::as_str).chain([text]) {
        let redacted = url::redact(url);
        let read = url::read(url, &defaults);
        if text.contains(SECRET) {
            continue;
        }
        assert!(!redacted.contains(SECRET), "{redacted}");
        match read {
            Ok(target) => {
                let told = target.describe();
                assert!(!told.contains(SECRET), "{told}");
                assert!(!format!("{target:?}").contains(SECRET), "{told}");
            }
            Err(problem) => {
                let told = format!("{problem:?}");
                assert!(!told.contains(SECRET), "{told}");
                are_shown(&[problem]);
            }
        }
    }
}
