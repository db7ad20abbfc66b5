//! The JSON documents; their form is described in `docs/json.md` and has a version.

use segue::{Failure, Problem, line_column};
use serde_json::{Map, Value, json};

use super::is_steering;

/// The version of the form of all documents.
const VERSION: u32 = 1;

/// What a command adds to its document.
pub(crate) type Rest = Map<String, Value>;

/// Prints a document on one line, and harmless if it is a terminal's: JSON itself asks for escapes of the first
/// 32 characters only.
pub(crate) fn print(document: &Value) {
    let text = document.to_string();
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        if is_steering(c) {
            // All of them are below U+10000: four digits are enough.
            harmless.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            harmless.push(c);
        }
    }
    out!("{harmless}");
}

/// Prints the document of a command that succeeded.
pub(crate) fn done(command: &str, rest: Value) {
    print(&succeeded(command, rest));
}

/// The document of a command that succeeded.
pub(crate) fn succeeded(command: &str, rest: Value) -> Value {
    let mut document = start(command, true);
    if let Value::Object(rest) = rest {
        document.extend(rest);
    }
    Value::Object(document)
}

/// The document of one of several projects.
pub(crate) fn of_project(mut document: Value, name: &str) -> Value {
    document["project"] = json!(name);
    document
}

/// The document of a command that failed.
pub(crate) fn failed(command: &str, failure: &Failure, rest: Rest) -> Value {
    let mut document = start(command, false);
    document.extend(rest);
    document.insert(
        "error".to_owned(),
        json!({
            "kind": failure.kind.name(),
            "problems": problems(&failure.problems),
        }),
    );
    Value::Object(document)
}

fn start(command: &str, ok: bool) -> Rest {
    let mut document = Rest::new();
    document.insert("version".to_owned(), json!(VERSION));
    document.insert("command".to_owned(), json!(command));
    document.insert("ok".to_owned(), json!(ok));
    document
}

/// A list of problems.
pub(crate) fn problems(problems: &[Problem]) -> Vec<Value> {
    problems.iter().map(problem).collect()
}

fn problem(problem: &Problem) -> Value {
    let place = problem.place.as_ref().map(|place| {
        let (line, column) = line_column(&place.source.text, place.span.start);
        json!({
            "file": place.source.name,
            "line": line,
            "column": column,
            "label": place.label,
        })
    });
    json!({
        "message": problem.message,
        "place": place,
        "notes": problem.notes,
        "help": problem.help,
    })
}
