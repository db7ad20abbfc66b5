//! Which migrations are deployed, and which a database has before them.

use std::{path::Path, time::Duration};

use segue_engine::{Failure, Standing, Status, open, up_to};
use segue_sql::{Dialect, Problem};

use crate::{
    revision::real,
    schema::Found,
    server::{Link, Server, Wanted},
};

/// How long the configured database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Migrations by their number in the project.
pub(crate) struct Chosen {
    /// What the database has.
    pub(crate) before: Vec<usize>,
    /// What is deployed.
    pub(crate) deployed: Vec<usize>,
    pub(crate) notes: Vec<String>,
}

impl Chosen {
    /// What the caller names; else what waits for contract, else what is pending.
    pub(crate) async fn of(found: &Found, wanted: &[String]) -> Result<Self, Failure> {
        if found.server.as_ref().map(Server::dialect) == Some(Dialect::Sqlite) {
            let problem = Problem::new(
                "only the schemas of PostgreSQL are made in two phases, not those of SQLite",
            );
            return Err(problem.into());
        }
        if found.project.migrations.is_empty() {
            return Err(found.project.nothing().into());
        }
        let chosen = match wanted.is_empty() {
            false => Self::named(found, wanted)?,
            true => Self::pending(found).await?,
        };
        if chosen.deployed.is_empty() {
            return Err(
                Problem::new("nothing is pending, and nothing waits for contract")
                    .help("name the migrations to judge")
                    .into(),
            );
        }
        let all = chosen.before.iter().chain(&chosen.deployed);
        for number in all {
            let migration = &found.project.migrations[*number];
            if migration.run_by.is_some() {
                return Err(Problem::new(format!(
                    "`{}` is code, which its tool runs: the schema behind it is not known",
                    migration.name
                ))
                .into());
            }
        }
        Ok(chosen)
    }

    fn named(found: &Found, wanted: &[String]) -> Result<Self, Failure> {
        let all = &found.project.migrations;
        let mut is_chosen = vec![false; all.len()];
        for name in wanted {
            let path = real(Path::new(name));
            let of_path = (0..all.len()).filter(|at| real(&all[*at].up.path).starts_with(&path));
            let of_path: Vec<usize> = of_path.collect();
            match of_path.is_empty() {
                false => of_path.into_iter().for_each(|at| is_chosen[at] = true),
                true => is_chosen[up_to(&found.project, Some(name))?.len() - 1] = true,
            }
        }
        let last = is_chosen
            .iter()
            .rposition(|chosen| *chosen)
            .unwrap_or_default();
        let (deployed, before) = (0..=last).partition(|at| is_chosen[*at]);
        Ok(Self {
            before,
            deployed,
            notes: Vec::new(),
        })
    }

    async fn pending(found: &Found) -> Result<Self, Failure> {
        let Some(server @ Server::Remote { .. }) = &found.server else {
            return Err(Problem::new("no server is configured that tells what is pending")
                .help("name the migrations to judge, or give the server with --url or DATABASE_URL")
                .into());
        };
        let asked = tokio::time::timeout(PATIENCE, asked(server, found)).await;
        asked.unwrap_or_else(|_| {
            Err(
                Problem::new(format!("{} did not answer", server.describe()))
                    .help("name the migrations to judge")
                    .into(),
            )
        })
    }
}

async fn asked(server: &Server, found: &Found) -> Result<Chosen, Failure> {
    let link = connected(server, found).await?;
    let told = told(&link, found).await;
    link.close().await;
    told
}

/// Connects to a server as it is configured; nothing is made there.
pub(super) async fn connected(server: &Server, found: &Found) -> Result<Link, Failure> {
    let wanted = Wanted {
        extensions: &[],
        patience: None,
        create: false,
        layout: found.project.choice.layout,
        lock_timeout: found.options.settings.lock_timeout,
        lock_budget: found.options.patience.locks,
    };
    server.connect(&wanted, &mut |_| {}).await
}

async fn told(link: &Link, found: &Found) -> Result<Chosen, Failure> {
    let place = &found.options.place;
    let facts = segue_db::facts(&link.session, place).await?;
    let opened = open(&link.session, &facts, &found.project, place).await?;
    let status = Status::of(&found.project, &opened);
    let mut chosen = Chosen {
        before: Vec::new(),
        deployed: Vec::new(),
        notes: Vec::new(),
    };
    let mut pending = 0;
    for (number, entry) in status.entries.iter().enumerate() {
        let mut open = opened.open.iter();
        if open.any(|plan| plan.covers(&entry.migration.key)) {
            chosen.deployed.push(number);
            continue;
        }
        match entry.standing {
            Standing::Applied { .. } | Standing::Edited { .. } => chosen.before.push(number),
            _ if !opened.open.is_empty() => pending += 1,
            _ => chosen.deployed.push(number),
        }
    }
    if pending > 0 {
        chosen.notes.push(format!(
            "{pending} migrations are pending behind what waits for contract, and are not judged: name them"
        ));
    }
    Ok(chosen)
}
