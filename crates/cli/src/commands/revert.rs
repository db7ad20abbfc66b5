//! `segue revert`.

use serde_json::json;

use super::{fail, generate, stoppable};
use crate::{
    args::{self, Common},
    exit,
    show::{clean, json},
};

pub(super) async fn run(common: &Common, wanted: &args::Revert) -> u8 {
    let mut migrator = wanted.shadow.onto(stoppable(common).0);
    if let Some(major) = wanted.server_version {
        migrator = migrator.server_version(major);
    }
    let reverted = migrator.revert(&wanted.migration, wanted.name.as_deref());
    let reverted = match reverted.await {
        Ok(reverted) => reverted,
        Err(failure) => return fail(common, "revert", &failure, json::Rest::new()),
    };
    if common.is_json() {
        let document = json!({
            "of": reverted.of,
            "script": reverted.has_script,
            "lost": reverted.lost,
            "left": reverted.left,
            "migration": generate::document(&reverted.drafted),
        });
        json::done("revert", document);
        return exit::DONE;
    }
    if !common.quiet && reverted.has_script {
        let of = clean(&reverted.of);
        tell!("note: the statements are those of the script that {of} has for the way back");
    }
    for line in &reverted.lost {
        tell!(
            "warning: not brought back, a backup may have it: {}",
            clean(line)
        );
    }
    for line in &reverted.left {
        tell!("warning: not taken back by that script: {}", clean(line));
    }
    generate::print(common, &reverted.drafted);
    exit::DONE
}
