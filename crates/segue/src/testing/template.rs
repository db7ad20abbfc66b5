//! The database that test databases are copies of: all migrations are applied once for each content of the folder, and a
//! copy takes milliseconds.
//!
//! It is named by a digest of what makes it, so another content is another template, and processes that run at the same time
//! share one. Nobody can connect to it: a template in use could not be copied.

use segue_db::{Session, postgres::url::Target};
use segue_engine::{Deployed, Failure, FailureKind, up_to};
use segue_project::{Migration, sha256_hex};
use segue_sql::Problem;

use super::{
    abandoned::{TEMPLATE, USED, last_used, now},
    keeper::Trouble,
    place::Place,
    recipe::{At, Recipe},
    server::Host,
};
use crate::{Migrator, schema::Found, shadow::session_of, workplace::Workplace};

/// To be raised whenever the same migrations make another template than before.
const FORMAT: u32 = 1;

/// Its comment is written again when it is older, in seconds: not for every test.
const COMMENT_AGAIN: u64 = 3600;

/// How many roles that are missing are made, one after the other.
const ROLES: usize = 100;

/// What databases of a recipe are copies of.
pub(super) struct Prepared {
    /// The template's name.
    pub(super) template: String,
    /// The server, as this project calls it.
    pub(super) place: Place,
}

/// What `CREATE DATABASE` begins with where there is nothing to apply. Not `template1`: what somebody has put there would
/// count as made by the migrations.
const EMPTY: &str = "template0";

impl Prepared {
    /// Finds the template, or makes it.
    ///
    /// # Errors
    /// What is wrong with the project; a migration that does not exist, or that the server refuses.
    pub(super) async fn of(host: &Host, recipe: &Recipe, at: &At) -> Result<Self, Failure> {
        let mut place = host.place.clone();
        place.schema = place.schema.or(recipe.own_schema().await?);
        let ready = |template: &str| Self {
            template: template.to_owned(),
            place: place.clone(),
        };
        let to = match at {
            At::Nothing => return Ok(ready(EMPTY)),
            At::Migration(name) => Some(name.as_str()),
            At::Last => None,
        };
        // With a URL of the same form as those of the databases: what the URL says counts for the digest too.
        let migrator = recipe.migrator.clone().url(place.url(EMPTY));
        let workplace = Workplace::of(&migrator)?;
        let found = migrator.found(&workplace).await?;
        let migrations = up_to(&found.project, to)?;
        let template = name_of(&found, migrations)?;
        if !is_there(host, &template).await? {
            let build = Build {
                host,
                place: &place,
                migrator: &recipe.migrator,
                last: migrations.last().map(|last| last.name.clone()),
            };
            build.once(&template).await?;
        }
        Ok(ready(&template))
    }
}

/// The name of the template that these migrations make: of everything that decides what is in it.
fn name_of(found: &Found, migrations: &[Migration]) -> Result<String, Failure> {
    let settings = &found.options.settings;
    let place = &found.options.place;
    let version = env!("CARGO_PKG_VERSION");
    let layout = found.project.choice.layout.name;
    let mut text = format!("{:?}", (FORMAT, version, layout, &settings.schema, place));
    for migration in migrations {
        let source = migration.up.source()?;
        // As `Debug`, which marks where each text ends.
        let one = (&migration.key, migration.transactional, &source.text);
        text.push_str(&format!("{one:?}"));
    }
    // 128 bits are enough, and a name has 63 bytes.
    Ok(format!("{TEMPLATE}{}", &sha256_hex(&text)[..32]))
}

/// Whether the template is there; then it is noted that it is used.
async fn is_there(host: &Host, template: &str) -> Result<bool, Failure> {
    let question = format!(
        "SELECT coalesce(pg_catalog.shobj_description(oid, 'pg_database'), '') FROM pg_catalog.pg_database \
         WHERE datname = {}",
        segue_db::literal(template)
    );
    let rows = host.keeper.rows(question).await?;
    let Some(comment) = rows.into_iter().flatten().flatten().next() else {
        return Ok(false);
    };
    let noted = last_used(&comment).unwrap_or_default();
    if now().saturating_sub(noted).as_secs() >= COMMENT_AGAIN {
        // Of two at the same time one may be refused: the other one has written the same.
        let _ = host.keeper.rows(note_use(template)).await;
    }
    Ok(true)
}

fn note_use(template: &str) -> String {
    let comment = format!("{USED}{}", now().as_secs());
    format!(
        "COMMENT ON DATABASE {} IS {}",
        segue_db::identifier(template),
        segue_db::literal(&comment)
    )
}

