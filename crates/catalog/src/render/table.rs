//! `CREATE TABLE`, and the `ALTER TABLE`s for what it cannot say.

use std::{borrow::Cow, collections::HashSet};

use super::{
    column::{DefaultClause, default_expression, further_actions, rest, value_clauses},
    constraint::{fits_inline, named_constraint},
    family::{Form, form},
    index::key,
    literal::{foreign_options, join, with},
    name::or_builtin,
    sequence::serial_sequence,
    statement,
    step::Step,
};
use crate::{
    Catalog, Name, ObjectRef, QName,
    model::{
        Column, Constraint, ConstraintKind, PartitionStrategy, Persistence, ReplicaIdentity, Table,
        TableKind,
    },
};

/// Longer names of columns do not push the types of all columns to the right.
const WIDEST: usize = 30;

/// Which parts of a table come later, by statements of their own.
pub(crate) type Later<'a> = &'a HashSet<Step>;

/// `CREATE TABLE` with all that can stand in it; what cannot is not said here.
pub fn create_table(catalog: &Catalog, name: &QName) -> Option<String> {
    let table = catalog.tables.get(name)?;
    Some(create(catalog, name, table, &HashSet::new()))
}

/// `CREATE TABLE` without the parts that come later.
pub(crate) fn create(catalog: &Catalog, name: &QName, table: &Table, later: Later<'_>) -> String {
    let form = form(catalog, name, table);
    let kind = match (&table.kind, table.persistence) {
        (TableKind::Foreign(_), _) => "FOREIGN ",
        (_, Persistence::Permanent) => "",
        (_, Persistence::Unlogged) => "UNLOGGED ",
        (_, Persistence::Temporary) => "TEMPORARY ",
    };
    let mut text = format!("CREATE {kind}TABLE {name}");
    if let Some(of) = &table.of_type {
        text.push_str(&format!(" OF {of}"));
    }
    if let Form::PartitionOf(partition) = form {
        text.push_str(&format!(" PARTITION OF {}", partition.parent));
    }
    let mut lines = column_lines(catalog, name, table, form, later);
    lines.extend(constraint_lines(catalog, name, table, form, later));
    let optional = table.of_type.is_some() || matches!(form, Form::PartitionOf(_));
    if !lines.is_empty() {
        text.push_str(&format!(" (\n    {}\n)", lines.join(",\n    ")));
    } else if !optional {
        text.push_str(" ()");
    }
    text.push_str(&clauses(table, form));
    statement(text)
}

/// What follows the columns.
fn clauses(table: &Table, form: Form<'_>) -> String {
    let mut text = String::new();
    if form == Form::Inherits {
        text.push_str(&format!(" INHERITS ({})", join(&table.inherits, ", ")));
    }
    if let Form::PartitionOf(partition) = form {
        text.push_str(&format!(" {}", partition.bound));
    }
    match &table.kind {
        TableKind::Plain => {}
        TableKind::Partitioned(by) => {
            let strategy = match by.strategy {
                PartitionStrategy::Range => "RANGE",
                PartitionStrategy::List => "LIST",
                PartitionStrategy::Hash => "HASH",
            };
            let keys = join(by.keys.iter().map(key), ", ");
            text.push_str(&format!(" PARTITION BY {strategy} ({keys})"));
        }
        TableKind::Foreign(foreign) => {
            text.push_str(&format!(" SERVER {}", foreign.server));
            if !foreign.options.is_empty() {
                text.push_str(&format!(" {}", foreign_options(&foreign.options)));
            }
        }
    }
    if let Some(method) = &table.access_method {
        text.push_str(&format!(" USING {method}"));
    }
    text.push_str(&with(&table.parameters));
    if let Some(tablespace) = &table.tablespace {
        text.push_str(&format!(" TABLESPACE {tablespace}"));
    }
    text
}

/// The columns that the table's own definition has, with their types below each other.
fn column_lines(
    catalog: &Catalog,
    name: &QName,
    table: &Table,
    form: Form<'_>,
    later: Later<'_>,
) -> Vec<String> {
    let how = |column: &Column| default_clause(catalog, name, table, column, later);
    if table.of_type.is_some() {
        return table
            .columns
            .iter()
            .map(|column| (column, value_clauses(name, column, how(column))))
            .filter(|(_, clauses)| !clauses.is_empty())
            .map(|(column, clauses)| format!("{} WITH OPTIONS {}", column.name, clauses.join(" ")))
            .collect();
    }
    let listed: Vec<(String, String)> = table
        .columns
        .iter()
        .filter(|column| form.lists_column(column))
        .map(|column| {
            let column = &without_inherited(column, form);
            let rest = rest(name, column, catalog.major, how(column));
            (column.name.to_string(), rest)
        })
        .collect();
    let widths = listed.iter().map(|(name, _)| name.chars().count());
    let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
    listed
        .into_iter()
        .map(|(name, rest)| format!("{name:width$} {rest}"))
        .collect()
}

/// A column of its own may have its NOT NULL from its parents: said again, it would be its own too.
fn without_inherited<'a>(column: &'a Column, form: Form<'_>) -> Cow<'a, Column> {
    let not_null = column.not_null.as_ref();
    let inherited = not_null.is_some_and(|of| of.inherited > 0 && !of.local);
    if form == Form::Inherits && inherited {
        Cow::Owned(Column {
            not_null: None,
            ..column.clone()
        })
    } else {
        Cow::Borrowed(column)
    }
}

fn default_clause(
    catalog: &Catalog,
    name: &QName,
    table: &Table,
    column: &Column,
    later: Later<'_>,
) -> DefaultClause {
    if table.of_type.is_none() && serial_sequence(catalog, name, table, column).is_some() {
        DefaultClause::Serial
    } else if later.contains(&Step::Default(name.clone(), column.name.clone())) {
        DefaultClause::Later
    } else {
        DefaultClause::Written
    }
}

