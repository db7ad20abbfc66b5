//! Tables that a publication has: rows of theirs that nothing tells apart cannot be written at all.

use segue_catalog::{
    Catalog, Name, QName,
    model::{Persistence, Publication, ReplicaIdentity},
};
use segue_sql::Problem;

use crate::planner::{Planning, Stop};

/// The publications that have a table: by name, by its schema, because they have all, or because they have one of those that it
/// is a partition of.
pub(crate) fn publications<'c>(
    catalog: &'c Catalog,
    table: &QName,
) -> impl Iterator<Item = (&'c Name, &'c Publication)> {
    let up = |of: &QName| {
        let partition = catalog.tables.get(of)?.partition_of.as_ref()?;
        Some(partition.parent.clone())
    };
    let names: Vec<QName> = std::iter::successors(Some(table.clone()), up).collect();
    let publications = catalog.publications.iter();
    publications
        .map(|(name, publication)| (name, &**publication))
        .filter(move |(_, publication)| {
            let mut names = names.iter();
            publication.all_tables
                || names.any(|name| {
                    publication.tables.contains_key(name)
                        || publication.schemas.contains(&name.schema)
                })
        })
}

/// What is to be known of a plan where a publication has all tables: then it has segue's own too.
pub(crate) fn of_all_tables(catalog: &Catalog) -> Option<String> {
    let mut publications = catalog.publications.iter();
    let (name, _) = publications.find(|(_, publication)| publication.all_tables)?;
    Some(format!(
        "publication {name} is FOR ALL TABLES, and so of segue's own: a subscriber stops at them until it has the schema segue"
    ))
}

/// Nothing is begun that the server stops at the first row: it refuses every UPDATE of a table that is published with its updates,
/// and has nothing that tells its rows apart (logical-replication-publication.html).
///
/// # Errors
/// Such a table.
pub(crate) fn refuse_without_identity(planning: &Planning<'_>, table: &QName) -> Result<(), Stop> {
    let catalog = planning.schema();
    let Some(known) = catalog.tables.get(table) else {
        return Ok(());
    };
    let is_told_apart = match &known.replica_identity {
        ReplicaIdentity::Default => !known.primary_key().is_empty(),
        ReplicaIdentity::Nothing => false,
        ReplicaIdentity::Full | ReplicaIdentity::Index(_) => true,
    };
    let of_updates = |publication: &Publication| {
        let of = publication.parameters.get("publish");
        of.is_none_or(|of| of.contains("update"))
    };
    let mut publications = publications(catalog, table);
    let publication = publications.find(|(_, publication)| of_updates(publication));
    match publication {
        Some((name, _)) if !is_told_apart && known.persistence == Persistence::Permanent => Err(Stop::Refused(
            Problem::new(format!(
                "the server refuses to write the rows of {table}: publication {name} has them, and nothing tells them apart"
            ))
            .note("an app cannot update or delete them either")
            .help(format!(
                "give it a replica identity in a deploy before: ALTER TABLE {table} REPLICA IDENTITY FULL, or a primary key"
            )),
        )),
        _ => Ok(()),
    }
}
