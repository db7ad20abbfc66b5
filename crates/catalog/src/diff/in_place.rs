//! What can become what the second schema has where it is, and what has to go first.
//!
//! The rules are those of the `ALTER` and `CREATE OR REPLACE` commands of PostgreSQL 14 to 18.

mod views;

use crate::{
    Catalog, Expr, ObjectRef, QName,
    model::{
        Argument, ArgumentMode, Column, Composite, Constraint, ConstraintKind, Domain, Enum, Index,
        IndexKey, IndexTerm, Policy, Publication, Routine, RoutineKind, Rule, Statistics, Table,
        TableKind, Trigger, Type, TypeKind,
    },
    normal::{self, About, Verdict},
};
pub(super) use views::can_be_replaced as view_can_be_replaced;

/// Two schemas, and whether expressions of them are the same.
#[derive(Clone, Copy)]
pub(super) struct Both<'a> {
    pub(super) from: &'a Catalog,
    pub(super) to: &'a Catalog,
}

impl Both<'_> {
    /// Whether two expressions are the same for certain.
    pub(super) fn same(self, first: &Expr, second: &Expr, about: About<'_>) -> bool {
        let context = normal::Context {
            first: self.from,
            second: self.to,
            about,
        };
        first == second || normal::compare(first, second, &context) == Verdict::Same
    }

    /// Whether two expressions are the same, or both are missing.
    pub(super) fn same_or_none(
        self,
        first: Option<&Expr>,
        second: Option<&Expr>,
        about: About<'_>,
    ) -> bool {
        match (first, second) {
            (Some(first), Some(second)) => self.same(first, second, about),
            (first, second) => first.is_none() && second.is_none(),
        }
    }
}

/// Whether an object that both schemas have, and that differs, cannot be changed where it is.
pub(super) fn must_go(from: &Catalog, to: &Catalog, object: &ObjectRef) -> bool {
    let both = Both { from, to };
    found(both, object).unwrap_or(false)
}

fn found(both: Both<'_>, object: &ObjectRef) -> Option<bool> {
    let Both { from, to } = both;
    Some(match object {
        ObjectRef::Type(name) => of_type(both, name, from.types.get(name)?, to.types.get(name)?),
        ObjectRef::Table(name) => table(both, name, from.tables.get(name)?, to.tables.get(name)?),
        ObjectRef::Column(of, name) | ObjectRef::Default(of, name) => {
            let first = from.tables.get(of)?.column(name)?;
            let second = to.tables.get(of)?.column(name)?;
            column(both, of, first, second)
        }
        ObjectRef::Constraint(of, name) => {
            let first = from.tables.get(of)?.constraints.get(name)?;
            let second = to.tables.get(of)?.constraints.get(name)?;
            constraint(both, of, first, second)
        }
        ObjectRef::Index(name) => index(both, from.indexes.get(name)?, to.indexes.get(name)?),
        ObjectRef::View(name) => {
            let (first, second) = (from.views.get(name)?, to.views.get(name)?);
            !view_can_be_replaced(both, first, second)
        }
        ObjectRef::Routine(id) => routine(from.routines.get(id)?, to.routines.get(id)?),
        ObjectRef::Trigger(of, name) => {
            trigger(both, of, from.trigger(of, name)?, to.trigger(of, name)?)
        }
        ObjectRef::Rule(of, name) => rule(both, of, from.rule(of, name)?, to.rule(of, name)?),
        ObjectRef::Policy(of, name) => {
            let first = from.tables.get(of)?.policies.get(name)?;
            policy(first, to.tables.get(of)?.policies.get(name)?)
        }
        ObjectRef::Statistics(name) => {
            let (first, second) = (from.statistics.get(name)?, to.statistics.get(name)?);
            statistics(both, first, second)
        }
        ObjectRef::Publication(name) => {
            publication(from.publications.get(name)?, to.publications.get(name)?)
        }
        _ => false,
    })
}

/// Values of an enum can be added and no more; a domain keeps what it is over, a range everything.
fn of_type(both: Both<'_>, name: &QName, first: &Type, second: &Type) -> bool {
    match (&first.kind, &second.kind) {
        (TypeKind::Enum(first), TypeKind::Enum(second)) => !values_are_added(first, second),
        (TypeKind::Composite(first), TypeKind::Composite(second)) => {
            attributes_change(first, second) && is_in_columns(both.from, name)
        }
        (TypeKind::Domain(first), TypeKind::Domain(second)) => {
            let Domain {
                base,
                collation,
                not_null: _,
                default: _,
                constraints: _,
            } = first;
            *base != second.base || *collation != second.collation
        }
        (first, second) => first != second,
    }
}

