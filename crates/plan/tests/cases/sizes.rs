//! How long others would wait, by the size of a table: what takes no longer than the policy allows is not spoken of.

use std::time::Duration;

use segue_catalog::{Catalog, QName, Session};
use segue_plan::{Facts, Finding, Policy, Script, TableFacts, review};
use segue_sql::Source;

const MB: u64 = 1024 * 1024;

/// What is said of an index on a table in use of so many bytes, where others may wait so long.
fn index_on(bytes: u64, longest_blocking: Duration) -> Vec<Finding> {
    let (mut catalog, mut session) = (Catalog::empty(15), Session::default());
    let schema = Source::new("schema.sql", "CREATE TABLE users (id bigint, email text);");
    Script::loose(&schema, &mut catalog, &mut session).expect("the schema can be cut");
    let mut facts = Facts::default();
    let users = TableFacts {
        rows: Some(1_000_000),
        bytes: Some(bytes),
        reads: Some(17),
        ..TableFacts::default()
    };
    facts.tables.insert(QName::new("public", "users"), users);
    let migration = Source::new("m.sql", "CREATE INDEX users_email ON users (email);");
    let script = Script::loose(&migration, &mut catalog, &mut session).expect("it can be cut");
    let policy = Policy {
        longest_blocking,
        ..Policy::default()
    };
    review(&[script], &facts, &policy).findings
}

#[test]
fn an_index_that_is_built_in_a_moment_is_not_spoken_of() {
    assert_eq!(index_on(4 * MB, Duration::from_millis(500)), Vec::new());
}

#[test]
fn the_same_index_is_spoken_of_where_nobody_may_wait_so_long() {
    let found = index_on(4 * MB, Duration::from_millis(50));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule, "index-not-concurrent");
}

#[test]
fn how_long_it_takes_is_said() {
    let found = index_on(4000 * MB, Duration::from_millis(500));
    let notes = found[0].notes.join("\n");
    assert!(notes.contains("takes about 100 s"), "{notes}");
}
