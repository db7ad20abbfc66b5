//! How far replicas and replication slots are behind.

use std::time::Duration;

use crate::{Row, ServerError, Session};

/// What follows the server's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follower {
    /// One that is connected, by its `application_name`.
    Replica(String),
    /// A slot: the log is kept for it.
    Slot {
        /// Its name.
        name: String,
        /// Whether somebody reads from it.
        is_active: bool,
    },
}

/// How far a follower is behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    /// Whose.
    pub follower: Follower,
    /// In bytes of the log.
    pub bytes: u64,
    /// In time, where that is known.
    pub time: Option<Duration>,
}

/// What there is to know of the followers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lags {
    /// How far each is behind.
    pub lags: Vec<Lag>,
    /// How many replicas there are of which this user may see nothing (monitoring-stats.html: only of his own sessions,
    /// unless he has the rights of `pg_read_all_stats`).
    pub hidden: usize,
}

/// How far everybody is behind who follows the log.
///
/// Of a logical slot what its reader has confirmed counts, of a physical one what has to be kept for it. Slots whose log is
/// gone cannot be waited for.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn lags(session: &Session) -> Result<Lags, ServerError> {
    let rows = session.rows(LAGS).await?;
    let hidden = rows.iter().filter(|row| is_hidden(row)).count();
    Ok(Lags {
        lags: rows.into_iter().filter_map(lag).collect(),
        hidden,
    })
}

const LAGS: &str = "SELECT 'replica', application_name, state, NULL, \
     pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replay_lsn)::bigint, \
     (1000 * extract(epoch FROM replay_lag))::bigint \
     FROM pg_catalog.pg_stat_replication \
     WHERE state IS NULL OR state IN ('streaming', 'catchup') \
     UNION ALL SELECT 'slot', slot_name, NULL, active::text, \
     pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), coalesce(confirmed_flush_lsn, restart_lsn))::bigint, NULL \
     FROM pg_catalog.pg_replication_slots \
     WHERE NOT temporary AND restart_lsn IS NOT NULL AND wal_status IS DISTINCT FROM 'lost'";

fn is_hidden(row: &Row) -> bool {
    matches!(row.as_slice(), [Some(kind), _, None, ..] if kind == "replica")
}

fn lag(row: Row) -> Option<Lag> {
    let [kind, name, state, active, bytes, time] = <[Option<String>; 6]>::try_from(row).ok()?;
    let name = name.unwrap_or_default();
    let follower = match kind.as_deref()? {
        "slot" => Follower::Slot {
            name,
            is_active: active.as_deref() == Some("true"),
        },
        _ => {
            state?;
            Follower::Replica(name)
        }
    };
    Some(Lag {
        follower,
        // it can be a little ahead of what we have asked for
        bytes: bytes?.parse::<i64>().ok()?.try_into().unwrap_or(0),
        time: time.and_then(|time| time.parse().ok().map(Duration::from_millis)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [Option<&str>; 6]) -> Row {
        cells
            .into_iter()
            .map(|cell| cell.map(str::to_owned))
            .collect()
    }

    #[test]
    fn a_replica_of_which_nothing_may_be_seen_is_no_lag_but_is_counted() {
        let hidden = row([Some("replica"), Some("walreceiver"), None, None, None, None]);
        let idle = row([
            Some("replica"),
            Some("a"),
            Some("streaming"),
            None,
            Some("-8"),
            None,
        ]);
        let slot = row([
            Some("slot"),
            Some("s"),
            None,
            Some("false"),
            Some("17"),
            None,
        ]);
        assert!(is_hidden(&hidden) && !is_hidden(&idle) && !is_hidden(&slot));
        assert_eq!(lag(hidden), None);
        assert_eq!(
            lag(idle),
            Some(Lag {
                follower: Follower::Replica("a".to_owned()),
                bytes: 0,
                time: None
            })
        );
        assert_eq!(lag(slot).map(|lag| lag.bytes), Some(17));
    }
}
