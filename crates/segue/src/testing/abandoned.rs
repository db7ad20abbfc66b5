//! What runs that were killed have left behind on a server, and templates that nobody uses any more.
//!
//! Whoever makes test databases has a session of the name that they begin with, for as long as it lives. So a database
//! without such a session is nobody's, on whatever machine it was made.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use segue_db::Session;

/// What the names of test databases begin with. Behind it are the time of the run in microseconds, its process, and
/// a number.
pub(super) const TEST: &str = "segue_test_";

/// What the names of templates begin with; behind it is the digest of what made them.
pub(super) const TEMPLATE: &str = "segue_template_";

/// What the comment of a template begins with; behind it is when it was used last, in seconds.
pub(super) const USED: &str = "made by segue for tests, last used at ";

/// A run has its session before it makes the first database; this is for a session that was lost and comes again.
const YOUNG: Duration = Duration::from_secs(60);

/// A template that was not used for so long goes: it is made again when it is needed.
const UNUSED: Duration = Duration::from_secs(24 * 3600);

/// How many templates stay. Every edit of a migration makes one more.
const TEMPLATES: usize = 16;

/// A template that was used since then may be in use, however many there are.
const IN_USE: Duration = Duration::from_secs(600);

/// Now, as the time that has passed since 1970.
pub(super) fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// Removes both. What the server refuses to remove stays for the next time.
pub(super) async fn remove(session: &Session) {
    let dead = dead(session).await;
    let unused = unused(session, now()).await;
    for name in dead.into_iter().chain(unused) {
        let name = segue_db::identifier(&name);
        let _ = session
            .execute(&format!("DROP DATABASE IF EXISTS {name}"))
            .await;
    }
}

/// The databases of our role whose run is no more, and that nobody is connected to.
async fn dead(session: &Session) -> Vec<String> {
    let list = format!(
        "SELECT d.datname FROM pg_catalog.pg_database d \
         WHERE d.datname ~ '^{TEST}[0-9]+_[0-9]+_[0-9]+$' \
         AND pg_catalog.pg_get_userbyid(d.datdba) = current_user \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid \
         OR a.application_name = pg_catalog.regexp_replace(d.datname, '_[0-9]+$', ''))"
    );
    let young = now().saturating_sub(YOUNG).as_micros();
    let made = |name: &str| name.split('_').nth(2)?.parse::<u128>().ok();
    let found = session.rows(&list).await.unwrap_or_default();
    let found = found.into_iter().flatten().flatten();
    found
        .filter(|name| made(name).is_some_and(|made| made < young))
        .collect()
}

/// The templates of our role that were not used for a day, and the oldest where there are too many.
async fn unused(session: &Session, now: Duration) -> Vec<String> {
    let list = format!(
        "SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') \
         FROM pg_catalog.pg_database d WHERE d.datname ~ '^{TEMPLATE}[0-9a-f]+$' \
         AND pg_catalog.pg_get_userbyid(d.datdba) = current_user"
    );
    let rows = session.rows(&list).await.unwrap_or_default();
    let mut templates: Vec<(Duration, String)> = rows
        .into_iter()
        .filter_map(|row| {
            let [name, comment] = <[_; 2]>::try_from(row).ok()?;
            // Between its name and its comment there is a moment without one: it is new then.
            let used = comment.map_or(Some(now), |comment| last_used(&comment))?;
            Some((now.saturating_sub(used), name?))
        })
        .collect();
    templates.sort();
    let goes = |(place, (unused, _)): &(usize, (Duration, String))| {
        *unused >= UNUSED || (*place >= TEMPLATES && *unused >= IN_USE)
    };
    let templates = templates.into_iter().enumerate().filter(goes);
    templates.map(|(_, (_, name))| name).collect()
}

/// When a template was used last, as its comment says; `None`: it is not ours.
pub(super) fn last_used(comment: &str) -> Option<Duration> {
    let seconds = comment.strip_prefix(USED)?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
