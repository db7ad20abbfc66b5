//! `segue compat`.

use std::path::Path;

use segue::{
    CompatOptions, Compatibility, Course,
    queries::{Advice, Broken, First, Moment, Tally, Verdict},
};
use serde_json::{Value, json};

use super::{Report, fail, stoppable};
use crate::{
    args::{self, Common, Compat, CompatAction},
    exit,
    show::{clean, count, json},
};

pub(super) async fn run(common: &Common, wanted: &Compat) -> u8 {
    let mut migrator = stoppable(common).0;
    if let Some(url) = &wanted.shadow_url {
        migrator = migrator.shadow_url(url);
    }
    if let Some(CompatAction::Record { out }) = &wanted.action {
        return record(common, &migrator, out.as_deref()).await;
    }
    let first = match wanted.first {
        args::First::Schema => First::Schema,
        args::First::Code => First::Code,
    };
    let options = CompatOptions {
        migrations: wanted.migrations.clone(),
        old: wanted.old.clone(),
        new: wanted.new.clone(),
        first,
        is_strict: wanted.strict,
    };
    let done = match migrator.compat(&options).await {
        Ok(done) => done,
        Err(failure) => return fail(common, "compat", &failure, json::Rest::new()),
    };
    let code = match done.passes {
        true => exit::DONE,
        false => exit::FAILED,
    };
    if common.is_json() {
        let document = document(&done);
        return Report { code, document }.print(common);
    }
    print(common, &done, &options);
    code
}

async fn record(common: &Common, migrator: &segue::Migrator, out: Option<&Path>) -> u8 {
    let recorded = match migrator.record_queries(out).await {
        Ok(recorded) => recorded,
        Err(failure) => return fail(common, "compat", &failure, json::Rest::new()),
    };
    // The queries themselves may have been printed.
    if !common.quiet {
        let many = usize::try_from(recorded.queries).unwrap_or(usize::MAX);
        let into = out.map_or_else(String::new, |file| {
            format!(" in {}", segue::shown_path(file))
        });
        tell!("{} recorded{}", queries(many), clean(&into));
        for (why, many) in &recorded.left_out {
            tell!("note: {many} left out: {}", clean(why));
        }
    }
    exit::DONE
}

fn queries(many: usize) -> String {
    match many {
        1 => "1 query".to_owned(),
        many => format!("{many} queries"),
    }
}

fn print(common: &Common, done: &Compatibility, options: &CompatOptions) {
    let migrations = count(done.migrations.len(), "migration");
    let names: Vec<String> = done.migrations.iter().map(|name| clean(name)).collect();
    let course = match &done.course {
        Course::Planned { contract: 0 } => "by a plan; nothing waits for contract".to_owned(),
        Course::Planned { contract } => {
            format!("by a plan; {} for contract", count(*contract, "step"))
        }
        Course::AsWritten => "as written, in one phase".to_owned(),
        Course::Refused(_) => "as written, since no plan is to be had".to_owned(),
    };
    out!(
        "{migrations} on {}: {}",
        clean(&done.database),
        names.join(", ")
    );
    out!("  deployed {course}");
    out!("");
    out!(
        "            {:<18}{:<18}{}",
        "before",
        "expanded",
        "contracted"
    );
    for (tally, _) in &done.apps {
        let cells = Moment::ALL.map(|moment| cell(tally, moment, options.is_strict));
        out!(
            "  {} app   {:<18}{:<18}{}",
            tally.side.name(),
            cells[0],
            cells[1],
            cells[2]
        );
    }
    for (tally, names) in &done.apps {
        print_app(common, tally, names, options);
    }
    out!("");
    if !common.quiet {
        for note in &done.notes {
            tell!("note: {}", clean(note));
        }
    }
    out!(
        "schema first: {}; new app first: {}",
        answer(done.advice.schema_first),
        answer(done.advice.code_first)
    );
    out!("{}", done.advice.words);
}

fn answer(known: Option<bool>) -> &'static str {
    match known {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    }
}

/// A cell of the table.
fn cell(tally: &Tally, moment: Moment, is_strict: bool) -> String {
    let cell = tally.cell(moment);
    match tally.runs(moment, is_strict) {
        None => "no evidence".to_owned(),
        Some(true) => format!("yes ({})", tally.judged),
        Some(false) => {
            let bad = cell.broken() + if is_strict { cell.notable } else { 0 };
            format!("no ({bad} of {})", tally.judged)
        }
    }
}

