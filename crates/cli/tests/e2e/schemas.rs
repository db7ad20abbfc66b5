//! The schemas of `docs/schemas`: every document that any of these tests prints is held to the one of its command, read so that
//! it allows no field that it does not name. So a field that is added without its schema fails here.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::OnceLock};

use jsonschema::{Registry, RegistryBuilder, Validator};
use serde_json::Value;

/// What is no document of a command: parts that several share, and what is written to files, sent to webhooks and given to
/// programs.
const BESIDE: [&str; 8] = [
    "document",
    "parts",
    "plan-parts",
    "plan-file",
    "event",
    "webhook",
    "backup",
    "transform",
];

/// Where relative references lead.
const BASE: &str = "json-schema:///";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas"))
}

/// All schemas by their file, closed.
fn all() -> &'static BTreeMap<String, Value> {
    static ALL: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    ALL.get_or_init(|| {
        let files = fs::read_dir(folder()).expect("the folder").flatten();
        let read = |file: fs::DirEntry| {
            let text = fs::read_to_string(file.path()).expect("a schema");
            let mut schema = serde_json::from_str(&text).expect("JSON");
            close(&mut schema);
            (file.file_name().into_string().expect("UTF-8"), schema)
        };
        files.map(read).collect()
    })
}

/// Readers pass over what they do not know, as fields may be added; a test must not. What is a part of others says nothing of
/// their other fields.
fn close(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(close),
        Value::Object(fields) => {
            let is_part = fields.get("$comment").and_then(Value::as_str);
            let is_part = is_part.is_some_and(|comment| comment.starts_with("A part of others"));
            fields.values_mut().for_each(close);
            if fields.contains_key("properties") && !is_part {
                fields.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
            }
        }
        _ => (),
    }
}

fn validator(file: &str) -> Validator {
    static REGISTRY: OnceLock<Registry<'static>> = OnceLock::new();
    let registry = REGISTRY.get_or_init(|| {
        let with = |registry: RegistryBuilder<'static>,
                    (name, schema): (&String, &'static Value)| {
            let added = registry.add(format!("{BASE}{name}"), schema);
            added.expect("a schema")
        };
        let registry = all().iter().fold(Registry::new(), with);
        registry.prepare().expect("schemas")
    });
    let schema = all().get(file);
    let schema = schema.unwrap_or_else(|| panic!("docs/schemas/{file} is missing"));
    jsonschema::options()
        .with_registry(registry)
        .with_base_uri(format!("{BASE}{file}"))
        .build(schema)
        .unwrap_or_else(|error| panic!("docs/schemas/{file}: {error}"))
}

/// Holds a value to a schema.
#[track_caller]
pub(crate) fn hold(file: &str, value: &Value) {
    let validator = validator(file);
    let short = |text: String| text.chars().take(600).collect::<String>();
    let wrong: Vec<String> = validator
        .iter_errors(value)
        .map(|error| short(format!("at {:?}: {error}", error.instance_path().as_str())))
        .collect();
    assert!(
        wrong.is_empty(),
        "docs/schemas/{file} and docs/json.md do not allow this:\n{}\n{}",
        wrong.join("\n"),
        short(value.to_string())
    );
}

/// Holds what a command has printed: a document or a list of them, and the lines of `--events`.
#[track_caller]
pub(crate) fn hold_printed(out: &str, err: &str) {
    if out.starts_with("{\"version\":") || out.starts_with("[{\"version\":") {
        match serde_json::from_str(out) {
            Ok(Value::Array(all)) => all.iter().for_each(hold_document),
            Ok(document) => hold_document(&document),
            Err(error) => panic!("{error}: {out}"),
        }
    }
    for line in err.lines().filter(|line| line.starts_with("{\"event\":")) {
        hold("event.json", &serde_json::from_str(line).expect("JSON"));
    }
}

#[track_caller]
pub(crate) fn hold_document(document: &Value) {
    let command = document["command"].as_str().expect("a command");
    hold(&format!("{}.json", command.replace(' ', "-")), document);
}

