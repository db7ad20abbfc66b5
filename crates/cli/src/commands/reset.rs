//! `segue reset`.

use segue::{Failure, FailureKind, Problem};
use serde_json::json;

use super::{fail, stoppable};
use crate::{
    args::{self, Common},
    exit,
    show::{ask::ask, clean, count, events, json},
};

pub(super) async fn run(common: &Common, wanted: &args::Reset) -> u8 {
    let (migrator, interrupt) = stoppable(common);
    if !(wanted.force || common.yes) {
        let database = match migrator.to_be_reset().await {
            Ok(database) => database,
            Err(failure) => return fail(common, "reset", &failure, json::Rest::new()),
        };
        let question = format!("All data in {database} will be lost. Go on?");
        if !ask(common, &interrupt, &question) {
            if interrupt.has_come() {
                let failure = Failure::interrupted_early();
                return fail(common, "reset", &failure, json::Rest::new());
            }
            let problem = Problem::new(format!(
                "{database} was not reset: all its data would be lost"
            ))
            .help("say --force if that is meant");
            let failure = Failure::new(FailureKind::Refused, problem);
            return fail(common, "reset", &failure, json::Rest::new());
        }
    }
    let mut show = events::Show::new(common);
    let result = migrator
        .reset(!wanted.skip_seed, &mut |event| show.event(&event))
        .await;
    show.end();
    let reset = match result {
        Ok(reset) => reset,
        Err(failure) => return fail(common, "reset", &failure, json::Rest::new()),
    };
    let applied: Vec<&str> = reset
        .deployed
        .applied
        .iter()
        .map(|applied| applied.name.as_str())
        .collect();
    if common.is_json() {
        json::done(
            "reset",
            json!({
                "database": reset.database,
                "applied": applied,
                "seed": reset.seeded.as_ref().map(|seeded| &seeded.origin),
            }),
        );
        return exit::DONE;
    }
    out!(
        "reset {}: {} applied",
        clean(&reset.database),
        count(applied.len(), "migration")
    );
    if let Some(seeded) = &reset.seeded {
        out!("seeded by {}", clean(&seeded.origin));
    }
    exit::DONE
}
