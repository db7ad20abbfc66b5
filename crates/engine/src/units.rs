//! A migration's statements into units: each is one transaction, or one statement that refuses to be in
//! one. What the file says about its own transactions is respected: its COMMITs are where it wants them.

use std::{ops::Range, sync::Arc};

use segue_project::Migration;
use segue_sql::{Kind, Problem, Source, Statement, Statements};

/// What is committed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// How it is run.
    pub kind: UnitKind,
    /// The statements, as indexes into the migration's; those that only steer a transaction are left out
    /// when the unit is run.
    pub statements: Range<usize>,
}

/// See [`Unit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitKind {
    /// One transaction; the text that begins it, where the file has one with modes of its own.
    Transaction {
        /// Such as `BEGIN ISOLATION LEVEL SERIALIZABLE`.
        begin: Option<Range<usize>>,
        /// Whether SQLite enforces foreign keys in it, where the file says so.
        foreign_keys: Option<bool>,
    },
    /// A single statement outside of any transaction; what it is.
    Outside(&'static str),
}

/// psql's commands that change nothing about what the statements of a file do.
const HARMLESS_COMMANDS: &[&str] = &[
    "restrict",
    "unrestrict",
    "echo",
    "qecho",
    "timing",
    "pset",
    "x",
    "encoding",
    "set",
];

/// Cuts a migration into units.
///
/// # Errors
/// What cannot be run as part of a migration: a ROLLBACK, psql's own commands, and so on.
pub fn units(
    migration: &Migration,
    source: &Arc<Source>,
    statements: &Statements,
) -> Result<Vec<Unit>, Vec<Problem>> {
    let mut cutter = Cutter {
        source,
        shown: migration.up.masked.as_ref().unwrap_or(source),
        transactional: migration.transactional,
        units: Vec::new(),
        open: None,
        holds: false,
        explicit: None,
        wanted: None,
        enforced: None,
        acted: false,
        problems: Vec::new(),
    };
    for (index, statement) in statements.iter().enumerate() {
        cutter.statement(index, &statement);
    }
    cutter.close(statements.len());
    if cutter.problems.is_empty() {
        Ok(cutter.units)
    } else {
        Err(cutter.problems)
    }
}

struct Cutter<'a> {
    source: &'a Arc<Source>,
    shown: &'a Arc<Source>,
    transactional: bool,
    units: Vec<Unit>,
    /// The first statement of the unit that is being filled.
    open: Option<usize>,
    /// That unit has a statement that does something.
    holds: bool,
    /// The BEGIN that the file has opened and not yet ended.
    explicit: Option<Range<usize>>,
    /// What the file said last of the enforcement of foreign keys.
    wanted: Option<bool>,
    /// The enforcement in the unit that is being filled.
    enforced: Option<bool>,
    /// The unit has a statement whose effect depends on the enforcement.
    acted: bool,
    problems: Vec<Problem>,
}

impl Cutter<'_> {
    fn statement(&mut self, index: usize, statement: &Statement) {
        match &statement.kind {
            Kind::ForeignKeys(on) => self.wanted = Some(*on),
            Kind::Plain
            | Kind::ActsOnForeignKeys
            | Kind::CopyFromStdin
            | Kind::CreateExtension(_) => {
                self.enforcement(index, statement.kind == Kind::ActsOnForeignKeys);
                self.open.get_or_insert(index);
                self.holds = true;
                if !self.transactional && self.explicit.is_none() {
                    self.close(index + 1);
                }
            }
            Kind::Begin => {
                self.open.get_or_insert(index);
                self.explicit = Some(statement.span.clone());
            }
            // With nothing before it, it ends the transaction that the file's own tool has begun, as a file
            // does that wants a pragma of SQLite's to have its effect.
            Kind::Commit if self.open.is_none() => {}
            Kind::Commit => self.close(index + 1),
            Kind::OutsideTransaction(what) => self.outside(index, statement, what),
            Kind::Rollback => self.refuse(
                statement,
                "this migration takes back what it has done",
                "a ROLLBACK here would leave it recorded as applied: remove it, or the whole migration",
            ),
            Kind::PrepareTransaction => self.refuse(
                statement,
                "a migration cannot hand its transaction to somebody else",
                "end it with COMMIT, or leave the transaction to segue",
            ),
            Kind::PsqlCommand(command) => self.psql_command(statement, command),
        }
    }

    /// Ends the unit before a statement that needs the enforcement of foreign keys otherwise: the pragma has an
    /// effect between transactions only. Statements that do the same either way go with their neighbours, so
    /// that the usual rebuild of a table is one transaction with all that stands around it.
    fn enforcement(&mut self, index: usize, acts: bool) {
        if !acts {
            if !self.acted && self.enforced.is_none() {
                self.enforced = self.wanted;
            }
            return;
        }
        let differs = (self.acted || self.enforced.is_some()) && self.enforced != self.wanted;
        if differs && self.explicit.is_none() {
            self.close(index);
        }
        self.enforced = self.wanted;
        self.acted = true;
    }

    fn outside(&mut self, index: usize, statement: &Statement, what: &'static str) {
        if what == "DISCARD ALL" {
            self.refuse(
                statement,
                "DISCARD ALL would give back the lock that keeps other deploys away",
                "remove it: segue resets the session after every migration",
            );
            return;
        }
        if self.explicit.is_some() {
            self.refuse(
                statement,
                &format!("{what} cannot run in the transaction that the file has begun"),
                "put COMMIT before it, or move it to a migration of its own",
            );
            return;
        }
        self.close(index);
        self.units.push(Unit {
            kind: UnitKind::Outside(what),
            statements: index..index + 1,
        });
    }

    fn psql_command(&mut self, statement: &Statement, command: &str) {
        let name = command.split_whitespace().next().unwrap_or_default();
        if !HARMLESS_COMMANDS.contains(&name) {
            self.refuse(
                statement,
                &format!("\\{name} is a command of psql, which the server does not know"),
                "remove the line; dumps made by `pg_dump --no-owner` without --create have none that matter",
            );
        }
    }

    fn close(&mut self, end: usize) {
        let begin = self
            .explicit
            .take()
            .filter(|span| self.source.text[span.clone()].split_whitespace().count() > 2);
        // A BEGIN at the end is there for the tool that ends the file with its own COMMIT.
        let open = self.open.take().filter(|start| *start < end && self.holds);
        if let Some(start) = open {
            self.units.push(Unit {
                kind: UnitKind::Transaction {
                    begin,
                    foreign_keys: self.enforced,
                },
                statements: start..end,
            });
        }
        self.holds = false;
        self.enforced = None;
        self.acted = false;
    }

    fn refuse(&mut self, statement: &Statement, message: &str, help: &str) {
        self.problems.push(
            Problem::new(message)
                .at(self.shown, statement.span.clone(), "here")
                .help(help),
        );
    }
}

#[cfg(test)]
#[path = "units_tests.rs"]
mod tests;
