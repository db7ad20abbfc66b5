//! A table that is being made: its columns and what is still to be named and added, until it is complete.

use std::collections::{BTreeMap, BTreeSet};

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::Context,
    column::{self, Defined, WantedNotNull, Words},
    constraint::{self, Pending},
};
use crate::{
    Change, Name, Object, QName,
    model::{Column, Constraint, ConstraintKind, Index, NotNull, Sequence, Statistics, Table},
};

/// A table on its way.
pub(super) struct Draft {
    pub(super) name: QName,
    pub(super) table: Table,
    sequences: Vec<(QName, Sequence)>,
    pending: Vec<Pending>,
    not_nulls: Vec<(Name, WantedNotNull)>,
    /// Keys taken over by `LIKE`; their names are still to be chosen.
    pub(super) copied_keys: Vec<Constraint>,
    /// Indexes taken over by `LIKE`.
    pub(super) copied_indexes: Vec<Index>,
    /// Statistics taken over by `LIKE`.
    pub(super) copied_statistics: Vec<Statistics>,
}

impl Draft {
    pub(super) fn new(name: QName, table: Table) -> Self {
        Self {
            name,
            table,
            sequences: Vec::new(),
            pending: Vec::new(),
            not_nulls: Vec::new(),
            copied_keys: Vec::new(),
            copied_indexes: Vec::new(),
            copied_statistics: Vec::new(),
        }
    }

    /// Columns and constraints in parentheses.
    pub(super) fn read(
        &mut self,
        context: &mut Context<'_>,
        list: &ast::TableArgList,
    ) -> Option<()> {
        let mut own = BTreeSet::new();
        for arg in list.args() {
            match arg {
                ast::TableArg::Column(written) => {
                    let words = Words::of_column(&written)?;
                    if !own.insert(words.name.clone()) {
                        column::twice(context, &written, &words.name);
                        return None;
                    }
                    self.column(context, &written, &words)?;
                }
                ast::TableArg::LikeClause(like) => super::like::copy(context, self, &like)?,
                ast::TableArg::TableConstraint(written) => self.constraint(&written)?,
            }
        }
        Some(())
    }

    fn constraint(&mut self, written: &ast::TableConstraint) -> Option<()> {
        let written = ast::Constraint::cast(written.syntax().clone())?;
        if let ast::Constraint::NotNullConstraint(not_null) = &written {
            let column = super::super::names::name(&not_null.column_name_ref()?);
            let options = constraint::options(not_null.constraint_options());
            let name = written.constraint_name();
            let wanted = WantedNotNull {
                name: name.map(|name| super::super::names::name(&name)),
                no_inherit: options.no_inherit.unwrap_or(false),
                not_valid: false,
            };
            self.not_nulls.push((column, wanted));
        } else {
            self.pending.push(Pending {
                written,
                column: None,
            });
        }
        Some(())
    }

    /// A column of its own. One that a parent or a type has already is merged with it (`MergeAttributes`).
    fn column(
        &mut self,
        context: &mut Context<'_>,
        written: &ast::Column,
        words: &Words,
    ) -> Option<()> {
        let before = self.table.column(&words.name).cloned();
        if words.ty.is_none() && before.is_none() {
            let message = format!("column \"{}\" does not exist", words.name.as_str());
            context.problem(written.syntax(), message);
            return None;
        }
        let adds = before.as_ref().filter(|_| words.ty.is_none());
        let persistence = self.table.persistence;
        let defined = column::define(context, words, &self.name, persistence, adds)?;
        match &before {
            Some(inherited) if inherited.data_type != defined.column.data_type => {
                let message = format!("column \"{}\" has a type conflict", words.name.as_str());
                context.problem(written.syntax(), message);
                return None;
            }
            Some(inherited) => self.merge(inherited, defined),
            None => self.add(defined),
        }
        Some(())
    }

    fn add(&mut self, mut defined: Defined) {
        let name = defined.column.name.clone();
        // a primary key beside the column makes it NOT NULL there and then, which tells when its name is chosen
        // (`transformColumnDefinition`); one of the table does so behind all columns
        if defined.constraints.iter().any(Pending::is_primary_key) && defined.not_null.is_none() {
            defined.not_null = Some(WantedNotNull::default());
        }
        self.table.columns.push(defined.column);
        self.sequences.extend(defined.sequence);
        self.pending.extend(defined.constraints);
        self.not_nulls
            .extend(defined.not_null.map(|wanted| (name, wanted)));
    }

