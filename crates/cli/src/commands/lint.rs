//! `segue lint`.

use segue::{
    Failure, FailureKind, LintOptions, Linted,
    plan::{Finding, Severity, rule},
};
use serde_json::{Value, json};

use super::{Report, fail, stoppable};
use crate::{
    args::{self, Common, FailOn},
    exit,
    show::{clean, count, finding, json, problem},
};

pub(super) async fn run(common: &Common, wanted: &args::Lint) -> u8 {
    let linted = match read(common, wanted).await {
        Ok(linted) => linted,
        Err(failure) => return fail(common, "lint", &failure, nothing()),
    };
    let code = code(&linted, wanted);
    if common.is_json() {
        let document = document(linted);
        return Report { code, document }.print(common);
    }
    print(common, &linted);
    code
}

async fn read(common: &Common, wanted: &args::Lint) -> Result<Linted, Failure> {
    let mut migrator = wanted.shadow.onto(stoppable(common).0);
    if let Some(major) = wanted.server_version {
        migrator = migrator.server_version(major);
    }
    let options = LintOptions {
        files: wanted.files.clone(),
        since: wanted.since.clone(),
        schema: wanted.schema.clone(),
        stats: wanted.stats.clone(),
    };
    migrator.lint(&options).await
}

fn code(linted: &Linted, wanted: &args::Lint) -> u8 {
    let least = match wanted.fail_on {
        None | Some(FailOn::Error) => Severity::Error,
        Some(FailOn::Warning) => Severity::Warning,
    };
    if !linted.refused.is_empty() {
        exit::FAILED
    } else if linted.findings.iter().any(|one| one.severity >= least) {
        exit::DIFFERENT
    } else {
        exit::DONE
    }
}

fn print(common: &Common, linted: &Linted) {
    if !common.quiet {
        for note in &linted.notes {
            anstream::eprintln!("note: {}", clean(note));
        }
    }
    for one in &linted.findings {
        out!("{}\n", finding::render(one));
    }
    problem::print_all(&linted.refused);
    out!("{}", summary(linted));
}

/// How many there are of each severity, and of what.
fn summary(linted: &Linted) -> String {
    let of = |severity| {
        let findings = linted.findings.iter();
        findings.filter(|one| one.severity == severity).count()
    };
    let counts = [
        (of(Severity::Error), "error"),
        (of(Severity::Warning), "warning"),
        (of(Severity::Info), "remark"),
    ];
    let found: Vec<String> = counts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun))
        .collect();
    let found = match found.is_empty() {
        true => "no findings".to_owned(),
        false => found.join(", "),
    };
    let acknowledged = match linted.acknowledged.len() {
        0 => String::new(),
        number => format!(" ({number} acknowledged)"),
    };
    format!(
        "{found}{acknowledged} in {} of {}",
        count(linted.statements, "statement"),
        count(linted.files, "file")
    )
}

/// What a failure says beside its problems: a reader looks for findings in every document.
fn nothing() -> json::Rest {
    let mut rest = json::Rest::new();
    rest.insert("findings".to_owned(), json!([]));
    rest
}

fn document(linted: Linted) -> Value {
    let findings: Vec<Value> = linted.findings.iter().map(as_json).collect();
    let mut rest = json::Rest::new();
    rest.insert("findings".to_owned(), json!(findings));
    let acknowledged = linted.acknowledged.iter().map(|one| {
        let mut finding = as_json(&one.finding);
        finding["reason"] = json!(one.reason);
        finding
    });
    rest.insert("acknowledged".to_owned(), acknowledged.collect());
    rest.insert("notes".to_owned(), json!(linted.notes));
    rest.insert("files".to_owned(), json!(linted.files));
    rest.insert("statements".to_owned(), json!(linted.statements));
    if linted.refused.is_empty() {
        return json::succeeded("lint", Value::Object(rest));
    }
    let failure = Failure {
        kind: FailureKind::Input,
        problems: linted.refused,
    };
    json::failed("lint", &failure, rest)
}

fn as_json(finding: &Finding) -> Value {
    let text = &finding.source.text;
    let (line, column) = segue::line_column(text, finding.span.start);
    let (end_line, end_column) = segue::line_column(text, finding.span.end);
    let fix = finding.fix.as_ref().map(|fix| {
        json!({
            "title": fix.title,
            "start": fix.span.start,
            "end": fix.span.end,
            "text": fix.text,
            "outside_transaction": fix.outside_transaction,
        })
    });
    json!({
        "rule": finding.rule,
        "class": rule(finding.rule).map(|rule| rule.class),
        "severity": finding.severity,
        "file": finding.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "statement": finding.statement.map(|number| number + 1),
        "message": finding.message,
        "notes": finding.notes,
        "help": finding.help,
        "fix": fix,
    })
}
