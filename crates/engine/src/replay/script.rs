//! The statements of a migration as a replay needs them: which of them say something about the schema, and where
//! transactions end.

use std::{ops::Range, sync::Arc};

use segue_project::Migration;
use segue_sql::{Dialect, Kind, Place, Problem, Source, Statement, Statements};

use super::Part;
use crate::{Unit, UnitKind};

/// A migration that has been read.
#[derive(Debug)]
pub(super) struct Script<'a> {
    pub(super) migration: &'a Migration,
    source: Arc<Source>,
    pub(super) statements: Statements,
    pub(super) units: Vec<Unit>,
    end: usize,
}

impl<'a> Script<'a> {
    /// Reads the statements, cut as a deploy cuts them.
    pub(super) fn read(part: Part<'a>) -> Result<Self, Vec<Problem>> {
        let migration = part.migration;
        if let Some(command) = &migration.run_by {
            return Err(vec![
                Problem::new(format!("`{}` is code, not SQL", migration.name))
                    .note(format!("its own tool runs it: {command}"))
                    .help("what it does to the schema cannot be told"),
            ]);
        }
        let source = migration.up.source().map_err(|problem| vec![problem])?;
        let splitter = crate::work::splitter_of(Dialect::Postgres);
        let statements = migration.up.statements_of(&source, splitter)?;
        let units = crate::units(migration, &source, &statements)?;
        let all = statements.len();
        Ok(Self {
            migration,
            source,
            statements,
            units,
            end: part.statements.map_or(all, |count| count.min(all)),
        })
    }

    /// How many statements there are to go through.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    pub(super) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    pub(super) fn get(&self, index: usize) -> Option<Statement> {
        self.statements.get(index)
    }

    /// Where a statement is, unless it only steers a transaction or is meant for psql.
    pub(super) fn schema_statement(&self, index: usize) -> Option<Range<usize>> {
        let statement = self.get(index)?;
        let steers = matches!(
            statement.kind,
            Kind::Begin | Kind::Commit | Kind::PsqlCommand(_)
        );
        (!steers).then_some(statement.span)
    }

    /// Whether a transaction begins with a statement.
    pub(super) fn begins_transaction(&self, index: usize) -> bool {
        self.transaction_of(index)
            .is_some_and(|statements| statements.start == index)
    }

    /// Whether its transaction ends behind a statement.
    pub(super) fn ends_transaction(&self, index: usize) -> bool {
        self.transaction_of(index)
            .is_some_and(|statements| statements.end == index + 1)
    }

    fn transaction_of(&self, index: usize) -> Option<&Range<usize>> {
        let unit = self.unit_of(index)?;
        matches!(unit.kind, UnitKind::Transaction { .. }).then_some(&unit.statements)
    }

    /// The unit that a statement is in; none for a `COMMIT` that ends nothing.
    pub(super) fn unit_of(&self, index: usize) -> Option<&Unit> {
        let at = self
            .units
            .partition_point(|unit| unit.statements.end <= index);
        self.units
            .get(at)
            .filter(|unit| unit.statements.contains(&index))
    }

    /// The place of a statement in the text that may be shown.
    pub(super) fn place(&self, index: usize) -> Place {
        let shown = self.migration.up.masked.as_ref().unwrap_or(&self.source);
        Place {
            source: Arc::clone(shown),
            span: self.statements.span(index).unwrap_or_default(),
            label: "here".into(),
        }
    }

    pub(super) fn masking(&self, problems: Vec<Problem>) -> Vec<Problem> {
        self.migration.up.masking(problems)
    }
}
