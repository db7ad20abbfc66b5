//! `segue plan`.

use segue::{
    Failure, PlanOptions, PlannedDeploy, StepTrouble, Verified,
    plan::{
        Phase, Strategy,
        shown::{self, Detail, Summary},
    },
};
use serde_json::{Value, json};

use super::{Report, fail, stoppable};
use crate::{
    args::{self, Common, Format},
    exit,
    show::{clean, count, json, page},
};

mod out;

pub(super) async fn run(common: &Common, wanted: &args::Plan) -> u8 {
    if let Some(out) = &wanted.out {
        return out::run(common, wanted, out).await;
    }
    let planned = match read(common, wanted).await {
        Ok(planned) => planned,
        Err(failure) => return fail(common, "plan", &failure, json::Rest::new()),
    };
    let is_right = (planned.verified.iter()).all(|verified| verified.troubles.is_empty());
    let code = if is_right { exit::DONE } else { exit::FAILED };
    if common.is_json() {
        let document = document(&planned, is_right);
        return Report { code, document }.print(common);
    }
    if !common.quiet {
        for note in &planned.notes {
            tell!("note: {}", clean(note));
        }
    }
    print(common, &planned);
    if let Some(verified) = &planned.verified {
        print_verified(common, verified);
    }
    code
}

async fn read(common: &Common, wanted: &args::Plan) -> Result<PlannedDeploy, Failure> {
    let subject = &wanted.subject;
    let migrator = subject.onto(stoppable(common).0);
    let options = PlanOptions {
        files: subject.files.clone(),
        since: subject.since.clone(),
        schema: subject.schema.clone(),
        stats: subject.stats.clone(),
        facts: subject.facts.clone(),
        live: subject.live,
        strategy: wanted.strategy.map(strategy_of).unwrap_or_default(),
        verify: wanted.verify,
    };
    migrator.plan(&options).await
}

pub(super) fn strategy_of(strategy: args::Strategy) -> Strategy {
    match strategy {
        args::Strategy::Online => Strategy::Online,
        args::Strategy::Direct => Strategy::Direct,
    }
}

fn print(common: &Common, planned: &PlannedDeploy) {
    let plan = &planned.shown;
    match common.format {
        Format::Sql => out!("{}", planned.sql().trim_end()),
        Format::Markdown => out!("{}", shown::markdown(plan).trim_end()),
        Format::Dot => out!("{}", shown::dot(plan).trim_end()),
        _ => {
            let detail = match common.verbose {
                true => Detail::Full,
                false => Detail::Short,
            };
            out!("{}", page::coloured(&shown::text(plan, detail)).trim_end());
        }
    }
}

/// What the shadow database has shown; on stderr, beside a result that may be a file.
fn print_verified(common: &Common, verified: &Verified) {
    if !common.quiet {
        for note in &verified.notes {
            tell!("note: {}", clean(note));
        }
        tell!(
            "verified on {}: {} did what the plan says",
            clean(&verified.database),
            count(verified.agreeing, "step")
        );
    }
    for trouble in &verified.troubles {
        tell!("error: {}: {}", place(trouble), clean(&trouble.what));
    }
}

fn place(trouble: &StepTrouble) -> String {
    match trouble.step {
        Some((Phase::Expand, number)) => format!("expand {number}"),
        Some((Phase::Contract, number)) => format!("contract {number}"),
        None => "in the end".to_owned(),
    }
}

fn document(planned: &PlannedDeploy, is_right: bool) -> Value {
    let mut rest = json!(planned.shown);
    rest["summary"] = json!(Summary::of(&planned.shown));
    rest["notes"] = json!(planned.notes);
    if let Some(verified) = &planned.verified {
        let troubles = verified.troubles.iter().map(|one| {
            json!({
                "phase": one.step.map(|(phase, _)| phase),
                "step": one.step.map(|(_, number)| number),
                "what": one.what,
            })
        });
        rest["verified"] = json!({
            "database": verified.database,
            "agreeing": verified.agreeing,
            "troubles": troubles.collect::<Vec<_>>(),
            "notes": verified.notes,
        });
    }
    let mut document = json::succeeded("plan", rest);
    document["ok"] = json!(is_right);
    document
}
