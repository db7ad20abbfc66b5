//! `segue lint`.

use segue::{
    Failure, FailureKind, Fixed, LintOptions, Linted,
    plan::{Finding, Severity, rule},
};
use serde_json::{Value, json};

use super::{Report, fail, stoppable};
use crate::{
    args::{self, Common, FailOn, Format},
    exit,
    show::{clean, count, difference, finding, github, json, markdown, problem, sarif},
};

pub(super) async fn run(common: &Common, wanted: &args::Lint) -> u8 {
    let (linted, fixed) = match read(common, wanted).await {
        Ok(read) => read,
        Err(failure) => return fail(common, "lint", &failure, nothing()),
    };
    let code = code(&linted, wanted);
    if common.is_json() {
        let document = document(linted, fixed.as_ref());
        return Report { code, document }.print(common);
    }
    if let Some(fixed) = &fixed {
        print_fixes(common, fixed, wanted.dry_run);
    }
    print(common, &linted);
    code
}

/// What was written, or would be.
fn print_fixes(common: &Common, fixed: &Fixed, dry_run: bool) {
    if dry_run {
        for file in &fixed.files {
            let (before, after) = (&file.before, &file.after);
            let shown = difference::unified(&clean(&before.name), &before.text, &after.text);
            out!("{}", shown.trim_end());
        }
    }
    if !common.quiet {
        for one in &fixed.fixes {
            let done = if dry_run { "can be fixed" } else { "fixed" };
            tell!(
                "{done}: {}:{}: {}: {}",
                clean(&one.file),
                one.line,
                one.rule,
                clean(&one.title)
            );
        }
        for one in &fixed.left {
            tell!("not fixed: {}", clean(one));
        }
    }
}

async fn read(common: &Common, wanted: &args::Lint) -> Result<(Linted, Option<Fixed>), Failure> {
    let subject = &wanted.subject;
    let migrator = subject.onto(stoppable(common).0);
    let options = LintOptions {
        files: subject.files.clone(),
        since: subject.since.clone(),
        schema: subject.schema.clone(),
        stats: subject.stats.clone(),
        facts: subject.facts.clone(),
        live: subject.live,
        trace: wanted.trace,
    };
    if !wanted.fix {
        return Ok((migrator.lint(&options).await?, None));
    }
    let fixed = migrator.fix(&options, wanted.dry_run).await?;
    Ok((fixed.linted.clone(), Some(fixed)))
}

fn code(linted: &Linted, wanted: &args::Lint) -> u8 {
    let least = match wanted.fail_on {
        None => linted.fail_on,
        Some(FailOn::Error) => Some(Severity::Error),
        Some(FailOn::Warning) => Some(Severity::Warning),
        Some(FailOn::Never) => None,
    };
    let fails = |finding: &Finding| least.is_some_and(|least| finding.severity >= least);
    if !linted.refused.is_empty() {
        exit::FAILED
    } else if linted.findings.iter().any(fails) {
        exit::DIFFERENT
    } else {
        exit::DONE
    }
}

fn print(common: &Common, linted: &Linted) {
    if !common.quiet {
        for note in &linted.notes {
            tell!("note: {}", clean(note));
        }
    }
    match common.format {
        Format::Sarif => {
            let (findings, acknowledged) = (&linted.findings, &linted.acknowledged);
            json::print(&sarif::document(findings, acknowledged, &linted.refused));
        }
        Format::Github => {
            for one in &linted.findings {
                out!("{}", github::annotation(one));
            }
            for one in &linted.refused {
                out!("{}", github::problem(one));
            }
        }
        Format::Markdown => {
            let found = markdown::findings(&linted.findings);
            let refused = markdown::problems(&linted.refused);
            out!("{found}{refused}\n{}", summary(linted));
        }
        _ => {
            for one in &linted.findings {
                out!("{}\n", finding::render(one));
            }
            problem::print_all(&linted.refused);
            out!("{}", summary(linted));
        }
    }
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

fn document(linted: Linted, fixed: Option<&Fixed>) -> Value {
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
    if let Some(fixed) = fixed {
        let fixes = fixed.fixes.iter().map(|one| {
            json!({ "file": one.file, "line": one.line, "rule": one.rule, "title": one.title })
        });
        rest.insert("fixed".to_owned(), fixes.collect());
        rest.insert("not_fixed".to_owned(), json!(fixed.left));
    }
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
        "plan": finding.planned.iter().map(|(phase, title)| json!({ "phase": phase, "title": title })).collect::<Vec<_>>(),
    })
}
