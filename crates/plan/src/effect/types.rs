//! `ALTER TYPE` and `ALTER DOMAIN`: whose rows a domain's constraint is checked on (`validateDomainCheckConstraint` and
//! `validateDomainNotNullConstraint`, `typecmds.c`).

use segue_catalog::{Change, DataType, Name, QName, TypeChange, model::TypeKind};

use super::{column_type, relations, telling::Telling};
use crate::{LockMode, WorkKind};

/// The locks of a change of a type.
pub(super) fn change(telling: &mut Telling<'_>, name: &QName, change: &TypeChange) {
    match change {
        TypeChange::AddAttribute(_)
        | TypeChange::DropAttribute(_)
        | TypeChange::SetAttributeType { .. } => telling.lock(name, LockMode::AccessExclusive),
        _ => {
            if checked(telling, name, change).is_none() {
                return;
            }
            for (table, _) in users(telling, name) {
                telling.lock(&table, LockMode::Share);
            }
        }
    }
}

/// Tells whose rows are checked.
pub(super) fn tell(telling: &mut Telling<'_>) {
    for change in telling.changes() {
        let Change::Type { name, change } = change else {
            continue;
        };
        let Some(what) = checked(telling, name, change) else {
            continue;
        };
        for (table, column) in users(telling, name) {
            let reason = format!("{what} of domain {}, column {column}", name.name);
            telling.works(WorkKind::Scan, &table, reason);
        }
    }
}

/// What of a domain is checked.
fn checked(telling: &Telling<'_>, name: &QName, change: &TypeChange) -> Option<String> {
    let TypeKind::Domain(domain) = &telling.before.types.get(name)?.kind else {
        return None;
    };
    match change {
        TypeChange::AddConstraint { name, constraint } if constraint.validated => {
            Some(format!("constraint {name}"))
        }
        TypeChange::SetNotNull(Some(_)) if domain.not_null.is_none() => Some("NOT NULL".to_owned()),
        TypeChange::ValidateConstraint(name) => Some(format!("constraint {name}")),
        _ => None,
    }
}

/// The tables with rows of their own that have a column of the domain, or of a domain over it.
fn users(telling: &Telling<'_>, name: &QName) -> Vec<(QName, Name)> {
    let mut found = Vec::new();
    for (of, table) in &telling.before.tables {
        if !relations::has_rows(table) {
            continue;
        }
        let mut columns = table.columns.iter();
        if let Some(column) = columns.find(|column| is_over(telling, &column.data_type, name)) {
            found.push((of.clone(), column.name.clone()));
        }
    }
    found
}

fn is_over(telling: &Telling<'_>, of: &DataType, name: &QName) -> bool {
    let mut of = of;
    loop {
        if of.name == *name && !of.array {
            return true;
        }
        match column_type::domain(telling.before, of) {
            Some(domain) => of = &domain.base,
            None => return false,
        }
    }
}
