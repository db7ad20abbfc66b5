//! The schema after every migration of a project, told without a server as far as that can be done.
//!
//! Owns: going through the statements of a history as a deploy would run them, and asking about those whose
//! effect cannot be told ([`Next::Unknown`]). Does not own: what a statement does (crate `segue-catalog`), who
//! answers: see [`Rehearsal`], which runs the same statements on a database to look at.
//! Reads next: `replay/script.rs`, then `replay/rehearsal.rs`.

use std::{collections::BTreeSet, sync::Arc};

use segue_catalog::{Catalog, Change, ObjectRef, Parsed, Session, advance_parsed, apply};
use segue_plan::Line;
use segue_project::Migration;
use segue_sql::{Place, Problem};

mod bookkeeping;
mod declared;
mod in_sqlite;
mod kept;
mod rehearsal;
mod script;
mod takeover;

pub use bookkeeping::{Bookkeeping, forget_own_schema};
pub use declared::{Stage, declare};
pub use in_sqlite::run_in_sqlite;
pub use rehearsal::{Rehearsal, role_said_missing};
use script::Script;
use takeover::take_over;

/// A migration that is replayed, or the beginning of one.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// Only so many of its statements, where not all of it is committed.
    pub statements: Option<usize>,
}

impl<'a> From<&'a Migration> for Part<'a> {
    /// The whole migration.
    fn from(migration: &'a Migration) -> Self {
        Self {
            migration,
            statements: None,
        }
    }
}

/// What one migration did.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// How many statements it has, those that only steer a transaction included.
    pub statements: usize,
    /// What its statements do, in order.
    pub effects: Vec<Effect>,
    /// The statements whose effect could not be told.
    pub gaps: Vec<Gap>,
    /// The schema after it.
    pub after: Catalog,
    /// What lint needs of its statements, where that was to be kept.
    pub script: Option<segue_plan::Script>,
}

/// What a statement does to the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// Which statement, from 0.
    pub statement: usize,
    /// Its changes.
    pub changes: Vec<Change>,
}

/// A statement whose effect cannot be told without running it.
#[derive(Debug, Clone)]
pub struct Gap {
    /// Which statement, from 0.
    pub statement: usize,
    /// Where it is, to be shown.
    pub place: Place,
    /// Why: `a DO block`, or what the model could not make of it.
    pub reason: String,
    /// Where the model refuses the statement: why. Whether it is wrong only a server can tell.
    pub problems: Vec<Problem>,
    /// Whether a database has told what it does.
    pub learned: bool,
}

/// How far a replay has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The number of the migration among those that are replayed, from 0.
    pub part: usize,
    /// The number of its statement, from 0.
    pub statement: usize,
}

/// Where a replay stops.
#[derive(Debug)]
pub enum Next {
    /// At a statement whose effect cannot be told: answer with [`Replay::learn`] or [`Replay::pass`].
    Unknown(Position),
    /// Behind a migration: its step is the last one.
    Migrated(usize),
    /// At the end.
    Done,
}

/// Migrations on their way through the model.
#[derive(Debug)]
pub struct Replay<'a> {
    parts: Vec<Part<'a>>,
    steps: Vec<Step<'a>>,
    catalog: Catalog,
    /// What a migration's session begins with.
    session: Session,
    /// The numbers of the parts of which every moment is kept.
    kept: BTreeSet<usize>,
    open: Option<Open<'a>>,
}

/// The migration that is under way.
#[derive(Debug)]
struct Open<'a> {
    script: Script<'a>,
    next: usize,
    session: Session,
    effects: Vec<Effect>,
    gaps: Vec<Gap>,
    /// Every moment, where that is kept.
    lines: Option<Vec<Line>>,
    /// The last statement, parsed.
    parsed: Option<Parsed>,
    waits: bool,
}

impl<'a> Replay<'a> {
    /// Begins with a schema, and with what a migration's session begins with.
    pub fn new(
        parts: impl IntoIterator<Item = Part<'a>>,
        catalog: Catalog,
        session: Session,
    ) -> Self {
        Self {
            parts: parts.into_iter().collect(),
            steps: Vec::new(),
            catalog,
            session,
            kept: BTreeSet::new(),
            open: None,
        }
    }

    /// Keeps every moment of these parts, by their numbers: their steps have scripts then.
    #[must_use]
    pub fn keeping(mut self, parts: impl IntoIterator<Item = usize>) -> Self {
        self.kept.extend(parts);
        self
    }

    /// What is replayed.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// The migrations that are done.
    pub fn steps(&self) -> &[Step<'a>] {
        &self.steps
    }

    /// The schema at this point.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The schema at this point, in which expressions are put as a server prints them.
    pub fn catalog_mut(&mut self) -> &mut Catalog {
        &mut self.catalog
    }

    /// The statement that is asked about.
    pub fn gap(&self) -> Option<&Gap> {
        let open = self.open.as_ref().filter(|open| open.waits)?;
        open.gaps.last()
    }

    /// The steps, and the schema they led to.
    pub fn finish(self) -> (Vec<Step<'a>>, Catalog) {
        (self.steps, self.catalog)
    }

