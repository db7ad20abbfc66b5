//! `segue init`.

use serde_json::json;

use super::{fail, migrator};
use crate::{
    args::Common,
    exit,
    show::{clean, json},
};

pub(super) fn run(common: &Common) -> u8 {
    let done = match migrator(common).init() {
        Ok(done) => done,
        Err(failure) => return fail(common, "init", &failure, json::Rest::default()),
    };
    if common.is_json() {
        json::done(
            "init",
            json!({
                "made": done.made,
                "folder": done.folder,
                "layout": done.choice.as_ref().map(|choice| choice.layout.name),
                "migrations": done.migrations,
            }),
        );
        return exit::DONE;
    }
    for path in &done.made {
        anstream::println!("made {}", clean(&segue::shown_path(path)));
    }
    let folder = clean(&segue::shown_path(&done.folder));
    match &done.choice {
        Some(choice) => anstream::println!(
            "{folder} has {} migrations of {} (because of {})",
            done.migrations,
            choice.layout.title,
            choice.reason
        ),
        None => anstream::println!("migrations go to {folder}"),
    }
    let next = if done.migrations == 0 {
        "segue new NAME"
    } else {
        "segue status"
    };
    anstream::println!("next: {next}");
    exit::DONE
}
