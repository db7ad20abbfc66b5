//! `segue init`.

use segue::{OtherTool, Scaffolded};
use serde_json::json;

use super::{fail, migrator};
use crate::{
    args::Common,
    exit,
    show::{clean, json},
};

/// The steps from a tool that segue does not read: `docs/switching.md`.
fn show_the_way(other: &OtherTool) {
    let without: String = other
        .tables
        .iter()
        .map(|table| format!(" --exclude-table={table}"))
        .collect();
    out!(
        "\nthis project has migrations of {} ({}), which segue does not read.\n\
         The present schema becomes the first migration of segue; what comes after it is written here:\n  \
         1. {}: until nothing is pending, in every database\n  \
         2. segue new initial_schema\n  \
         3. pg_dump --schema-only --no-owner --no-privileges{without} > the file that `new` has named\n  \
         4. segue baseline: in every database that has the schema\n  \
         5. remove {} from the deploy, and run `segue deploy` there\n\
         More on this: docs/switching.md",
        other.name,
        clean(&other.evidence),
        other.command,
        other.name
    );
}

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
                "other_tool": done.other.as_ref().map(|other| json!({
                    "name": other.name,
                    "evidence": other.evidence,
                })),
            }),
        );
        return exit::DONE;
    }
    tell(&done);
    exit::DONE
}

fn tell(done: &Scaffolded) {
    for path in &done.made {
        out!("made {}", clean(&segue::shown_path(path)));
    }
    let folder = clean(&segue::shown_path(&done.folder));
    match &done.choice {
        Some(choice) => out!(
            "{folder} has {} migrations of {} (because of {})",
            done.migrations,
            choice.layout.title,
            choice.reason
        ),
        None => out!("migrations go to {folder}"),
    }
    if let Some(other) = &done.other {
        show_the_way(other);
        return;
    }
    let next = if done.migrations == 0 {
        "segue new NAME"
    } else {
        "segue status"
    };
    out!("next: {next}");
}
