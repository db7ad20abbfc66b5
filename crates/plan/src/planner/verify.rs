//! Whether a step is done already: a query over the server's catalogs for what its statements change.

use segue_catalog::{
    Catalog, Change, Name, Object, ObjectRef, QName, TableChange, render::literal,
};

use crate::Line;

/// A query for one boolean; none where nothing of what they change can be looked for: such statements may be run again, or
/// commit together with their record. Only what was not so before can tell.
pub(super) fn of(lines: &[Line], before: &Catalog, after: &Catalog) -> Option<String> {
    let mut conditions: Vec<String> = Vec::new();
    for change in lines.iter().flat_map(|line| &line.changes) {
        for condition in conditions_of(change) {
            let tells =
                condition.holds(before) == Some(false) && condition.holds(after) == Some(true);
            let text = condition.sql().filter(|_| tells);
            conditions.extend(text.filter(|text| !conditions.contains(text)));
        }
    }
    query(&conditions)
}

fn query(conditions: &[String]) -> Option<String> {
    (!conditions.is_empty()).then(|| format!("SELECT {}", conditions.join(" AND ")))
}

/// Something that a server's catalogs can be asked for.
#[derive(Debug, Clone)]
enum Condition {
    There(ObjectRef),
    Gone(ObjectRef),
    Validated(QName, Name),
    Built(QName),
    NotNull(QName, Name),
    Nullable(QName, Name),
    /// The first is a partition of the second.
    Part(QName, QName),
    /// It is not, and is not half detached either.
    NoPart(QName, QName),
}

impl Condition {
    /// Whether it is so in a schema; none where that cannot be told.
    fn holds(&self, catalog: &Catalog) -> Option<bool> {
        let column = |table: &QName, name: &Name| catalog.tables.get(table)?.column(name);
        let is_part = |part: &QName, of: &QName| {
            let parent = catalog.tables.get(part)?.partition_of.as_ref();
            parent.filter(|parent| parent.parent == *of)
        };
        Some(match self {
            Self::There(object) => is_there(catalog, object)?,
            Self::Gone(object) => !is_there(catalog, object)?,
            Self::Validated(table, name) => {
                let table = catalog.tables.get(table);
                table.is_some_and(|table| {
                    let own = table.constraints.get(name).map(|own| own.validated);
                    let mut not_null = table
                        .columns
                        .iter()
                        .filter_map(|column| column.not_null.as_ref());
                    let named = not_null.find(|own| own.name.as_ref() == Some(name));
                    own.or(named.map(|own| own.validated)).unwrap_or_default()
                })
            }
            Self::Built(name) if name.schema == "pg_temp" => return None,
            Self::Built(name) => catalog.indexes.get(name).is_some_and(|index| index.valid),
            Self::NotNull(table, name) => {
                column(table, name).is_some_and(|own| own.not_null.is_some())
            }
            Self::Nullable(table, name) => {
                column(table, name).is_some_and(|own| own.not_null.is_none())
            }
            Self::Part(part, of) => is_part(part, of).is_some(),
            Self::NoPart(part, of) => is_part(part, of).is_none(),
        })
    }

    fn sql(&self) -> Option<String> {
        Some(match self {
            Self::There(object) => there(object)?,
            Self::Gone(object) => format!("NOT {}", there(object)?),
            Self::Validated(table, name) => constraint(table, name, " AND convalidated"),
            Self::Built(name) => format!(
                "COALESCE((SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = {}), false)",
                regclass(name)
            ),
            Self::NotNull(table, name) => column(table, name, " AND attnotnull"),
            Self::Nullable(table, name) => {
                format!("NOT {}", column(table, name, " AND attnotnull"))
            }
            Self::Part(part, of) => inherits(part, of),
            Self::NoPart(part, of) => format!("NOT {}", inherits(part, of)),
        })
    }
}

fn conditions_of(change: &Change) -> Vec<Condition> {
    match change {
        Change::Create(object) => match &**object {
            Object::Index(name, index) if index.valid => vec![Condition::Built(name.clone())],
            other => vec![Condition::There(other.reference())],
        },
        Change::Drop { object, .. } => vec![Condition::Gone(object.clone())],
        Change::Rename { object, to } => {
            let now = object.renamed(to);
            vec![Condition::There(now), Condition::Gone(object.clone())]
        }
        Change::Table { table, change } => altered(table, change),
        _ => Vec::new(),
    }
}

