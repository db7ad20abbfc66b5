//! What turns one schema into another, for whatever has one: databases, SQL, migrations.
//!
//! Owns: reading both sides ([`Side`]), and what people and programs get to know ([`Transition`]).
//! Does not own: which statements it takes, and in which order (crate `catalog`).
//! Reads next: `diff/side.rs`, `diff/read.rs`.

use segue_catalog::{
    diff::{Action, Alteration},
    sqlite::{
        self,
        diff::{Frame, Framing, KeyCheck},
    },
};
use segue_db::Unread;
use segue_engine::Failure;
use segue_sql::Dialect;

use crate::{
    Departure, Migrator, Model, schema::DEFAULT_MAJOR, server::Server, workplace::Workplace,
};

pub(crate) mod pair;
pub(crate) mod read;
pub(crate) mod renames;
mod side;
pub(crate) mod stage;

use pair::Pair;
use read::Read;
pub use side::Side;
use stage::Stage;

/// What is left out of a diff.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiffOptions {
    /// Owners do not count.
    pub without_owners: bool,
    /// Privileges and default privileges do not count.
    pub without_privileges: bool,
    /// SQLite: a table is rebuilt for the order of its columns alone. PostgreSQL has nothing that changes it.
    pub column_order: bool,
}

/// What turns one schema into another.
#[derive(Debug, Clone)]
pub struct Transition {
    /// The first schema, in words.
    pub from: String,
    /// The second.
    pub to: String,
    /// What is done, in an order in which a server takes it.
    pub moves: Vec<Move>,
    /// What is different still when all of that is done: no statement was found for it.
    pub remaining: Vec<Departure>,
    /// What could not be read of one of them: nothing is told of it.
    pub unread: Vec<Unread>,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// The kind of the databases.
    pub dialect: Dialect,
    /// SQLite: what foreign keys must not do meanwhile; `None`: they cannot do anything.
    pub keys: Option<KeyCheck>,
}

/// What is done to one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// What.
    pub action: Action,
    /// What kind of object it is: `table`, `column`…
    pub kind: String,
    /// Its kind and name: `column public.users.email`.
    pub object: String,
    /// The table (view, type) that it is a part of.
    pub part_of: Option<String>,
    /// The statements, each with its semicolon.
    pub statements: Vec<String>,
    /// Which data is lost by it.
    pub loses: Option<String>,
    /// On which rows it fails.
    pub notes: Vec<String>,
}

impl Transition {
    /// Whether there is nothing to do and nothing left.
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty() && self.remaining.is_empty()
    }

    /// What loses data.
    pub fn losing(&self) -> impl Iterator<Item = &Move> {
        self.moves.iter().filter(|one| one.loses.is_some())
    }

    /// The statements, with a comment before each that loses data. For SQLite they are a script with a transaction
    /// of its own.
    pub fn sql(&self) -> String {
        self.sql_in(Frame::Script)
    }

    /// The same, as it is for whoever runs it; on PostgreSQL it is the same for all.
    pub fn sql_in(&self, frame: Frame) -> String {
        let statements = self.statements(frame);
        statements.iter().map(|one| format!("{one}\n")).collect()
    }

    /// The same one by one.
    pub(crate) fn statements(&self, frame: Frame) -> Vec<String> {
        let framing = match self.dialect {
            Dialect::Sqlite if !self.moves.is_empty() => frame.around(self.keys),
            _ => Framing::default(),
        };
        let mut statements = framing.before;
        for one in &self.moves {
            let loses = one.loses.iter().flat_map(|loses| loses.lines());
            let loses = loses.map(|line| format!("-- loses data: {line}\n"));
            let notes = one.notes.iter().map(|note| format!("-- {note}\n"));
            let mut comment: String = loses.chain(notes).collect();
            for statement in &one.statements {
                comment.push_str(statement);
                statements.push(std::mem::take(&mut comment));
            }
        }
        statements.extend(framing.after);
        statements
    }
}

impl From<Alteration> for Move {
    fn from(alteration: Alteration) -> Self {
        Self {
            action: alteration.action,
            kind: alteration.object.kind().to_owned(),
            object: alteration.object.to_string(),
            part_of: alteration.object.part_of().map(ToString::to_string),
            statements: alteration.statements,
            loses: alteration.loses,
            notes: Vec::new(),
        }
    }
}

impl From<sqlite::diff::Alteration> for Move {
    fn from(alteration: sqlite::diff::Alteration) -> Self {
        Self {
            action: alteration.action,
            kind: alteration.object.kind().to_owned(),
            object: alteration.object.to_string(),
            part_of: match &alteration.object {
                sqlite::Object::Column(of, _) => Some(of.to_string()),
                _ => None,
            },
            statements: alteration.statements,
            loses: alteration.loses,
            notes: alteration.notes,
        }
    }
}

impl Migrator {
    /// What turns the schema of one side into that of the other. Nothing is changed on either.
    ///
    /// # Errors
    /// A side that cannot be read: no connection, SQL that is wrong, no shadow database where one is needed; sides of
    /// different kinds of databases.
    pub async fn diff(
        &self,
        from: &Side,
        to: &Side,
        options: DiffOptions,
    ) -> Result<Transition, Failure> {
        let workplace = Workplace::of(self)?;
        let reading = async {
            let (first, second) = tokio::join!(
                self.read_live(&workplace, from, "--from"),
                self.read_live(&workplace, to, "--to"),
            );
            Ok((first?, second?))
        };
        let (first, second) = self.interrupt.may_stop(reading).await?;
        let (first, second) = match (first, second) {
            (Some(first), Some(second)) => {
                return Ok(Pair::of(first, second)?.transition(options));
            }
            other => other,
        };
        let live = first.as_ref().or(second.as_ref());
        let mut stage = self.stage(&workplace, live).await?;
        let read = async {
            let first = match first {
                Some(first) => first,
                None => self.read_on(&mut stage, &workplace, from).await?,
            };
            let second = match second {
                Some(second) => second,
                None => self.read_on(&mut stage, &workplace, to).await?,
            };
            Ok::<_, Failure>((first, second))
        };
        let read = read.await;
        let ((first, second), left_behind) = stage.end(read).await?;
        let mut transition = Pair::of(first, second)?.transition(options);
        transition.notes.extend(left_behind);
        Ok(transition)
    }

    /// Where what is no live database is run: on what the live side is of, else on what the project is of.
    pub(crate) async fn stage(
        &self,
        workplace: &Workplace,
        live: Option<&Read>,
    ) -> Result<Stage, Failure> {
        let wish = self.shadow_wish(workplace)?;
        let found = self.found(workplace).await.ok();
        let (dialect, major) = match live.and_then(|live| live.model.as_ref()) {
            Some(Model::Postgres(catalog)) => (Dialect::Postgres, Some(catalog.major)),
            Some(Model::Sqlite(_)) => (Dialect::Sqlite, None),
            None => {
                let server = found.as_ref().and_then(|found| found.server.as_ref());
                (server.map_or(Dialect::Postgres, Server::dialect), None)
            }
        };
        let major = match (major.or(self.server_version), &found) {
            (Some(major), _) => major,
            (None, Some(found)) if dialect == Dialect::Postgres => {
                let asking = async { Ok(self.stand(found).await.major) };
                self.interrupt.may_stop(asking).await?
            }
            (None, _) => DEFAULT_MAJOR,
        };
        let settings = match found {
            Some(found) => found.options.settings,
            None => workplace.options(self)?.settings,
        };
        Ok(Stage::new(wish, dialect, major, &settings))
    }
}