#[test]
fn a_field_without_a_schema_is_found_and_one_that_is_missing_too() {
    let document = |text: &str| -> Value { serde_json::from_str(text).expect("JSON") };
    let validator = validator("baseline.json");
    let is_valid = |text: &str| validator.is_valid(&document(text));
    let head = r#""version":1,"command":"baseline""#;
    assert!(is_valid(&format!("{{{head},\"ok\":true,\"recorded\":[]}}")));
    assert!(!is_valid(&format!("{{{head},\"ok\":true}}")));
    assert!(!is_valid(&format!(
        "{{{head},\"ok\":true,\"recorded\":[],\"more\":1}}"
    )));
    assert!(!is_valid(&format!(
        "{{{head},\"ok\":true,\"recorded\":[1]}}"
    )));
    let problem = r#"{"message":"m","place":null,"notes":[],"help":null}"#;
    let failed = |problem: &str| {
        format!(
            "{{{head},\"ok\":false,\"error\":{{\"kind\":\"refused\",\"problems\":[{problem}]}}}}"
        )
    };
    assert!(is_valid(&failed(problem)));
    assert!(!is_valid(&failed(
        &problem.replace("null}", "null,\"x\":1}")
    )));
    assert!(!is_valid(&failed("")));
}

#[test]
fn of_a_message_and_of_a_line_the_one_form_is_allowed_and_no_mixture() {
    let holds = |file: &str, text: String| {
        validator(file).is_valid(&serde_json::from_str(&text).expect("JSON"))
    };
    let message = |event: &str, more: &str| {
        format!(
            r#"{{"version":1,"event":"{event}","at":"2026-11-27T17:20:05.123456Z","command":"deploy","database":"d","project":null,
            "environment":null,"migrations":[],"text":"t","step":null{more}}}"#
        )
    };
    let steps = r#","steps":3,"steps_waiting_for_contract":1"#;
    for (event, more, expected) in [
        ("started", "", true),
        ("started", steps, false),
        ("expanded", steps, true),
        ("expanded", r#","steps":3"#, false),
        ("waiting_for_lock", "", true),
        (
            "waiting_for_lock",
            r#","milliseconds":9,"blockers":[]"#,
            true,
        ),
        ("waiting_for_lock", r#","milliseconds":9"#, false),
        ("waiting_for_window", r#","until":null"#, true),
        ("of_no_such_name", "", false),
    ] {
        let text = message(event, more);
        assert_eq!(holds("webhook.json", text), expected, "{event} {more}");
    }
    for (line, expected) in [
        (r#"{"key":42,"row":{"name":"Ada"}}"#, true),
        (r#"{"key":[1,"a"],"unchanged":true}"#, true),
        (r#"{"key":42,"unchanged":false}"#, false),
        (r#"{"key":42,"row":{},"error":"none"}"#, false),
        (r#"{"row":{}}"#, false),
    ] {
        assert_eq!(holds("transform.json", line.to_owned()), expected, "{line}");
    }
}

/// Every command has one, and readers who are told of no schema can find all there are.
#[test]
fn every_command_has_a_schema_and_every_schema_is_described() {
    let page = fs::read_to_string(folder().join("../json.md")).expect("the page");
    let row = page.lines().find(|line| line.starts_with("| `command` |"));
    let commands = row.expect("a row").split('`').skip(3).step_by(2);
    let mut named = BESIDE.map(|name| format!("{name}.json")).to_vec();
    named.extend(commands.map(|command| format!("{}.json", command.replace(' ', "-"))));
    named.sort();
    let there: Vec<&String> = all().keys().collect();
    assert_eq!(there, named.iter().collect::<Vec<_>>());
    for file in all().keys() {
        validator(file);
    }
    let (_, of_schemas) = page.split_once("## Schemas\n").expect("a chapter");
    let (of_schemas, _) = of_schemas.split_once("\n## ").expect("another one");
    for name in BESIDE {
        assert!(of_schemas.contains(&format!("`{name}.json`")), "{name}");
    }
}
