//! `segue check`.

use segue::{Checklist, ChecklistLine, ChecklistOptions, Known};
use serde_json::{Value, json};

use super::{Report, fail, stoppable};
use crate::{
    args::{CheckList, Common, Format},
    exit,
    show::{clean, json},
};

pub(super) async fn run(common: &Common, wanted: &CheckList) -> u8 {
    let migrator = wanted.shadow.onto(stoppable(common).0);
    let options = ChecklistOptions {
        files: wanted.files.clone(),
        since: wanted.since.clone(),
        facts: wanted.facts.clone(),
        live: wanted.live,
        old: wanted.old.clone(),
        new: wanted.new.clone(),
        test: wanted.test,
        required: wanted.require.clone(),
        allowed: wanted.allow.clone(),
    };
    let list = match migrator.checklist(&options).await {
        Ok(list) => list,
        Err(failure) => return fail(common, "check", &failure, json::Rest::new()),
    };
    let code = match list.passes() {
        true => exit::DONE,
        false => exit::FAILED,
    };
    if common.is_json() {
        let document = document(&list);
        return Report { code, document }.print(common);
    }
    if !common.quiet {
        for note in &list.notes {
            tell!("note: {}", clean(note));
        }
    }
    match common.format {
        Format::Markdown => print_markdown(&list),
        _ => print(&list),
    }
    code
}

fn print(list: &Checklist) {
    if list.files.is_empty() {
        out!("no migration is pending");
        return;
    }
    for file in &list.files {
        out!("{}", clean(file));
    }
    out!("");
    for line in &list.lines {
        let forbids = if line.forbids { "  <- forbids" } else { "" };
        out!("{:<8} {}{forbids}", line.known.name(), line.name);
        for evidence in &line.evidence {
            out!("           {}", clean(evidence));
        }
    }
}

fn print_markdown(list: &Checklist) {
    out!("### Checklist for a change without downtime\n");
    for file in &list.files {
        out!("- `{}`", clean(file).replace('`', ""));
    }
    out!("\n| | Line | Evidence |\n|---|---|---|");
    for line in &list.lines {
        out!(
            "| {} | {} | {} |",
            mark(line),
            line.name,
            cell(&line.evidence.join("; "))
        );
    }
}

fn mark(line: &ChecklistLine) -> &'static str {
    match (line.known, line.forbids) {
        (Known::Yes, _) => "✅ yes",
        (Known::No, true) => "❌ no",
        (Known::No, false) => "⚠️ no, allowed",
        (Known::Unknown, true) => "❌ unknown",
        (Known::Unknown, false) => "❔ unknown",
    }
}

/// A text in a cell of a table: nothing in it ends the cell, or is markup.
fn cell(text: &str) -> String {
    let plain = clean(text).replace('|', "\\|").replace('<', "&lt;");
    plain.replace('\n', " ")
}

fn document(list: &Checklist) -> Value {
    let lines = list.lines.iter().map(|line| {
        json!({
            "name": line.name,
            "known": line.known.name(),
            "forbids": line.forbids,
            "evidence": line.evidence,
        })
    });
    let mut document = json::succeeded(
        "check",
        json!({
            "files": list.files,
            "lines": lines.collect::<Vec<_>>(),
            "notes": list.notes,
        }),
    );
    document["ok"] = json!(list.passes());
    document
}
