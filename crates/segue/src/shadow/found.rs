//! A shadow database in a throwaway server from PostgreSQL binaries on this machine.

use segue_cluster::{Cluster, Installation, installed};
use segue_db::postgres::url::{self, Defaults};
use segue_engine::{Failure, FailureKind};
use segue_sql::Problem;

use super::{Keeper, Shadow, Wanted, session_of};

/// The oldest major version that the model knows.
const OLDEST: u32 = 14;

/// What such a server goes without: processes beside ours, and compiling what runs once. None changes what a statement does.
const SETTINGS: [(&str, &str); 3] = [
    ("autovacuum", "off"),
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
];

/// Starts a server, in memory where it is for many small databases, and makes a database in it; why there is none.
pub(super) async fn open(wanted: &Wanted<'_>, is_for_many: bool) -> Result<Shadow, String> {
    let major = u32::from(wanted.major);
    let started = tokio::task::spawn_blocking(move || start(major, is_for_many)).await;
    let (cluster, url) = started.map_err(|error| error.to_string())??;
    let said = |failure: Failure| {
        let problem = failure.problems.first();
        problem.map_or_else(String::new, |problem| problem.message.clone())
    };
    let target = url::read(&url, &Defaults::default()).map_err(|problem| problem.message)?;
    let session = session_of(&target).await.map_err(said)?;
    let version = cluster.version();
    Ok(Shadow {
        session,
        name: format!("a throwaway PostgreSQL {version}"),
        major: u16::try_from(version.major).unwrap_or_default(),
        is_throwaway: true,
        takes_one: false,
        target,
        keeper: Keeper::Found(Box::new(cluster)),
    })
}

/// Another database of a server that is up.
pub(super) async fn again(
    cluster: Box<Cluster>,
    name: String,
    major: u16,
) -> Result<Shadow, Failure> {
    let made = tokio::task::spawn_blocking(move || {
        let url = cluster.create_database().map_err(|error| error.to_string());
        (cluster, url)
    });
    let refused = |why: String| {
        let problem = Problem::new(format!("no other shadow database could be made: {why}"));
        Failure::new(FailureKind::Connection, problem)
    };
    let (cluster, url) = made.await.map_err(|error| refused(error.to_string()))?;
    let target = url::read(&url.map_err(refused)?, &Defaults::default())?;
    Ok(Shadow {
        session: session_of(&target).await?,
        name,
        major,
        is_throwaway: true,
        takes_one: false,
        target,
        keeper: Keeper::Found(cluster),
    })
}

fn start(major: u32, is_for_many: bool) -> Result<(Cluster, String), String> {
    segue_cluster::supported().map_err(|error| error.to_string())?;
    let Some(installation) = choose(installed(), major) else {
        return Err(format!(
            "no PostgreSQL server of version {OLDEST} or later is installed on this machine"
        ));
    };
    let mut builder = Cluster::builder()
        .bin_dir(installation.bin_dir)
        .in_memory(is_for_many);
    for (name, value) in SETTINGS {
        builder = builder.setting(name, value);
    }
    let cluster = builder
        .start()
        .map_err(|error| format!("PostgreSQL {} did not start: {error}", installation.version))?;
    let url = cluster
        .create_database()
        .map_err(|error| error.to_string())?;
    Ok((cluster, url))
}

/// The same major version, else the nearest one: they have the most in common.
fn choose(mut all: Vec<Installation>, major: u32) -> Option<Installation> {
    all.retain(|one| one.version.major >= OLDEST);
    all.into_iter()
        .min_by_key(|one| one.version.major.abs_diff(major))
}
