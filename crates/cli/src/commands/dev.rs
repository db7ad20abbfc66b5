//! `segue dev`.

use segue::{DevOptions, Developed};
use serde_json::json;

use super::{fail, generate, stoppable};
use crate::{
    args::{self, Common},
    exit,
    show::{ask::Terminal, clean, count, events, json, problem},
};

pub(super) async fn run(common: &Common, wanted: &args::Dev) -> u8 {
    let (migrator, interrupt) = stoppable(common);
    let mut show = events::Show::new(common);
    let mut person = Terminal {
        common,
        interrupt,
        accepts_loss: wanted.accept_data_loss || common.yes,
    };
    let options = DevOptions {
        name: wanted.name.clone(),
        create_only: wanted.create_only,
    };
    // A database for development need not be there yet.
    let migrator = wanted.shadow.onto(migrator).create_database(true);
    // In the heap: the compiler gives up on futures that lie inside of each other this deep.
    let mut events = |event| show.event(&event);
    let result = Box::pin(migrator.develop(&options, &mut person, &mut events)).await;
    show.end();
    let developed = match result {
        Ok(developed) => developed,
        Err(failure) => return fail(common, "dev", &failure, json::Rest::new()),
    };
    let code = match developed.held_back && !wanted.create_only {
        true => exit::FAILED,
        false => exit::DONE,
    };
    if common.is_json() {
        let applied: Vec<&str> = developed
            .deployed
            .applied
            .iter()
            .map(|applied| applied.name.as_str())
            .collect();
        json::done(
            "dev",
            json!({
                "migration": developed.drafted.as_ref().map(generate::document),
                "applied": applied,
                "held_back": developed.held_back,
                "breaches": json::problems(&developed.breaches),
            }),
        );
        return code;
    }
    print(common, &developed);
    code
}

fn print(common: &Common, developed: &Developed) {
    for obstacle in &developed.obstacles {
        tell!("warning: {}", clean(&obstacle.message));
        for note in &obstacle.notes {
            tell!("  {}", clean(note));
        }
    }
    match &developed.drafted {
        Some(drafted) => generate::print(common, drafted),
        None => out!("no migration is needed: the migrations make the schema already"),
    }
    // Each was told when it was applied.
    let applied = developed.deployed.applied.len();
    if applied > 0 {
        out!("{} applied", count(applied, "migration"));
    }
    problem::print_all(&developed.breaches);
    if !developed.held_back {
        return;
    }
    match developed.breaches.is_empty() {
        true => tell!(
            "error: it loses data, and was not applied; look at it, then apply it with `segue deploy`, or say \
             --accept-data-loss the next time"
        ),
        false => tell!(
            "error: it would fail on these rows, and was not applied; change them, or write into the migration what \
             changes them, then apply it with `segue deploy`"
        ),
    }
}
