//! `segue push`.

use serde_json::Value;

use super::{diff, fail, stoppable};
use crate::{
    args::{self, Common},
    exit,
    show::{ask::Terminal, clean, count, events, json},
};

pub(super) async fn run(common: &Common, wanted: &args::Push) -> u8 {
    let (migrator, interrupt) = stoppable(common);
    let mut show = events::Show::new(common);
    let mut person = Terminal {
        common,
        interrupt,
        accepts_loss: wanted.accept_data_loss || common.yes,
    };
    let migrator = wanted.shadow.onto(migrator);
    let result = migrator
        .push(&mut person, &mut |event| show.event(&event))
        .await;
    show.end();
    let pushed = match result {
        Ok(pushed) => pushed,
        Err(failure) => return fail(common, "push", &failure, json::Rest::new()),
    };
    let transition = &pushed.transition;
    if common.is_json() {
        let mut document = diff::document(transition);
        document["database"] = Value::String(pushed.database.clone());
        json::done("push", document);
        return exit::DONE;
    }
    if !common.quiet {
        diff::print_notes(transition);
    }
    diff::print_changes(transition);
    diff::print_remaining(transition);
    match transition.moves.len() {
        0 => out!("{} has the schema already", clean(&pushed.database)),
        number => out!(
            "{} made to {}",
            count(number, "change"),
            clean(&pushed.database)
        ),
    }
    exit::DONE
}