fn constraint_lines(
    catalog: &Catalog,
    name: &QName,
    table: &Table,
    form: Form<'_>,
    later: Later<'_>,
) -> Vec<String> {
    let mut listed: Vec<(&Name, &Constraint)> = table
        .constraints
        .iter()
        .filter(|(own, constraint)| form.lists(catalog, own, constraint))
        .filter(|(own, constraint)| {
            let step = Step::Object(ObjectRef::Constraint(name.clone(), (*own).clone()));
            fits_inline(constraint) && !later.contains(&step)
        })
        .collect();
    listed.sort_by_key(|(_, constraint)| rank(constraint));
    listed
        .into_iter()
        .map(|(own, constraint)| named_constraint(own, constraint))
        .collect()
}

/// The order in which people look for constraints.
fn rank(constraint: &Constraint) -> u8 {
    match constraint.kind {
        ConstraintKind::PrimaryKey(_) => 0,
        ConstraintKind::Unique(_) => 1,
        ConstraintKind::Exclude(_) => 2,
        ConstraintKind::Check { .. } => 3,
        ConstraintKind::ForeignKey(_) => 4,
    }
}

/// What of a table `CREATE TABLE` cannot say, and needs nothing else for.
pub(crate) fn further_statements(catalog: &Catalog, name: &QName, table: &Table) -> Vec<String> {
    let form = form(catalog, name, table);
    let mut actions: Vec<String> = Vec::new();
    for column in &table.columns {
        if !form.lists_column(column) {
            actions.extend(unlike_parents(catalog, table, column, form));
        }
        if let Some(not_null) = column.not_null.as_ref().filter(|found| !found.validated)
            && let Some(constraint) = &not_null.name
            && not_null.local
        {
            let column = &column.name;
            actions.push(format!(
                "ADD CONSTRAINT {constraint} NOT NULL {column} NOT VALID"
            ));
        }
        actions.extend(further_actions(column, catalog.major));
    }
    if table.row_security.enabled {
        actions.push("ENABLE ROW LEVEL SECURITY".to_owned());
    }
    if table.row_security.forced {
        actions.push("FORCE ROW LEVEL SECURITY".to_owned());
    }
    match &table.replica_identity {
        ReplicaIdentity::Full => actions.push("REPLICA IDENTITY FULL".to_owned()),
        ReplicaIdentity::Nothing => actions.push("REPLICA IDENTITY NOTHING".to_owned()),
        ReplicaIdentity::Default | ReplicaIdentity::Index(_) => {}
    }
    actions
        .into_iter()
        .map(|action| alter(name, &action))
        .collect()
}

/// What an inherited column has otherwise than its parents; said in the table's own definition, it would make the
/// column a local one.
fn unlike_parents(
    catalog: &Catalog,
    table: &Table,
    column: &Column,
    form: Form<'_>,
) -> Vec<String> {
    if form != Form::Inherits {
        return Vec::new();
    }
    let parents: Vec<&Column> = table
        .inherits
        .iter()
        .filter_map(|parent| catalog.tables.get(parent)?.column(&column.name))
        .collect();
    let name = &column.name;
    let mut actions = Vec::new();
    if !parents
        .iter()
        .any(|parent| parent.default == column.default)
    {
        actions.push(set_default(column));
    }
    let nullable = parents.iter().all(|parent| parent.not_null.is_none());
    match &column.not_null {
        Some(not_null) if nullable => actions.push(match &not_null.name {
            Some(constraint) => format!("ADD CONSTRAINT {constraint} NOT NULL {name}"),
            None => format!("ALTER COLUMN {name} SET NOT NULL"),
        }),
        None if !nullable => actions.push(format!("ALTER COLUMN {name} DROP NOT NULL")),
        _ => {}
    }
    actions
}

/// `ALTER COLUMN … SET DEFAULT` or `DROP DEFAULT`.
pub(crate) fn set_default(column: &Column) -> String {
    let name = &column.name;
    match &column.default {
        Some(default) => format!(
            "ALTER COLUMN {name} SET DEFAULT {}",
            default_expression(default)
        ),
        None => format!("ALTER COLUMN {name} DROP DEFAULT"),
    }
}

/// `ALTER TABLE` with this action.
pub fn alter(table: &QName, action: &str) -> String {
    format!("ALTER TABLE {} {action};", or_builtin(table))
}

/// `ATTACH PARTITION` makes the parent's of every NOT NULL: those that are the partition's own too are asked for again
/// (`MergeConstraintsIntoExisting`).
fn own_not_nulls(name: &QName, table: &Table) -> Vec<String> {
    let is_both = |column: &&Column| {
        let not_null = column.not_null.as_ref();
        not_null.is_some_and(|of| of.inherited > 0 && of.local)
    };
    let columns = table.columns.iter().filter(is_both);
    columns
        .map(|column| alter(name, &format!("ALTER COLUMN {} SET NOT NULL", column.name)))
        .collect()
}

/// How a table that was created on its own comes to its parents.
pub(crate) fn join_parents(name: &QName, table: &Table, form: Form<'_>) -> Vec<String> {
    match form {
        Form::Attached(partition) => {
            let action = format!("ATTACH PARTITION {name} {}", partition.bound);
            let mut statements = vec![alter(&partition.parent, &action)];
            statements.extend(own_not_nulls(name, table));
            statements
        }
        Form::InheritsLater => table
            .inherits
            .iter()
            .map(|parent| alter(name, &format!("INHERIT {parent}")))
            .collect(),
        Form::Alone | Form::PartitionOf(_) | Form::Inherits => Vec::new(),
    }
}
