//! `segue status`.

use segue::{Entry, Standing, Status};
use serde_json::{Value, json};

use super::{connect, fail, migrator};
use crate::{
    args::Common,
    exit,
    show::{Header, clean, count, events, json},
    stop,
};

pub(super) async fn run(common: &Common) -> u8 {
    let interrupt = stop::on_signal();
    let mut show = events::Show::new(common);
    let result = async {
        let connected = connect(&migrator(common), &mut show, &interrupt).await?;
        let history = connected.history().await;
        Ok((connected, history))
    }
    .await;
    let (connected, history) = match result {
        Ok(result) => result,
        Err(failure) => return fail(common, "status", &failure, json::Rest::default()),
    };
    let header = Header::of(&connected);
    let (facts, opened) = match history {
        Ok(history) => history,
        Err(failure) => {
            let code = fail(common, "status", &failure, header.json());
            connected.close().await;
            return code;
        }
    };
    let status = connected.status(&facts, &opened);
    let code = if status.is_up_to_date() {
        exit::DONE
    } else {
        exit::DIFFERENT
    };
    if common.is_json() {
        let mut rest = header.json();
        rest.extend(document(&status));
        json::done("status", Value::Object(rest));
    } else {
        header.print(common);
        print(common, &status);
    }
    connected.close().await;
    code
}

fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Pending { .. } => "pending",
        Standing::Applied { .. } => "applied",
        Standing::Edited { .. } => "edited",
        Standing::Partial { .. } => "partial",
        Standing::Failed { .. } => "failed",
    }
}

fn detail(entry: &Entry<'_>) -> String {
    match &entry.standing {
        Standing::Applied { at } => at.clone().unwrap_or_default(),
        Standing::Pending { out_of_order: true } => {
            "comes before migrations that are applied".to_owned()
        }
        Standing::Pending { .. } => String::new(),
        Standing::Edited { .. } => "changed on disk after it was applied".to_owned(),
        Standing::Partial { done, .. } => {
            let of = entry.migration.up.statements().map_or(0, |s| s.len());
            format!("{done} of {of} statements committed; the next deploy goes on")
        }
        Standing::Failed { .. } => "begun and not ended; see `segue resolve`".to_owned(),
    }
}

fn print(common: &Common, status: &Status<'_>) {
    let applied = status
        .entries
        .iter()
        .filter(|entry| matches!(entry.standing, Standing::Applied { .. }))
        .count();
    for entry in &status.entries {
        let is_applied = matches!(entry.standing, Standing::Applied { .. });
        if !is_applied || common.verbose {
            let line = format!(
                "{:<8} {}  {}",
                word(&entry.standing),
                clean(&entry.migration.name),
                clean(&detail(entry))
            );
            anstream::println!("{}", line.trim_end());
        }
    }
    for record in &status.missing {
        anstream::println!(
            "missing  {}  in the database, not on disk",
            clean(&record.key)
        );
    }
    if !status.not_empty.is_empty() {
        anstream::println!(
            "the database has tables, but no history: `segue baseline` records what it has already"
        );
    }
    let total = status.entries.len();
    if status.is_up_to_date() {
        anstream::println!("up to date: {} applied", count(applied, "migration"));
    } else {
        anstream::println!("{applied} of {} applied", count(total, "migration"));
    }
}

fn document(status: &Status<'_>) -> json::Rest {
    let entries: Vec<Value> = status
        .entries
        .iter()
        .map(|entry| {
            let (at, done) = match &entry.standing {
                Standing::Applied { at } | Standing::Edited { at } | Standing::Failed { at } => {
                    (at.clone(), None)
                }
                Standing::Partial { done, .. } => (None, Some(*done)),
                Standing::Pending { .. } => (None, None),
            };
            json!({
                "name": entry.migration.name,
                "state": word(&entry.standing),
                "at": at,
                "statements_committed": done,
                "out_of_order": entry.standing == Standing::Pending { out_of_order: true },
            })
        })
        .collect();
    let missing: Vec<&str> = status.missing.iter().map(|r| r.key.as_str()).collect();
    let mut rest = json::Rest::new();
    rest.insert("up_to_date".to_owned(), json!(status.is_up_to_date()));
    rest.insert("migrations".to_owned(), Value::Array(entries));
    rest.insert("missing".to_owned(), json!(missing));
    rest.insert("tables_without_history".to_owned(), json!(status.not_empty));
    rest
}