/// Whether the first one's values are among the second one's in the same order.
fn values_are_added(first: &Enum, second: &Enum) -> bool {
    let mut all = second.values.iter();
    first
        .values
        .iter()
        .all(|value| all.any(|other| other == value))
}

/// `ALTER ATTRIBUTE … TYPE` is refused while a column is of the type (`find_composite_type_dependencies`).
fn attributes_change(first: &Composite, second: &Composite) -> bool {
    first.attributes.iter().any(|own| {
        let mut others = second.attributes.iter();
        let other = others.find(|other| other.name == own.name);
        other.is_some_and(|other| {
            own.data_type != other.data_type || own.collation != other.collation
        })
    })
}

fn is_in_columns(catalog: &Catalog, name: &QName) -> bool {
    let mut columns = catalog.tables.values().flat_map(|table| &table.columns);
    columns.any(|column| column.data_type.name == *name)
}

/// A table stays what kind of table it is, and partitioned as it is.
fn table(both: Both<'_>, name: &QName, first: &Table, second: &Table) -> bool {
    match (&first.kind, &second.kind) {
        (TableKind::Plain, TableKind::Plain) => false,
        (TableKind::Partitioned(first), TableKind::Partitioned(second)) => {
            first.strategy != second.strategy || !same_keys(both, name, &first.keys, &second.keys)
        }
        (TableKind::Foreign(first), TableKind::Foreign(second)) => first.server != second.server,
        _ => true,
    }
}

/// A column does not become a generated one; what it is computed from changes from PostgreSQL 17 on
/// (sql-altertable.html, `SET EXPRESSION`).
fn column(both: Both<'_>, of: &QName, first: &Column, second: &Column) -> bool {
    match (&first.generated, &second.generated) {
        (None, Some(_)) => true,
        (Some(one), None) => !one.stored,
        (Some(one), Some(other)) => {
            let about = About::value(Some(of), &second.data_type);
            let same = both.same(&one.expression, &other.expression, about);
            one.stored != other.stored || (!same && both.from.major < 17)
        }
        (None, None) => false,
    }
}

/// Of a constraint only a foreign key's deferral changes, and whether it is known to hold.
fn constraint(both: Both<'_>, of: &QName, first: &Constraint, second: &Constraint) -> bool {
    let kind = match (&first.kind, &second.kind) {
        (
            ConstraintKind::Check {
                expression,
                no_inherit,
            },
            ConstraintKind::Check {
                expression: other,
                no_inherit: other_inherit,
            },
        ) => {
            both.same(expression, other, About::condition(Some(of))) && no_inherit == other_inherit
        }
        (ConstraintKind::ForeignKey(first), ConstraintKind::ForeignKey(second)) => first == second,
        (ConstraintKind::PrimaryKey(one), ConstraintKind::PrimaryKey(other))
        | (ConstraintKind::Unique(one), ConstraintKind::Unique(other)) => same_index(one, other),
        (ConstraintKind::Exclude(one), ConstraintKind::Exclude(other)) => {
            let keys = |of: &crate::model::Exclusion| -> Vec<IndexKey> {
                of.keys.iter().map(|(key, _)| key.clone()).collect()
            };
            let operators = one.keys.iter().map(|(_, operator)| operator);
            one.method == other.method
                && same_keys(both, of, &keys(one), &keys(other))
                && operators.eq(other.keys.iter().map(|(_, operator)| operator))
                && both.same_or_none(
                    one.predicate.as_ref(),
                    other.predicate.as_ref(),
                    About::condition(Some(of)),
                )
                && same_index(&one.index, &other.index)
        }
        _ => false,
    };
    let is_key = matches!(first.kind, ConstraintKind::ForeignKey(_));
    let deferral = first.deferral == second.deferral || is_key;
    let validity = first.validated == second.validated || second.validated;
    let enforced = first.enforced == second.enforced;
    !(kind && deferral && validity && enforced)
}

fn same_index(
    first: &crate::model::IndexedConstraint,
    second: &crate::model::IndexedConstraint,
) -> bool {
    let attached = first.attached_to == second.attached_to || first.attached_to.is_none();
    first.columns == second.columns
        && first.include == second.include
        && first.nulls_not_distinct == second.nulls_not_distinct
        && first.without_overlaps == second.without_overlaps
        && attached
}