fn altered(table: &QName, change: &TableChange) -> Vec<Condition> {
    let constraint = |name: &Name| ObjectRef::Constraint(table.clone(), name.clone());
    let of_column = |name: &Name| ObjectRef::Column(table.clone(), name.clone());
    vec![match change {
        TableChange::AddColumn(new) => Condition::There(of_column(&new.name)),
        TableChange::DropColumn { name, .. } => Condition::Gone(of_column(name)),
        TableChange::AddConstraint {
            name,
            constraint: new,
            ..
        } if new.validated => Condition::Validated(table.clone(), name.clone()),
        TableChange::AddConstraint { name, .. } => Condition::There(constraint(name)),
        TableChange::ValidateConstraint(name) => Condition::Validated(table.clone(), name.clone()),
        TableChange::DropConstraint { name, .. } => Condition::Gone(constraint(name)),
        TableChange::SetNotNull { column, .. } => Condition::NotNull(table.clone(), column.clone()),
        TableChange::DropNotNull(column) => Condition::Nullable(table.clone(), column.clone()),
        TableChange::AttachPartition { partition, .. } => {
            Condition::Part(partition.clone(), table.clone())
        }
        TableChange::DetachPartition(partition) => {
            Condition::NoPart(partition.clone(), table.clone())
        }
        _ => return Vec::new(),
    }]
}

/// Whether a schema has an object of this name.
fn is_there(catalog: &Catalog, object: &ObjectRef) -> Option<bool> {
    let table = |name: &QName| catalog.tables.get(name);
    Some(match object {
        // another session does not see it
        ObjectRef::Table(name) | ObjectRef::Index(name) | ObjectRef::View(name)
            if name.schema == "pg_temp" =>
        {
            return None;
        }
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Index(name)
        | ObjectRef::Sequence(name) => catalog.relation(name).is_some(),
        ObjectRef::Type(name) => catalog.types.contains_key(name),
        ObjectRef::Schema(name) => catalog.schemas.contains_key(name),
        ObjectRef::Routine(id) => catalog.routines.contains_key(id),
        ObjectRef::Trigger(of, name) => catalog.trigger(of, name).is_some(),
        ObjectRef::Policy(of, name) => table(of).is_some_and(|of| of.policies.contains_key(name)),
        ObjectRef::Constraint(of, name) => table(of).is_some_and(|of| {
            let mut not_null = of
                .columns
                .iter()
                .filter_map(|column| column.not_null.as_ref());
            of.constraints.contains_key(name) || not_null.any(|own| own.name.as_ref() == Some(name))
        }),
        ObjectRef::Column(of, name) => table(of).is_some_and(|of| of.column(name).is_some()),
        _ => return None,
    })
}

/// Whether an object of this name is there.
fn there(object: &ObjectRef) -> Option<String> {
    Some(match object {
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Index(name)
        | ObjectRef::Sequence(name) => relation(name),
        ObjectRef::Type(name) => {
            format!(
                "(pg_catalog.to_regtype({}) IS NOT NULL)",
                literal(&name.to_string())
            )
        }
        ObjectRef::Schema(name) => format!(
            "(pg_catalog.to_regnamespace({}) IS NOT NULL)",
            literal(&name.to_string())
        ),
        ObjectRef::Routine(id) => format!(
            "(pg_catalog.to_regprocedure({}) IS NOT NULL)",
            literal(&id.to_string())
        ),
        ObjectRef::Trigger(table, name) => format!(
            "EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {} AND tgname = {})",
            regclass(table),
            literal(name)
        ),
        ObjectRef::Policy(table, name) => format!(
            "EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = {} AND polname = {})",
            regclass(table),
            literal(name)
        ),
        ObjectRef::Constraint(table, name) => constraint(table, name, ""),
        ObjectRef::Column(table, name) => column(table, name, ""),
        _ => return None,
    })
}

fn relation(name: &QName) -> String {
    format!("({} IS NOT NULL)", regclass(name))
}

pub(super) fn regclass(name: &QName) -> String {
    format!("pg_catalog.to_regclass({})", literal(&name.to_string()))
}

fn column(table: &QName, name: &Name, more: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {} AND attname = {} AND NOT attisdropped{more})",
        regclass(table),
        literal(name)
    )
}

fn inherits(part: &QName, of: &QName) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = {} AND inhparent = {})",
        regclass(part),
        regclass(of)
    )
}

fn constraint(table: &QName, name: &Name, more: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {} AND conname = {}{more})",
        regclass(table),
        literal(name)
    )
}
