//! NOT NULL: a flag on servers before 18 (of domains: before 17), a constraint with a name later.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::TypeKind;
use crate::{
    Catalog, Name, QName, choose,
    compare::majors,
    model::{NotNull, Table},
};

/// The names of constraints, each with its schema.
type Taken = BTreeSet<(Name, Name)>;

/// NOT NULL of domains.
pub(super) fn of_domains(catalog: &mut Catalog, known: &Catalog) {
    let named = majors::names_not_null_of_domains(catalog.major);
    let mut taken = taken(catalog);
    for (name, of) in catalog.types.iter_mut() {
        let TypeKind::Domain(domain) = &of.kind else {
            continue;
        };
        let Some(not_null) = &domain.not_null else {
            continue;
        };
        let before = known.types.get(name).and_then(|of| match &of.kind {
            TypeKind::Domain(before) => before.not_null.clone(),
            _ => None,
        });
        let after = match (named, &not_null.name, before) {
            (true, Some(_), _) => continue,
            (true, None, Some(before)) => before,
            (true, None, None) => free(name, None, &mut taken),
            (false, ..) => NotNull::named(None),
        };
        if let TypeKind::Domain(domain) = &mut Arc::make_mut(of).kind {
            domain.not_null = Some(after);
        }
    }
}

/// NOT NULL of columns: one that is only inherited has the name that it has above, all others one of their
/// own.
pub(super) fn of_tables(catalog: &mut Catalog, known: &Catalog) {
    if !majors::names_not_null(catalog.major) {
        for table in catalog.tables.values_mut() {
            each(table, |_, _| Some(NotNull::named(None)));
        }
        return;
    }
    for (name, table) in catalog.tables.iter_mut() {
        let Some(before) = known.tables.get(name) else {
            continue;
        };
        each(table, |column, own| match own.name {
            Some(_) => None,
            None => before.column(column)?.not_null.clone(),
        });
    }
    let mut taken = taken(catalog);
    for name in parents_first(catalog) {
        let Some(mut table) = catalog.tables.get(&name).cloned() else {
            continue;
        };
        let parents: Vec<Arc<Table>> = parents(&table)
            .filter_map(|parent| catalog.tables.get(parent).cloned())
            .collect();
        let is_partition = table.partition_of.is_some();
        let local: BTreeMap<Name, bool> = table
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.local && !is_partition))
            .collect();
        each(&mut table, |column, own| {
            if own.name.is_some() {
                return None;
            }
            let above = parents
                .iter()
                .filter_map(|parent| parent.column(column)?.not_null.as_ref())
                .filter(|above| !above.no_inherit);
            let count = above.clone().count();
            let local = local.get(column).copied().unwrap_or(false);
            let made = match above.clone().next() {
                Some(above) if !local => NotNull::named(above.name.clone()),
                _ => free(&name, Some(column), &mut taken),
            };
            Some(NotNull {
                inherited: u32::try_from(count).unwrap_or(u32::MAX),
                local: local || count == 0,
                ..made
            })
        });
        catalog.tables.insert(name, table);
    }
}

/// Puts another NOT NULL in the place of each that `of` has one for.
fn each(table: &mut Arc<Table>, mut of: impl FnMut(&Name, &NotNull) -> Option<NotNull>) {
    let mut after = Vec::new();
    for (place, column) in table.columns.iter().enumerate() {
        let not_null = column.not_null.as_ref();
        let wanted = not_null.and_then(|own| Some((of(&column.name, own)?, own)));
        if let Some((wanted, own)) = wanted
            && wanted != *own
        {
            after.push((place, wanted));
        }
    }
    if after.is_empty() {
        return;
    }
    let table = Arc::make_mut(table);
    for (place, not_null) in after {
        table.columns[place].not_null = Some(not_null);
    }
}

/// The name that the server chooses (`ChooseConstraintName`): no other constraint of the schema has it.
fn free(of: &QName, column: Option<&Name>, taken: &mut Taken) -> NotNull {
    let column = column.map(|column| &**column);
    let name = choose::free((&of.name, column, "not_null"), |name| {
        taken.contains(&(of.schema.clone(), name.clone()))
    });
    taken.insert((of.schema.clone(), name.clone()));
    NotNull::named(Some(name))
}

fn taken(catalog: &Catalog) -> Taken {
    let mut taken = Taken::new();
    for (of, table) in &catalog.tables {
        let not_nulls = table.columns.iter().filter_map(|c| c.not_null.as_ref());
        let not_nulls = not_nulls.filter_map(|own| own.name.as_ref());
        let names = table.constraints.keys().chain(not_nulls);
        taken.extend(names.map(|name| (of.schema.clone(), name.clone())));
    }
    for (of, made) in &catalog.types {
        if let TypeKind::Domain(domain) = &made.kind {
            let not_null = domain.not_null.as_ref().and_then(|own| own.name.as_ref());
            let names = domain.constraints.keys().chain(not_null);
            taken.extend(names.map(|name| (of.schema.clone(), name.clone())));
        }
    }
    taken
}

fn parents(table: &Table) -> impl Iterator<Item = &QName> {
    let partitioned = table.partition_of.as_ref().map(|of| &of.parent);
    table.inherits.iter().chain(partitioned)
}

/// All tables, each behind those that it inherits from.
fn parents_first(catalog: &Catalog) -> Vec<QName> {
    fn visit(catalog: &Catalog, name: &QName, seen: &mut BTreeSet<QName>, order: &mut Vec<QName>) {
        let Some(table) = catalog.tables.get(name) else {
            return;
        };
        if !seen.insert(name.clone()) {
            return;
        }
        for parent in parents(table) {
            visit(catalog, parent, seen, order);
        }
        order.push(name.clone());
    }
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    for name in catalog.tables.keys() {
        visit(catalog, name, &mut seen, &mut order);
    }
    order
}
