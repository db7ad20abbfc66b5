//! What a migration demands of rows that are there before it: rows that are made for it have to satisfy the schema behind it too,
//! where that asks for more of the same columns.

use segue_catalog::{
    Catalog, QName,
    model::{Constraint, ConstraintKind, IndexTerm, Table},
};

/// The schema before a migration, with what the schema behind it demands of the same columns.
pub(super) fn with_demands(before: &Catalog, after: &Catalog) -> Catalog {
    let mut both = before.clone();
    for (name, then) in after.tables.iter() {
        let Some(now) = before.tables.get(name) else {
            continue;
        };
        let mut table = Table::clone(now);
        for column in &mut table.columns {
            let demanded = then.column(column.name.as_str());
            if let (None, Some(demanded)) = (&column.not_null, demanded) {
                column.not_null.clone_from(&demanded.not_null);
            }
        }
        for (name, constraint) in &then.constraints {
            if !now.constraints.contains_key(name) && is_about(constraint, now, then, before) {
                table.constraints.insert(name.clone(), constraint.clone());
            }
        }
        both.tables.insert(name.clone(), table.into());
    }
    for (name, index) in after.indexes.iter() {
        let of_columns = |table: &Table| {
            let mut keys = index.keys.iter();
            keys.all(|key| match &key.term {
                IndexTerm::Column(column) => table.column(column.as_str()).is_some(),
                IndexTerm::Expression(_) => false,
            })
        };
        let is_new = index.unique && !before.indexes.contains_key(name);
        if is_new
            && before
                .tables
                .get(&index.table)
                .is_some_and(|table| of_columns(table))
        {
            both.indexes.insert(name.clone(), index.clone());
        }
    }
    both
}

/// Whether a constraint speaks only of what is there before.
fn is_about(constraint: &Constraint, now: &Table, then: &Table, before: &Catalog) -> bool {
    let has = |columns: &[segue_catalog::Name]| {
        let mut columns = columns.iter();
        columns.all(|column| now.column(column.as_str()).is_some())
    };
    match &constraint.kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => has(&key.columns),
        ConstraintKind::ForeignKey(key) => {
            has(&key.columns) && refers(&key.references, &key.referenced_columns, before)
        }
        ConstraintKind::Check { expression, .. } => {
            let mut added = then.columns.iter();
            // A name that stands in the text by chance only costs a demand.
            !added.any(|column| {
                now.column(column.name.as_str()).is_none()
                    && expression.text.contains(column.name.as_str())
            })
        }
        ConstraintKind::Exclude(_) => false,
    }
}

fn refers(table: &QName, columns: &[segue_catalog::Name], before: &Catalog) -> bool {
    before.tables.get(table).is_some_and(|table| {
        let mut columns = columns.iter();
        columns.all(|column| table.column(column.as_str()).is_some())
    })
}
