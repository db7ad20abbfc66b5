//! Who waits for sessions of ours, and which of ours wait.

use std::collections::BTreeSet;

use crate::{ServerError, Session};

/// One session that waits for another, and is of interest to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The process that waits.
    pub waiter: String,
    /// One that it waits for.
    pub blocker: String,
}

/// Every wait of which one side is one of these processes; advisory locks left out, since a deploy holds one for as long as it
/// runs, and others are meant to wait for it.
///
/// Of sessions of other users `pg_stat_activity` shows nothing to most roles, but `pg_locks` shows all their locks.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn waits(session: &Session, pids: &[&str]) -> Result<Vec<Wait>, ServerError> {
    let ours = pids.join(", ");
    let rows = session
        .rows(&format!(
            "SELECT l.pid, b FROM (SELECT DISTINCT pid FROM pg_catalog.pg_locks \
             WHERE NOT granted AND pid IS NOT NULL AND locktype <> 'advisory') l, \
             unnest(pg_catalog.pg_blocking_pids(l.pid)) b \
             WHERE b = ANY (ARRAY[{ours}]::integer[]) OR l.pid = ANY (ARRAY[{ours}]::integer[])"
        ))
        .await?;
    let waits = rows.into_iter().filter_map(|row| {
        let [waiter, blocker] = <[Option<String>; 2]>::try_from(row).ok()?;
        Some(Wait {
            waiter: waiter?,
            blocker: blocker?,
        })
    });
    Ok(waits.collect())
}

/// Of these processes those that somebody else waits for.
pub fn in_the_way(waits: &[Wait], pids: &[&str]) -> BTreeSet<String> {
    let others = waits
        .iter()
        .filter(|wait| !pids.contains(&wait.waiter.as_str()));
    others
        .filter(|wait| pids.contains(&wait.blocker.as_str()))
        .map(|wait| wait.blocker.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_that_wait_for_each_other_are_in_nobodys_way() {
        let wait = |waiter: &str, blocker: &str| Wait {
            waiter: waiter.to_owned(),
            blocker: blocker.to_owned(),
        };
        let waits = [
            wait("1", "2"),
            wait("7", "1"),
            wait("2", "8"),
            wait("9", "7"),
        ];
        let found = in_the_way(&waits, &["1", "2"]);
        assert_eq!(found, BTreeSet::from(["1".to_owned()]));
    }
}
