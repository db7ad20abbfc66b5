//! Shadow databases: empty ones that nobody needs, on which migrations are run to see what they do.
//!
//! Owns: which one is taken, in this order: a server that the user names, a throwaway server from PostgreSQL
//! binaries on this machine, the embedded PostgreSQL; that nothing of it is left behind when the user stops what uses it.
//! Does not own: what is run there (`segue_engine::replay`).
//! Reads next: `shadow/named.rs`.

use std::future::Future;

use segue_db::{
    Session,
    postgres::{self, url::Target},
};
use segue_engine::{Failure, FailureKind, Interrupt};
use segue_project::config::Secret;
use segue_sql::Problem;

#[cfg(feature = "embedded")]
mod embedded;
#[cfg(unix)]
mod found;
mod named;

use named::Named;

/// Where what a statement does may be learned, and what ends that.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    pub(crate) place: Place,
    pub(crate) interrupt: Interrupt,
}

impl Wish {
    /// Whether nothing is to be learned.
    pub(crate) fn is_nowhere(&self) -> bool {
        matches!(self.place, Place::Nowhere)
    }
}

/// Where a shadow database may be.
#[derive(Debug, Clone, Default)]
pub(crate) enum Place {
    /// Nowhere.
    Nowhere,
    /// On the server, or in the empty database, that the user names.
    Named {
        /// Its URL.
        url: Secret,
        /// Where that stands.
        origin: String,
    },
    /// Wherever there is a server.
    #[default]
    Anywhere,
}

/// What a shadow database has to be like.
pub(crate) struct Wanted<'a> {
    /// The major version of the server that it stands for.
    pub(crate) major: u16,
    /// The extensions that the migrations create.
    #[cfg_attr(not(feature = "embedded"), allow(dead_code))]
    pub(crate) extensions: &'a [String],
}

/// An empty database in use.
pub(crate) struct Shadow {
    pub(crate) session: Session,
    /// In words.
    pub(crate) name: String,
    pub(crate) major: u16,
    /// Whether the whole server is ours, so that roles may be made in it.
    pub(crate) is_throwaway: bool,
    /// Where more sessions can be had; none where the server takes one at a time.
    target: Option<Target>,
    keeper: Keeper,
}

/// How long the server gets to stop a statement before it is asked again.
const AGAIN: std::time::Duration = std::time::Duration::from_millis(200);

/// What keeps a shadow database up.
enum Keeper {
    Named(Box<Named>),
    #[cfg(unix)]
    Found(Box<segue_cluster::Cluster>),
    #[cfg(feature = "embedded")]
    Embedded(embedded::Keeper),
}

impl Shadow {
    /// Opens one. It is not stopped on the way: what is half made would stay.
    ///
    /// # Errors
    /// No shadow database to be had, and what was looked for; one that is named and not empty; that the user wants to
    /// stop.
    pub(crate) async fn open(wish: &Wish, wanted: &Wanted<'_>) -> Result<Self, Failure> {
        wish.interrupt.refuses()?;
        let mut looked_for = Vec::new();
        match &wish.place {
            Place::Nowhere => looked_for.push("--no-shadow was given".to_owned()),
            Place::Named { url, origin } => {
                return named::open(url, origin, &wish.interrupt).await;
            }
            Place::Anywhere => {
                looked_for.push(
                    "no server is named with --shadow-url or `shadow_url` in segue.toml".to_owned(),
                );
                #[cfg(unix)]
                match found::open(wanted).await {
                    Ok(shadow) => return Ok(shadow),
                    Err(why) => looked_for.push(why),
                }
                #[cfg(not(unix))]
                looked_for.push("servers on this machine are not used on Windows".to_owned());
                #[cfg(feature = "embedded")]
                match embedded::open(wanted).await {
                    Ok(shadow) => return Ok(shadow),
                    Err(why) => looked_for.push(why),
                }
                #[cfg(not(feature = "embedded"))]
                {
                    let _ = wanted;
                    looked_for.push("this segue has no embedded PostgreSQL".to_owned());
                }
            }
        }
        let mut problem = Problem::new("there is no shadow database to learn from").help(
            "install a PostgreSQL server (`apt-get install postgresql`), or name one with --shadow-url; \
             --no-shadow goes without",
        );
        problem.notes = looked_for;
        Err(Failure::new(FailureKind::Connection, problem))
    }

