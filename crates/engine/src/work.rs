//! A migration made ready: its statements, its units, and what of it is committed already.

use std::{ops::Range, sync::Arc};

use segue_db::{Piece, Pieces, Session, Text, own, sqlite};
use segue_project::{Migration, TextsDigest};
use segue_sql::{Dialect, Kind, Problem, Source, Statement, Statements};

use crate::{Failure, Unit, UnitKind, report, settings};

/// A migration that is to be run, of which no text is held yet.
pub(crate) struct Due<'a> {
    pub(crate) migration: &'a Migration,
    /// How far an earlier deploy came with it.
    pub(crate) progress: Option<&'a own::Progress>,
    pub(crate) is_one_transaction: bool,
    /// See [`Work::is_seed`].
    pub(crate) is_seed: bool,
}

/// A migration ready to be run, or the rest of one.
pub(crate) struct Work<'a> {
    pub(crate) migration: &'a Migration,
    /// Given away with the last unit: while the server works on 50 MB they need not be here as well.
    source: Option<Arc<Source>>,
    pub(crate) statements: Statements,
    pub(crate) units: Vec<Unit>,
    /// So many statements are committed already.
    pub(crate) done: usize,
    /// The texts of those statements.
    digest: TextsDigest,
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
        let source = migration.up.source()?;
        let statements = migration.up.statements_of(&source, splitter_of(dialect))?;
        let mut units = crate::units(migration, &source, &statements)?;
        let done = progress.map_or(0, |p| p.done);
        let mut digest = TextsDigest::default();
        add_texts(&mut digest, &source, &statements, done);
        if let Some(progress) = progress
            && (digest.count() < done || digest.hex() != progress.checksum)
        {
            return Err(report::changed_behind_us(migration, done));
        }
        for unit in &mut units {
            unit.statements.start = unit.statements.start.max(done);
        }
        units.retain(|unit| unit.statements.start < unit.statements.end);
        Ok(Self {
            migration,
            source: Some(source),
            statements,
            units,
            done,
            digest,
            doing: progress.and_then(|p| p.doing),
            begun: progress.is_some(),
        })
    }

    /// Whether it is long, and does nothing but make tables and bring rows that it names itself. No plan would do that in another
    /// way, and to look at each of its statements takes long.
    pub(crate) fn is_seed(&self) -> bool {
        let Some(source) = self
            .source
            .as_ref()
            .filter(|_| self.statements.len() > LONG)
        else {
            return false;
        };
        let mut all = self.statements.iter();
        all.all(|statement| brings_rows(&statement.kind, statement.text(&source.text)))
    }

    pub(crate) fn is_one_transaction(&self) -> bool {
        !self.begun
            && match self.units.as_slice() {
                [] => true,
                [unit] => matches!(unit.kind, UnitKind::Transaction { .. }),
                _ => false,
            }
    }

    /// The text; read again where it was given away.
    pub(crate) fn source(&self) -> Result<Arc<Source>, Problem> {
        match &self.source {
            Some(source) => Ok(Arc::clone(source)),
            None => self.migration.up.source(),
        }
    }

    /// The text for a unit; with the last one it is given away.
    pub(crate) fn source_for(&mut self, unit: Option<&Unit>) -> Result<Arc<Source>, Problem> {
        let source = self.source()?;
        let is_last = unit.is_none_or(|unit| Some(unit) == self.units.last());
        self.source = (!is_last).then(|| Arc::clone(&source));
        Ok(source)
    }

    /// How far the migration is once so many statements are committed.
    pub(crate) fn progress(&self, done: usize, doing: Option<usize>) -> own::Progress {
        let mut digest = self.digest.clone();
        if let Some(source) = &self.source {
            add_texts(&mut digest, source, &self.statements, done);
        }
        own::Progress {
            key: self.migration.key.clone(),
            name: self.migration.name.clone(),
            done,
            doing,
            checksum: digest.hex(),
            begun_at: String::new(),
        }
    }

    /// What the statements that are committed have told their session, which is not this one: SQLite's pragmas
    /// and attached databases.
    pub(crate) fn told_before(&self) -> Result<Vec<String>, Problem> {
        let source = self.source()?;
        let told = (0..self.done)
            .filter_map(|index| self.statements.span(index))
            .map(|span| &source.text[span])
            .filter(|text| sqlite::is_of_session(text))
            .map(str::to_owned)
            .collect();
        Ok(told)
    }

    /// The text to point into for people.
    pub(crate) fn shown(&self) -> Result<Arc<Source>, Problem> {
        match &self.migration.up.masked {
            Some(masked) => Ok(Arc::clone(masked)),
            None => self.source(),
        }
    }

    /// So many statements are committed now.
    pub(crate) fn committed(&mut self, done: usize) {
        self.done = done;
        // Behind the last unit nothing is kept of how far it came.
        if let Some(source) = &self.source {
            add_texts(&mut self.digest, source, &self.statements, done);
        }
    }
}

/// A migration of more statements is a long one.
const LONG: usize = 500;

