//! A database as the project names it: by a URL or by programs that print it, completed by PostgreSQL's own
//! environment. Owns: making a target of that, and making it anew when its credentials have expired.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use segue_db::postgres::{
    Session,
    connect::{ConnectError, connect},
    url::{self, Defaults, Target},
};
use segue_engine::{Failure, Opener};
use segue_project::config::{CommandLine, Found, Given, Place, Secret};

use segue_sql::Problem;
use tokio::time::sleep;

use crate::command;

/// What is known before anything is run or connected to.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) found: Found,
    /// What prints the password for a URL without one; what is wrong with it matters only to such a URL.
    pub(crate) password: Result<Option<CommandLine>, Problem>,
    /// How long the programs may take.
    pub(crate) limit: Duration,
    pub(crate) defaults: Defaults,
}

/// Whether a URL is a pooler's, as far as its text tells; or that of Prisma's proxy, which passes no
/// migrations on either.
pub(crate) fn is_pooled(text: &str) -> bool {
    let is_proxy = ["prisma://", "prisma+postgres://"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    is_proxy || url::read(text, &Defaults::default()).is_ok_and(|target| target.pooled)
}

impl Source {
    /// The URL as it was given or printed.
    pub(crate) async fn url(&self) -> Result<Secret, Failure> {
        match &self.found.given {
            Given::Url(url) => Ok(url.clone()),
            Given::Command(command) => command::output(command, self.limit).await,
        }
    }

    /// What the URL means, with the password that a program prints where it has none itself. A program
    /// of the project prints nothing for `--url`: that may be anybody's server.
    pub(crate) async fn target(&self, url: &Secret) -> Result<Target, Failure> {
        let mut target = url::read(url.expose(), &self.defaults)
            .map_err(|problem| problem.note(format!("the URL comes from {}", self.found.origin)))?;
        if target.config.get_application_name().is_none() {
            target.config.application_name("segue");
        }
        if target.has_own_password() {
            return Ok(target);
        }
        if self.found.place == Place::Flag {
            if let Ok(Some(command)) = &self.password {
                let (key, place) = (command.key, &command.origin);
                let note = format!("`{key}` of {place} is not used for --url");
                target.notes.push(note);
            }
            return Ok(target);
        }
        let Some(command) = self.password.as_ref().map_err(Clone::clone)? else {
            return Ok(target);
        };
        let password = command::output(command, self.limit).await?;
        target.set_password(
            password.expose(),
            format!("{} ({})", command.origin, command.name()),
        );
        Ok(target)
    }

    /// Whether credentials are printed, so that they may expire.
    fn is_printed(&self) -> bool {
        matches!(self.password, Ok(Some(_))) || matches!(self.found.given, Given::Command(_))
    }

    async fn again(&self) -> Option<Target> {
        let url = self.url().await.ok()?;
        self.target(&url).await.ok()
    }
}

/// Opens further connections to a target. Printed credentials are used for as long as the server takes
/// them: then the programs run again. (A token of Amazon RDS is good for 15 minutes, UsingWithRDS.IAMDBAuth.)
pub(crate) fn opener(source: Arc<Source>, target: Target) -> Opener {
    let renewal = Arc::new(Renewal {
        source,
        target: Mutex::new(target),
        is_under_way: AtomicBool::new(false),
    });
    Box::new(move || {
        let renewal = Arc::clone(&renewal);
        Box::pin(async move {
            renewal
                .open()
                .await
                .map(|session| segue_db::Session::Postgres(Box::new(session)))
        })
    })
}

/// How often it is looked whether the programs have ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

struct Renewal {
    source: Arc<Source>,
    target: Mutex<Target>,
    is_under_way: AtomicBool,
}

impl Renewal {
    async fn open(self: Arc<Self>) -> Option<Session> {
        match self.connect().await {
            Err(ConnectError::Authentication { .. }) if self.source.is_printed() => {}
            result => return result.ok(),
        }
        // In a task of its own: whoever opens may have less patience than the programs take, and will
        // find what they printed when it comes back.
        if !self.is_under_way.swap(true, Ordering::AcqRel) {
            let renewal = Arc::clone(&self);
            tokio::spawn(async move { renewal.renew().await });
        }
        while self.is_under_way.load(Ordering::Acquire) {
            sleep(LOOK_AGAIN).await;
        }
        self.connect().await.ok()
    }

    async fn connect(&self) -> Result<Session, ConnectError> {
        let target = self.locked().clone();
        connect(&target, None, &mut |_| {}).await.map(Session::new)
    }

    async fn renew(&self) {
        if let Some(target) = self.source.again().await {
            *self.locked() = target;
        }
        self.is_under_way.store(false, Ordering::Release);
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Target> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use segue_cluster::Cluster;

    use super::*;

    #[test]
    fn poolers_and_proxies_are_known_by_their_urls() {
        for url in [
            "postgres://a:b@db.example.com:6543/x",
            "postgres://a:b@ep-1-pooler.eu.aws.neon.tech/x",
            "postgres://a:b@db.example.com/x?pgbouncer=true",
            "postgres://a:b@pooled.db.prisma.io:5432/?sslmode=require",
            "prisma://accelerate.prisma-data.net/?api_key=x",
            "prisma+postgres://accelerate.prisma-data.net/?api_key=x",
        ] {
            assert!(is_pooled(url), "{url}");
        }
        assert!(!is_pooled("postgres://a:b@db.example.com/x"));
        assert!(!is_pooled(
            "postgres://a:b@db.prisma.io:5432/?sslmode=require"
        ));
        assert!(!is_pooled("nonsense"));
    }

    #[tokio::test]
    async fn a_later_connection_asks_again_where_the_first_password_has_expired() {
        if Cluster::for_test().is_none() {
            return;
        }
        let cluster = Cluster::builder().password("first").start();
        let cluster = cluster.expect("it started before");
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| folder.path().join(name);
        fs::write(file("password"), "first\n").expect("written");
        let user = segue_cluster::SUPERUSER;
        let url = format!("postgres://{user}@127.0.0.1:{}/postgres", cluster.port());
        let source = Arc::new(Source {
            found: Found {
                given: Given::Url(Secret::new(url)),
                origin: "segue.toml:1".to_owned(),
                place: Place::Settings,
            },
            password: Ok(Some(CommandLine {
                key: "password_command",
                program: PathBuf::from("sh"),
                arguments: ["-c", "echo asked >> asked; cat password"]
                    .map(Secret::new)
                    .to_vec(),
                folder: Some(folder.path().to_owned()),
                origin: "segue.toml:2".to_owned(),
            })),
            limit: command::TIMEOUT,
            defaults: Defaults::default(),
        });
        let asked = || {
            fs::read_to_string(file("asked"))
                .expect("asked")
                .lines()
                .count()
        };
        let url = source.url().await.expect("it is written out");
        let target = source.target(&url).await.expect("the program works");
        let open = opener(Arc::clone(&source), target);
        assert!(open().await.is_some());
        assert_eq!(asked(), 1, "the first password is good still");

        let change = format!("ALTER ROLE {user} PASSWORD 'second'");
        cluster.psql("postgres", &change).expect("changed");
        fs::write(file("password"), "second\n").expect("written");
        assert!(open().await.is_some());
        assert!(open().await.is_some());
        assert_eq!(asked(), 2, "once for all later ones");

        fs::write(file("password"), "wrong\n").expect("written");
        let change = format!("ALTER ROLE {user} PASSWORD 'third'");
        cluster.psql("postgres", &change).expect("changed");
        assert!(open().await.is_none());
    }
}
