//! The names of new migrations have our time, the history has the server's: where they differ, so does the order.

use std::time::{SystemTime, UNIX_EPOCH};

use segue_db::ServerError;
use segue_sql::Dialect;

use super::{Examined, Finding};

/// More than the way to any server and back takes.
const TOLERANCE: f64 = 5.0;

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let theirs = examined
        .value("SELECT extract(epoch FROM clock_timestamp())")
        .await?;
    let ours = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |time| time.as_secs_f64());
    let Some(theirs) = theirs.and_then(|time| time.parse::<f64>().ok()) else {
        return Ok(vec![Finding::skipped(
            id,
            "the server does not tell the time",
        )]);
    };
    let difference = (theirs - ours).abs();
    let evidence = format!("the server's clock is {difference:.1} s from ours");
    Ok(vec![if difference > TOLERANCE {
        Finding::warning(id, evidence, "set both by NTP (`timedatectl set-ntp true`)")
    } else {
        Finding::good(id, evidence)
    }])
}
