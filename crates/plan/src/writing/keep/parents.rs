//! Rows that others refer to, without which those do not come again.

use segue_catalog::{
    QName,
    model::{ConstraintKind, Deferral, Table},
};

use super::{KEPT, conjunction};

/// That what a row refers to is there, for each of its foreign keys: but for those that are checked at the end of a transaction, for
/// which it may still come.
pub(super) fn parents_there(of: &QName, own: &Table) -> Vec<String> {
    let checked = own.constraints.values();
    let checked = checked.filter(|one| one.deferral == Deferral::NotDeferrable);
    let keys = checked.filter_map(|one| match &one.kind {
        ConstraintKind::ForeignKey(key) if key.references != *of && !key.period => Some(key),
        _ => None,
    });
    keys.map(|key| {
        let pairs = key.columns.iter().zip(&key.referenced_columns);
        let is_it =
            conjunction(pairs.map(|(own, theirs)| format!("segue_other.{theirs} = {KEPT}.{own}")));
        let unset = key
            .columns
            .iter()
            .map(|own| format!("{KEPT}.{own} IS NULL OR "));
        format!(
            "({}EXISTS (SELECT FROM {} AS segue_other WHERE {is_it}))",
            unset.collect::<String>(),
            key.references
        )
    })
    .collect()
}