/// The making of a template.
struct Build<'a> {
    host: &'a Host,
    place: &'a Place,
    migrator: &'a Migrator,
    /// The last migration that is applied.
    last: Option<String>,
}

impl Build<'_> {
    /// Makes it, unless another process has done that meanwhile.
    async fn once(&self, template: &str) -> Result<(), Failure> {
        let session = session_of(&self.own_target()).await?;
        // Its number is a part of the digest.
        let key = i64::from_str_radix(&template[template.len() - 15..], 16).unwrap_or_default();
        let built = self.locked(&session, key, template).await;
        // Ending the session gives the lock free.
        session.close().await;
        built
    }

    /// As the one that keeps the databases connects.
    fn own_target(&self) -> Target {
        self.place.target.clone()
    }

    async fn locked(&self, session: &Session, key: i64, template: &str) -> Result<(), Failure> {
        let lock = format!("SELECT pg_catalog.pg_advisory_lock({key})");
        let waiting = async { Ok(session.execute(&lock).await?) };
        if let Err(failure) = self.migrator.interrupt.may_stop(waiting).await {
            // Another process may be at it for long.
            session.canceller().cancel().await;
            return Err(failure);
        }
        if is_there(self.host, template).await? {
            return Ok(());
        }
        let name = self.host.new_name();
        let built = match self.migrated(&name).await {
            Ok(()) => self.finished(&name, template).await,
            Err(failure) => Err(failure),
        };
        if built.is_err() {
            // What is left is nobody's, and goes with a later run.
            let _ = self.host.keeper.remove(&name).await;
        }
        built
    }

    /// A database with the migrations. Roles that they name, and that a throwaway server has not, are made.
    async fn migrated(&self, name: &str) -> Result<(), Failure> {
        for _ in 0..ROLES {
            self.host.copy(name, EMPTY).await?;
            let Err(failure) = self.deployed(name).await else {
                return Ok(());
            };
            let role = missing_role(&failure).filter(|_| self.host.is_throwaway);
            let Some(role) = role else {
                return Err(noted(failure));
            };
            // From the start: some histories keep that a migration has failed.
            self.host.keeper.remove(name).await?;
            let role = format!("CREATE ROLE {}", segue_db::identifier(&role));
            self.host.keeper.rows(role).await?;
        }
        let problem = Problem::new(format!("the migrations name more than {ROLES} roles"));
        Err(Failure::new(FailureKind::Refused, problem))
    }

    async fn deployed(&self, name: &str) -> Result<(), Failure> {
        if self.last.is_none() {
            return Ok(());
        }
        let mut migrator = self.migrator.clone().url(self.place.url(name));
        migrator.options.to.clone_from(&self.last);
        let mut connected = migrator.connect(&mut |_| {}).await?;
        let mut deployed = Deployed::default();
        let done = connected
            .deploy(&migrator.interrupt, &mut |_| {}, &mut deployed)
            .await;
        connected.close().await;
        done
    }

    /// From now on it is a template: whole, and closed to everybody.
    async fn finished(&self, name: &str, template: &str) -> Result<(), Failure> {
        let (from, to) = (segue_db::identifier(name), segue_db::identifier(template));
        let keeper = &self.host.keeper;
        keeper
            .rows(format!(
                "ALTER DATABASE {from} WITH ALLOW_CONNECTIONS false"
            ))
            .await?;
        match keeper
            .rows(format!("ALTER DATABASE {from} RENAME TO {to}"))
            .await
        {
            Ok(_) => {}
            // A process that connects to another database of the server has its locks there: it was faster.
            Err(Trouble::Refused(error)) if error.code() == Some("42P04") => {
                keeper.remove(name).await?;
            }
            Err(trouble) => return Err(trouble.into()),
        }
        let _ = keeper.rows(note_use(template)).await;
        Ok(())
    }
}

/// The role that a failure says is missing; throwaway servers speak English.
fn missing_role(failure: &Failure) -> Option<String> {
    let mut messages = failure.problems.iter().map(|problem| &problem.message);
    messages.find_map(|message| {
        let (_, rest) = message.split_once("role \"")?;
        let (role, _) = rest.split_once("\" does not exist")?;
        Some(role.to_owned())
    })
}

fn noted(mut failure: Failure) -> Failure {
    if let Some(problem) = failure.problems.first_mut() {
        problem.notes.push(
            "this was the first run of the migrations, which test databases are copies of"
                .to_owned(),
        );
    }
    failure
}
