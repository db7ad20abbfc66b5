//! Whether two schemas are the same, object by object. What it would take to make them so is not asked here.
//!
//! One file per family of objects below `compare/`; what a server of another major version stores otherwise is
//! absorbed in `compare/majors.rs`. Structs are taken apart field by field without `..`, so that a new field of
//! the model has to be thought of here.

mod columns;
mod constraints;
mod difference;
mod indexes;
pub(crate) mod majors;
mod others;
mod report;
mod routines;
mod tables;
mod triggers;
mod types;
mod views;

pub use difference::{Difference, Disparity};

use crate::Catalog;
use report::Report;

/// In what two schemas differ; empty where they are the same. The order depends on nothing but the schemas.
///
/// - An object that only one of them has is one difference: its parts are not told one by one.
/// - Expressions are the same where [`normal`](crate::normal) says so. Where it cannot tell, the difference is
///   not [`certain`](Difference::certain).
/// - What is compared only where both sides know it: owners, the columns of views, versions of extensions,
///   definitions of opaque objects.
/// - What follows from something else is not compared: what a view depends on, the types of an extension.
/// - Temporary tables are in no comparison.
/// - Between servers of different major versions, what one of them does not store at all is no difference.
pub fn compare(first: &Catalog, second: &Catalog) -> Vec<Difference> {
    let mut report = Report::new(first, second);
    catalogs(&mut report, first, second);
    report.finish()
}

/// Every kind of object, in the order of the model.
fn catalogs(report: &mut Report<'_>, first: &Catalog, second: &Catalog) {
    let Catalog {
        major: _, // absorbed by `majors`
        schemas,
        extensions,
        types,
        sequences,
        tables,
        indexes,
        views,
        routines,
        statistics,
        publications,
        default_privileges,
        opaque,
    } = first;
    others::schemas(report, schemas, &second.schemas);
    others::extensions(report, extensions, &second.extensions);
    types::types(report, types, &second.types);
    others::sequences(report, sequences, &second.sequences);
    tables::tables(report, tables, &second.tables);
    indexes::indexes(report, indexes, &second.indexes);
    views::views(report, views, &second.views);
    routines::routines(report, routines, &second.routines);
    others::statistics(report, statistics, &second.statistics);
    others::publications(report, publications, &second.publications);
    others::default_privileges(report, default_privileges, &second.default_privileges);
    others::opaque(report, opaque, &second.opaque);
}

#[cfg(test)]
mod tests;
