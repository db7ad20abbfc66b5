//! What is judged: migrations, statement by statement, with the schema around each.

use std::{ops::Range, sync::Arc};

use segue_catalog::{Catalog, Change, Parsed, Session, advance_in_place, advance_parsed};
use segue_sql::{Kind, Problem, Source, Statement, split};
use squawk_syntax::ast;

use crate::{Effect, Wanted, effect};

/// Where a script comes from, which some rules depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A migration of a project.
    Migration,
    /// A file of its own.
    Loose,
}

/// A migration that is judged.
#[derive(Debug, Clone)]
pub struct Script {
    /// How people know it.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Its text.
    pub source: Arc<Source>,
    /// Its statements, in order, those that only steer a transaction included.
    pub lines: Vec<Line>,
    /// What else is known of a migration; none of what belongs to no project.
    pub kept: Option<Kept>,
    /// The program that rows go through behind it.
    pub transform: Option<Wanted>,
}

/// What is known of a migration beside its SQL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Whether there is a way back; none where its layout knows no such thing.
    pub has_down: Option<bool>,
    /// Whether a database has it applied with another text.
    pub is_edited: bool,
    /// A migration that comes after it and is applied already.
    pub applied_before_it: Option<String>,
    /// Whether whoever runs it sees to `lock_timeout` and `statement_timeout`.
    pub has_timeouts: bool,
}

/// A statement of a script.
#[derive(Debug, Clone)]
pub struct Line {
    /// Where it is in the text.
    pub span: Range<usize>,
    /// How it has to be run.
    pub kind: Kind,
    /// What it does to the schema; empty where only the server can tell.
    pub changes: Vec<Change>,
    /// Why its effect is not known.
    pub unknown: Option<String>,
    /// What the model refuses of it, as the server would: it does not parse, or names what is not there.
    pub refused: Vec<Problem>,
    /// The schema before it.
    pub before: Catalog,
    /// The schema behind it.
    pub after: Catalog,
    /// What names mean in it.
    pub session: Session,
    /// Its syntax tree, where that was kept.
    pub parsed: Option<Parsed>,
    /// Which of the script's transactions it runs in, from 0; none: in one of its own, or outside of any.
    pub transaction: Option<usize>,
}

impl Script {
    /// The same script with none of its statements yet.
    pub(crate) fn without_lines(&self) -> Self {
        Self {
            name: self.name.clone(),
            origin: self.origin,
            source: Arc::clone(&self.source),
            lines: Vec::new(),
            kept: None,
            transform: None,
        }
    }

    /// Reads SQL that belongs to no project, from the schema that it meets; schema and session are afterwards what it
    /// leaves. As psql runs it: each statement by itself, but for those between `BEGIN` and `COMMIT`.
    ///
    /// What the model refuses of a statement is with its line, and reading goes on.
    ///
    /// # Errors
    /// A text that cannot be cut into statements.
    pub fn loose(
        source: &Arc<Source>,
        catalog: &mut Catalog,
        session: &mut Session,
    ) -> Result<Self, Vec<Problem>> {
        Self::read(source, catalog, session, Line::read)
    }

    /// The same for a script that is read only for the schema that it makes, which may be a large one: its lines have no
    /// schema around them.
    ///
    /// # Errors
    /// A text that cannot be cut into statements.
    pub fn of_schema(
        source: &Arc<Source>,
        catalog: &mut Catalog,
        session: &mut Session,
    ) -> Result<Self, Vec<Problem>> {
        Self::read(source, catalog, session, Line::read_alone)
    }