fn index(both: Both<'_>, first: &Index, second: &Index) -> bool {
    let of = &second.table;
    let same = first.table == second.table
        && first.method == second.method
        && first.unique == second.unique
        && same_keys(both, of, &first.keys, &second.keys)
        && first.include == second.include
        && first.nulls_not_distinct == second.nulls_not_distinct
        && both.same_or_none(
            first.predicate.as_ref(),
            second.predicate.as_ref(),
            About::condition(Some(of)),
        );
    let attached = first.attached_to == second.attached_to || first.attached_to.is_none();
    let broken = !first.valid && second.valid && !is_partitioned(both.from, of);
    !same || !attached || broken
}

fn is_partitioned(catalog: &Catalog, name: &QName) -> bool {
    let table = catalog.tables.get(name);
    table.is_some_and(|table| matches!(table.kind, TableKind::Partitioned(_)))
}

fn same_keys(both: Both<'_>, of: &QName, first: &[IndexKey], second: &[IndexKey]) -> bool {
    first.len() == second.len()
        && std::iter::zip(first, second).all(|(first, second)| {
            same_term(both, of, &first.term, &second.term)
                && first.collation == second.collation
                && first.operator_class == second.operator_class
                && first.descending == second.descending
                && first.nulls_first == second.nulls_first
        })
}

fn same_term(both: Both<'_>, of: &QName, first: &IndexTerm, second: &IndexTerm) -> bool {
    match (first, second) {
        (IndexTerm::Expression(first), IndexTerm::Expression(second)) => {
            both.same(first, second, About::operand(of))
        }
        (first, second) => first == second,
    }
}

/// `CREATE OR REPLACE FUNCTION` keeps what callers see (sql-createfunction.html, "Notes").
fn routine(first: &Routine, second: &Routine) -> bool {
    let same_kind = match (&first.kind, &second.kind) {
        (RoutineKind::Aggregate { .. }, RoutineKind::Aggregate { .. }) => {
            let comparable = |of: &Routine| Routine {
                owner: None,
                privileges: crate::Privileges::default(),
                comment: None,
                depends_on: std::collections::BTreeSet::new(),
                ..of.clone()
            };
            return comparable(first) != comparable(second);
        }
        (first, second) => first == second,
    };
    let outputs = |of: &Routine| -> Vec<_> {
        let is_output = |argument: &&Argument| argument.mode != ArgumentMode::In;
        let outputs = of.arguments.iter().filter(is_output);
        outputs
            .map(|argument| {
                (
                    argument.mode,
                    argument.name.clone(),
                    argument.data_type.clone(),
                )
            })
            .collect()
    };
    let inputs = std::iter::zip(&first.arguments, &second.arguments);
    let names_stay = inputs.into_iter().all(|(first, second)| {
        let named = first.name.is_none() || first.name == second.name;
        let defaulted = first.default.is_none() || second.default.is_some();
        named && defaulted
    });
    !(same_kind
        && first.returns == second.returns
        && outputs(first) == outputs(second)
        && first.arguments.len() == second.arguments.len()
        && names_stay)
}

/// Of a trigger only when it is in force changes.
fn trigger(both: Both<'_>, of: &QName, first: &Trigger, second: &Trigger) -> bool {
    let comparable = |trigger: &Trigger| Trigger {
        when: None,
        enabled: second.enabled,
        comment: None,
        ..trigger.clone()
    };
    comparable(first) != comparable(second)
        || !both.same_or_none(first.when.as_ref(), second.when.as_ref(), About::rows(of))
}

fn rule(both: Both<'_>, of: &QName, first: &Rule, second: &Rule) -> bool {
    let actions = first.actions.len() == second.actions.len()
        && std::iter::zip(&first.actions, &second.actions)
            .all(|(first, second)| both.same(first, second, About::statement()));
    let condition = both.same_or_none(
        first.condition.as_ref(),
        second.condition.as_ref(),
        About::rows(of),
    );
    !(first.event == second.event && first.instead == second.instead && actions && condition)
}

/// `ALTER POLICY` changes roles and conditions, and takes no condition away (sql-alterpolicy.html).
fn policy(first: &Policy, second: &Policy) -> bool {
    let taken = |first: &Option<Expr>, second: &Option<Expr>| first.is_some() && second.is_none();
    first.permissive != second.permissive
        || first.command != second.command
        || taken(&first.using, &second.using)
        || taken(&first.check, &second.check)
}

fn statistics(both: Both<'_>, first: &Statistics, second: &Statistics) -> bool {
    let terms = first.terms.len() == second.terms.len()
        && std::iter::zip(&first.terms, &second.terms)
            .all(|(one, other)| same_term(both, &second.table, one, other));
    !(first.table == second.table && first.kinds == second.kinds && terms)
}

fn publication(first: &Publication, second: &Publication) -> bool {
    first.all_tables != second.all_tables
}
