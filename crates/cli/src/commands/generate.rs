//! `segue generate`.

use segue::Drafted;
use serde_json::{Value, json};

use super::{fail, stoppable};
use crate::{
    args::{self, Common},
    exit,
    show::{ask::Terminal, clean, json},
};

pub(super) async fn run(common: &Common, wanted: &args::Generate) -> u8 {
    let (migrator, interrupt) = stoppable(common);
    let mut migrator = wanted.shadow.onto(migrator);
    if let Some(major) = wanted.server_version {
        migrator = migrator.server_version(major);
    }
    let mut person = Terminal {
        common,
        interrupt,
        accepts_loss: false,
    };
    let drafted = match migrator.generate(&wanted.name, &mut person).await {
        Ok(drafted) => drafted,
        Err(failure) => return fail(common, "generate", &failure, json::Rest::new()),
    };
    if common.is_json() {
        let migration = drafted.as_ref().map(document);
        json::done("generate", json!({ "migration": migration }));
        return exit::DONE;
    }
    match drafted {
        Some(drafted) => print(common, &drafted),
        None => out!("no migration is needed: the migrations make the schema already"),
    }
    exit::DONE
}

/// What the migration does, and the files that were written; on stderr what is wrong with it.
pub(super) fn print(common: &Common, drafted: &Drafted) {
    if !common.quiet {
        super::diff::print_notes(&drafted.up);
        super::diff::print_changes(&drafted.up);
        if drafted.down.is_none() {
            tell!(
                "note: {} has no place for a migration that takes another one back",
                drafted.layout
            );
        }
    }
    for line in &drafted.unreached {
        tell!("warning: not reached by the migration: {}", clean(line));
    }
    for line in &drafted.unrestored {
        tell!("warning: not restored by taking it back: {}", clean(line));
    }
    for file in &drafted.files {
        out!("wrote {}", clean(&segue::shown_path(file)));
    }
}

/// The field `migration` of the document.
pub(super) fn document(drafted: &Drafted) -> Value {
    let paths = |files: &[std::path::PathBuf]| -> Vec<String> {
        files.iter().map(|file| segue::shown_path(file)).collect()
    };
    let mut document = super::diff::document(&drafted.up);
    document["files"] = json!(paths(&drafted.files));
    document["down"] = json!(drafted.down.as_deref().map(segue::shown_path));
    document["unreached"] = json!(drafted.unreached);
    document["unrestored"] = json!(drafted.unrestored);
    document["layout"] = json!(drafted.layout);
    document
}
