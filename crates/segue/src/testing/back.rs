//! The way back of a migration, on a database that nobody needs.

use std::sync::Arc;

use segue_db::Session;
use segue_engine::{
    Failure, FailureKind, Settings, Standing,
    replay::{Part, Rehearsal},
};
use segue_project::{Migration, Script};
use segue_sql::{Problem, Source};

use super::{TestDatabase, recipe::At};
use crate::{
    Connected, DiffOptions,
    develop::lines,
    diff::{
        pair::Pair,
        read::{Read, live},
    },
};

/// What was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The migration.
    pub migration: String,
    /// By what.
    pub way: Way,
    /// What is not as it was before the migration, a line for each difference; empty where the schema is the same again.
    /// Rows are not compared.
    pub different: Vec<String>,
}

/// By what a migration was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Its own file.
    Down,
    /// What leads from the schema behind it to the one before it, which segue has found.
    Derived,
}

impl Way {
    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Derived => "derived",
        }
    }
}

impl TakenBack {
    /// Asserts that the schema is the one from before the migration.
    ///
    /// # Panics
    /// Where it is not, with every difference.
    #[track_caller]
    pub fn assert_restored(&self) {
        assert!(
            self.different.is_empty(),
            "behind the way back of `{}` the schema is not the one from before:\n  {}",
            self.migration,
            self.different.join("\n  ")
        );
    }
}

/// Takes back the last migration that is applied.
pub(super) async fn take_back(database: &TestDatabase) -> Result<TakenBack, Failure> {
    let connected = database.connect().await?;
    let taken = Taking::of(database, &connected).await;
    connected.close().await;
    taken
}

/// A migration that is being taken back.
struct Taking<'a> {
    connected: &'a Connected,
    migration: &'a Migration,
}

impl<'a> Taking<'a> {
    async fn of(database: &TestDatabase, connected: &'a Connected) -> Result<TakenBack, Failure> {
        let (_, opened) = connected.history().await?;
        let status = connected.status(&opened);
        let entries = status.entries.iter();
        let is_applied = |standing: &Standing| !matches!(standing, Standing::Pending { .. });
        let applied = entries.filter(|entry| is_applied(&entry.standing));
        let applied: Vec<&Migration> = applied.map(|entry| entry.migration).collect();
        let Some((migration, before)) = applied.split_last() else {
            return Err(
                Problem::new("no migration is applied that could be taken back")
                    .help("apply some first, by `migrate` or `migrate_to`")
                    .into(),
            );
        };
        let before = before.last().map(|one| one.name.as_str());
        let before = schema_at(database, before).await?;
        let taking = Self {
            connected,
            migration,
        };
        let way = match &migration.down {
            Some(down) => {
                taking.run(down.clone()).await?;
                Way::Down
            }
            None => {
                taking.derive(&before).await?;
                Way::Derived
            }
        };
        let undone = opened.format.undone.unwrap_or(opened.format.rolled_back);
        let session = taking.session();
        session.execute(&undone(&opened.table, migration)).await?;
        Ok(TakenBack {
            migration: migration.name.clone(),
            way,
            different: taking.different(before).await?,
        })
    }

    fn session(&self) -> &Session {
        &self.connected.link.session
    }

    fn settings(&self) -> Settings {
        self.connected.options.settings.clone()
    }

    /// Runs a script as psql would: in its own transactions, where it has some.
    async fn run(&self, script: Script) -> Result<(), Failure> {
        let migration = Migration {
            up: script,
            down: None,
            ..self.migration.clone()
        };
        let name = format!("the way back of `{}`", self.migration.name);
        let mut rehearsal = Rehearsal::new([Part::from(&migration)], self.settings(), name);
        rehearsal.start(self.session()).await?;
        rehearsal.through_part(self.session(), 0).await
    }

    /// What there is now, in words and as a schema.
    async fn now(&self) -> Result<Read, Failure> {
        let place = &self.connected.options.place;
        live(self.session(), "the test database".to_owned(), place).await
    }

    async fn derive(&self, before: &Read) -> Result<(), Failure> {
        let pair = Pair::of(self.now().await?, before.clone())?;
        let transition = pair.transition(DiffOptions::default());
        if !transition.remaining.is_empty() {
            let name = &self.migration.name;
            let mut problem = Problem::new(format!("no way back was found for `{name}`")).help(
                "write one into its own file, where the layout has a place for that (down.sql)",
            );
            problem.notes = lines(&transition.remaining, "now", "before");
            return Err(Failure::new(FailureKind::Refused, problem));
        }
        let name = format!("the derived way back of {}", self.migration.name);
        let source = Source::new(name.as_str(), transition.sql());
        self.run(Script::whole(name.into(), Arc::clone(&source)))
            .await
    }

    /// What is not as it was.
    async fn different(&self, before: Read) -> Result<Vec<String>, Failure> {
        let pair = Pair::of(before, self.now().await?)?;
        let transition = pair.transition(DiffOptions::default());
        let moves = transition.moves.iter().map(|one| {
            format!(
                "{}: {}",
                one.object,
                one.statements.join(" ").replace('\n', " ")
            )
        });
        let remaining = lines(&transition.remaining, "before", "now");
        Ok(moves.chain(remaining).collect())
    }
}

/// The schema that the migrations up to one make, read from another database that is made for it.
async fn schema_at(database: &TestDatabase, last: Option<&str>) -> Result<Read, Failure> {
    let at = match last {
        Some(name) => At::Migration(name.to_owned()),
        None => At::Nothing,
    };
    let (site, recipe) = (database.site.clone(), Arc::clone(&database.recipe));
    let other = Box::pin(TestDatabase::of(site, recipe, &at)).await?;
    let connected = other.connect().await?;
    let place = connected.options.place.clone();
    let read = live(&connected.link.session, "before".to_owned(), &place).await;
    connected.close().await;
    other.close().await?;
    read
}
