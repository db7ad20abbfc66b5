//! Two schemas that are to be turned into one another, both ways: with what was renamed between them.

use segue_catalog::{Catalog, diff::Demand, sqlite};
use segue_engine::Failure;
use segue_sql::{Dialect, Problem};

use super::{DiffOptions, Move, Transition, read::Read};
use crate::{Departure, Model, unread::hides};

mod in_sqlite;
mod postgres;

/// Two schemas, made comparable.
#[derive(Clone)]
pub(crate) struct Pair {
    from: Read,
    to: Read,
    pub(crate) schemas: Schemas,
}

/// The schemas of a pair, of the same kind of database.
#[derive(Clone)]
pub(crate) enum Schemas {
    Postgres(Box<postgres::Catalogs>),
    Sqlite(Box<in_sqlite::Catalogs>),
}

impl Pair {
    /// What is no part of either schema is left out, and the hints of the second are taken for what they mean.
    pub(crate) fn of(mut from: Read, mut to: Read) -> Result<Self, Failure> {
        if from.model.is_none() {
            // Whoever has the schema would make it.
            from.role.clone_from(&to.role);
        }
        let is_shadow = |side: &Read| side.model.is_some() && side.role.is_none();
        let shadows = (is_shadow(&from), is_shadow(&to));
        if shadows.1 {
            from.as_deployed();
        }
        if shadows.0 {
            to.as_deployed();
        }
        let postgres = |first: Catalog, second: Catalog, from: &Read, to: &Read| {
            Schemas::Postgres(Box::new(postgres::Catalogs::of(first, second, from, to)))
        };
        let sqlite = |first: sqlite::Catalog, second: sqlite::Catalog, from: &Read, to: &Read| {
            Schemas::Sqlite(Box::new(in_sqlite::Catalogs::of(first, second, from, to)))
        };
        let schemas = match (from.model.take(), to.model.take()) {
            (Some(Model::Postgres(first)), Some(Model::Postgres(second))) => {
                postgres(*first, *second, &from, &to)
            }
            (None, Some(Model::Postgres(second))) => {
                postgres(Catalog::empty(second.major), *second, &from, &to)
            }
            (Some(Model::Postgres(first)), None) => {
                let empty = Catalog::empty(first.major);
                postgres(*first, empty, &from, &to)
            }
            (Some(Model::Sqlite(first)), Some(Model::Sqlite(second))) => {
                sqlite(*first, *second, &from, &to)
            }
            (None, Some(Model::Sqlite(second))) => {
                sqlite(sqlite::Catalog::default(), *second, &from, &to)
            }
            (Some(Model::Sqlite(first)), None) => {
                sqlite(*first, sqlite::Catalog::default(), &from, &to)
            }
            (None, None) => postgres(Catalog::bare(0), Catalog::bare(0), &from, &to),
            (Some(_), Some(_)) => {
                return Err(
                    Problem::new("one side is of PostgreSQL, the other of SQLite")
                        .note(format!("from: {}", from.name))
                        .note(format!("to: {}", to.name))
                        .help("give two sides of one kind")
                        .into(),
                );
            }
        };
        Ok(Self { from, to, schemas })
    }

    /// The way back.
    pub(crate) fn reversed(&self) -> Self {
        Self {
            from: self.to.clone(),
            to: self.from.clone(),
            schemas: match &self.schemas {
                Schemas::Postgres(schemas) => Schemas::Postgres(Box::new(schemas.reversed())),
                Schemas::Sqlite(schemas) => Schemas::Sqlite(Box::new(schemas.reversed())),
            },
        }
    }

    /// What turns the first into the second.
    pub(crate) fn transition(&self, options: DiffOptions) -> Transition {
        let sides = [&self.from, &self.to];
        let mut transition = Transition {
            from: self.from.name.clone(),
            to: self.to.name.clone(),
            moves: Vec::new(),
            remaining: Vec::new(),
            unread: sides.iter().flat_map(|side| side.unread.clone()).collect(),
            notes: sides.iter().flat_map(|side| side.notes.clone()).collect(),
            dialect: Dialect::Postgres,
            keys: None,
        };
        match &self.schemas {
            Schemas::Postgres(schemas) => {
                let diff = schemas.diff(options);
                let is_read = |kind: &str| !hides(&transition.unread, kind);
                let moves = diff.changes.into_iter().map(Move::from);
                transition.moves = moves.filter(|one| is_read(&one.kind)).collect();
                let remaining = diff.remaining.into_iter().map(Departure::from);
                transition.remaining = remaining.filter(|one| is_read(&one.kind)).collect();
            }
            Schemas::Sqlite(schemas) => {
                let diff = schemas.diff(options);
                transition.dialect = Dialect::Sqlite;
                transition.keys = diff.keys;
                transition.moves = diff.changes.into_iter().map(Move::from).collect();
                transition.remaining = diff.remaining.into_iter().map(Departure::from).collect();
            }
        }
        transition
    }

    /// What the second demands of the rows that a database with the first has; only PostgreSQL is asked.
    pub(crate) fn demands(&self) -> Vec<Demand> {
        match &self.schemas {
            Schemas::Postgres(schemas) => schemas.demands(),
            Schemas::Sqlite(_) => Vec::new(),
        }
    }

    /// The next pair of objects of one kind of which the one goes and the other comes, so that it may be one that gets
    /// another name; those that were asked about already are in `asked`. Where `is_so` says that it is, it is taken for
    /// renamed. `None`: there is none left.
    pub(crate) fn ask(
        &mut self,
        asked: &[(String, String)],
        is_so: &mut dyn FnMut(&str, &str) -> bool,
    ) -> Option<(String, String)> {
        match &mut self.schemas {
            Schemas::Postgres(schemas) => {
                let (gone, new) = schemas.maybe_renamed(asked)?;
                let words = (gone.to_string(), new.to_string());
                if is_so(&words.0, &words.1) {
                    schemas.rename(gone, &new);
                }
                Some(words)
            }
            Schemas::Sqlite(schemas) => {
                let (gone, new) = schemas.maybe_renamed(asked)?;
                let words = (gone.to_string(), new.to_string());
                if is_so(&words.0, &words.1) {
                    schemas.rename(gone, &new);
                }
                Some(words)
            }
        }
    }
}
