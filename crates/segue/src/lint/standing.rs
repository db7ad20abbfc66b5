//! What the configured database says: its version, and which migrations it has. It need not be there.

use std::{collections::HashMap, time::Duration};

use segue_engine::{Failure, Standing, Status, open};
use segue_plan::Facts;
use segue_sql::Problem;

use super::facts;
use crate::{
    schema::Found,
    server::{Link, Server, Wanted},
};

/// How long the configured database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a database says of a project.
#[derive(Default)]
pub(super) struct Standings {
    /// The server's major version, where it answered.
    pub(super) major: Option<u16>,
    pub(super) user: Option<String>,
    /// Whether each migration that it has is as it was, by key.
    applied: HashMap<String, bool>,
    /// What else there is to say.
    pub(super) notes: Vec<String>,
    /// The database in words.
    pub(super) name: String,
    /// What it says of its sizes, where that was asked for.
    pub(super) facts: Option<Facts>,
}

impl Standings {
    /// Whether a migration that the database has is as it was when it was applied; `None`: it has not.
    pub(super) fn applied(&self, key: &str) -> Option<bool> {
        self.applied.get(key).copied()
    }

    /// Asks the configured database, where there is one that answers; for its sizes too, if `live`.
    ///
    /// # Errors
    /// Where sizes are asked for: no database, or one that does not tell.
    pub(super) async fn of(found: &Found, live: bool) -> Result<Self, Failure> {
        let Some(server @ Server::Remote { .. }) = &found.server else {
            return match live {
                true => Err(nothing_live()),
                false => Ok(Self::default()),
            };
        };
        if live {
            return Self::asked(server, found, true).await;
        }
        let asked = tokio::time::timeout(PATIENCE, Self::asked(server, found, false)).await;
        let why = match asked {
            Ok(Ok(standings)) => return Ok(standings),
            Ok(Err(failure)) => match failure.problems.into_iter().next() {
                Some(problem) => problem.message,
                None => "it refused".to_owned(),
            },
            Err(_) => "it did not answer".to_owned(),
        };
        Ok(Self {
            notes: vec![format!(
                "{} does not count, and no migration as applied: {why}",
                server.describe()
            )],
            ..Self::default()
        })
    }

    async fn asked(server: &Server, found: &Found, live: bool) -> Result<Self, Failure> {
        let wanted = Wanted {
            extensions: &[],
            patience: None,
            create: false,
            layout: found.project.choice.layout,
            lock_timeout: found.options.settings.lock_timeout,
            lock_budget: found.options.patience.locks,
        };
        let link = server.connect(&wanted, &mut |_| {}).await?;
        let mut told = Self::told(&link, found).await;
        if let (Ok(told), true) = (&mut told, live) {
            told.name = server.describe();
            match Self::live(&link).await {
                Ok(facts) => told.facts = Some(facts),
                Err(failure) => {
                    link.close().await;
                    return Err(failure);
                }
            }
        }
        link.close().await;
        told
    }

    async fn live(link: &Link) -> Result<Facts, Failure> {
        let mut facts = facts::live(&link.session).await?;
        segue_engine::add_values(&mut facts, &link.session).await?;
        Ok(facts)
    }

    async fn told(link: &Link, found: &Found) -> Result<Self, Failure> {
        let place = &found.options.place;
        let facts = segue_db::facts(&link.session, place).await?;
        let opened = open(&link.session, &facts, &found.project, place).await?;
        let status = Status::of(&found.project, &opened);
        let mut standings = Self {
            major: u16::try_from(facts.version / 10_000).ok(),
            user: Some(facts.user.clone()),
            ..Self::default()
        };
        for entry in &status.entries {
            let is_same = match entry.standing {
                Standing::Applied { .. } => true,
                Standing::Edited { .. } => false,
                Standing::Pending { .. } | Standing::Partial { .. } | Standing::Failed { .. } => {
                    continue;
                }
            };
            standings
                .applied
                .insert(entry.migration.key.clone(), is_same);
        }
        Ok(standings)
    }
}

fn nothing_live() -> Failure {
    Problem::new("no server is configured whose facts could be taken")
        .help("give its URL with --url or DATABASE_URL; or a file of facts with --facts")
        .into()
}
