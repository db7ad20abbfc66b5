//! `segue pull`.

use segue::PullOptions;
use serde_json::json;

use super::{fail, migrator};
use crate::{
    args::{self, Common},
    exit,
    show::{clean, count, json},
    stop,
};

pub(super) async fn run(common: &Common, wanted: &args::Pull) -> u8 {
    let interrupt = stop::on_signal();
    let options = PullOptions {
        to: wanted.to.clone(),
        split: wanted.split,
        force: wanted.force || common.yes,
    };
    let migrator = migrator(common);
    let pulled = tokio::select! {
        pulled = migrator.pull(&options) => pulled,
        () = interrupt.comes() => Err(segue::Failure::interrupted_early()),
    };
    let pulled = match pulled {
        Ok(pulled) => pulled,
        Err(failure) => return fail(common, "pull", &failure, json::Rest::new()),
    };
    let paths = |files: &[std::path::PathBuf]| -> Vec<String> {
        files.iter().map(|file| segue::shown_path(file)).collect()
    };
    if common.is_json() {
        json::done(
            "pull",
            json!({
                "files": paths(&pulled.files),
                "unchanged": pulled.unchanged,
                "removed": paths(&pulled.removed),
                "notes": pulled.notes,
            }),
        );
        return exit::DONE;
    }
    if !common.quiet {
        for note in &pulled.notes {
            tell!("note: {}", clean(note));
        }
    }
    for file in paths(&pulled.files) {
        out!("{}", clean(&file));
    }
    for file in paths(&pulled.removed) {
        out!("removed {}", clean(&file));
    }
    if pulled.files.is_empty() && pulled.removed.is_empty() {
        out!("nothing has changed in {}", count(pulled.unchanged, "file"));
    }
    exit::DONE
}
