//! A plan for a change under review: a table of the steps, and what they run folded away below it.

use super::{
    order::{Numbered, numbered},
    summary::{Blocking, Summary},
    words,
};
use crate::{Action, Phase, Plan};

pub(super) fn page(plan: &Plan) -> String {
    let summary = Summary::of(plan);
    let mut page = format!(
        "### Plan for {} ({})\n\n",
        words::count(plan.migrations.len(), "migration"),
        words::strategy(plan.strategy)
    );
    let blocking = match &summary.blocking {
        Some(one) => words::blocking(one),
        None => "nobody has to wait".to_owned(),
    };
    page.push_str(&format!(
        "{} in expand, {} in contract; {}.\n\n",
        words::count(summary.expand, "step"),
        summary.contract,
        plain(&blocking)
    ));
    let steps = numbered(plan);
    if steps.is_empty() {
        return page;
    }
    page.push_str("| Step | | For | Who waits | Takes |\n|---|---|---|---|---|\n");
    for one in &steps {
        page.push_str(&row(plan, *one));
    }
    page.push('\n');
    list(&mut page, "What an app may notice", hazards(&steps));
    list(
        &mut page,
        "In the end, other than as written",
        plan.differences.iter().map(|one| plain(one)).collect(),
    );
    if let Some(barrier) = &plan.barrier {
        let mut told: Vec<String> = (barrier.waiting.statements.iter())
            .map(|second| {
                let place = format!("`{}:{}`", barrier.waiting.file, second.line);
                format!("{}: {place} needs that finished", plain(&barrier.why))
            })
            .collect();
        let left: Vec<String> = barrier.left.iter().map(|one| plain(one)).collect();
        told.push(format!("left for the next deploy: {}", left.join(", ")));
        list(
            &mut page,
            "A second deploy is needed, behind the contract of this one",
            told,
        );
    }
    for phase in [Phase::Expand, Phase::Contract] {
        let of: Vec<Numbered<'_>> = (steps.iter().copied())
            .filter(|one| one.step.phase == phase)
            .collect();
        statements(&mut page, phase, &of);
    }
    page
}

fn row(plan: &Plan, one: Numbered<'_>) -> String {
    let places: Vec<String> = (one.step.serves.iter())
        .filter_map(|served| {
            let written = plan.written(*served)?;
            let migration = plan.migrations.get(served.migration)?;
            Some(format!("`{}:{}`", migration.file, written.line))
        })
        .collect();
    let blocking = match Blocking::of(one.step, one.number) {
        Some(blocking) => format!("{}, {}", blocking.blocked, words::longest(blocking.longest)),
        None => String::new(),
    };
    format!(
        "| {} | {} | {} | {} | {} |\n",
        one.name(),
        plain(&one.step.title),
        places.join(" "),
        plain(&blocking),
        plain(&words::takes(one.step))
    )
}

fn hazards(steps: &[Numbered<'_>]) -> Vec<String> {
    let of = |one: &Numbered<'_>| {
        let name = one.name();
        let hazards = one.step.hazards.iter();
        let told = hazards.map(move |hazard| {
            let rule = hazard
                .rule
                .as_ref()
                .map(|rule| format!(" (`segue explain {rule}`)"));
            format!(
                "{name}: {}{}",
                plain(&hazard.message),
                rule.unwrap_or_default()
            )
        });
        told.collect::<Vec<_>>()
    };
    steps.iter().flat_map(of).collect()
}

fn list(page: &mut String, title: &str, entries: Vec<String>) {
    if entries.is_empty() {
        return;
    }
    page.push_str(&format!("**{title}**\n\n"));
    for entry in entries {
        page.push_str(&format!("- {entry}\n"));
    }
    page.push('\n');
}

/// What the steps of a phase run.
fn statements(page: &mut String, phase: Phase, steps: &[Numbered<'_>]) {
    if steps.is_empty() {
        return;
    }
    let title = match phase {
        Phase::Expand => "Expand: while the old app runs",
        Phase::Contract => "Contract: once only the new app runs",
    };
    page.push_str(&format!("<details><summary>{title}</summary>\n\n"));
    for one in steps {
        let mut sql = String::new();
        for setting in &one.step.settings {
            sql.push_str(&format!("{setting};\n"));
        }
        if let Action::Batches(batches) = &one.step.action {
            for before in &batches.before {
                sql.push_str(&format!("{before};\n"));
            }
        }
        for statement in one.step.sent() {
            sql.push_str(&format!("{statement};\n"));
        }
        page.push_str(&format!("{}: {}\n\n", one.name(), plain(&one.step.title)));
        page.push_str(&block(&sql));
        page.push_str(&format!(
            "undo: {}\n\n",
            plain(&words::undo(&one.step.undo))
        ));
    }
    page.push_str("</details>\n\n");
}

/// A block of SQL, within fences that nothing in it ends.
fn block(sql: &str) -> String {
    let longest = sql.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}sql\n{}\n{fence}\n\n", sql.trim_end())
}

/// Text without what Markdown or HTML would act on.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in words::one_line(text).chars() {
        match c {
            '<' => plain.push_str("&lt;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '|' | '`' => plain.extend(['\\', c]),
            c => plain.push(c),
        }
    }
    plain
}
