//! Predicted expressions in a server's words: what cannot be told from texts alone, the server tells.

use std::{collections::BTreeSet, sync::Arc};

use segue_catalog::{
    Catalog, Disparity, Expr, Name, ObjectRef, Origin, QName, compare,
    model::{Body, ConstraintKind, IndexKey, IndexTerm, Routine, RoutineKind, TableKind, TypeKind},
    render,
};

use super::{Printed, Signature, Subject, ToPrint, print};
use crate::{ServerError, postgres::Session};

/// Lets a server print the written expressions of a predicted schema that do not show to be the same as those of the
/// introspected one, and puts what it printed in their place. Afterwards [`compare`] tells what really differs.
///
/// Gives the objects with expressions that the server refused, with its messages; those stay as they are. Rewrite
/// rules are not printed.
///
/// # Errors
/// As for [`print()`].
pub async fn settle(
    session: &Session,
    predicted: &mut Catalog,
    introspected: &Catalog,
) -> Result<Vec<(ObjectRef, String)>, ServerError> {
    let differing: BTreeSet<ObjectRef> = compare(predicted, introspected)
        .into_iter()
        .filter(|difference| matches!(difference.disparity, Disparity::Changed { .. }))
        .map(|difference| difference.object)
        .collect();
    let mut places = Vec::new();
    let mut expressions = Vec::new();
    for object in differing {
        visit(predicted, &object, &mut |subject, expression| {
            if expression.origin == Origin::Written {
                places.push(object.clone());
                expressions.push(ToPrint {
                    subject,
                    text: expression.text.to_string(),
                });
            }
        });
    }
    let printed = print(session, &expressions).await?;
    let mut refused = Vec::new();
    let mut answers = places.iter().zip(printed).peekable();
    while let Some((object, _)) = answers.peek().cloned() {
        // The same objects in the same order: every written expression takes the next answer.
        visit(predicted, object, &mut |_, expression| {
            if expression.origin == Origin::Written
                && let Some((_, answer)) = answers.next_if(|(of, _)| *of == object)
            {
                match answer {
                    Printed::As(text) => *expression = Expr::printed(text),
                    Printed::Refused(message) => refused.push((object.clone(), message)),
                }
            }
        });
    }
    Ok(refused)
}

type Visit<'v> = dyn FnMut(Subject, &mut Expr) + 'v;

/// Every expression of an object itself, not of its parts that have an address of their own.
fn visit(catalog: &mut Catalog, object: &ObjectRef, found: &mut Visit<'_>) {
    match object {
        ObjectRef::Table(name) => of_table(catalog, name, found),
        ObjectRef::Column(of, name) | ObjectRef::Default(of, name) => {
            of_column(catalog, of, name, found);
        }
        ObjectRef::Constraint(of, name) => of_constraint(catalog, of, name, found),
        ObjectRef::Policy(of, name) => of_policy(catalog, of, name, found),
        ObjectRef::Trigger(of, name) => of_trigger(catalog, of, name, found),
        ObjectRef::Index(name) => of_index(catalog, name, found),
        ObjectRef::View(name) => {
            if let Some(view) = catalog.view_mut(name) {
                let subject = Subject::Query(name.schema.clone(), view.columns.clone());
                found(subject, &mut view.query);
            }
        }
        ObjectRef::Statistics(name) => {
            if let Some(statistics) = catalog.statistics.get_mut(name).map(Arc::make_mut) {
                let (table, terms) = (&statistics.table, &mut statistics.terms);
                terms.iter_mut().for_each(|one| term(table, one, found));
            }
        }
        ObjectRef::Publication(name) => of_publication(catalog, name, found),
        ObjectRef::Routine(id) => {
            if let Some(routine) = catalog.routine_mut(id) {
                of_routine(&id.name.schema, routine, found);
            }
        }
        ObjectRef::Type(_) | ObjectRef::DomainConstraint(..) => of_domain(catalog, object, found),
        ObjectRef::Schema(_)
        | ObjectRef::Extension(_)
        | ObjectRef::Sequence(_)
        | ObjectRef::Rule(..)
        | ObjectRef::Published(..)
        | ObjectRef::DefaultPrivileges(_)
        | ObjectRef::Opaque(_) => {}
    }
}

fn of_policy(catalog: &mut Catalog, of: &QName, name: &Name, found: &mut Visit<'_>) {
    let table = catalog.table_mut(of);
    if let Some(policy) = table.and_then(|table| table.policies.get_mut(name)) {
        let both = policy.using.iter_mut().chain(&mut policy.check);
        both.for_each(|one| found(Subject::Policy(of.clone()), one));
    }
}

