//! A statement at its moment: all that a rule may look at to judge it.

use std::ops::Range;

use segue_catalog::{Catalog, Change, ObjectRef, QName, TableChange};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use crate::{Effect, Facts, Line, LockMode, Policy, Script, Weight, cost::Cost, effect, run::Run};

mod gone;
mod outlook;
mod view_columns;

pub(crate) use gone::listed;
pub(crate) use outlook::{Stand, columns};

/// A statement at its moment.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    pub(crate) scripts: &'a [Script],
    pub(crate) script: &'a Script,
    pub(crate) index: usize,
    pub(crate) line: &'a Line,
    pub(crate) statement: Option<&'a ast::Stmt>,
    /// What each statement of this script does, in order.
    pub(crate) effects: &'a [Effect],
    /// What the statement makes others wait for.
    pub(crate) costs: &'a [Cost<'a>],
    pub(crate) run: &'a Run,
    pub(crate) facts: &'a Facts,
    pub(crate) policy: &'a Policy,
}

impl<'a> Moment<'a> {
    /// All scripts that are judged together, in order.
    pub fn scripts(&self) -> &'a [Script] {
        self.scripts
    }

    /// The script that the statement is in.
    pub fn script(&self) -> &'a Script {
        self.script
    }

    /// The statement's number in its script, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The statement.
    pub fn line(&self) -> &'a Line {
        self.line
    }

    /// The statement as a syntax tree. Its ranges count from the beginning of the statement: see [`span`](Self::span).
    pub fn statement(&self) -> Option<&'a ast::Stmt> {
        self.statement
    }

    /// The statement's own text.
    pub fn text(&self) -> &'a str {
        &self.script.source.text[self.line.span.clone()]
    }

    /// Where a part of the statement's syntax tree is in the script.
    pub fn span(&self, node: &SyntaxNode) -> Range<usize> {
        let range = node.text_range();
        let start = self.line.span.start;
        start + usize::from(range.start())..start + usize::from(range.end())
    }

    /// The first descendant of a kind in the statement's syntax tree.
    pub fn first<N: AstNode>(&self) -> Option<N> {
        let statement = self.statement?;
        statement.syntax().descendants().find_map(N::cast)
    }

    /// The schema before the statement.
    pub fn before(&self) -> &'a Catalog {
        &self.line.before
    }

    /// The schema behind the statement.
    pub fn after(&self) -> &'a Catalog {
        &self.line.after
    }

    /// What the statement does to the schema.
    pub fn changes(&self) -> &'a [Change] {
        &self.line.changes
    }

    /// The actions of an `ALTER TABLE`, each with its table.
    pub fn table_changes(&self) -> impl Iterator<Item = (&'a QName, &'a TableChange)> + use<'a> {
        self.line.changes.iter().filter_map(|change| match change {
            Change::Table { table, change } => Some((table, change)),
            _ => None,
        })
    }

    /// The statements behind this one in the same script.
    pub fn later(&self) -> &'a [Line] {
        &self.script.lines[self.index + 1..]
    }

    /// The statements before this one in the same script.
    pub fn earlier(&self) -> &'a [Line] {
        &self.script.lines[..self.index]
    }

    /// The schema that the whole run leaves.
    pub fn end(&self) -> &'a Catalog {
        let lines = self.scripts.iter().rev();
        let last = lines.filter_map(|script| script.lines.last()).next();
        last.map_or(&self.line.after, |line| &line.after)
    }

    /// Whether an earlier statement of the run has deleted or changed rows of a table, so that facts no longer tell which
    /// values are there.
    pub fn has_changed_rows_of(&self, table: &QName) -> bool {
        let before = self
            .scripts
            .iter()
            .take_while(|script| !std::ptr::eq(*script, self.script));
        let lines = before
            .flat_map(|script| &script.lines)
            .chain(self.earlier());
        let mut changes = lines.flat_map(|line| &line.changes);
        changes.any(|change| match change {
            Change::Data {
                statement,
                table: of,
            } => {
                let changes = matches!(
                    *statement,
                    "DELETE" | "UPDATE" | "MERGE" | "TRUNCATE" | "CALL"
                );
                changes && of.as_ref().is_none_or(|of| of == table)
            }
            Change::Unknown { .. } => true,
            _ => false,
        })
    }

    /// What the statement makes the server do.
    pub fn effect(&self) -> &'a Effect {
        &self.effects[self.index]
    }

    /// The statements before this one in the same transaction, each with what it does.
    pub fn earlier_in_transaction(&self) -> impl Iterator<Item = (&'a Line, &'a Effect)> + use<'a> {
        let transaction = self.line.transaction;
        let earlier = self.earlier().iter().zip(self.effects);
        earlier.filter(move |(line, _)| transaction.is_some() && line.transaction == transaction)
    }

    /// The statements behind this one in the same transaction.
    pub fn later_in_transaction(&self) -> impl Iterator<Item = &'a Line> + use<'a> {
        let transaction = self.line.transaction;
        self.later()
            .iter()
            .filter(move |line| transaction.is_some() && line.transaction == transaction)
    }

    /// The lock on a relation while the statement works: its own, or a stronger one that its transaction holds already.
    pub fn held(&self, relation: &QName) -> Option<LockMode> {
        let own = self.effect().lock_on(relation);
        own.max(self.run.held.get(relation).copied())
    }

    /// Whether the same run has made the object, or the table that it is a part of: no app uses it yet.
    pub fn is_new(&self, object: &ObjectRef) -> bool {
        self.run.born.has(object)
    }

    /// Whether the same run has made the table, view, index, sequence or type of this name.
    pub fn is_new_relation(&self, name: &QName) -> bool {
        self.run.born.has_relation(name)
    }

    /// What a table means to whoever uses the database. One that the same run has made is empty until the run fills it
    /// from a query or a file.
    pub fn weight(&self, table: &QName) -> Weight {
        if self.is_new_relation(table) {
            let filled = self.run.filled.contains(table);
            return if filled {
                Weight::Unknown
            } else {
                Weight::Empty
            };
        }
        let known = !self.facts.tables.is_empty() || self.facts.taken_at.is_some();
        match self.facts.tables.get(table) {
            None if known && !self.before().tables.contains_key(table) => {
                self.weight_of_view(table)
            }
            facts => self.policy.weight(facts),
        }
    }

    /// How large a materialized view is, which facts do not tell: not known where a table that it reads is large.
    fn weight_of_view(&self, name: &QName) -> Weight {
        let view = self.before().views.get(name);
        match view.is_some_and(|view| view.is_materialized()) && self.reads_large(name) {
            true => Weight::Unknown,
            false => Weight::Empty,
        }
    }

    /// Whether a view reads a large table, perhaps through others.
    fn reads_large(&self, view: &QName) -> bool {
        let view = self.before().views.get(view);
        let mut read = view.into_iter().flat_map(|view| &view.depends_on);
        read.any(|object| match object {
            ObjectRef::Table(of) | ObjectRef::Column(of, _)
                if !self.before().views.contains_key(of) =>
            {
                self.is_heavy(of)
            }
            ObjectRef::View(of) | ObjectRef::Column(of, _) => self.reads_large(of),
            _ => false,
        })
    }

    /// Whether going through a table's rows takes long.
    pub fn is_heavy(&self, table: &QName) -> bool {
        self.weight(table).is_heavy()
    }

    /// Whether others use a table, so that they wait for a lock on it.
    pub fn is_in_use(&self, table: &QName) -> bool {
        !self.is_unused(table) && self.weight(table).is_heavy()
    }

    /// Whether the same run has made a table, and nothing that an app writes gets there yet.
    pub fn is_unused(&self, table: &QName) -> bool {
        self.is_new_relation(table) && !self.run.fed.contains(table)
    }

    /// What is known of the database.
    pub fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// What the team holds to be large and slow.
    pub fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// Whether an expression calls a function that gives another value each time.
    pub(crate) fn calls_volatile(&self, expression: &str) -> bool {
        effect::calls_volatile(self.before(), &self.line.session, expression)
    }

    /// The server's major version.
    pub fn major(&self) -> u16 {
        self.before().major
    }
}
