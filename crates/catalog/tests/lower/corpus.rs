//! Real histories: every statement of them is understood, but for those that only a server can run.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use segue_catalog::{Catalog, Change, Session, advance};
use segue_sql::{Source, split};

fn corpus() -> Option<PathBuf> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = env::var_os("SEGUE_CORPUS").unwrap_or_else(|| "../shared/corpus".into());
    Some(workspace.join(corpus).canonicalize().expect("the corpus"))
}

/// The scripts of a history in their order: files by name, or in folders by the folders' names.
fn scripts(history: &Path, is_script: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![history.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the corpus") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if is_script(&path) {
                found.push(path);
            }
        }
    }
    if ends_with(history, "migration_postgres") {
        found.sort_by_key(|path| by_numbers(&path.to_string_lossy()));
    } else {
        // Diesel writes a moment with and without dashes
        found.sort_by_key(|path| path.to_string_lossy().replace('-', ""));
    }
    found
}

/// Flyway's `V2` comes before `V10`: numbers are compared as numbers.
fn by_numbers(path: &str) -> Vec<(u64, String)> {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let digits = rest.find(|c| !is_digit(c)).unwrap_or(rest.len());
        let number = rest[..digits].parse().unwrap_or(0);
        rest = &rest[digits..];
        let text = rest.find(is_digit).unwrap_or(rest.len());
        parts.push((number, rest[..text].to_owned()));
        rest = &rest[text..];
    }
    parts
}

/// What was not understood in a history.
struct Outcome {
    statements: usize,
    unknown: Vec<String>,
    problems: Vec<String>,
}

fn replay(scripts: &[PathBuf], cut: impl Fn(String) -> String) -> Outcome {
    let mut catalog = Catalog::empty(16);
    let mut session = Session::default();
    let mut outcome = Outcome {
        statements: 0,
        unknown: Vec::new(),
        problems: Vec::new(),
    };
    for path in scripts {
        let text = cut(fs::read_to_string(path).expect("a script"));
        let source = Source::new(path.display().to_string(), text);
        let statements = split(&source).expect("a script that can be cut");
        session.begin();
        for statement in statements.iter() {
            outcome.statements += 1;
            let words: String = statement.text(&source.text).chars().take(150).collect();
            match advance(&source, statement.span.clone(), &mut catalog, &mut session) {
                Ok(changes) => outcome.unknown.extend(changes.iter().filter_map(|change| {
                    let Change::Unknown { reason } = change else {
                        return None;
                    };
                    Some(format!("{}: {reason}: {words}", path.display()))
                })),
                Err(problems) => {
                    let problems = problems.iter().map(|problem| format!("{problem}: {words}"));
                    outcome.problems.extend(problems);
                }
            }
        }
        session.commit();
    }
    outcome
}

fn check(
    history: &str,
    most_unknown: usize,
    is_script: fn(&Path) -> bool,
    cut: fn(String) -> String,
) {
    let Some(corpus) = corpus() else { return };
    let scripts = scripts(&corpus.join(history), is_script);
    assert!(!scripts.is_empty(), "no scripts in {history}");
    let outcome = replay(&scripts, cut);
    assert!(
        outcome.problems.is_empty(),
        "{} problems in {history}:\n{}",
        outcome.problems.len(),
        outcome.problems.join("\n")
    );
    assert!(
        outcome.unknown.len() <= most_unknown,
        "{} of {} unknown in {history}:\n{}",
        outcome.unknown.len(),
        outcome.statements,
        outcome.unknown.join("\n")
    );
}

fn named(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|found| found == name)
}

fn ends_with(path: &Path, end: &str) -> bool {
    path.to_string_lossy().ends_with(end)
}

fn whole(text: String) -> String {
    text
}

/// goose keeps both directions in one file.
fn goose_up(text: String) -> String {
    let up = text.split("-- +goose Down").next();
    up.unwrap_or_default().to_owned()
}

#[test]
fn langfuse_is_understood() {
    check(
        "langfuse-prisma",
        0,
        |path| named(path, "migration.sql"),
        whole,
    );
}

#[test]
fn hoppscotch_is_understood() {
    check(
        "hoppscotch-prisma",
        0,
        |path| named(path, "migration.sql"),
        whole,
    );
}

#[test]
fn crates_io_is_understood() {
    check("crates.io-diesel", 0, |path| named(path, "up.sql"), whole);
}

#[test]
fn docs_rs_is_understood() {
    check("docs.rs-sqlx", 0, |path| ends_with(path, ".up.sql"), whole);
}

#[test]
fn homarr_is_understood() {
    check(
        "homarr-drizzle/postgresql",
        0,
        |path| ends_with(path, ".sql"),
        whole,
    );
}

#[test]
fn openfga_is_understood() {
    check(
        "openfga-goose/postgres",
        0,
        |path| ends_with(path, ".sql"),
        goose_up,
    );
}

#[test]
fn conductor_is_understood() {
    check(
        "conductor-flyway/postgres/migration_postgres",
        0,
        |path| ends_with(path, ".sql"),
        whole,
    );
}
