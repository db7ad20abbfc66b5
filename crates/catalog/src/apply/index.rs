//! `ALTER INDEX`.

use super::table;
use crate::{Catalog, IndexChange, Name, QName, model::Parameters};

/// One action of `ALTER INDEX`, of a free-standing index or that of a constraint.
pub(super) fn apply(catalog: &mut Catalog, index: &QName, change: &IndexChange) {
    match change {
        IndexChange::SetParameters { set, reset } => {
            if let Some(parts) = parts(catalog, index) {
                set_parameters(parts.parameters, set, reset);
            }
        }
        IndexChange::SetTablespace(tablespace) => {
            if let Some(parts) = parts(catalog, index) {
                parts.tablespace.clone_from(tablespace);
            }
        }
        IndexChange::Attach(part) => attach(catalog, index, part),
        IndexChange::SetStatistics { key, target } => {
            if let Some(index) = catalog.index_mut(index) {
                index.statistics.retain(|(number, _)| number != key);
                index.statistics.extend(target.map(|target| (*key, target)));
                index.statistics.sort_unstable();
            }
        }
    }
}

/// What free-standing indexes and those of constraints have in common.
pub(super) struct Parts<'a> {
    parameters: &'a mut Parameters,
    tablespace: &'a mut Option<Name>,
    pub(super) attached_to: &'a mut Option<QName>,
    pub(super) valid: &'a mut bool,
}

pub(super) fn parts<'a>(catalog: &'a mut Catalog, index: &QName) -> Option<Parts<'a>> {
    if catalog.indexes.contains_key(index) {
        let index = catalog.index_mut(index)?;
        return Some(Parts {
            parameters: &mut index.parameters,
            tablespace: &mut index.tablespace,
            attached_to: &mut index.attached_to,
            valid: &mut index.valid,
        });
    }
    let index = table::indexed_constraint_mut(catalog, index)?;
    Some(Parts {
        parameters: &mut index.parameters,
        tablespace: &mut index.tablespace,
        attached_to: &mut index.attached_to,
        valid: &mut index.index_valid,
    })
}

/// `ATTACH PARTITION`: the parent's index becomes valid once every partition has its part
/// (validatePartitionedIndex), and so may its own parent.
fn attach(catalog: &mut Catalog, index: &QName, part: &QName) {
    if let Some(parts) = parts(catalog, part) {
        *parts.attached_to = Some(index.clone());
    }
    table::partition::adopt_constraint(catalog, index, part);
    table::partition::validate_index(catalog, index);
}

/// `SET (…)` and `RESET (…)`.
pub(super) fn set_parameters(parameters: &mut Parameters, set: &Parameters, reset: &[String]) {
    for name in reset {
        parameters.remove(name);
    }
    for (name, value) in set {
        parameters.insert(name.clone(), value.clone());
    }
}
