//! `segue restore`.

use segue::{Backup, Rehearsal, RestoreOptions, shown_path};
use serde_json::{Value, json};

use super::{Report, fail, stoppable};
use crate::{
    args::{self, Common},
    exit,
    show::{clean, count, json},
};

pub(super) async fn run(common: &Common, wanted: &args::Restore) -> u8 {
    let migrator = wanted.shadow.onto(stoppable(common).0);
    if wanted.rehearse {
        let options = RestoreOptions {
            backup: wanted.backup.clone(),
        };
        return match migrator.rehearse(&options).await {
            Ok(rehearsal) => rehearsed(common, &rehearsal),
            Err(failure) => fail(common, "restore", &failure, json::Rest::new()),
        };
    }
    match migrator.backups().await {
        Ok(backups) => listed(common, &backups),
        Err(failure) => fail(common, "restore", &failure, json::Rest::new()),
    }
}

fn listed(common: &Common, backups: &[Backup]) -> u8 {
    if common.is_json() {
        let backups: Vec<Value> = backups.iter().map(object).collect();
        json::done("restore", json!({ "backups": backups }));
        return exit::DONE;
    }
    if backups.is_empty() {
        out!("the database knows of no backups");
    }
    for backup in backups {
        out!(
            "{}  {}, before the {}",
            clean(&backup.made_at),
            clean(&backup.what),
            clean(&backup.before)
        );
        out!("  {}", clean(&backup.place));
        match (&backup.rehearsed_at, &backup.rehearsal) {
            (Some(at), Some(outcome)) => out!(
                "  restored by a rehearsal at {}: {}",
                clean(at),
                clean(outcome)
            ),
            _ => out!("  never restored by a rehearsal"),
        }
        if let Some(restore) = &backup.restore {
            out!("  {}", clean(restore));
        }
    }
    exit::DONE
}

/// A backup as data.
pub(super) fn object(backup: &Backup) -> Value {
    json!({
        "name": backup.name,
        "before": backup.before,
        "place": backup.place,
        "what": backup.what,
        "bytes": backup.bytes,
        "rows": backup.rows,
        "milliseconds": backup.milliseconds,
        "restore": backup.restore,
        "restore_point": backup.restore_point,
        "made_at": backup.made_at,
        "rehearsed_at": backup.rehearsed_at,
        "rehearsal": backup.rehearsal,
    })
}

fn rehearsed(common: &Common, rehearsal: &Rehearsal) -> u8 {
    let is_same = rehearsal.differences.is_empty();
    let code = if is_same { exit::DONE } else { exit::FAILED };
    if common.is_json() {
        let mut document = json::succeeded(
            "restore",
            json!({
                "name": rehearsal.name,
                "place": shown_path(&rehearsal.place),
                "database": rehearsal.database,
                "tables": rehearsal.tables,
                "rows": rehearsal.rows,
                "differences": rehearsal.differences,
                "notes": rehearsal.notes,
            }),
        );
        document["ok"] = json!(is_same);
        return Report { code, document }.print(common);
    }
    if !common.quiet {
        for note in &rehearsal.notes {
            tell!("note: {}", clean(note));
        }
    }
    for difference in &rehearsal.differences {
        tell!("error: {}", clean(difference));
    }
    match is_same {
        true => out!(
            "{} can be restored: on {} it gave the same schema, and {} with {}",
            clean(&rehearsal.name),
            clean(&rehearsal.database),
            count(rehearsal.tables, "table"),
            count(usize::try_from(rehearsal.rows).unwrap_or(usize::MAX), "row")
        ),
        false => out!(
            "{} does not give what was backed up: {}",
            clean(&rehearsal.name),
            count(rehearsal.differences.len(), "difference")
        ),
    }
    code
}
