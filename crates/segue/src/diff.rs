//! What turns one schema into another, for whatever has one: databases, SQL, migrations.
//!
//! Owns: reading both sides ([`Side`]), and what people and programs get to know ([`Transition`]).
//! Does not own: which statements it takes, and in which order (crate `catalog`).
//! Reads next: `diff/side.rs`, `diff/read.rs`.

use segue_catalog::{
    Catalog, ObjectRef,
    diff::{Action, Alteration, Diff, Options},
    transferred,
};
use segue_db::Unread;
use segue_engine::Failure;
use segue_sql::{Dialect, Problem};

use crate::{
    Departure, Migrator, Model,
    bookkeeping::forget_schema_of,
    desired::{beyond::keep_beyond, renames::renames},
    drift::names_any,
    schema::DEFAULT_MAJOR,
    server::Server,
    workplace::Workplace,
};

pub(crate) mod read;
mod revision;
mod side;
pub(crate) mod stage;

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

    /// The statements, with a comment before each that loses data.
    pub fn sql(&self) -> String {
        let mut sql = String::new();
        for one in &self.moves {
            if let Some(loses) = &one.loses {
                for line in loses.lines() {
                    sql.push_str(&format!("-- loses data: {line}\n"));
                }
            }
            for statement in &one.statements {
                sql.push_str(statement);
                sql.push('\n');
            }
        }
        sql
    }
}

impl From<Alteration> for Move {
    fn from(alteration: Alteration) -> Self {
        Self {
            action: alteration.action,
            kind: alteration.object.kind().to_owned(),
            object: alteration.object.to_string(),
            part_of: part_of(&alteration.object),
            statements: alteration.statements,
            loses: alteration.loses,
        }
    }
}

fn part_of(object: &ObjectRef) -> Option<String> {
    match object {
        ObjectRef::Column(of, _)
        | ObjectRef::Default(of, _)
        | ObjectRef::DomainConstraint(of, _)
        | ObjectRef::Constraint(of, _)
        | ObjectRef::Trigger(of, _)
        | ObjectRef::Rule(of, _)
        | ObjectRef::Policy(of, _) => Some(of.to_string()),
        _ => None,
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
        let (first, second) = tokio::join!(
            self.read_live(&workplace, from, "--from"),
            self.read_live(&workplace, to, "--to"),
        );
        let (first, second) = (first?, second?);
        let (first, second) = match (first, second) {
            (Some(first), Some(second)) => return between(first, second, options),
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
        let left_behind = stage.close().await;
        let (first, second) = read?;
        let mut transition = between(first, second, options)?;
        transition.notes.extend(left_behind);
        Ok(transition)
    }

    /// Where what is no live database is run: on what the live side is of, else on what the project is of.
    async fn stage(&self, workplace: &Workplace, live: Option<&Read>) -> Result<Stage, Failure> {
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
            (None, Some(found)) if dialect == Dialect::Postgres => self.stand(found).await.major,
            (None, _) => DEFAULT_MAJOR,
        };
        let settings = match found {
            Some(found) => found.options.settings,
            None => workplace.options(self)?.settings,
        };
        Ok(Stage::new(wish, dialect, major, &settings))
    }
}

/// What turns one schema that was read into another.
pub(crate) fn between(from: Read, to: Read, options: DiffOptions) -> Result<Transition, Failure> {
    let mut transition = Transition {
        from: from.name,
        to: to.name,
        moves: Vec::new(),
        remaining: Vec::new(),
        unread: from.unread.into_iter().chain(to.unread).collect(),
        notes: from.notes.into_iter().chain(to.notes).collect(),
    };
    let (first, second) = match (from.model, to.model) {
        (Some(Model::Postgres(first)), Some(Model::Postgres(second))) => (*first, *second),
        (None, Some(Model::Postgres(second))) => (Catalog::empty(second.major), *second),
        (Some(Model::Postgres(first)), None) => {
            let empty = Catalog::empty(first.major);
            (*first, empty)
        }
        (None, None) => return Ok(transition),
        _ => return Err(Problem::new("this is told for PostgreSQL only").into()),
    };
    let mut sides = [first, second];
    for (number, tables) in [from.histories, to.histories].iter().enumerate() {
        let other = sides[1 - number].clone();
        for table in tables {
            forget_schema_of(&mut sides[number], &other, table);
        }
    }
    let [first, second] = sides;
    let mut second = transferred(&second, &first);
    let mut first = first;
    if let Some(tool) = from.tool {
        keep_beyond(tool, &mut first, &second);
    }
    if let Some(tool) = to.tool {
        keep_beyond(tool, &mut second, &first);
    }
    let options = Options {
        owners: !options.without_owners,
        privileges: !options.without_privileges,
        renames: renames(&to.hints, &first, &second),
    };
    let Diff { changes, remaining } = segue_catalog::diff::diff(&first, &second, &options);
    let is_read = |kind: &str| !names_any(&transition.unread, kind);
    transition.moves = changes
        .into_iter()
        .map(Move::from)
        .filter(|one| is_read(&one.kind))
        .collect();
    transition.remaining = remaining
        .into_iter()
        .map(Departure::from)
        .filter(|one| is_read(&one.kind))
        .collect();
    Ok(transition)
}
