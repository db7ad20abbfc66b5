//! Changes as statements again, with every name in full: of a DO block what it amounts to, and of a statement that names what
//! has another name for now.

use std::mem::discriminant;

use segue_catalog::{
    Catalog, Change, Object, ObjectRef, QName, TableChange,
    render::{self, IndexBuild},
};

/// Each change as a statement, as the objects are in this schema; empty where one of them cannot be told.
pub(super) fn all(catalog: &Catalog, changes: &[Change]) -> Vec<String> {
    let told = changes.iter().filter(|change| **change != Change::Nothing);
    let told: Option<Vec<String>> = told.map(|change| one(catalog, change)).collect();
    told.unwrap_or_default()
}

/// The changes of one statement without those that partitions and children get by that of their table.
pub(super) fn of_whole_tables(catalog: &Catalog, changes: Vec<Change>) -> Vec<Change> {
    let parents = |name: &QName| {
        let table = catalog.tables.get(name)?;
        let partitioned = table.partition_of.iter().map(|of| &of.parent);
        Some(partitioned.chain(&table.inherits).collect::<Vec<_>>())
    };
    let comes_down = |change: &Change| {
        let Change::Table { table, change: own } = change else {
            return false;
        };
        let parents = parents(table).unwrap_or_default();
        changes.iter().any(|other| {
            matches!(other, Change::Table { table, change }
                if parents.contains(&table) && discriminant(change) == discriminant(own))
        })
    };
    let of_tables: Vec<bool> = changes.iter().map(|change| !comes_down(change)).collect();
    let kept = changes.into_iter().zip(of_tables);
    kept.filter_map(|(change, is_of_table)| is_of_table.then_some(change))
        .collect()
}

/// A change as a statement.
pub(super) fn one(catalog: &Catalog, change: &Change) -> Option<String> {
    Some(match change {
        Change::Create(object) => created(catalog, object)?,
        Change::Rename {
            object: ObjectRef::Constraint(table, name),
            to,
        } => render::alter(table, &format!("RENAME CONSTRAINT {name} TO {to}")),
        Change::Rename {
            object: ObjectRef::Index(name),
            to,
        } => format!("ALTER INDEX {name} RENAME TO {to}"),
        Change::Rename {
            object: ObjectRef::Sequence(name),
            to,
        } => format!("ALTER SEQUENCE {name} RENAME TO {to}"),
        Change::Table { table, change } => {
            let action = action(change)?;
            match change {
                TableChange::AddConstraint {
                    name, constraint, ..
                } => render::add_constraint(table, name, constraint, false),
                TableChange::AddColumn(column) => {
                    let definition = render::column_definition(table, column, catalog.major);
                    render::alter(table, &format!("ADD COLUMN {definition}"))
                }
                _ => render::alter(table, &action),
            }
        }
        _ => return None,
    })
}

fn created(catalog: &Catalog, object: &Object) -> Option<String> {
    Some(match object {
        Object::Table(name, _) => render::create_table(catalog, name)?,
        Object::Type(name, of) => render::create_type(name, of),
        Object::Trigger(of, name, trigger) => render::create_trigger(of, name, trigger),
        Object::View(name, view) => render::create_view(name, view, false),
        Object::Index(name, index) => render::create_index(name, index, IndexBuild::default()),
        _ => return None,
    })
}

/// The action of an `ALTER TABLE`; empty where the whole statement is rendered.
fn action(change: &TableChange) -> Option<String> {
    Some(match change {
        TableChange::AddColumn(_)
        | TableChange::AddConstraint {
            using_index: None, ..
        } => String::new(),
        TableChange::DropColumn {
            name,
            cascade: false,
        } => format!("DROP COLUMN {name}"),
        TableChange::DropConstraint {
            name,
            cascade: false,
        } => format!("DROP CONSTRAINT {name}"),
        TableChange::ValidateConstraint(name) => format!("VALIDATE CONSTRAINT {name}"),
        TableChange::SetDefault {
            column,
            default: Some(default),
        } => format!("ALTER COLUMN {column} SET DEFAULT {default}"),
        TableChange::SetDefault {
            column,
            default: None,
        } => format!("ALTER COLUMN {column} DROP DEFAULT"),
        // from PostgreSQL 18 on it has a name, which is that of the column as it was written
        TableChange::SetNotNull { column, not_null } => match &not_null.name {
            Some(name) => format!("ADD CONSTRAINT {name} NOT NULL {column}"),
            None => format!("ALTER COLUMN {column} SET NOT NULL"),
        },
        TableChange::DropNotNull(column) => format!("ALTER COLUMN {column} DROP NOT NULL"),
        _ => return None,
    })
}