fn of_trigger(catalog: &mut Catalog, of: &QName, name: &Name, found: &mut Visit<'_>) {
    let table = catalog.table_mut(of);
    let trigger = table.and_then(|table| table.triggers.get_mut(name));
    if let Some(when) = trigger.and_then(|trigger| trigger.when.as_mut()) {
        found(Subject::Rows(of.clone()), when);
    }
}

fn of_index(catalog: &mut Catalog, name: &QName, found: &mut Visit<'_>) {
    if let Some(index) = catalog.index_mut(name) {
        keys(&index.table, index.keys.iter_mut(), found);
        if let Some(predicate) = &mut index.predicate {
            found(Subject::Condition(index.table.clone()), predicate);
        }
    }
}

fn of_publication(catalog: &mut Catalog, name: &Name, found: &mut Visit<'_>) {
    let publication = catalog.publications.get_mut(name).map(Arc::make_mut);
    for (table, published) in publication.into_iter().flat_map(|one| &mut one.tables) {
        if let Some(rows) = &mut published.rows {
            found(Subject::Condition(table.clone()), rows);
        }
    }
}

fn of_table(catalog: &mut Catalog, name: &QName, found: &mut Visit<'_>) {
    let Some(table) = catalog.table_mut(name) else {
        return;
    };
    if let TableKind::Partitioned(by) = &mut table.kind {
        keys(name, by.keys.iter_mut(), found);
    }
    if let Some(partition) = &mut table.partition_of {
        found(
            Subject::Bound(partition.parent.clone()),
            &mut partition.bound,
        );
    }
}

fn of_column(catalog: &mut Catalog, of: &QName, name: &Name, found: &mut Visit<'_>) {
    if let Some(column) = catalog
        .table_mut(of)
        .and_then(|table| table.column_mut(name))
    {
        if let Some(default) = &mut column.default {
            found(Subject::Default(of.clone(), name.clone()), default);
        }
        if let Some(generated) = &mut column.generated {
            let subject = Subject::Generated(of.clone(), name.clone());
            found(subject, &mut generated.expression);
        }
        return;
    }
    let detail = catalog
        .view_mut(of)
        .and_then(|view| view.column_details.get_mut(name));
    if let Some(default) = detail.and_then(|detail| detail.default.as_mut()) {
        found(Subject::Default(of.clone(), name.clone()), default);
    }
}

fn of_constraint(catalog: &mut Catalog, of: &QName, name: &Name, found: &mut Visit<'_>) {
    let constraint = catalog
        .table_mut(of)
        .and_then(|table| table.constraints.get_mut(name));
    match constraint.map(|constraint| &mut constraint.kind) {
        Some(ConstraintKind::Check { expression, .. }) => {
            found(Subject::Condition(of.clone()), expression);
        }
        Some(ConstraintKind::Exclude(exclusion)) => {
            keys(of, exclusion.keys.iter_mut().map(|(key, _)| key), found);
            if let Some(predicate) = &mut exclusion.predicate {
                found(Subject::Condition(of.clone()), predicate);
            }
        }
        Some(
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::ForeignKey(_),
        )
        | None => {}
    }
}

fn of_routine(schema: &Name, routine: &mut Routine, found: &mut Visit<'_>) {
    let body = Signature {
        schema: schema.clone(),
        kind: match routine.kind {
            RoutineKind::Procedure => "PROCEDURE",
            _ => "FUNCTION",
        },
        arguments: render::arguments(routine),
        returns: render::returns(routine),
    };
    for argument in &mut routine.arguments {
        if let Some(default) = &mut argument.default {
            found(Subject::Value(argument.data_type.clone()), default);
        }
    }
    if let Body::Sql(text) = &mut routine.body {
        found(Subject::Body(body), text);
    }
}

fn of_domain(catalog: &mut Catalog, object: &ObjectRef, found: &mut Visit<'_>) {
    let (ObjectRef::Type(name) | ObjectRef::DomainConstraint(name, _)) = object else {
        return;
    };
    let Some(TypeKind::Domain(domain)) = catalog.type_mut(name).map(|one| &mut one.kind) else {
        return;
    };
    if let ObjectRef::DomainConstraint(_, constraint) = object {
        if let Some(check) = domain.constraints.get_mut(constraint) {
            found(Subject::Domain(domain.base.clone()), &mut check.expression);
        }
    } else if let Some(default) = &mut domain.default {
        found(Subject::Value(domain.base.clone()), default);
    }
}

fn keys<'k>(table: &QName, keys: impl Iterator<Item = &'k mut IndexKey>, found: &mut Visit<'_>) {
    keys.for_each(|key| term(table, &mut key.term, found));
}

fn term(table: &QName, term: &mut IndexTerm, found: &mut Visit<'_>) {
    if let IndexTerm::Expression(expression) = term {
        found(Subject::Operand(table.clone()), expression);
    }
}
