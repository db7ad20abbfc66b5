//! `segue quarantine`: the rows that a program could not do, and once more through it.

use segue::{Connected, Interrupt, Quarantine};
use serde_json::{Value, json};

use super::{fail, rollout::on_database};
use crate::{
    args::{self, Common},
    exit,
    show::{clean, count, events, json},
};

pub(super) async fn run(common: &Common, wish: &args::Quarantine) -> u8 {
    let work = async |connected: &mut Connected, interrupt: &Interrupt, show: &mut events::Show| {
        connected
            .quarantine(wish.retry, interrupt, &mut |event| show.event(&event))
            .await
    };
    match on_database(common, &wish.carrying, work).await {
        Err(failure) => fail(common, "quarantine", &failure, json::Rest::default()),
        Ok(found) => {
            match common.is_json() {
                true => json::done("quarantine", document(&found)),
                false => print(&found),
            }
            match found.count() {
                0 => exit::DONE,
                _ => exit::DIFFERENT,
            }
        }
    }
}

fn print(found: &Quarantine) {
    if found.steps.is_empty() {
        out!("nothing is put aside");
        return;
    }
    for step in &found.steps {
        out!("{}", aside(&step.migration, &step.relation, step.rows));
    }
    for row in &found.rows {
        out!(
            "  {} {}  {}  {}",
            clean(&row.relation),
            clean(&row.key),
            row.at,
            clean(&row.reason)
        );
    }
    let shown = found.rows.len() as u64;
    if found.count() > shown {
        out!("  and {} more, in segue.quarantine", found.count() - shown);
    }
}

/// `1 row of public.users is put aside by 0002_slugs`.
pub(super) fn aside(migration: &str, relation: &str, rows: u64) -> String {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    format!(
        "{} of {} {} put aside by {}",
        count(rows, "row"),
        clean(relation),
        if rows == 1 { "is" } else { "are" },
        clean(migration)
    )
}

fn document(found: &Quarantine) -> Value {
    let rows = found.rows.iter().map(|row| {
        json!({
            "migration": row.migration,
            "table": row.relation,
            // it is JSON already
            "key": serde_json::from_str::<Value>(&row.key).unwrap_or_default(),
            "reason": row.reason,
            "at": row.at,
        })
    });
    json!({
        "count": found.count(),
        "quarantine": steps(&found.steps),
        "rows": rows.collect::<Vec<_>>(),
    })
}

/// How many rows are put aside, as JSON.
pub(super) fn steps(steps: &[segue::Aside]) -> Value {
    let one = |step: &segue::Aside| json!({ "migration": step.migration, "table": step.relation, "rows": step.rows });
    steps.iter().map(one).collect()
}