    /// Where more sessions can be had; none where the server takes one at a time.
    pub(crate) fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    /// Another database of the same server; why there is none.
    pub(crate) fn another(&self, database: &str) -> Result<Target, String> {
        let target = self.target.as_ref();
        let target = target.map(|target| target.with_database(database));
        target.ok_or_else(|| format!("{} takes one session at a time", self.name))
    }

    /// One more session in the same database; why there is none.
    pub(crate) async fn another_session(&self) -> Result<postgres::Session, String> {
        let Some(target) = &self.target else {
            return Err(format!("{} takes one session at a time", self.name));
        };
        match session_of(target).await {
            Ok(Session::Postgres(session)) => Ok(*session),
            Ok(_) => Err("only PostgreSQL has several".to_owned()),
            Err(failure) => {
                let first = failure.problems.first();
                Err(first.map_or_else(String::new, |problem| problem.message.clone()))
            }
        }
    }

    /// Another empty database, of the same server where that is ours.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub(crate) async fn renewed(self, wish: &Wish, wanted: &Wanted<'_>) -> Result<Self, Failure> {
        match self.keeper {
            #[cfg(unix)]
            Keeper::Found(cluster) => {
                self.session.close().await;
                found::again(cluster, self.name, self.major).await
            }
            keeper => {
                let _left_behind = Self { keeper, ..self }.close().await;
                Self::open(wish, wanted).await
            }
        }
    }

    /// What work on the database comes to, unless the user stops it; the session is free by then.
    ///
    /// # Errors
    /// Those of the work; that the user wants to stop.
    pub(crate) async fn work<T>(
        &self,
        wish: &Wish,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let done = wish.interrupt.may_stop(work).await;
        // A server that is ours ends with all that runs on it.
        if wish.interrupt.has_come() && matches!(self.keeper, Keeper::Named(_)) {
            self.quiet().await;
        }
        done
    }

    /// Stops what the server still runs for the session.
    async fn quiet(&self) {
        let idle = self.session.execute("SELECT 1");
        tokio::pin!(idle);
        loop {
            self.session.canceller().cancel().await;
            tokio::select! {
                _ = &mut idle => return,
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }

    /// Ends the session, and removes the database; what is left behind where that could not be done.
    pub(crate) async fn close(self) -> Option<String> {
        match self.keeper {
            Keeper::Named(named) => named.close(self.session).await,
            #[cfg(unix)]
            Keeper::Found(cluster) => {
                self.session.close().await;
                // Stopping a server waits for it.
                let _ = tokio::task::spawn_blocking(move || drop(cluster)).await;
                None
            }
            #[cfg(feature = "embedded")]
            Keeper::Embedded(keeper) => {
                self.session.close().await;
                keeper.close();
                None
            }
        }
    }
}

/// Connects to what a URL names.
pub(crate) async fn session_of(target: &Target) -> Result<Session, Failure> {
    let connection = segue_db::postgres::connect::connect(target, None, &mut |_| {}).await?;
    let session = segue_db::postgres::Session::new(connection);
    Ok(Session::Postgres(Box::new(session)))
}

/// The major version of a server.
pub(crate) async fn major_of(session: &Session) -> Result<u16, Failure> {
    let rows = session
        .rows("SELECT current_setting('server_version_num')::int / 10000")
        .await?;
    let major = rows.into_iter().flatten().flatten().next();
    Ok(major.and_then(|text| text.parse().ok()).unwrap_or_default())
}
