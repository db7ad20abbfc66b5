//! Extensions, and which objects are theirs. PL/pgSQL is left out: every database has it from the beginning.

use std::sync::Arc;

use segue_catalog::model::Extension;

use super::{part::Part, reading::class};

/// Objects of extensions (catalog-pg-depend.html, `DEPENDENCY_EXTENSION`).
pub(super) fn members() -> Part {
    Part::new(
        "objects of extensions",
        "SELECT d.classid, d.objid, d.refobjid, t.typname FROM pg_depend d \
         LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid \
         WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'",
        |reading, row| {
            let (class, object, extension) = (row.oid(), row.oid(), row.oid());
            reading.members.insert((class, object));
            let name = reading.names.of(row.maybe()?);
            reading
                .member_types
                .entry(extension)
                .or_default()
                .push(name);
            Some(())
        },
    )
}

/// Extensions. A comment counts where it is not that of the control file.
pub(super) fn part() -> Part {
    Part::new(
        "extensions",
        "SELECT e.oid, e.extname, n.nspname, e.extversion, a.comment FROM pg_extension e \
         JOIN pg_namespace n ON n.oid = e.extnamespace LEFT JOIN pg_available_extensions() a ON a.name = e.extname \
         WHERE e.oid >= 16384 AND e.extname <> 'plpgsql'",
        |reading, row| {
            let (oid, name) = (row.oid(), row.text());
            let mut extension = Extension {
                schema: reading.names.of(row.text()),
                version: row.owned(),
                comment: reading.comment(class::EXTENSION, oid),
                types: reading
                    .member_types
                    .remove(&oid)
                    .unwrap_or_default()
                    .into_iter()
                    .collect(),
            };
            if extension.comment.as_deref() == row.maybe() {
                extension.comment = None;
            }
            let name = reading.names.of(name);
            reading.catalog.extensions.insert(name, Arc::new(extension));
            Some(())
        },
    )
}