    /// Goes on to the next question, or behind the next migration.
    ///
    /// # Errors
    /// A migration that cannot be read, or cannot be run as one.
    ///
    /// # Panics
    /// When the last question is not answered.
    pub fn go_on(&mut self) -> Result<Next, Vec<Problem>> {
        let part = self.steps.len();
        let Some(&current) = self.parts.get(part) else {
            return Ok(Next::Done);
        };
        let mut open = match self.open.take() {
            Some(open) => open,
            None => {
                let keeps = self.kept.contains(&part);
                Open::new(Script::read(current)?, &self.session, keeps)
            }
        };
        assert!(!open.waits, "a question is answered before the next one");
        while open.next < open.script.end() {
            let statement = open.next;
            open.next += 1;
            if open.moment(statement, &mut self.catalog) {
                open.waits = true;
                self.open = Some(open);
                return Ok(Next::Unknown(Position { part, statement }));
            }
        }
        self.close(current, open)?;
        Ok(Next::Migrated(part))
    }

    /// Takes over what a database has behind the statement that was asked about.
    pub fn learn(&mut self, learned: &Catalog) {
        take_over(&mut self.catalog, learned);
        self.answered(true);
    }

    /// Goes on without an answer: the statement counts as one that does nothing to the schema.
    pub fn pass(&mut self) {
        self.answered(false);
    }

    fn answered(&mut self, learned: bool) {
        if let Some(open) = &mut self.open {
            open.waits = false;
            if learned {
                open.keep_learned(&self.catalog);
            }
            if let Some(gap) = open.gaps.last_mut() {
                gap.learned = learned;
            }
        }
    }

    fn close(&mut self, part: Part<'a>, open: Open<'a>) -> Result<(), Vec<Problem>> {
        drop_temporary(&mut self.catalog);
        let schema = (&self.catalog, &open.session);
        let script = kept::script(&open.script, open.lines, schema)?;
        self.steps.push(Step {
            migration: part.migration,
            statements: open.script.end(),
            script,
            effects: open.effects,
            gaps: open.gaps,
            after: self.catalog.clone(),
        });
        Ok(())
    }
}

impl<'a> Open<'a> {
    fn new(script: Script<'a>, session: &Session, keeps: bool) -> Self {
        Self {
            script,
            next: 0,
            session: session.clone(),
            effects: Vec::new(),
            gaps: Vec::new(),
            lines: keeps.then(Vec::new),
            parsed: None,
            waits: false,
        }
    }

    /// Replays a statement; whether it has to be asked about.
    fn statement(&mut self, index: usize, catalog: &mut Catalog) -> bool {
        let mut is_unknown = false;
        if self.script.begins_transaction(index) {
            self.session.begin();
        }
        if let Some(span) = self.script.schema_statement(index) {
            let source = Arc::clone(self.script.source());
            let parsed = Parsed::of(&source.text[span.clone()]);
            let made = advance_parsed(&source, span, &parsed, catalog, &mut self.session);
            self.parsed = Some(parsed);
            match made {
                Ok(changes) => {
                    is_unknown = self.changes(index, changes);
                }
                Err(problems) => {
                    let problems = self.script.masking(problems);
                    let reason = problems
                        .first()
                        .map_or_else(String::new, |problem| problem.message.clone());
                    self.gap(index, reason, problems);
                    is_unknown = true;
                }
            }
        }
        if self.script.ends_transaction(index) {
            self.session.commit();
        }
        is_unknown
    }

    fn changes(&mut self, index: usize, changes: Vec<Change>) -> bool {
        let reason = changes.iter().find_map(|change| match change {
            Change::Unknown { reason } => Some(reason.clone()),
            _ => None,
        });
        self.effects.push(Effect {
            statement: index,
            changes,
        });
        let is_unknown = reason.is_some();
        if let Some(reason) = reason {
            self.gap(index, reason, Vec::new());
        }
        is_unknown
    }

    fn gap(&mut self, statement: usize, reason: String, problems: Vec<Problem>) {
        self.gaps.push(Gap {
            statement,
            place: self.script.place(statement),
            reason,
            problems,
            learned: false,
        });
    }
}

/// Temporary objects end with the session, which is reset behind every migration.
fn drop_temporary(catalog: &mut Catalog) {
    let of_session = |schema: &segue_catalog::Name| *schema == "pg_temp";
    let views = catalog.views.keys().cloned().map(ObjectRef::View);
    let tables = catalog.tables.keys().cloned().map(ObjectRef::Table);
    let sequences = catalog.sequences.keys().cloned().map(ObjectRef::Sequence);
    let types = catalog.types.keys().cloned().map(ObjectRef::Type);
    let mut objects: Vec<ObjectRef> = views
        .chain(tables)
        .chain(sequences)
        .chain(types)
        .filter(|object| match object {
            ObjectRef::View(name)
            | ObjectRef::Table(name)
            | ObjectRef::Sequence(name)
            | ObjectRef::Type(name) => of_session(&name.schema),
            _ => false,
        })
        .collect();
    let routines = catalog.routines.keys();
    let routines = routines.filter(|id| of_session(&id.name.schema)).cloned();
    objects.extend(routines.map(ObjectRef::Routine));
    for object in objects {
        let cascade = true;
        apply(catalog, &Change::Drop { object, cascade });
    }
}

#[cfg(test)]
#[path = "replay/tests.rs"]
mod tests;
