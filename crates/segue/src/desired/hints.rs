//! `-- segue: renamed from x`: what a schema says of the names that its objects had before.
//!
//! The comment stands on the line above a statement, or above the line of a column, a constraint or a value of an enum
//! within one; or at the end of such a line.

use std::{ops::Range, sync::Arc};

use segue_catalog::Name;
use segue_sql::{Problem, Said, Source, Statement, directives, split};

use super::renames::{Hint, Target};

/// All hints of the files.
///
/// # Errors
/// A comment for segue that says nothing it knows, or stands where nothing has a name.
pub(crate) fn hints(files: &[Arc<Source>]) -> Result<Vec<Hint>, Vec<Problem>> {
    let mut hints = Vec::new();
    let mut problems = Vec::new();
    for source in files {
        let said = match directives(source) {
            Ok(said) => said,
            Err(wrong) => {
                problems.extend(wrong);
                continue;
            }
        };
        let renamed = said
            .into_iter()
            .filter_map(|directive| match directive.said {
                Said::RenamedFrom { name } => Some((directive.span, name)),
                _ => None,
            });
        let renamed: Vec<_> = renamed.collect();
        // What is wrong with its statements is said where they run.
        let Some(Ok(statements)) = (!renamed.is_empty()).then(|| split(source)) else {
            continue;
        };
        let statements: Vec<Statement> = statements.iter().collect();
        for (span, name) in renamed {
            match hint(source, &statements, &span, &source.text[name]) {
                Ok(hint) => hints.push(hint),
                Err(problem) => problems.push(problem),
            }
        }
    }
    match problems.is_empty() {
        true => Ok(hints),
        false => Err(problems),
    }
}

fn hint(
    source: &Arc<Source>,
    statements: &[Statement],
    at: &Range<usize>,
    old: &str,
) -> Result<Hint, Problem> {
    let text = &source.text;
    let wrong = |message: &str, help: &str| {
        Problem::new(message)
            .at(source, at.clone(), "this comment")
            .help(help)
    };
    let old = names(old, &mut 0).ok_or_else(|| {
        wrong(
            "segue does not know what this comment says",
            "write `-- segue: renamed from NAME`",
        )
    })?;
    let nowhere = || {
        wrong(
            "this comment stands above nothing that has a name",
            "put it on the line above the table, column, type, value, index, constraint, view or function",
        )
    };
    let within = statements
        .iter()
        .find(|statement| statement.span.contains(&at.start));
    let target = match within {
        Some(statement) => part(text, statement, at),
        None => {
            let next = statements
                .iter()
                .find(|statement| statement.span.start >= at.end);
            next.and_then(|statement| whole(statement.text(text)))
        }
    };
    Ok(Hint {
        target: target.ok_or_else(nowhere)?,
        old: old.last().cloned().ok_or_else(nowhere)?,
    })
}

/// What a line within a statement names: the line of the comment if there is something before it, else the next one.
fn part(text: &str, statement: &Statement, at: &Range<usize>) -> Option<Target> {
    let line = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
    let before = text[line.max(statement.span.start)..at.start].trim();
    let named = match before.trim_matches([',', '(']).is_empty() {
        false => before,
        true => text[at.end..statement.span.end]
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with("--"))?,
    };
    let named = named.trim_start_matches([',', '(', ' ']);
    let Target::Object { kind, name, .. } = whole(statement.text(text))? else {
        return None;
    };
    if let Some(value) = named.strip_prefix('\'') {
        let end = value.find('\'')?;
        return Some(Target::Value(name, value[..end].to_owned()));
    }
    let mut end = 0;
    let word = names(named, &mut end)?.pop()?;
    if word.as_str() == "constraint" {
        let constraint = names(named[end..].trim_start(), &mut 0)?.pop()?;
        return Some(match kind.as_str() {
            "DOMAIN" => Target::DomainConstraint(name, constraint),
            _ => Target::Constraint(name, constraint),
        });
    }
    Some(Target::Column(name, word))
}

/// What a statement makes.
fn whole(statement: &str) -> Option<Target> {
    let mut at = 0;
    let mut words = Vec::new();
    let kind = loop {
        let word = next_word(statement, &mut at)?;
        match word.as_str() {
            "TABLE" | "VIEW" | "INDEX" | "TYPE" | "DOMAIN" | "SEQUENCE" | "FUNCTION"
            | "PROCEDURE" | "AGGREGATE" | "SCHEMA" | "TRIGGER" | "POLICY" | "RULE"
            | "STATISTICS" => break word,
            _ => words.push(word),
        }
        if words.len() > 6 {
            return None;
        }
    };
    for word in ["CONCURRENTLY", "IF", "NOT", "EXISTS", "ONLY"] {
        let mut after = at;
        if next_word(statement, &mut after).as_deref() == Some(word) {
            at = after;
        }
    }
    let name = names_at(statement, &mut at)?;
    if ["TRIGGER", "POLICY", "RULE"].contains(&kind.as_str()) {
        let of = table_of(statement, &mut at, if kind == "RULE" { "TO" } else { "ON" })?;
        let name = name.into_iter().next_back()?;
        return Some(match kind.as_str() {
            "TRIGGER" => Target::Trigger(of, name),
            "POLICY" => Target::Policy(of, name),
            _ => Target::Rule(of, name),
        });
    }
    if words.first().map(String::as_str) == Some("ALTER") {
        let rest = &statement[at..];
        let upper = rest.to_ascii_uppercase();
        let found = upper.find("ADD CONSTRAINT")? + "ADD CONSTRAINT".len();
        let constraint = names(rest[found..].trim_start(), &mut 0)?.pop()?;
        return Some(Target::Constraint(name, constraint));
    }
    Some(Target::Object { kind, name })
}

