//! Functions of triggers that have met the old type in the sessions of an app.

use std::collections::BTreeSet;

use segue_catalog::QName;

use crate::{Moment, writing::with_partitions};

/// Statements behind which every session reads the functions of the tables' triggers anew, and the functions which that is not
/// for us to do: PL/pgSQL keeps the types of the columns that a function has met in a session, and fails on another one
/// ("type of parameter … does not match that when preparing the plan", `pl_exec.c`) until the function's row changes.
pub(in crate::recipes) fn read_anew<'t>(
    moment: &Moment<'_>,
    tables: impl IntoIterator<Item = &'t QName>,
) -> (BTreeSet<String>, BTreeSet<QName>) {
    let (mut statements, mut stale) = (BTreeSet::new(), BTreeSet::new());
    let catalog = moment.after();
    let tables = tables
        .into_iter()
        .flat_map(|table| with_partitions(catalog, table));
    let tables: BTreeSet<QName> = tables.collect();
    for table in tables.iter().filter_map(|name| catalog.tables.get(name)) {
        for trigger in table.triggers.values() {
            let mut routines = catalog.routines.iter();
            let found = routines.find(|(id, _)| id.name == trigger.function);
            let Some((_, routine)) = found.filter(|(_, it)| it.language == "plpgsql") else {
                continue;
            };
            if routine.owner.is_some() && routine.owner != table.owner {
                stale.insert(trigger.function.clone());
                continue;
            }
            let as_it_is = match routine.strict {
                true => "STRICT",
                false => "CALLED ON NULL INPUT",
            };
            statements.insert(format!("ALTER FUNCTION {}() {as_it_is}", trigger.function));
        }
    }
    (statements, stale)
}

/// What there is to say of the functions that are not for us.
pub(in crate::recipes) fn stay_as_they_are(stale: BTreeSet<QName>) -> impl Iterator<Item = String> {
    stale.into_iter().map(|function| {
        format!("sessions in which {function}() has run as a trigger fail from then on, until they connect anew: it is not this role's to have it read anew")
    })
}
