//! The queries of views.

use segue_catalog::Expr;

use super::{part::Part, reading::What};

/// Queries of views and materialized views.
pub(super) fn queries() -> Part {
    Part::new(
        "queries of views",
        "SELECT c.oid, pg_get_viewdef(c.oid) FROM pg_class c WHERE c.relkind IN ('v', 'm') AND c.oid >= 16384 \
         AND c.relpersistence <> 't' AND NOT EXISTS (SELECT FROM pg_depend d \
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')",
        |reading, row| {
            match &mut reading.relations.get_mut(&row.oid())?.what {
                What::View(view) => view.query = Expr::printed(row.text().trim_end_matches(';')),
                _ => return None,
            }
            Some(())
        },
    )
}
