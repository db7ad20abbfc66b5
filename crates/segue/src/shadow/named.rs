//! A shadow database on a server that the user names: a database of our own where we may make one, else the named
//! database itself, which has to be empty and is emptied again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use segue_db::{
    Session,
    postgres::url::{self, Defaults, Target},
};
use segue_engine::{Failure, FailureKind, Interrupt};
use segue_project::config::Secret;
use segue_sql::Problem;

use super::{Keeper, Shadow, major_of, session_of};
use crate::develop::empty;

/// What has to be undone at the end.
pub(super) struct Named {
    target: Target,
    /// The database that is ours; `None`: the named one was empty.
    own: Option<String>,
}

/// What the names of databases of our own begin with; behind it are a process and the time in microseconds.
const PREFIX: &str = "segue_shadow_";

/// A database of our own that is as old, and that nobody is connected to, is left from a run that was ended from outside.
const ABANDONED: Duration = Duration::from_secs(600);

/// Objects of users, the first few: schemas, relations, types, routines and extensions that a new database has not.
const OBJECTS: &str = "\
    SELECT 'schema ' || nspname FROM pg_catalog.pg_namespace
     WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('public', 'information_schema')
    UNION ALL
    SELECT 'relation ' || c.oid::pg_catalog.regclass FROM pg_catalog.pg_class c
     WHERE c.relnamespace = pg_catalog.to_regnamespace('public') AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT 'type ' || t.oid::pg_catalog.regtype FROM pg_catalog.pg_type t
     WHERE t.typnamespace = pg_catalog.to_regnamespace('public') AND t.typtype IN ('e', 'd', 'r')
    UNION ALL
    SELECT 'function ' || p.oid::pg_catalog.regprocedure FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = pg_catalog.to_regnamespace('public')
    LIMIT 4";

/// Opens a shadow database on the server behind a URL. It may be stopped until something is made there.
pub(super) async fn open(
    text: &Secret,
    origin: &str,
    interrupt: &Interrupt,
) -> Result<Shadow, Failure> {
    let from = |problem: Problem| problem.note(format!("the URL comes from {origin}"));
    let mut target = url::read(text.expose(), &Defaults::default()).map_err(from)?;
    if target.config.get_application_name().is_none() {
        target.config.application_name("segue");
    }
    let connecting = interrupt.may_stop(session_of(&target));
    let session = connecting.await.map_err(|mut failure| {
        for problem in &mut failure.problems {
            problem.notes.push(format!(
                "it is the shadow database's; the URL comes from {origin}"
            ));
        }
        failure
    })?;
    let major = major_of(&session).await?;
    let may_create =
        "SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user";
    let rows = session.rows(may_create).await?;
    let may_create = rows.into_iter().flatten().flatten().next().as_deref() == Some("t");
    if may_create {
        return of_our_own(target, session, major).await;
    }
    refuse_contents(&session, &target).await?;
    Ok(Shadow {
        session,
        name: target.describe(),
        major,
        is_throwaway: false,
        takes_one: false,
        target: target.clone(),
        keeper: Keeper::Named(Box::new(Named { target, own: None })),
    })
}

async fn of_our_own(target: Target, session: Session, major: u16) -> Result<Shadow, Failure> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    remove_abandoned(&session, now.saturating_sub(ABANDONED)).await;
    let name = format!("{PREFIX}{}_{}", std::process::id(), now.as_micros());
    // Not `template1`: what somebody has put there would count as made by the migrations.
    let made = session
        .execute(&format!("CREATE DATABASE {name} TEMPLATE template0"))
        .await;
    session.close().await;
    made?;
    let inner = target.with_database(&name);
    let named = Named {
        target,
        own: Some(name),
    };
    match session_of(&inner).await {
        Ok(session) => Ok(Shadow {
            session,
            name: inner.describe(),
            major,
            is_throwaway: false,
            takes_one: false,
            target: inner,
            keeper: Keeper::Named(Box::new(named)),
        }),
        Err(mut failure) => {
            let left_behind = named.remove().await;
            if let Some(problem) = failure.problems.first_mut() {
                problem.notes.extend(left_behind);
            }
            Err(failure)
        }
    }
}

/// Removes databases that earlier runs have left behind: our role's, made before this time, without connections. What
/// cannot be removed stays for the next time.
async fn remove_abandoned(session: &Session, before: Duration) {
    let list = format!(
        "SELECT datname FROM pg_catalog.pg_database d WHERE datname ~ '^{PREFIX}[0-9]+_[0-9]+$' \
         AND pg_catalog.pg_get_userbyid(datdba) = current_user \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)"
    );
    let made = |name: &str| name.rsplit('_').next()?.parse::<u128>().ok();
    let found = session.rows(&list).await.unwrap_or_default();
    for name in found.into_iter().flatten().flatten() {
        if made(&name).is_some_and(|made| made < before.as_micros()) {
            // The server refuses it where somebody has connected meanwhile.
            let _ = session.execute(&format!("DROP DATABASE {name}")).await;
        }
    }
}

async fn refuse_contents(session: &Session, target: &Target) -> Result<(), Failure> {
    let rows = session.rows(OBJECTS).await?;
    let found: Vec<String> = rows.into_iter().flatten().flatten().collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Refused,
        Problem::new(format!(
            "the shadow database is not empty: {}",
            target.describe()
        ))
        .note(format!("it has {}", found.join(", ")))
        .help("name an empty one, or a role that may create databases; all that is in a shadow database goes"),
    ))
}

impl Named {
    /// Removes what was made; what is left where that could not be done.
    pub(super) async fn close(self, session: Session) -> Option<String> {
        if self.own.is_some() {
            session.close().await;
            return self.remove().await;
        }
        let emptied = empty(&session, None, &[]).await;
        session.close().await;
        let why = why(&emptied.err()?);
        Some(format!(
            "the shadow database could not be emptied again: {why}"
        ))
    }

    /// Removes the database that is ours; what is left where that could not be done.
    pub(super) async fn remove(&self) -> Option<String> {
        let name = self.own.as_ref()?;
        let why = why(&self.drop_database(name).await.err()?);
        Some(format!(
            "the shadow database {name} could not be removed: {why}"
        ))
    }

    async fn drop_database(&self, name: &str) -> Result<(), Failure> {
        let session = session_of(&self.target).await?;
        let dropped = session
            // By force: our own session may not have ended yet, and nobody else has a business there.
            .execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await;
        session.close().await;
        Ok(dropped?)
    }
}

fn why(failure: &Failure) -> String {
    let first = failure.problems.first();
    first.map_or_else(String::new, |problem| problem.message.clone())
}
