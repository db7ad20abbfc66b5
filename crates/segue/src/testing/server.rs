//! Where test databases are made: a server that is named, a throwaway one from binaries on this machine, or the embedded
//! PostgreSQL; and which databases, of which project.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use segue_db::Row;
use segue_engine::{Failure, FailureKind};
use segue_project::config::Secret;
use segue_sql::Problem;
use tokio::sync::Mutex;

use super::{
    abandoned::{TEST, now},
    keeper::{Answer, Keeper},
    place::Place,
    recipe::{At, Recipe, Source},
    template::Prepared,
};

/// A server on which databases can be made.
pub(super) struct Host {
    pub(super) place: Place,
    pub(super) keeper: Keeper,
    /// The server's major version.
    pub(super) major: u16,
    /// In words, without a secret.
    pub(super) name: String,
    /// Whether the whole server is ours, so that roles may be made in it.
    pub(super) is_throwaway: bool,
    /// What the names of its databases begin with.
    run: String,
    /// What databases are copies of, by what they were asked to be.
    prepared: Mutex<HashMap<String, Arc<Prepared>>>,
    /// Stopped and removed when nobody needs it any more.
    _cluster: Option<segue_cluster::Cluster>,
}

/// Where a database is made.
#[derive(Clone)]
pub(super) enum Site {
    /// Beside others, on a server.
    Host(Arc<Host>),
    /// Alone, in an embedded server of its own.
    #[cfg(feature = "embedded")]
    Embedded,
}

impl Host {
    /// The server behind a URL.
    pub(super) async fn named(mut place: Place) -> Result<Self, Failure> {
        let run = format!("{TEST}{}_{}", now().as_micros(), std::process::id());
        place.target.config.application_name(&run);
        let keeper = Keeper::start(place.target.clone(), true).await?;
        let (major, may_create) = about(&keeper).await?;
        if !may_create {
            let problem = Problem::new("the role may not create databases")
                .note(place.target.describe())
                .help("let it: ALTER ROLE … CREATEDB; or name another server or role");
            return Err(Failure::new(FailureKind::Refused, problem));
        }
        Ok(Self {
            name: place.target.describe(),
            place,
            keeper,
            major,
            is_throwaway: false,
            run,
            prepared: Mutex::default(),
            _cluster: None,
        })
    }

    /// A throwaway server from binaries on this machine; why there is none. `tcp`: programs that know no Unix sockets
    /// can connect to it as well, with a password.
    pub(super) async fn found(tcp: bool) -> Result<Self, String> {
        use segue_db::postgres::url::{Defaults, read};

        let started = tokio::task::spawn_blocking(move || start(tcp)).await;
        let cluster = started.map_err(|error| error.to_string())??;
        let url = match cluster.tcp_url("postgres") {
            Some(url) => url,
            None => cluster.url("postgres"),
        };
        let target = |url: &str| read(url, &Defaults::default()).map_err(|problem| problem.message);
        let place = Place::new(Secret::new(&url), target(&url)?);
        let run = format!("{TEST}{}_{}", now().as_micros(), std::process::id());
        // By the socket in any case: it is faster, and asks for no password.
        let mut own = target(&cluster.url("postgres"))?;
        own.config.application_name(&run);
        let said = |failure: Failure| {
            let problem = failure.problems.into_iter().next();
            problem.map_or_else(String::new, |problem| problem.message)
        };
        let keeper = Keeper::start(own, false).await.map_err(said)?;
        let (major, _) = about(&keeper).await.map_err(said)?;
        Ok(Self {
            name: format!("a throwaway PostgreSQL {}", cluster.version()),
            place,
            keeper,
            major,
            is_throwaway: true,
            run,
            prepared: Mutex::default(),
            _cluster: Some(cluster),
        })
    }

    /// A name that no other database has.
    pub(super) fn new_name(&self) -> String {
        // One count for the process: two connections to a server can be made in the same microsecond.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        format!("{}_{number}", self.run)
    }

    /// Makes a database as a copy of another one.
    ///
    /// On a server that is named, in the server's own way of copying: from PostgreSQL 15 on that is `WAL_LOG`, which
    /// goes through the server's memory. `FILE_COPY` has to bring everything that is in memory to the disk first, of all
    /// databases, and once more at the end; so does removing the copy. On a throwaway server nothing waits for a disk, and
    /// copying the files takes less: `bench/testdb` measures both.
    pub(super) async fn copy(&self, name: &str, template: &str) -> Answer {
        let (name, template) = (segue_db::identifier(name), segue_db::identifier(template));
        let strategy = match self.is_throwaway && self.major >= 15 {
            true => " STRATEGY file_copy",
            false => "",
        };
        self.keeper
            .rows(format!(
                "CREATE DATABASE {name} TEMPLATE {template}{strategy}"
            ))
            .await
    }

    /// What databases of a recipe are copies of; made with the first question.
    async fn prepared(
        &self,
        recipe: &Recipe,
        at: &At,
        again: bool,
    ) -> Result<Arc<Prepared>, Failure> {
        let key = recipe.key(at);
        // Held on the way: others who ask for the same have to wait in any case.
        let mut prepared = self.prepared.lock().await;
        if let (Some(known), false) = (prepared.get(&key), again || recipe.changes) {
            return Ok(Arc::clone(known));
        }
        let new = Arc::new(Prepared::of(self, recipe, at).await?);
        prepared.insert(key, Arc::clone(&new));
        Ok(new)
    }

