//! What a statement does to a column, beside what is put off of that column or of another one.

use segue_catalog::{
    Catalog, Change, Name, Object, ObjectRef, QName, TableChange, model::IndexTerm,
};
use segue_sql::Problem;

use crate::{
    Moment,
    planner::{Draft, Planning, Stop, pending::PutOff},
    writing::is_partitioned,
};

/// Whether a statement gives columns new types, and another column's is put off: one stands beside each of them. Of what is put off
/// that column comes first.
pub(super) fn is_type_of_another(moment: &Moment<'_>, what: &PutOff) -> bool {
    let PutOff::Type { table, column, .. } = what else {
        return false;
    };
    let is_other = |change: &Change| match change {
        Change::Table {
            table: of,
            change: TableChange::SetType { column: own, .. },
        } => (of, own) != (table, column),
        _ => false,
    };
    !moment.changes().is_empty() && moment.changes().iter().all(is_other)
}

/// Whether a change leaves no column of this name, which contract is to make stricter.
pub(super) fn takes_away(change: &Change, strict: &ObjectRef) -> bool {
    let (ObjectRef::Column(of, column) | ObjectRef::Default(of, column)) = strict else {
        return false;
    };
    match change {
        Change::Table {
            table,
            change: TableChange::DropColumn { name, .. },
        } => table == of && name == column,
        Change::Rename {
            object: ObjectRef::Column(table, name),
            ..
        } => table == of && name == column,
        Change::Drop {
            object: ObjectRef::Table(table),
            ..
        } => table == of,
        _ => false,
    }
}

/// Whether a change makes an identity column of one that still has its default: it can have one of both only.
pub(super) fn comes_instead(change: &Change, default: &ObjectRef) -> bool {
    let ObjectRef::Default(of, name) = default else {
        return false;
    };
    matches!(change, Change::Table {
        table,
        change: TableChange::SetIdentity { column, identity: Some(_) },
    } if table == of && column == name)
}

/// Whether a statement makes nothing but a constraint or an index of a table that is there: over a column of the new type that stands
/// beside the old one it can be made at once, and what breaks it is refused and found while there is a way back.
pub(super) fn checks_rows(moment: &Moment<'_>) -> bool {
    let [change] = moment.changes() else {
        return false;
    };
    let table = match change {
        Change::Table {
            table,
            change: TableChange::AddConstraint {
                using_index: None, ..
            },
        } => table,
        Change::Create(object) => match &**object {
            Object::Index(_, index) => &index.table,
            _ => return false,
        },
        _ => return false,
    };
    !is_partitioned(moment.before(), table)
}

/// Whether what is put off is nothing to an index or a constraint of the columns: their new types, beside which others stand, or what
/// else a column gets that has its name and its type.
pub(super) fn leaves_values(moment: &Moment<'_>, planning: &Planning<'_>, what: &PutOff) -> bool {
    match what {
        PutOff::Type { .. } => true,
        PutOff::Coming(ObjectRef::Column(table, column)) => {
            let type_of = |catalog: &Catalog| {
                let known = catalog.tables.get(table)?.column(column)?;
                Some(known.data_type.clone())
            };
            let now = type_of(planning.schema());
            let is_there = now.is_some() && now == type_of(moment.before());
            planning.new_type(table, column).is_some() || is_there
        }
        _ => false,
    }
}

/// Whether a statement gives a column another name.
pub(super) fn is_renamed(moment: &Moment<'_>, table: &QName, name: &Name) -> bool {
    let is_it = |change: &Change| match change {
        Change::Rename {
            object: ObjectRef::Column(of, own),
            ..
        } => of == table && own == name,
        _ => false,
    };
    moment.changes().iter().any(is_it)
}

/// What is left of an index, or a constraint's, that is made over columns that stand beside others: it is to call them as those are
/// called, from contract on, as copies of it are named after what it calls them; and until then an app does not find it by those names.
pub(super) fn index_is_beside(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
) -> Result<(), Stop> {
    let Some(made) = moment.changes().iter().find_map(Made::of) else {
        return Ok(());
    };
    if made.is_unique {
        planning.remark(
            "ON CONFLICT with the columns of this key finds it from contract on only".to_owned(),
        );
    }
    let index = &made.index;
    let rename = |column: &&Name| match planning.new_type(made.table, column)?.called_beside()? {
        PutOff::ColumnName { from, to, .. } => {
            Some(format!("ALTER TABLE {index} RENAME COLUMN {from} TO {to}"))
        }
        _ => None,
    };
    let renames: Vec<String> = made.columns.iter().filter_map(rename).collect();
    if renames.is_empty() {
        return Ok(());
    }
    let title = format!("{index} calls its columns as {} does", made.table);
    Ok(planning.step(Draft::transaction(title, renames).in_contract())?)
}

/// The same for an index in the place of another one, if it is over such columns.
pub(super) fn names_its_columns(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
) -> Result<(), Stop> {
    let made = moment.changes().iter().find_map(Made::of);
    let is_beside = |made: Made<'_>| {
        let mut columns = made.columns.iter();
        columns.any(|column| planning.new_type(made.table, column).is_some())
    };
    match made.is_some_and(is_beside) {
        true => index_is_beside(moment, planning),
        false => Ok(()),
    }
}

/// An index that a change makes.
struct Made<'m> {
    table: &'m QName,
    index: QName,
    columns: Vec<&'m Name>,
    is_unique: bool,
}

impl<'m> Made<'m> {
    fn of(change: &'m Change) -> Option<Self> {
        match change {
            Change::Table {
                table,
                change:
                    TableChange::AddConstraint {
                        name, constraint, ..
                    },
            } => {
                let own = constraint.index()?;
                Some(Self {
                    table,
                    index: table.sibling(name.clone()),
                    columns: own.columns.iter().chain(&own.include).collect(),
                    is_unique: true,
                })
            }
            Change::Create(object) => {
                let Object::Index(name, index) = &**object else {
                    return None;
                };
                let keys = index.keys.iter().filter_map(|key| match &key.term {
                    IndexTerm::Column(column) => Some(column),
                    IndexTerm::Expression(_) => None,
                });
                Some(Self {
                    table: &index.table,
                    index: name.clone(),
                    columns: keys.chain(&index.include).collect(),
                    is_unique: index.unique,
                })
            }
            _ => None,
        }
    }
}

/// Whether a statement is about a column that waits, with its new type, for others that it has to be swapped together with: what waits
/// for contract would come in front of the swap there.
pub(super) fn waits_for_others(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<Problem> {
    // how far a sequence counts is the same before the swap and behind it
    let is_of_sequence = |change: &Change| matches!(change, Change::Sequence { .. });
    if moment.changes().iter().all(is_of_sequence) {
        return None;
    }
    let named = super::footprint(moment);
    let waiting = planning.retypings.iter().find(|one| {
        let is_it = |what: &PutOff| matches!(what, PutOff::Type { table, column, .. } if *table == one.table && *column == one.column.name);
        let mut pending = planning.pending.iter().filter(|pending| is_it(&pending.what));
        pending.any(|pending| {
            let mut objects = pending.objects.iter();
            objects.any(|object| super::touches(moment, planning, (&named, object), &pending.what))
        })
    })?;
    let problem = Problem::new(format!(
        "{} of {} gets its new type together with another column, which is under the same index, check or foreign key and whose type a later statement changes",
        waiting.column.name, waiting.table
    ));
    Some(problem.help("put what this statement does, but for the type, behind the last of those that change the types of both"))
}
