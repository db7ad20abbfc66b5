//! Backups before what nothing takes back.
//!
//! A backup is made of the tables that lose something, or of everything, by `pg_dump` (SQLite: by its online backup), while the app
//! runs on. It counts once it is verified: the archive is read to its end, and each table has the rows in it that the database had
//! in the very snapshot that the archive is of. Only then it gets its name, and is kept in the journal with the command that restores it.
//!
//! Owns: when a backup is made, what is looked at before, what counts as one. Does not own: what cannot be undone
//! (`segue_engine::irreversible`), the journal (`segue_db::own::backups`).
//! Reads next: `backup/wish.rs`, then `backup/dump.rs`; restoring: `backup/rehearse.rs`.

use std::time::Instant;

use segue_db::{
    Session,
    own::backups::{self, Backup},
};
use segue_engine::{
    ContractOptions, Event, Failure, FailureKind, Interrupt, Irreversible, irreversible,
};
use segue_plan::Phase;
use segue_sql::Problem;

use crate::{Connected, gate};

mod archive;
mod dump;
mod manifest;
mod own_command;
mod place;
mod programs;
mod rehearse;
mod sizes;
mod snapshot;
mod sqlite;
mod wish;

pub use rehearse::{Rehearsal, RestoreOptions};
pub use wish::{BackupScope, BackupWanted};
pub(crate) use wish::{How, Wish};

/// Who hears what is going on.
type Events<'a> = &'a mut (dyn FnMut(Event) + Send);

/// What a backup is to be of.
struct Subject<'a> {
    /// The relations that lose something, in SQL; none: of everything.
    relations: Option<&'a [String]>,
    /// What it is made before, for the journal.
    before: String,
}

/// Makes the backup that the project or the user wants before the first phase, where that does something that nothing takes back.
pub(crate) async fn before_deploy(
    connected: &mut Connected,
    interrupt: &Interrupt,
    events: Events<'_>,
) -> Result<(), Failure> {
    if connected.options.dry_run {
        return Ok(());
    }
    before(connected, Phase::Expand, interrupt, events).await
}

/// The same before the second phase, once it is time for that.
pub(crate) async fn before_contract(
    connected: &mut Connected,
    wish: &ContractOptions,
    interrupt: &Interrupt,
    events: Events<'_>,
) -> Result<(), Failure> {
    if connected.backup.is_none() || !gate::is_due(connected, wish).await? {
        return Ok(());
    }
    before(connected, Phase::Contract, interrupt, events).await
}

async fn before(
    connected: &mut Connected,
    phase: Phase,
    interrupt: &Interrupt,
    events: Events<'_>,
) -> Result<(), Failure> {
    let Some(wish) = connected.backup.clone() else {
        return Ok(());
    };
    let request = connected.request(interrupt, events);
    let Some(found) = Box::pin(irreversible(request, phase)).await? else {
        return Ok(());
    };
    let before = named(&found);
    if found.is_under_way {
        let known = backups::read(&connected.link.session).await?;
        if let Some(known) = known.iter().find(|known| known.before == before) {
            let notice = format!(
                "it is under way already: the backup of before is {}",
                known.place
            );
            events(Event::Notice(notice));
            return Ok(());
        }
    }
    for why in &found.why {
        events(Event::Notice(format!("cannot be taken back: {why}")));
    }
    let subject = Subject {
        relations: found.relations.as_deref(),
        before,
    };
    let made = Box::pin(make(connected, &wish, &subject, interrupt, events)).await?;
    if let Some(made) = made {
        tell(&made, events);
        connected.backed_up = Some(made);
    }
    Ok(())
}

/// The phase and the migrations, as the journal has them.
fn named(found: &Irreversible) -> String {
    let phase = match found.phase {
        Phase::Expand => "deploy",
        Phase::Contract => "contract",
    };
    format!("{phase} of {}", found.migrations.join(", "))
}

fn tell(made: &Backup, events: Events<'_>) {
    let size = made
        .bytes
        .map(|bytes| format!(", {}", sizes::in_words(bytes)));
    events(Event::Notice(format!(
        "backed up {} in {} s{}: {}",
        made.what,
        made.milliseconds.div_ceil(1000),
        size.unwrap_or_default(),
        made.place
    )));
    if let Some(restore) = &made.restore {
        events(Event::Notice(format!(
            "to restore it into a database of its own: {restore}"
        )));
    }
}