    fn merge(&mut self, inherited: &Column, mut defined: Defined) {
        let column = &mut defined.column;
        column.inherited = inherited.inherited;
        // a partition's columns stay those of its parent
        column.local = self.table.partition_of.is_none();
        if column.default.is_none() {
            column.default.clone_from(&inherited.default);
        }
        if column.generated.is_none() {
            column.generated.clone_from(&inherited.generated);
        }
        if column.collation.is_none() {
            column.collation.clone_from(&inherited.collation);
        }
        if column.storage.is_none() {
            column.storage.clone_from(&inherited.storage);
        }
        column.not_null.clone_from(&inherited.not_null);
        let name = column.name.clone();
        if let Some(place) = self.table.column_mut(&name) {
            *place = defined.column;
        }
        self.sequences.extend(defined.sequence);
        self.pending.extend(defined.constraints);
        self.not_nulls
            .extend(defined.not_null.map(|wanted| (name, wanted)));
    }

    /// Names what has no name, and emits all of it. Checks come before keys, a primary key before other keys, and
    /// foreign keys last (`transformCreateStmt`).
    pub(super) fn finish(mut self, context: &mut Context<'_>) -> Option<()> {
        let mut taken: BTreeSet<Name> = self.table.constraints.keys().cloned().collect();
        taken.extend(self.pending.iter().filter_map(Pending::name));
        let pending = std::mem::take(&mut self.pending);
        let (keys, others): (Vec<_>, Vec<_>) = pending.into_iter().partition(Pending::has_index);
        let (foreign, checks): (Vec<_>, Vec<_>) =
            others.into_iter().partition(Pending::is_foreign_key);
        for check in &checks {
            self.add_constraint(context, check, &mut taken)?;
        }
        let (primary, keys): (Vec<_>, Vec<_>) = keys.into_iter().partition(Pending::is_primary_key);
        if let Some(second) = primary.get(1) {
            let message = format!(
                "multiple primary keys for table \"{}\" are not allowed",
                self.name.name.as_str()
            );
            context.problem(second.written.syntax(), message);
            return None;
        }
        self.require_not_null(context, &primary, &mut taken)?;
        self.add_keys(context, primary.iter().chain(&keys), &mut taken)?;
        self.add_copied_keys(context, &mut taken);
        for key in &foreign {
            self.add_constraint(context, key, &mut taken)?;
        }
        self.emit(context);
        Some(())
    }

    /// NOT NULL where it is written, and of a primary key's columns.
    fn require_not_null(
        &mut self,
        context: &mut Context<'_>,
        primary: &[Pending],
        taken: &mut BTreeSet<Name>,
    ) -> Option<()> {
        let mut wanted = std::mem::take(&mut self.not_nulls);
        for key in primary {
            let (constraint, _) = constraint::build(context, key, &self.name, &self.table)?;
            let columns = constraint.index().map(|index| index.columns.clone());
            for column in columns.unwrap_or_default() {
                if !wanted.iter().any(|(name, _)| *name == column) {
                    wanted.push((column, WantedNotNull::default()));
                }
            }
        }
        for key in &self.copied_keys {
            if let ConstraintKind::PrimaryKey(index) = &key.kind {
                let columns = index.columns.iter().cloned();
                wanted.extend(columns.map(|column| (column, WantedNotNull::default())));
            }
        }
        // of several for a column the one with a name counts
        let named: BTreeMap<Name, WantedNotNull> = wanted
            .iter()
            .filter(|(_, wanted)| wanted.name.is_some())
            .cloned()
            .collect();
        for (column, wanted) in &mut wanted {
            if let Some(named) = named.get(column) {
                wanted.clone_from(named);
            }
        }
        // in the order of the columns (`AddRelationNotNullConstraints`), those with a name first
        taken.extend(wanted.iter().filter_map(|(_, wanted)| wanted.name.clone()));
        for (name, wanted) in wanted {
            let Some(column) = self.table.column(&name) else {
                continue;
            };
            let made = match &column.not_null {
                Some(own) if own.name.is_some() && own.local => own.clone(),
                // one that is inherited too has the name that it is given here (`AddRelationNotNullConstraints`)
                own => NotNull {
                    inherited: own.as_ref().map_or(0, |own| own.inherited),
                    ..context.not_null(&wanted, &self.name, &name, taken)
                },
            };
            if let Some(column) = self.table.column_mut(&name) {
                column.not_null = Some(made);
            }
        }
        Some(())
    }

