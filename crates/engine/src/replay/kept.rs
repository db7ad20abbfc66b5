//! What is kept of a migration that is judged: every statement with the schema around it.

use std::sync::Arc;

use segue_catalog::{Catalog, Change, Session};
use segue_plan::{Declared, Line, Origin, Wanted};
use segue_sql::Problem;

use super::{Open, Script};
use crate::UnitKind;

impl Open<'_> {
    /// Replays a statement, and keeps its moment where that is wanted; whether it has to be asked about.
    pub(super) fn moment(&mut self, index: usize, catalog: &mut Catalog) -> bool {
        if self.lines.is_none() {
            return self.statement(index, catalog);
        }
        let (before, session) = (catalog.clone(), self.session.clone());
        let (effects, gaps) = (self.effects.len(), self.gaps.len());
        self.parsed = None;
        let is_unknown = self.statement(index, catalog);
        let changes = self.effects[effects..].iter();
        let changes: Vec<Change> = changes.flat_map(|one| one.changes.clone()).collect();
        let gap = self.gaps[gaps..].first();
        let refused = gap.map_or_else(Vec::new, |gap| gap.problems.clone());
        let unknown = gap.filter(|gap| gap.problems.is_empty());
        let Some(statement) = self.script.get(index) else {
            return is_unknown;
        };
        let line = Line {
            span: statement.span,
            kind: statement.kind,
            changes,
            unknown: unknown.map(|gap| gap.reason.clone()),
            refused,
            before,
            after: catalog.clone(),
            session,
            parsed: self.parsed.take(),
            transaction: self.transaction(index),
        };
        self.lines.get_or_insert_default().push(line);
        is_unknown
    }

    /// Which transaction of the migration a statement runs in.
    fn transaction(&self, index: usize) -> Option<usize> {
        let unit = self.script.unit_of(index)?;
        let is_transaction = matches!(unit.kind, UnitKind::Transaction { .. });
        is_transaction.then_some(unit.statements.start)
    }

    /// A database has told what the last statement does.
    pub(super) fn keep_learned(&mut self, catalog: &Catalog) {
        if let Some(line) = self.lines.iter_mut().flatten().next_back() {
            line.after = catalog.clone();
            line.refused = Vec::new();
        }
    }
}

/// The moments of a migration as a script that can be judged.
///
/// # Errors
/// What is wrong with the declaration of a program that rows go through.
pub(super) fn script(
    script: &Script<'_>,
    lines: Option<Vec<Line>>,
    (after, session): (&Catalog, &Session),
) -> Result<Option<segue_plan::Script>, Vec<Problem>> {
    let Some(lines) = lines else {
        return Ok(None);
    };
    let declared = script.migration.transform.as_ref();
    let declared = declared.map(|it| Declared::read(&it.source)).transpose()?;
    let transform = declared.map(|declared| Wanted {
        declared: Arc::new(declared),
        after: after.clone(),
        session: session.clone(),
    });
    Ok(Some(segue_plan::Script {
        name: script.migration.name.clone(),
        origin: Origin::Migration,
        source: Arc::clone(script.source()),
        lines,
        kept: None,
        transform,
    }))
}
