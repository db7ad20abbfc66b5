//! Columns that cannot get another type while others go on: because the server refuses it, or because no other column can stand
//! beside them. What else a conversion may lack is told where it is made (`conversion.rs`, `defaults.rs`).

use segue_catalog::{
    Catalog, DataType, Name, ObjectRef, QName, dependents,
    model::{Column, ConstraintKind, IndexTerm, Table, TypeKind},
};
use segue_sql::Problem;
use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};

use super::{carried::is_deferrable, partitions};
use crate::{
    Moment, effect,
    planner::{Planning, Stop},
    recipes::{NO_NAME_AROUND, cannot_be_around},
    writing::{
        COPIED_WHOLE, Domains, are_copied_whole, has_children, is_of_segue, is_partition_key,
        is_row_type_fixed, with_partitions,
    },
    written,
};

/// What the server refuses to change the type for (`RememberAllDependentForRebuilding`, `tablecmds.c`).
pub(super) fn user(schema: &Catalog, column: &ObjectRef) -> Option<ObjectRef> {
    let ObjectRef::Column(table, name) = column else {
        return None;
    };
    let of_all = with_partitions(schema, table);
    let users = of_all
        .into_iter()
        .flat_map(|of| dependents(schema, &ObjectRef::Column(of, name.clone())));
    users.into_iter().find(|user| {
        matches!(
            user,
            ObjectRef::View(_)
                | ObjectRef::Rule(..)
                | ObjectRef::Policy(..)
                | ObjectRef::Trigger(..)
                | ObjectRef::Routine(_)
                | ObjectRef::Published(..)
        )
    })
}

/// Whether the server refuses a new type until contract, where what uses the column goes.
pub(super) fn is_used_for_now(planning: &Planning<'_>, column: &ObjectRef) -> bool {
    let schema = planning.schema();
    // a generated column
    let is_made_of_it = |user: &ObjectRef| matches!(user, ObjectRef::Column(..));
    user(schema, column).is_some()
        || dependents(schema, column)
            .iter()
            .any(|user| is_made_of_it(user) && planning.is_going(user))
}

/// Refuses what the server would refuse.
pub(super) fn refuse_used(
    moment: &Moment<'_>,
    table: &QName,
    column: &Name,
    object: &ObjectRef,
) -> Result<(), Stop> {
    if let Some(user) = user(moment.before(), object) {
        let called = called(moment.before(), &user);
        let help = match &user {
            ObjectRef::Trigger(_, name) if is_of_segue(name) => {
                "a plan that is under way has put it there: `segue contract`, then deploy this"
                    .to_owned()
            }
            ObjectRef::Published(publication, of) => format!(
                "take the column out of publication {publication} before this statement, and put it in again behind it: ALTER PUBLICATION {publication} SET TABLE {of} (…)"
            ),
            _ => format!(
                "drop it before this statement, and make it again behind it, in the same migration: {called}"
            ),
        };
        return Err(Stop::Refused(
            Problem::new(format!(
                "{column} of {table} cannot change its type: {called} uses it, and the server refuses that"
            ))
            .help(help)
            .refused_anyway(),
        ));
    }
    if let Some(user) = compared_by(moment.before(), table, column) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{column} of {table} cannot change its type: {user} compares it with values of the enum that it is of, and the server refuses that"
            ))
            .help("drop it before this statement, and make it again behind it, in the same migration")
            .refused_anyway(),
        ));
    }
    Ok(())
}

/// An object as a DROP of it would say what it is.
fn called(schema: &Catalog, object: &ObjectRef) -> String {
    let is_materialized = match object {
        ObjectRef::View(name) => schema
            .views
            .get(name)
            .is_some_and(|view| view.is_materialized()),
        _ => false,
    };
    match is_materialized {
        true => format!("materialized {object}"),
        false => object.to_string(),
    }
}

/// The index that compares a column with values of the enum that it is of, which are none of another type: the server keeps the types of
/// literals in what it has of an index (`ATPostAlterTypeCleanup`, `tablecmds.c`).
fn compared_by(schema: &Catalog, name: &QName, column: &Name) -> Option<ObjectRef> {
    let table = schema.tables.get(name)?;
    let own = &table.column(column)?.data_type;
    let of = schema.types.get(&own.name)?;
    if own.array || !matches!(of.kind, TypeKind::Enum(_)) {
        return None;
    }
    let mut indexes = schema.indexes_of(name).filter(|(_, index)| {
        let terms = index.keys.iter().filter_map(|key| match &key.term {
            IndexTerm::Expression(term) => Some(term),
            IndexTerm::Column(_) => None,
        });
        let mut texts = index.predicate.iter().chain(terms);
        texts.any(|expression| compares(&expression.text, column))
    });
    let (index, _) = indexes.next()?;
    Some(ObjectRef::Index(index.clone()))
}

/// Whether an expression has a text literal beside a column.
fn compares(expression: &str, column: &Name) -> bool {
    let tree = segue_catalog::parse(&format!("SELECT {expression}")).tree();
    let mut names = tree.syntax().descendants().filter_map(ast::NameRef::cast);
    names.any(|name| {
        let around = name.syntax().parent();
        let tokens = around
            .into_iter()
            .flat_map(|node| node.descendants_with_tokens());
        let mut literals = tokens.filter(|one| one.kind() == SyntaxKind::STRING);
        written::name(&name) == *column && literals.next().is_some()
    })
}

/// Why no other column can stand beside it (`docs/limits.md`).
pub(super) fn cannot_stand_beside(
    moment: &Moment<'_>,
    name: &QName,
    table: &Table,
    (column, to): (&Column, &DataType),
) -> Option<&'static str> {
    const MOST_COLUMNS: usize = 1_600;
    if !table.inherits.is_empty() || has_children(moment.before(), name) {
        return Some("its table has children, or is one");
    }
    if table.partition_of.is_some() {
        return Some("it is a column of a partition: change that of the partitioned table");
    }
    if column.generated.is_some() {
        return Some("it is a generated column");
    }
    let mut generated = table
        .columns
        .iter()
        .filter_map(|own| own.generated.as_ref());
    if generated.any(|own| effect::mentions(&own.expression.text, &column.name)) {
        return Some(
            "a generated column is made of it, and the server refuses that too: drop that one before, and add it again behind",
        );
    }
    if table.columns.len() + 1 >= MOST_COLUMNS {
        return Some("its table has as many columns as a table can have (1,600)");
    }
    if let Some(why) = is_row_type_fixed(moment.before(), name) {
        return Some(why);
    }
    let why = partitions::cannot_be(moment.before(), name, |one| {
        if is_partition_key(one, &column.name) {
            return Some("rows are sent to partitions by it");
        }
        let named = cannot_be_around(one).then_some(NO_NAME_AROUND);
        named.or_else(|| are_copied_whole(moment.before(), one).then_some(COPIED_WHOLE))
    });
    if why.is_some() {
        return why;
    }
    if Domains::of(moment.after(), to).default().is_some() {
        return Some("its new type is a domain with a default, which would count as written");
    }
    let mut constraints = table.constraints.values();
    if constraints.any(|one| {
        matches!(&one.kind, ConstraintKind::PrimaryKey(key) if key.columns.contains(&column.name))
            && is_deferrable(one)
    }) {
        return Some(
            "its primary key is deferrable, and what is built to take its place would be checked at once",
        );
    }
    let domain = moment
        .after()
        .types
        .get(&column.data_type.name)
        .map(|of| &of.kind);
    matches!(domain, Some(TypeKind::Domain(_))).then_some("its type is a domain")
}