    fn add_constraint(
        &mut self,
        context: &mut Context<'_>,
        pending: &Pending,
        taken: &mut BTreeSet<Name>,
    ) -> Option<()> {
        let (mut constraint, parts) = constraint::build(context, pending, &self.name, &self.table)?;
        // a new table has no rows that could break it
        constraint.validated = constraint.enforced;
        if let Some(name) = pending.name() {
            return self.add_named(context, pending, name, constraint);
        }
        let name = constraint::chosen_name(context, &self.name, &constraint, &parts, taken);
        taken.insert(name.clone());
        self.table.constraints.insert(name, constraint);
        Some(())
    }

    /// Primary keys, UNIQUE and EXCLUDE. A UNIQUE over the columns of a key before it is left out; if it has a name and
    /// that key has none, the key gets it (`transformIndexConstraints`).
    fn add_keys<'p>(
        &mut self,
        context: &mut Context<'_>,
        keys: impl Iterator<Item = &'p Pending>,
        taken: &mut BTreeSet<Name>,
    ) -> Option<()> {
        let mut kept: Vec<(&Pending, Option<Name>, Constraint, constraint::NameParts)> = Vec::new();
        for pending in keys {
            let (mut constraint, parts) =
                constraint::build(context, pending, &self.name, &self.table)?;
            // a new table has no rows that could break it
            constraint.validated = constraint.enforced;
            let name = pending.name();
            match kept.iter_mut().find(|key| repeats(&constraint, &key.2)) {
                Some((_, before, ..)) => *before = before.take().or(name),
                None => kept.push((pending, name, constraint, parts)),
            }
        }
        for (pending, name, constraint, parts) in kept {
            if let Some(name) = name {
                self.add_named(context, pending, name, constraint)?;
                continue;
            }
            let name = constraint::chosen_name(context, &self.name, &constraint, &parts, taken);
            taken.insert(name.clone());
            self.table.constraints.insert(name, constraint);
        }
        Some(())
    }

    fn add_named(
        &mut self,
        context: &mut Context<'_>,
        pending: &Pending,
        name: Name,
        mut constraint: Constraint,
    ) -> Option<()> {
        if let Some(there) = self.table.constraints.get(&name) {
            let inherited =
                there.inherited > 0 && matches!(constraint.kind, ConstraintKind::Check { .. });
            if !inherited {
                let message = format!(
                    "constraint \"{}\" for relation \"{}\" already exists",
                    name.as_str(),
                    self.name.name.as_str()
                );
                context.problem(pending.written.syntax(), message);
                return None;
            }
            // an own CHECK of an inherited one's name is merged with it (`MergeWithExistingConstraint`)
            constraint.inherited = there.inherited;
            constraint.local = self.table.partition_of.is_none();
        }
        let relation = self.name.sibling(name.clone());
        if constraint.index().is_some()
            && (name == self.name.name || context.catalog.relation(&relation).is_some())
        {
            let message = format!("relation \"{}\" already exists", name.as_str());
            context.problem(pending.written.syntax(), message);
            return None;
        }
        self.table.constraints.insert(name, constraint);
        Some(())
    }

    fn add_copied_keys(&mut self, context: &Context<'_>, taken: &mut BTreeSet<Name>) {
        let mut keys = std::mem::take(&mut self.copied_keys);
        keys.sort_by_key(|key| !matches!(key.kind, ConstraintKind::PrimaryKey(_)));
        for key in keys {
            let parts = constraint::copied_name_parts(&key);
            let name = constraint::chosen_name(context, &self.name, &key, &parts, taken);
            taken.insert(name.clone());
            self.table.constraints.insert(name, key);
        }
    }

    fn emit(self, context: &mut Context<'_>) {
        for (name, sequence) in self.sequences {
            context.emit(Change::Create(Box::new(Object::Sequence(name, sequence))));
        }
        let table = Object::Table(self.name.clone(), self.table);
        context.emit(Change::Create(Box::new(table)));
        for index in self.copied_indexes {
            let name = super::index::chosen_name(context, &index);
            super::index::emit(context, self.name.sibling(name), index, false);
        }
        for statistics in self.copied_statistics {
            super::like::emit_statistics(context, &self.name, statistics);
        }
    }
}

/// Whether a UNIQUE is over the columns of a key.
fn repeats(constraint: &Constraint, key: &Constraint) -> bool {
    let (
        ConstraintKind::Unique(wanted),
        ConstraintKind::Unique(there) | ConstraintKind::PrimaryKey(there),
    ) = (&constraint.kind, &key.kind)
    else {
        return false;
    };
    there.columns == wanted.columns
        && there.include == wanted.include
        && there.nulls_not_distinct == wanted.nulls_not_distinct
        && key.deferral == constraint.deferral
}
