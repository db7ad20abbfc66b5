//! `segue ci init`.

use segue::{CiSystem, Pipeline, PipelineOptions};
use serde_json::json;

use super::{fail, migrator};
use crate::{
    args::{self, CiInit, Common},
    exit,
    show::{clean, json},
};

pub(super) fn init(common: &Common, wanted: &CiInit) -> u8 {
    let options = PipelineOptions {
        system: match wanted.system {
            args::CiSystem::Github => CiSystem::Github,
            args::CiSystem::Gitlab => CiSystem::Gitlab,
        },
        secret: wanted.secret.clone(),
        force: wanted.force,
    };
    let written = match migrator(common).pipeline(&options) {
        Ok(written) => written,
        Err(failure) => return fail(common, "ci init", &failure, json::Rest::new()),
    };
    if common.is_json() {
        let needs = written.needs.iter();
        let needs = needs.map(|(name, what)| json!({ "name": name, "what": what }));
        json::done(
            "ci init",
            json!({
                "made": written.made,
                "unchanged": written.unchanged,
                "needs": needs.collect::<Vec<_>>(),
                "notes": written.notes,
            }),
        );
    } else {
        tell(common, &written);
    }
    exit::DONE
}

fn tell(common: &Common, written: &Pipeline) {
    for path in &written.made {
        out!("made {}", clean(&segue::shown_path(path)));
    }
    for path in &written.unchanged {
        out!("unchanged {}", clean(&segue::shown_path(path)));
    }
    if common.quiet {
        return;
    }
    for note in &written.notes {
        tell!("note: {}", clean(note));
    }
    out!("to be set in the repository:");
    for (name, what) in &written.needs {
        out!("  {name}: {what}");
    }
    out!("next: read and commit these files; docs/ci.md");
}