fn brings_rows(kind: &Kind, text: &str) -> bool {
    let begins = |words: &str| {
        let head = text.get(..words.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(words))
    };
    match kind {
        Kind::CopyFromStdin | Kind::Begin | Kind::Commit => true,
        Kind::Plain if begins("INSERT") || begins("CREATE TABLE") => {
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            !words.any(|word| word.eq_ignore_ascii_case("SELECT"))
        }
        Kind::Plain => begins("SET ") || begins("SELECT pg_catalog.setval"),
        _ => false,
    }
}

/// The statements of a migration, as a kind of database cuts them.
///
/// # Errors
/// What is never closed, and what is not SQL; or that the text could not be read again.
pub fn statements(dialect: Dialect, migration: &Migration) -> Result<Statements, Vec<Problem>> {
    migration.up.statements_by(splitter_of(dialect))
}

pub(crate) type Splitter = fn(&Arc<Source>, &[Range<usize>]) -> Result<Statements, Vec<Problem>>;

pub(crate) fn splitter_of(dialect: Dialect) -> Splitter {
    match dialect {
        Dialect::Postgres => {
            |source, pieces| segue_sql::split_pieces(source, pieces.iter().cloned())
        }
        Dialect::Sqlite => sqlite::split,
    }
}

/// The statements' own texts, as far as they are missing: comments and blanks between them may change.
fn add_texts(digest: &mut TextsDigest, source: &Source, statements: &Statements, count: usize) {
    for index in digest.count()..count.min(statements.len()) {
        let span = statements.span(index).unwrap_or_default();
        digest.add(&source.text[span]);
    }
}

/// What is sent as often as it takes to get its locks.
pub(crate) enum Attempt<'a, 'w> {
    /// A transaction of a migration, which ends with `tail`.
    Transaction {
        work: &'a mut Work<'w>,
        unit: Option<&'a Unit>,
        tail: &'a str,
    },
    /// These pieces, of so many statements of the migration.
    Pieces(&'a [(usize, Piece)], usize),
}

impl Attempt<'_, '_> {
    /// How many statements the migration has.
    pub(crate) fn of(&self) -> usize {
        match self {
            Self::Transaction { work, .. } => work.statements.len(),
            Self::Pieces(_, of) => *of,
        }
    }

    /// What is sent; the text is read again where it was given away.
    pub(crate) fn pieces<'p>(&'p mut self, session: &Session) -> Result<Box<Pieces<'p>>, Problem> {
        Ok(match self {
            Self::Transaction { work, unit, tail } => {
                let source = work.source_for(*unit)?;
                let tail = (*tail).to_owned();
                Box::new(transaction_pieces(session, work, source, *unit, tail))
            }
            Self::Pieces(pieces, _) => Box::new(pieces.iter().cloned()),
        })
    }
}

/// The pieces of a transaction, each with the number of its statement in the migration, from 1; what is our
/// own has 0. The text is let go behind the last statement.
fn transaction_pieces<'w>(
    session: &Session,
    work: &'w Work<'_>,
    source: Arc<Source>,
    unit: Option<&Unit>,
    tail: String,
) -> impl Iterator<Item = (usize, Piece)> + Send + use<'w> {
    let enforced = change_of_enforcement(session, unit);
    let begin = match unit.map(|unit| &unit.kind) {
        Some(UnitKind::Transaction {
            begin: Some(span), ..
        }) => Piece::part(&source, span.clone()),
        _ => Piece::own(settings::begin(session.dialect())),
    };
    let is_off = enforced == Some(false);
    let head = enforced.map(set_enforcement).into_iter().chain([begin]);
    let head = head.chain(is_off.then_some(Piece::NoteForeignKeys));
    let statements = &work.statements;
    let body = unit
        .map_or(0..0, |unit| unit.statements.clone())
        .filter_map(move |index| Some((index + 1, piece(&source, statements.get(index)?)?)));
    let tail = is_off
        .then_some(Piece::CheckForeignKeys)
        .into_iter()
        .chain([Piece::own(tail)])
        .chain(enforced.map(|on| set_enforcement(!on)));
    let own = |piece| (0, piece);
    head.map(own).chain(body).chain(tail.map(own))
}

/// What is sent for a statement; `None`: it only steers the transaction.
pub(crate) fn piece(source: &Arc<Source>, statement: Statement) -> Option<Piece> {
    match (statement.kind, statement.data) {
        (Kind::Begin | Kind::Commit | Kind::PsqlCommand(_) | Kind::ForeignKeys(_), _) => None,
        (_, Some(data)) => Some(Piece::Copy {
            sql: Text::Part(Arc::clone(source), statement.span),
            data: Text::Part(Arc::clone(source), data),
        }),
        _ => Some(Piece::part(source, statement.span)),
    }
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

fn set_enforcement(on: bool) -> Piece {
    Piece::own(if on {
        "PRAGMA foreign_keys = ON"
    } else {
        "PRAGMA foreign_keys = OFF"
    })
}
