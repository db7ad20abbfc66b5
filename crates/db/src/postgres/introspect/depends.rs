//! What views, and routines whose bodies are parsed, depend on (catalog-pg-depend.html).

use segue_catalog::ObjectRef;

use super::{
    fields::Oid,
    part::Part,
    reading::{Reading, What, class},
};

/// Dependencies. The server's own objects and those of extensions are not in the model, so they are left out.
pub(super) fn part() -> Part {
    Part::new(
        "dependencies of views and routines",
        "SELECT 'v', r.ev_class, d.refclassid, d.refobjid, d.refobjsubid FROM pg_rewrite r JOIN pg_depend d \
         ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.deptype = 'n' AND d.refobjid >= 16384 \
         WHERE r.rulename = '_RETURN' AND r.oid >= 16384 \
         UNION ALL SELECT 'r', p.oid, d.refclassid, d.refobjid, d.refobjsubid FROM pg_proc p JOIN pg_depend d \
         ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'n' AND d.refobjid >= 16384 \
         WHERE p.prosqlbody IS NOT NULL AND p.oid >= 16384",
        |reading, row| {
            let (dependent, oid) = (row.code(), row.oid());
            let (catalog, object, part) = (row.oid(), row.oid(), row.number());
            let found = referred(reading, catalog, object, part);
            let depends_on = if dependent == 'v' {
                match &mut reading.relations.get_mut(&oid)?.what {
                    What::View(view) => &mut view.depends_on,
                    _ => return None,
                }
            } else {
                let id = reading.routines.get(&oid)?;
                &mut reading.catalog.routine_mut(id)?.depends_on
            };
            depends_on.extend(found);
            Some(())
        },
    )
}

/// An object, and with a column's number that column too.
fn referred(reading: &Reading, catalog: Oid, object: Oid, part: i16) -> Vec<ObjectRef> {
    match catalog {
        class::RELATION => {
            let Some(relation) = reading.relations.get(&object) else {
                return Vec::new();
            };
            let name = relation.name.clone();
            let column = reading
                .column_name(object, part)
                .map(|column| ObjectRef::Column(name.clone(), column));
            let whole = match relation.what {
                What::Table(_) => ObjectRef::Table(name),
                What::View(_) => ObjectRef::View(name),
                What::Sequence(_) => ObjectRef::Sequence(name),
                What::Composite => ObjectRef::Type(name),
            };
            std::iter::once(whole).chain(column).collect()
        }
        class::ROUTINE => {
            let id = reading.routines.get(&object);
            id.map(|id| ObjectRef::Routine(id.clone()))
                .into_iter()
                .collect()
        }
        class::TYPE => {
            let name = reading.named_types.get(&object);
            name.map(|name| ObjectRef::Type(name.clone()))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}