    fn read(
        source: &Arc<Source>,
        catalog: &mut Catalog,
        session: &mut Session,
        read: impl Fn(&Arc<Source>, Statement, Option<usize>, &mut Catalog, &mut Session) -> Line,
    ) -> Result<Self, Vec<Problem>> {
        let mut transactions = Transactions::default();
        let statements = split(source)?;
        let mut at_begin: Option<Catalog> = None;
        let lines = statements.iter().map(|statement| {
            let kind = statement.kind.clone();
            let transaction = transactions.of(&kind);
            let mut line = read(source, statement, transaction, catalog, session);
            match kind {
                Kind::Begin if at_begin.is_none() => at_begin = Some(catalog.clone()),
                Kind::Commit | Kind::PrepareTransaction => at_begin = None,
                Kind::Rollback => {
                    if let Some(begun) = at_begin.take() {
                        line.after = begun.clone();
                        *catalog = begun;
                    }
                }
                _ => {}
            }
            line
        });
        Ok(Self {
            name: source.name.clone(),
            origin: Origin::Loose,
            source: Arc::clone(source),
            lines: lines.collect(),
            kept: None,
            transform: None,
        })
    }

    /// What one of its statements makes a server do.
    pub fn effect(&self, line: &Line) -> Effect {
        effect::of(line, self.statement(line).as_ref())
    }

    /// The syntax tree of one of its statements; none where it does not parse.
    pub(crate) fn statement(&self, line: &Line) -> Option<ast::Stmt> {
        match &line.parsed {
            Some(parsed) => parsed.statement(),
            None => Parsed::of(&self.source.text[line.span.clone()]).statement(),
        }
    }
}

impl Line {
    /// Reads a statement from the schema that it meets; schema and session are afterwards what it leaves.
    pub fn read(
        source: &Arc<Source>,
        statement: Statement,
        transaction: Option<usize>,
        catalog: &mut Catalog,
        session: &mut Session,
    ) -> Self {
        let before = catalog.clone();
        let parsed = Parsed::of(&source.text[statement.span.clone()]);
        let mut line = Self::advanced(statement, transaction, session, |span, session| {
            advance_parsed(source, span, &parsed, catalog, session)
        });
        line.parsed = Some(parsed);
        line.before = before;
        line.after = catalog.clone();
        line
    }

    /// The same without the schema around it.
    fn read_alone(
        source: &Arc<Source>,
        statement: Statement,
        transaction: Option<usize>,
        catalog: &mut Catalog,
        session: &mut Session,
    ) -> Self {
        Self::advanced(statement, transaction, session, |span, session| {
            advance_in_place(source, span, catalog, session)
        })
    }

    fn advanced(
        statement: Statement,
        transaction: Option<usize>,
        session: &mut Session,
        advance: impl FnOnce(Range<usize>, &mut Session) -> Result<Vec<Change>, Vec<Problem>>,
    ) -> Self {
        let beginning = session.clone();
        let (mut changes, mut refused) = (Vec::new(), Vec::new());
        if !matches!(statement.kind, Kind::PsqlCommand(_)) {
            match advance(statement.span.clone(), session) {
                Ok(made) => changes = made,
                Err(problems) => refused = problems,
            }
        }
        let unknown = changes.iter().find_map(|change| match change {
            Change::Unknown { reason } => Some(reason.clone()),
            _ => None,
        });
        Self {
            span: statement.span,
            kind: statement.kind,
            changes,
            unknown,
            refused,
            before: Catalog::bare(0),
            after: Catalog::bare(0),
            session: beginning,
            parsed: None,
            transaction,
        }
    }
}

/// The transactions that a script opens itself.
#[derive(Debug, Default)]
struct Transactions {
    begun: usize,
    is_open: bool,
}

impl Transactions {
    /// The transaction that a statement runs in, those that begin and end it included.
    fn of(&mut self, kind: &Kind) -> Option<usize> {
        match kind {
            Kind::Begin if !self.is_open => {
                self.begun += 1;
                self.is_open = true;
            }
            Kind::Commit | Kind::Rollback | Kind::PrepareTransaction if self.is_open => {
                self.is_open = false;
                return Some(self.begun - 1);
            }
            _ => {}
        }
        self.is_open.then(|| self.begun - 1)
    }
}