/// The table behind `ON` (or `TO`), wherever that stands.
fn table_of(statement: &str, at: &mut usize, word: &str) -> Option<Vec<Name>> {
    loop {
        let next = next_word(statement, at)?;
        if next == word {
            return names_at(statement, at);
        }
    }
}

/// The next word without quotes, in upper case; what is no word is passed over.
fn next_word(text: &str, at: &mut usize) -> Option<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let start = *at + text[*at..].find(is_word)?;
    let length = text[start..].find(|c| !is_word(c));
    let end = length.map_or(text.len(), |length| start + length);
    *at = end;
    Some(text[start..end].to_ascii_uppercase())
}

fn names_at(text: &str, at: &mut usize) -> Option<Vec<Name>> {
    *at += text[*at..].len() - text[*at..].trim_start().len();
    let mut end = 0;
    let found = names(&text[*at..], &mut end)?;
    *at += end;
    Some(found)
}

/// A name at the beginning of a text, with dots between its parts, in the quotes of PostgreSQL or of SQLite; `end` is
/// where it ends.
pub(super) fn names(text: &str, end: &mut usize) -> Option<Vec<Name>> {
    let mut parts = Vec::new();
    loop {
        let rest = &text[*end..];
        let quotes = [('"', '"'), ('`', '`'), ('[', ']')];
        let quotes = quotes.iter().find(|(open, _)| rest.starts_with(*open));
        let (name, length) = match quotes {
            Some((_, close)) => {
                let close = rest[1..].find(*close)?;
                (Name::quoted(&rest[1..=close]), close + 2)
            }
            None => {
                let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                if length == 0 {
                    // A value of an enum: `'old'`.
                    let quoted = rest.strip_prefix('\'')?;
                    let close = quoted.find('\'')?;
                    (Name::stored(&quoted[..close]), close + 2)
                } else {
                    (Name::unquoted(&rest[..length]), length)
                }
            }
        };
        parts.push(name);
        *end += length;
        if !text[*end..].starts_with('.') {
            return Some(parts);
        }
        *end += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let files = [Source::new("schema.sql", text)];
        let hints = hints(&files).expect("hints");
        hints
            .iter()
            .map(|hint| format!("{:?} was {}", hint.target, hint.old))
            .collect()
    }

    #[test]
    fn a_comment_speaks_of_what_stands_below_it_or_on_its_line() {
        let text = "-- segue: renamed from people\nCREATE TABLE IF NOT EXISTS app.users (\n  \
                    id int, -- segue: renamed from nr\n  -- segue: renamed from \"eMail\"\n  email text,\n  \
                    -- segue: renamed from old_check\n  CONSTRAINT new_check CHECK (id > 0)\n);\n\
                    CREATE TYPE mood AS ENUM (\n  -- segue: renamed from 'sad'\n  'unhappy', 'ok');\n\
                    -- segue: renamed from by_mail\nCREATE UNIQUE INDEX CONCURRENTLY by_email ON app.users (email);\n\
                    -- segue: renamed from t1\nCREATE TRIGGER t2 BEFORE INSERT ON app.users EXECUTE FUNCTION f();\n\
                    -- segue: renamed from fk1\nALTER TABLE ONLY app.users ADD CONSTRAINT fk2 FOREIGN KEY (id) REFERENCES x;\n\
                    -- segue: renamed from g\nCREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';\n";
        assert_eq!(
            found(text),
            [
                r#"Object { kind: "TABLE", name: ["app", "users"] } was people"#,
                r#"Column(["app", "users"], "id") was nr"#,
                r#"Column(["app", "users"], "email") was "eMail""#,
                r#"Constraint(["app", "users"], "new_check") was old_check"#,
                r#"Value(["mood"], "unhappy") was sad"#,
                r#"Object { kind: "INDEX", name: ["by_email"] } was by_mail"#,
                r#"Trigger(["app", "users"], "t2") was t1"#,
                r#"Constraint(["app", "users"], "fk2") was fk1"#,
                r#"Object { kind: "FUNCTION", name: ["f"] } was g"#,
            ]
        );
    }

    #[test]
    fn what_no_hint_says_is_a_problem_with_its_place() {
        for text in [
            "-- segue: renamed form x\nCREATE TABLE y ();",
            "CREATE TABLE y ();\n-- segue: renamed from x\n",
            "-- segue: renamed from x\nSELECT 1;",
        ] {
            let files = [Source::new("schema.sql", text)];
            let problems = hints(&files).expect_err("a problem");
            assert!(problems[0].place.is_some(), "{text}");
        }
    }
}
