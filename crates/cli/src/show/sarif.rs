//! Findings as SARIF 2.1.0 (OASIS Standard, 2020-03-27): what code-scanning services read.

use segue::{
    Problem, line_column,
    plan::{Acknowledged, Finding, Level, RULES, Rule, Severity},
};
use serde_json::{Value, json};

/// The whole document. Its `ruleIndex`es count from the beginning of the rules.
pub(crate) fn document(
    findings: &[Finding],
    acknowledged: &[Acknowledged],
    problems: &[Problem],
) -> Value {
    let rules: Vec<Value> = RULES.iter().map(|rule| described(rule)).collect();
    let found = findings.iter().map(result);
    let meant = acknowledged.iter().map(|one| {
        let mut result = result(&one.finding);
        result["suppressions"] = json!([{ "kind": "inSource", "justification": one.reason }]);
        result
    });
    let notices: Vec<Value> = problems.iter().map(notice).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "segue",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            // Columns count characters, not the UTF-16 units that are the default.
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": problems.is_empty(),
                "toolExecutionNotifications": notices,
            }],
            "results": found.chain(meant).collect::<Vec<_>>(),
        }],
    })
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": format!("{} {}", rule.trigger, rule.harm) },
        "help": { "text": rule.remedy },
        "defaultConfiguration": {
            "enabled": rule.level() != Level::Off,
            "level": level(rule.severity),
        },
        "properties": { "tags": [rule.class] },
    })
}

fn result(finding: &Finding) -> Value {
    let text = &finding.source.text;
    let (line, column) = line_column(text, finding.span.start);
    let (end_line, end_column) = line_column(text, finding.span.end);
    let notes = finding.notes.iter().map(String::as_str);
    let parts: Vec<&str> = [finding.message.as_str()]
        .into_iter()
        .chain(notes)
        .collect();
    json!({
        "ruleId": finding.rule,
        "ruleIndex": RULES.iter().position(|rule| rule.id == finding.rule),
        "level": level(finding.severity),
        "message": { "text": parts.join(". ") },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.source.name) },
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        } }],
    })
}

fn notice(problem: &Problem) -> Value {
    let mut notice = json!({
        "level": "error",
        "message": { "text": problem.message },
    });
    if let Some(place) = &problem.place {
        let (line, column) = line_column(&place.source.text, place.span.start);
        notice["locations"] = json!([{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&place.source.name) },
            "region": { "startLine": line, "startColumn": column },
        } }]);
    }
    notice
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A path as a relative reference: what such a reference gives a meaning to is escaped (RFC 3986, 4.2).
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            b'\\' => uri.push('/'),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_is_a_reference() {
        assert_eq!(uri("./migrations/1_a/up.sql"), "migrations/1_a/up.sql");
        assert_eq!(uri("a b\\ž#.sql"), "a%20b/%C5%BE%23.sql");
    }
}
