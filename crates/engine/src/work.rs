//! A migration made ready: its statements, its units, and what of it is committed already.

use segue_db::{Piece, Session, own, sqlite};
use segue_project::{Migration, sha256_hex};
use segue_sql::{Dialect, Kind, Problem, Statement};

use crate::{Failure, Unit, UnitKind, report, settings};

/// A migration ready to be run, or the rest of one.
pub(crate) struct Work<'a> {
    pub(crate) migration: &'a Migration,
    pub(crate) statements: Vec<Statement>,
    pub(crate) units: Vec<Unit>,
    /// So many statements are committed already.
    pub(crate) done: usize,
    /// The statement whose outcome is not recorded, from 1.
    pub(crate) doing: Option<usize>,
    /// An earlier deploy has recorded its beginning.
    pub(crate) begun: bool,
}

impl<'a> Work<'a> {
    /// Reads a migration, and takes off what `progress` says is committed.
    pub(crate) fn of(
        dialect: Dialect,
        migration: &'a Migration,
        progress: Option<&own::Progress>,
    ) -> Result<Self, Failure> {
        let statements = statements(dialect, migration)?;
        let mut units = crate::units(migration, &statements)?;
        let done = progress.map_or(0, |p| p.done);
        if let Some(progress) = progress
            && checksum(migration, &statements, done).as_ref() != Some(&progress.checksum)
        {
            return Err(report::changed_behind_us(migration, done));
        }
        for unit in &mut units {
            unit.statements.start = unit.statements.start.max(done);
        }
        units.retain(|unit| unit.statements.start < unit.statements.end);
        Ok(Self {
            migration,
            statements,
            units,
            done,
            doing: progress.and_then(|p| p.doing),
            begun: progress.is_some(),
        })
    }

    pub(crate) fn is_one_transaction(&self) -> bool {
        !self.begun
            && match self.units.as_slice() {
                [] => true,
                [unit] => matches!(unit.kind, UnitKind::Transaction { .. }),
                _ => false,
            }
    }

    pub(crate) fn progress(&self, done: usize, doing: Option<usize>) -> own::Progress {
        own::Progress {
            key: self.migration.key.clone(),
            name: self.migration.name.clone(),
            done,
            doing,
            checksum: checksum(self.migration, &self.statements, done).unwrap_or_default(),
            begun_at: String::new(),
        }
    }

    /// What the statements that are committed have told their session, which is not this one: SQLite's pragmas
    /// and attached databases.
    pub(crate) fn told_before(&self) -> Vec<&str> {
        (0..self.done)
            .map(|index| self.text(index))
            .filter(|text| sqlite::is_of_session(text))
            .collect()
    }

    pub(crate) fn text(&self, statement: usize) -> &str {
        self.statements[statement].text(&self.migration.up.source.text)
    }
}

/// The statements of a migration, as a kind of database cuts them.
///
/// # Errors
/// What is never closed, and what is not SQL.
pub fn statements(dialect: Dialect, migration: &Migration) -> Result<Vec<Statement>, Vec<Problem>> {
    match dialect {
        Dialect::Postgres => migration.up.statements(),
        Dialect::Sqlite => migration.up.statements_by(sqlite::split),
    }
}

/// Of the first statements' own texts: comments and blanks between them may change.
fn checksum(migration: &Migration, statements: &[Statement], count: usize) -> Option<String> {
    let texts: Vec<&str> = statements
        .get(..count)?
        .iter()
        .map(|statement| statement.text(&migration.up.source.text))
        .collect();
    Some(sha256_hex(&texts.join(";\n")))
}

/// The pieces of a transaction, and which statement of the migration each of them is.
pub(crate) fn transaction_pieces<'w>(
    session: &Session,
    work: &'w Work<'_>,
    unit: Option<&Unit>,
    tail: &str,
) -> (Vec<Piece<'w>>, Vec<Option<usize>>) {
    let text = &work.migration.up.source.text;
    let enforced = change_of_enforcement(session, unit);
    let begin = match unit.map(|unit| &unit.kind) {
        Some(UnitKind::Transaction {
            begin: Some(span), ..
        }) => &text[span.clone()],
        _ => settings::begin(session.dialect()),
    };
    let mut pieces = Vec::new();
    pieces.extend(enforced.map(set_enforcement));
    pieces.push(Piece::sql(begin));
    pieces.extend((enforced == Some(false)).then_some(Piece::NoteForeignKeys));
    let mut places = vec![None; pieces.len()];
    for index in unit.map_or(0..0, |unit| unit.statements.clone()) {
        let statement = &work.statements[index];
        let sql = statement.text(text);
        pieces.push(match (&statement.kind, &statement.data) {
            (Kind::Begin | Kind::Commit | Kind::PsqlCommand(_) | Kind::ForeignKeys(_), _) => {
                continue;
            }
            (_, Some(data)) => Piece::Copy {
                sql,
                data: &text[data.clone()],
            },
            _ => Piece::sql(sql),
        });
        places.push(Some(index));
    }
    pieces.extend((enforced == Some(false)).then_some(Piece::CheckForeignKeys));
    pieces.push(Piece::sql(tail.to_owned()));
    pieces.extend(enforced.map(|on| set_enforcement(!on)));
    places.resize(pieces.len(), None);
    (pieces, places)
}

/// What a unit wants of the enforcement of foreign keys, where the session has it otherwise. SQLite takes no
/// notice of the pragma within a transaction: there DROP TABLE would delete what refers to the table's rows,
/// which is what the file wants to avoid.
fn change_of_enforcement(session: &Session, unit: Option<&Unit>) -> Option<bool> {
    let Session::Sqlite(session) = session else {
        return None;
    };
    match unit?.kind {
        UnitKind::Transaction { foreign_keys, .. } => {
            foreign_keys.filter(|on| *on != session.foreign_keys())
        }
        UnitKind::Outside(_) => None,
    }
}

fn set_enforcement(on: bool) -> Piece<'static> {
    Piece::sql(if on {
        "PRAGMA foreign_keys = ON"
    } else {
        "PRAGMA foreign_keys = OFF"
    })
}