fn print_app(common: &Common, tally: &Tally, names: &[String], options: &CompatOptions) {
    out!("");
    out!(
        "{} app, {}: {}",
        tally.side.name(),
        clean(&names.join(", ")),
        sum(tally)
    );
    let mut listed = 0;
    for broken in &tally.broken {
        let matters = Moment::ALL.into_iter().any(|moment| {
            broken.fares[moment as usize].verdict.breaks()
                && Advice::matters(tally.side, moment, options.first)
        });
        // What only tells that the phases are needed is in the table already.
        if matters || options.is_strict || common.verbose {
            listed += 1;
            print_query(broken);
        }
    }
    let rest = tally.broken.len() as u64 - listed + tally.left_out();
    if rest > 0 {
        let how = if common.verbose {
            ""
        } else {
            " (--verbose lists them)"
        };
        out!(
            "  {rest} more do not run, or run otherwise, where it does not matter in this order{how}"
        );
    }
    if common.quiet {
        return;
    }
    for one in tally
        .not_judged
        .iter()
        .take(if common.verbose { 100 } else { 10 })
    {
        out!("  not judged: {}: {}", clean(&one.place), clean(&one.why));
        if !one.text.is_empty() && common.verbose {
            print_text(&one.text);
        }
    }
}

fn sum(tally: &Tally) -> String {
    if tally.read == 0 {
        return "no query, so nothing is known".to_owned();
    }
    let read = queries(usize::try_from(tally.read).unwrap_or(usize::MAX));
    let mut parts = vec![format!("{read} read, {} judged", tally.judged)];
    if tally.silent > 0 {
        parts.push(format!("{} name nothing of the schema", tally.silent));
    }
    if tally.unjudged > 0 {
        parts.push(format!("{} not judged", tally.unjudged));
    }
    if tally.judged == 0 {
        parts.push("so nothing is known".to_owned());
    }
    parts.join(", ")
}

fn print_query(broken: &Broken) {
    let calls = broken
        .calls
        .map_or_else(String::new, |calls| format!(", {calls} calls"));
    out!("  {}{calls}", clean(&broken.place));
    print_text(&broken.text);
    for moment in Moment::ALL {
        let fare = &broken.fares[moment as usize];
        if fare.verdict != Verdict::Works {
            out!(
                "    {}: {}: {}",
                moment.name(),
                fare.verdict.name(),
                clean(&fare.reasons.join("; "))
            );
        }
    }
}

fn print_text(text: &str) {
    for line in text.lines().take(6) {
        out!("      {}", clean(line));
    }
}

fn document(done: &Compatibility) -> Value {
    let apps = done.apps.iter().map(|(tally, names)| {
        let cells = Moment::ALL.map(|moment| {
            let cell = tally.cell(moment);
            json!({
                "schema": moment.name(),
                "runs": tally.runs(moment, false),
                "works": cell.works,
                "notable": cell.notable,
                "differs": cell.differs,
                "fails": cell.fails,
            })
        });
        let not_judged = tally
            .not_judged
            .iter()
            .map(|one| json!({ "place": one.place, "query": one.text, "why": one.why }));
        json!({
            "app": tally.side.name(),
            "workloads": names,
            "read": tally.read,
            "judged": tally.judged,
            "silent": tally.silent,
            "not_judged": tally.unjudged,
            "cells": cells,
            "queries": tally.broken.iter().map(query).collect::<Vec<_>>(),
            "queries_left_out": tally.left_out(),
            "queries_not_judged": not_judged.collect::<Vec<_>>(),
        })
    });
    let apps: Vec<Value> = apps.collect();
    let contract = match &done.course {
        Course::Planned { contract } => Some(*contract),
        Course::AsWritten | Course::Refused(_) => None,
    };
    let mut document = json::succeeded(
        "compat",
        json!({
            "database": done.database,
            "migrations": done.migrations,
            "contract_steps": contract,
            "apps": apps,
            "schema_first": done.advice.schema_first,
            "code_first": done.advice.code_first,
            "contract_at_once": done.advice.contract_at_once,
            "advice": done.advice.words,
            "notes": done.notes,
        }),
    );
    document["ok"] = json!(done.passes);
    document
}

fn query(broken: &Broken) -> Value {
    let fares = Moment::ALL.map(|moment| {
        let fare = &broken.fares[moment as usize];
        json!({ "schema": moment.name(), "verdict": fare.verdict.name(), "reasons": fare.reasons })
    });
    json!({
        "place": broken.place,
        "query": broken.text,
        "calls": broken.calls,
        "fares": fares,
    })
}
