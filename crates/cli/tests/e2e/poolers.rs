//! Behind PgBouncer: refused where it shares connections between transactions, deployed where it does not.

use segue_cluster::{Pooler, Pooling};

use crate::{
    harness::{Database, Project, database, database_of_superuser},
    tools::TOOLS,
};

const PLAIN: &str = "20240101000001_one";
const REFUSAL: &str = "a pooler shares this connection between transactions";

/// The database behind a pooler: its URL and the pooler, for as long as it is needed.
fn pooled(db: &Database, pooling: Pooling) -> Option<(String, Pooler)> {
    let pooler = Pooler::for_test(db.cluster, pooling)?;
    Some((pooler.url(&db.name()), pooler))
}

#[test]
fn a_pooler_that_shares_connections_is_refused_before_anything_is_changed() {
    for pooling in [Pooling::Transaction, Pooling::Statement] {
        let Some(db) = database() else { return };
        let Some((url, _pooler)) = pooled(&db, pooling) else {
            return;
        };
        let project = Project::new();
        project.migration(PLAIN, "CREATE TABLE one (id int);");
        project
            .segue(&["deploy", "--url", &url])
            .exits(1)
            .says(REFUSAL)
            .says("direct URL");
        db.is_untouched();
        // The same database by its own URL.
        project.on(&db, &["deploy"]).exits(0);
    }
}

#[test]
fn a_pooler_that_gives_each_client_a_connection_of_its_own_is_as_good_as_the_server() {
    for tool in TOOLS {
        // whom the pooler connects as
        let Some(db) = database_of_superuser() else {
            return;
        };
        let Some((url, _pooler)) = pooled(&db, Pooling::Session) else {
            return;
        };
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        tool.write(&project, 2, "two", "CREATE TABLE two (id int);");
        project.segue(&["deploy", "--url", &url]).exits(0);
        assert_eq!(tool.applied(&db).lines().count(), 2, "{tool:?}");
        project.segue(&["status", "--url", &url]).exits(0);
    }
}

#[test]
fn the_direct_url_beside_a_poolers_is_used() {
    let Some(db) = database() else { return };
    let Some((url, _pooler)) = pooled(&db, Pooling::Transaction) else {
        return;
    };
    let pooled = format!("{url}?pgbouncer=true");
    let project = Project::new();
    project.migration(PLAIN, "CREATE TABLE one (id int);");
    project
        .segue_with(&[("DATABASE_URL", &pooled), ("DIRECT_URL", &db.url)], &["deploy"])
        .exits(0)
        .says("environment variable DIRECT_URL, because environment variable DATABASE_URL is a pooler's");
    assert_eq!(db.relations("public"), "one");
}
