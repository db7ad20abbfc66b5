//! `segue new NAME`.

use serde_json::json;

use super::{fail, migrator};
use crate::{
    args::Common,
    exit,
    show::{clean, json},
};

pub(super) fn run(common: &Common, name: &str) -> u8 {
    let created = match migrator(common).create(name) {
        Ok(created) => created,
        Err(failure) => return fail(common, "new", &failure, json::Rest::default()),
    };
    if common.is_json() {
        json::done(
            "new",
            json!({ "files": created.files, "layout": created.choice.layout.name }),
        );
        return exit::DONE;
    }
    if common.verbose {
        tell!(
            "layout {} (because of {})",
            created.choice.layout.name,
            created.choice.reason
        );
    }
    for file in &created.files {
        out!("{}", clean(&segue::shown_path(file)));
    }
    exit::DONE
}
