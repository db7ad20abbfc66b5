//! `segue seed`.

use segue::Seeding;
use serde_json::json;

use super::{fail, migrator};
use crate::{
    args::Common,
    exit,
    show::{clean, count, events, json},
    stop,
};

pub(super) async fn run(common: &Common) -> u8 {
    let interrupt = stop::on_signal();
    let mut show = events::Show::new(common);
    let seeding = Seeding {
        confirmed: common.yes,
        output_to_stderr: common.is_json(),
    };
    let result = migrator(common)
        .seed(seeding, &interrupt, &mut |event| show.event(&event))
        .await;
    show.end();
    let seeded = match result {
        Ok(seeded) => seeded,
        Err(failure) => return fail(common, "seed", &failure, json::Rest::default()),
    };
    if common.is_json() {
        json::done(
            "seed",
            json!({
                "origin": seeded.origin,
                "database": seeded.database,
                "statements": seeded.statements,
            }),
        );
        return exit::DONE;
    }
    let how = seeded.statements.map_or_else(String::new, |number| {
        format!(", {}", count(number, "statement"))
    });
    out!(
        "seeded {} (by {}{how})",
        clean(&seeded.database),
        clean(&seeded.origin)
    );
    exit::DONE
}
