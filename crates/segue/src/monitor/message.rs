//! What is sent: segue's own document, which docs/monitoring.md describes, or what Slack takes.

use segue_project::config::Shape;
use serde_json::{Map, Value, json};

use super::reporter::{Note, Subject};

/// The version of the document's form.
const VERSION: u32 = 1;

/// The body of a request.
pub(super) fn body(shape: Shape, note: &Note, subject: &Subject) -> String {
    match shape {
        Shape::Json => document(note, subject).to_string(),
        Shape::Slack => json!({ "text": slack(note, subject) }).to_string(),
    }
}

fn document(note: &Note, subject: &Subject) -> Value {
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);
    put("version", json!(VERSION));
    put("event", json!(note.occasion.name()));
    put("at", json!(note.at.to_string()));
    put("command", json!(subject.command));
    put("database", json!(subject.database));
    put("project", json!(subject.project));
    put("environment", json!(subject.environment));
    put("migrations", json!(note.migrations));
    put("text", json!(note.text));
    document.extend(note.details.clone());
    Value::Object(document)
}

/// Slack reads three characters as its own (docs.slack.dev, "Formatting message text"); those that steer a terminal are nobody's.
fn slack(note: &Note, subject: &Subject) -> String {
    let project = subject.project.iter().chain(&subject.environment);
    let whose: String = project.map(|name| format!(" {name}")).collect();
    let text = format!(
        "segue {}{whose}: {} ({})",
        subject.command, note.text, subject.database
    );
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use segue_project::config::Occasion;

    use super::*;

    #[test]
    fn what_slack_would_read_as_its_own_is_escaped() {
        let note = Note {
            occasion: Occasion::Failed,
            at: Timestamp::UNIX_EPOCH,
            text: "stopped: a < b & <!channel>\nc".to_owned(),
            migrations: Vec::new(),
            details: Map::new(),
            wait: None,
        };
        let subject = Subject {
            command: "deploy",
            database: "app at db".to_owned(),
            project: Some("shop".to_owned()),
            environment: None,
        };
        assert_eq!(
            body(Shape::Slack, &note, &subject),
            r#"{"text":"segue deploy shop: stopped: a &lt; b &amp; &lt;!channel&gt; c (app at db)"}"#
        );
    }
}