    /// Makes a database for a test; its name, and where it is.
    pub(super) async fn create(
        &self,
        recipe: &Recipe,
        at: &At,
    ) -> Result<(String, Arc<Prepared>), Failure> {
        let mut prepared = self.prepared(recipe, at, false).await?;
        let name = self.new_name();
        let mut made = self.copy(&name, &prepared.template).await;
        if let Err(trouble) = &made
            && trouble.code() == Some("3D000")
        {
            // Somebody has removed the template since.
            prepared = self.prepared(recipe, at, true).await?;
            made = self.copy(&name, &prepared.template).await;
        }
        match made {
            Ok(_) => Ok((name, prepared)),
            Err(trouble) if trouble.code() == Some("55006") => {
                Err(self.in_use(&prepared.template).await)
            }
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// A template that somebody is connected to, and who that is.
    async fn in_use(&self, template: &str) -> Failure {
        let who = format!(
            "SELECT pg_catalog.format('process %s (%s) as %s', pid, coalesce(nullif(application_name, ''), 'no name'), \
             usename) FROM pg_catalog.pg_stat_activity WHERE datname = {}",
            segue_db::literal(template)
        );
        let who = self.keeper.rows(who).await.unwrap_or_default();
        let mut problem = Problem::new(format!(
            "somebody is connected to the template of the test databases, {template}"
        ))
        .help("end that connection; a template is for copying only");
        problem.notes = who.into_iter().flatten().flatten().collect();
        Failure::new(FailureKind::Locked, problem)
    }
}

/// The major version, and whether we may create databases.
async fn about(keeper: &Keeper) -> Result<(u16, bool), Failure> {
    let question = "SELECT current_setting('server_version_num')::int / 10000, rolcreatedb OR rolsuper \
                    FROM pg_catalog.pg_roles WHERE rolname = current_user";
    let rows: Vec<Row> = keeper.rows(question).await?;
    let mut row = rows.into_iter().flatten();
    let major = row.next().flatten().and_then(|text| text.parse().ok());
    let may_create = row.next().flatten();
    Ok((
        major.unwrap_or_default(),
        may_create.as_deref() == Some("t"),
    ))
}

fn start(tcp: bool) -> Result<segue_cluster::Cluster, String> {
    let mut builder = segue_cluster::Cluster::builder();
    if tcp {
        // Other users of this machine could connect.
        builder = builder.password(random());
    }
    builder
        .start()
        .map_err(|error| format!("no throwaway server: {error}"))
}

/// 128 bits that nobody can guess: the keys of the standard library's maps are random ones of the system.
fn random() -> String {
    use std::hash::{BuildHasher, RandomState};

    let half = || RandomState::new().hash_one(now());
    format!("{:016x}{:016x}", half(), half())
}

/// The servers that this process uses, by what asks for them and by what they are. They stay until it ends: the next test
/// needs them again.
static SITES: Mutex<Option<HashMap<String, Site>>> = Mutex::const_new(None);

impl Site {
    /// Where a recipe's databases are made, shared with all tests of this process. What the project says of it is looked
    /// at once.
    pub(super) async fn shared(
        recipe: &Recipe,
        given: Option<&Secret>,
        tcp: bool,
    ) -> Result<Self, Failure> {
        let mut sites = SITES.lock().await;
        let sites = sites.get_or_insert_default();
        let wish = recipe.wish(given, tcp);
        if let Some(site) = sites.get(&wish) {
            return Ok(site.clone());
        }
        let source = recipe.source(given, tcp).await?;
        let site = match sites.get(&source.key()) {
            Some(site) => site.clone(),
            None => Self::open(&source).await?,
        };
        sites.insert(source.key(), site.clone());
        sites.insert(wish, site.clone());
        Ok(site)
    }

    /// The site of a source, for the caller alone.
    pub(super) async fn open(source: &Source) -> Result<Self, Failure> {
        let tcp = match source {
            Source::Named { place, origin } => {
                let named = Host::named(place.as_ref().clone()).await;
                let host = named.map_err(|mut failure| {
                    for problem in &mut failure.problems {
                        problem.notes.push(format!(
                            "the server of the test databases comes from {origin}"
                        ));
                    }
                    failure
                })?;
                return Ok(Self::Host(Arc::new(host)));
            }
            Source::Embedded => return embedded(Vec::new()),
            Source::Anywhere { tcp } => *tcp,
        };
        let mut looked_for = vec![
            "no server is named: by SEGUE_TEST_URL, TEST_DATABASE_URL, or `shadow_url` in segue.toml"
                .to_owned(),
        ];
        match Host::found(tcp).await {
            Ok(host) => return Ok(Self::Host(Arc::new(host))),
            Err(why) => looked_for.push(why),
        }
        embedded(looked_for)
    }
}

/// The last resort; what was looked for before.
#[cfg(feature = "embedded")]
fn embedded(_: Vec<String>) -> Result<Site, Failure> {
    Ok(Site::Embedded)
}

#[cfg(not(feature = "embedded"))]
fn embedded(mut looked_for: Vec<String>) -> Result<Site, Failure> {
    looked_for.push("this segue has no embedded PostgreSQL".to_owned());
    let mut problem = Problem::new("there is no server to make test databases on").help(
        "install a PostgreSQL server (`apt-get install postgresql`), or name one by SEGUE_TEST_URL",
    );
    problem.notes = looked_for;
    Err(Failure::new(FailureKind::Connection, problem))
}
