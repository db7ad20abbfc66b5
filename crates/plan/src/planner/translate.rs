//! Names as they are for now: what the statements have renamed is still called as before, until contract.

use segue_catalog::{
    Catalog, Change, Name, Object, ObjectRef, QName, TableChange, apply, model::ViewKind,
};

use super::pending::{Pending, PutOff};

/// The schema that the statements say, under the names that there are for now.
pub(super) fn catalog(said: &Catalog, pending: &[Pending]) -> Catalog {
    let mut catalog = said.clone();
    for pending in pending.iter().rev() {
        let change = match &pending.what {
            PutOff::ColumnName { table, from, to } => {
                let there = catalog.tables.get(table);
                if there.is_none_or(|table| table.column(to).is_none()) {
                    continue;
                }
                Change::Rename {
                    object: ObjectRef::Column(table.clone(), to.clone()),
                    to: from.clone(),
                }
            }
            PutOff::TableName { from, to } if from.schema == to.schema => Change::Rename {
                object: ObjectRef::Table(to.clone()),
                to: from.name.clone(),
            },
            PutOff::TableName { from, to } => Change::SetSchema {
                object: ObjectRef::Table(to.clone()),
                schema: from.schema.clone(),
            },
            _ => continue,
        };
        apply(&mut catalog, &change);
    }
    catalog
}

/// A table, as it is called for now.
pub(super) fn table(said: &QName, pending: &[Pending]) -> QName {
    let renamed = pending.iter().rev();
    renamed.fold(said.clone(), |name, pending| match &pending.what {
        PutOff::TableName { from, to } if *to == name => from.clone(),
        _ => name,
    })
}

/// A table, as the statements call it.
pub(super) fn renamed(now: &QName, pending: &[Pending]) -> QName {
    let renamed = pending.iter();
    renamed.fold(now.clone(), |name, pending| match &pending.what {
        PutOff::TableName { from, to } if *from == name => to.clone(),
        _ => name,
    })
}

/// A column, as it is called for now.
pub(super) fn column(of: &QName, said: &Name, pending: &[Pending]) -> Name {
    let (mut table, mut name) = (of.clone(), said.clone());
    for pending in pending.iter().rev() {
        match &pending.what {
            PutOff::TableName { from, to } if *to == table => table = from.clone(),
            PutOff::ColumnName {
                table: of,
                from,
                to,
            } if *of == table && *to == name => name = from.clone(),
            _ => {}
        }
    }
    name
}

/// A change under the names that there are for now, where it is one that can be told so; `after` is the schema behind it
/// under these names.
pub(super) fn change(said: &Change, after: &Catalog, pending: &[Pending]) -> Option<Change> {
    Some(match said {
        Change::Create(object) => match &**object {
            // it is in the schema in which its table is
            Object::Index(name, said) => {
                let of = table(&said.table, pending);
                let name = QName::new(of.schema, name.name.clone());
                let index = after.indexes.get(&name)?;
                Change::Create(Box::new(Object::Index(name, (**index).clone())))
            }
            // what it asks of columns, it asks under their names
            Object::Trigger(of, name, _) if !has_other_columns(of, pending) => {
                let of = table(of, pending);
                let trigger = after.tables.get(&of)?.triggers.get(name)?.clone();
                Change::Create(Box::new(Object::Trigger(of, name.clone(), trigger)))
            }
            // it shows what it did, whatever that is called
            Object::View(name, said) if said.kind == ViewKind::Plain => {
                let view = after.views.get(name)?;
                Change::Create(Box::new(Object::View(name.clone(), (**view).clone())))
            }
            // a foreign key, or what is like another table
            Object::Table(name, _) => {
                let table = after.tables.get(name)?;
                Change::Create(Box::new(Object::Table(name.clone(), (**table).clone())))
            }
            _ => return None,
        },
        Change::Rename {
            object: ObjectRef::Constraint(of, name),
            to,
        } => Change::Rename {
            object: ObjectRef::Constraint(table(of, pending), name.clone()),
            to: to.clone(),
        },
        // theirs has nothing to do with what their table is called, but they are in its schema
        Change::Rename {
            object: ObjectRef::Index(_) | ObjectRef::Sequence(_),
            ..
        } if !pending.iter().any(moves) => said.clone(),
        Change::Table {
            table: of,
            change: said,
        } => Change::Table {
            table: table(of, pending),
            change: altered(of, said, after, pending)?,
        },
        _ => return None,
    })
}

/// Whether a table is in another schema for now.
fn moves(pending: &Pending) -> bool {
    matches!(&pending.what, PutOff::TableName { from, to } if from.schema != to.schema)
}

/// Whether columns of a table have other names for now.
fn has_other_columns(of: &QName, pending: &[Pending]) -> bool {
    let now = table(of, pending);
    pending.iter().any(|pending| {
        matches!(&pending.what, PutOff::ColumnName { table, .. } if *table == now || table == of)
    })
}

fn altered(
    of: &QName,
    said: &TableChange,
    after: &Catalog,
    pending: &[Pending],
) -> Option<TableChange> {
    let there = after.tables.get(&table(of, pending))?;
    Some(match said {
        TableChange::AddConstraint {
            name,
            using_index: None,
            ..
        } => TableChange::AddConstraint {
            name: name.clone(),
            constraint: Box::new(there.constraints.get(name)?.clone()),
            using_index: None,
        },
        TableChange::DropConstraint { cascade: false, .. } => said.clone(),
        TableChange::AddColumn(new) => {
            TableChange::AddColumn(Box::new(there.column(&new.name)?.clone()))
        }
        TableChange::SetDefault { column: said, .. } => {
            let column = column(of, said, pending);
            TableChange::SetDefault {
                default: there.column(&column)?.default.clone(),
                column,
            }
        }
        TableChange::SetNotNull {
            column: said,
            not_null,
        } => TableChange::SetNotNull {
            column: column(of, said, pending),
            not_null: not_null.clone(),
        },
        TableChange::DropNotNull(said) => TableChange::DropNotNull(column(of, said, pending)),
        TableChange::ValidateConstraint(name) => TableChange::ValidateConstraint(name.clone()),
        _ => return None,
    })
}