/// Makes one, and keeps it in the journal; none where there is nothing to back up.
async fn make(
    connected: &mut Connected,
    wish: &Wish,
    subject: &Subject<'_>,
    interrupt: &Interrupt,
    events: Events<'_>,
) -> Result<Option<Backup>, Failure> {
    let start = Instant::now();
    interrupt.refuses()?;
    refuse_no_journal(&connected.link.session).await?;
    let made = match (&wish.how, &connected.link.session) {
        (How::Command(command), _) => {
            Some(own_command::run(connected, command, subject, interrupt, events).await?)
        }
        (How::Point, _) => None,
        (How::Dump(scope), Session::Postgres(_)) => {
            dump::make(connected, wish, (*scope, subject), interrupt, events).await?
        }
        (How::Dump(_), Session::Sqlite(_)) => {
            Some(sqlite::make(connected, wish, subject, interrupt, events).await?)
        }
    };
    let point = match wish.restore_point {
        true => restore_point(connected, &subject.before, events).await?,
        false => None,
    };
    let made = match (made, &point) {
        (Some(made), _) => made,
        (None, Some(point)) => Backup {
            name: point.clone(),
            what: "a restore point".to_owned(),
            place: format!("restore point {point}"),
            ..Backup::default()
        },
        (None, None) => return Ok(None),
    };
    let made = Backup {
        before: subject.before.clone(),
        milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        restore_point: point,
        ..made
    };
    let session = &connected.link.session;
    keep(session, &made).await?;
    let kept = backups::read(session).await?.into_iter();
    Ok(kept.into_iter().find(|kept| kept.name == made.name))
}

/// Whether one could be made from here, as far as that is seen without making one.
pub(crate) async fn may_be_made(connected: &Connected, wish: &Wish) -> Result<(), Failure> {
    match (&wish.how, &connected.link.session) {
        (How::Dump(_), Session::Postgres(_)) => dump::may_be_made(connected, wish).await,
        _ => Ok(()),
    }
}

/// Keeps a backup in the journal.
async fn keep(session: &Session, made: &Backup) -> Result<(), Failure> {
    let dialect = session.dialect();
    for statement in backups::create(session).await? {
        session.execute(&statement).await?;
    }
    Ok(session.execute(&backups::keep(dialect, made)).await?)
}

/// A backup that the database does not know of would be made in vain: whether it may be kept there.
async fn refuse_no_journal(session: &Session) -> Result<(), Failure> {
    let may = match session {
        Session::Sqlite(_) => return Ok(()),
        Session::Postgres(_) => one(session, backups::MAY_KEEP).await?,
    };
    if may.as_deref() == Some("t") {
        return Ok(());
    }
    let problem =
        Problem::new("the role may not keep the backup in the journal, the table segue.backups");
    Err(refused(problem.help(
        "GRANT CREATE, USAGE ON SCHEMA segue and INSERT, SELECT, UPDATE ON segue.backups to it",
    )))
}

/// Makes a restore point where the role may and the server keeps a log for it; else says why not.
async fn restore_point(
    connected: &Connected,
    before: &str,
    events: Events<'_>,
) -> Result<Option<String>, Failure> {
    let session = &connected.link.session;
    if !matches!(session, Session::Postgres(_)) {
        return Ok(None);
    }
    let why_not = "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'the server is a standby' \
         WHEN pg_catalog.current_setting('wal_level') = 'minimal' THEN 'wal_level is minimal' \
         WHEN NOT pg_catalog.has_function_privilege('pg_catalog.pg_create_restore_point(text)', 'EXECUTE') \
         THEN 'this role may not execute pg_create_restore_point' END";
    if let Some(why) = one(session, why_not).await? {
        events(Event::Notice(format!("no restore point is made: {why}")));
        return Ok(None);
    }
    let stamp = one(session, place::STAMP).await?.unwrap_or_default();
    // a name has at most 63 bytes
    let mut name = format!("segue {stamp} before {before}");
    let end = (0..=name.len().min(63))
        .rev()
        .find(|end| name.is_char_boundary(*end));
    name.truncate(end.unwrap_or_default());
    let make = format!(
        "SELECT pg_catalog.pg_create_restore_point({})",
        segue_db::literal(&name)
    );
    session.execute(&make).await?;
    events(Event::Notice(format!("restore point: {name}")));
    Ok(Some(name))
}

/// The first value that a query gives.
async fn one(session: &Session, sql: &str) -> Result<Option<String>, Failure> {
    let rows = session.rows(sql).await?;
    Ok(rows.into_iter().flatten().flatten().next())
}

/// No backup: what is wrong, before anything has begun.
fn refused(problem: Problem) -> Failure {
    Failure::new(FailureKind::Refused, problem)
}

/// What keeps work from blocking the others.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(refused(Problem::new(format!("the work was lost: {error}")))))
}

/// Where backups of a project are kept.
pub(crate) const FOLDER: &str = ".segue/backups";

impl Connected {
    /// The backup that was made last over this connection.
    pub fn backed_up(&self) -> Option<&Backup> {
        self.backed_up.as_ref()
    }

    /// The backups that the database's journal has, the newest first.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn backups(&self) -> Result<Vec<Backup>, Failure> {
        Ok(backups::read(&self.link.session).await?)
    }
}
