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
mod found;
mod named;

use named::Named;

/// Where what a statement does may be learned, and what ends that.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    pub(crate) place: Place,
    pub(crate) interrupt: Interrupt,
    /// Whether many small databases are made and removed there, which is best done in memory.
    pub(crate) is_for_many: bool,
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
    /// In the embedded PostgreSQL.
    Embedded,
    /// Wherever there is a server.
    #[default]
    Anywhere,
}

impl Place {
    /// The place of this URL; `embedded` stands for the embedded PostgreSQL, as it does for the project's own database.
    pub(crate) fn of(url: Secret, origin: String) -> Self {
        match url.expose().trim() {
            "embedded" => Self::Embedded,
            _ => Self::Named { url, origin },
        }
    }
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
    /// Whether the server takes one session at a time.
    takes_one: bool,
    /// Where sessions in it can be had.
    target: Target,
    keeper: Keeper,
}

/// The server of a shadow database.
pub(crate) struct Server {
    /// In words.
    pub(crate) name: String,
    pub(crate) major: u16,
    /// Whether the whole server is ours, so that roles may be made in it.
    pub(crate) is_throwaway: bool,
    /// Whether it takes one session at a time.
    pub(crate) takes_one: bool,
    /// Where sessions in the shadow database can be had.
    pub(crate) target: Target,
    keeper: Keeper,
}

impl Server {
    /// Ends the session of the shadow database, if it is still open, and removes the database; what is left behind where that could
    /// not be done.
    pub(crate) async fn close(self, session: Option<Session>) -> Option<String> {
        self.keeper.close(session).await
    }
}

/// How long the server gets to stop a statement before it is asked again.
const AGAIN: std::time::Duration = std::time::Duration::from_millis(200);

/// What keeps a shadow database up.
enum Keeper {
    Named(Box<Named>),
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
            Place::Embedded => match Self::embedded(wanted, wish.is_for_many).await {
                Ok(shadow) => return Ok(shadow),
                Err(why) => looked_for.push(why),
            },
            Place::Anywhere => {
                looked_for.push(
                    "no server is named with --shadow-url or `shadow_url` in segue.toml".to_owned(),
                );
                match found::open(wanted, wish.is_for_many).await {
                    Ok(shadow) => return Ok(shadow),
                    Err(why) => looked_for.push(why),
                }
                match Self::embedded(wanted, wish.is_for_many).await {
                    Ok(shadow) => return Ok(shadow),
                    Err(why) => looked_for.push(why),
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

    #[cfg(feature = "embedded")]
    async fn embedded(wanted: &Wanted<'_>, is_for_many: bool) -> Result<Self, String> {
        embedded::open(wanted, is_for_many).await
    }

    #[cfg(not(feature = "embedded"))]
    async fn embedded(_: &Wanted<'_>, _: bool) -> Result<Self, String> {
        Err("this segue has no embedded PostgreSQL".to_owned())
    }

    /// Its session, and the server on which other databases can be made.
    pub(crate) fn into_parts(self) -> (Session, Server) {
        let server = Server {
            name: self.name,
            major: self.major,
            is_throwaway: self.is_throwaway,
            takes_one: self.takes_one,
            target: self.target,
            keeper: self.keeper,
        };
        (self.session, server)
    }

    /// Where more sessions can be had; none where the server takes one at a time.
    pub(crate) fn target(&self) -> Option<&Target> {
        (!self.takes_one).then_some(&self.target)
    }

    /// One more session in the same database; why there is none.
    pub(crate) async fn another_session(&self) -> Result<postgres::Session, String> {
        let Some(target) = self.target() else {
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
        self.keeper.close(Some(self.session)).await
    }
}

impl Keeper {
    /// Ends the session of the shadow database, if it is still open, and removes the database; what is left behind where that
    /// could not be done.
    async fn close(self, session: Option<Session>) -> Option<String> {
        match (self, session) {
            (Self::Named(named), Some(session)) => return named.close(session).await,
            (Self::Named(named), None) => return named.remove().await,
            (Self::Found(cluster), session) => {
                close(session).await;
                // Stopping a server waits for it.
                let _ = tokio::task::spawn_blocking(move || drop(cluster)).await;
            }
            #[cfg(feature = "embedded")]
            (Self::Embedded(keeper), session) => {
                close(session).await;
                keeper.close();
            }
        }
        None
    }
}

async fn close(session: Option<Session>) {
    if let Some(session) = session {
        session.close().await;
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
