//! Tracing as a program asks for it: on a shadow database that is given the schema of the model.

use segue::Tracing;
use segue_catalog::{Catalog, Parsed, QName, Session as Names};
use segue_cluster::Cluster;
use segue_engine::trace::Traced;
use segue_plan::{LockMode, Script};
use segue_sql::Source;

/// A script that meets a table `t`; none where no server is there to run it.
fn script(migration: &str) -> Option<Script> {
    let cluster = Cluster::for_test()?;
    let major = u16::try_from(cluster.version().major).expect("a major version");
    drop(cluster);
    let (mut catalog, mut names) = (Catalog::empty(major), Names::default());
    let schema = Source::new("schema.sql", "CREATE TABLE t (id int, k text);");
    Script::loose(&schema, &mut catalog, &mut names).expect("it can be cut");
    let migration = Source::new("migration.sql", migration);
    Some(Script::loose(&migration, &mut catalog, &mut names).expect("it can be cut"))
}

async fn traced(script: Script) -> Tracing {
    let traced = segue::Migrator::new().trace(&[script]).await;
    traced.expect("there is a shadow database")
}

#[tokio::test]
async fn what_an_opaque_statement_locks_is_seen_on_a_shadow_database() {
    let Some(script) = script(
        "ALTER TABLE t ADD COLUMN x int;\n\
         DO $$ BEGIN EXECUTE format('ALTER TABLE %I ALTER COLUMN id TYPE bigint', 't'); END $$;",
    ) else {
        return;
    };
    let traced = traced(script).await;
    assert_eq!(traced.agreeing, 1);
    let [only] = traced.others.as_slice() else {
        panic!("{:?}", traced.others);
    };
    let Traced::Opaque(observed) = &only.outcome else {
        panic!("{:?}", only.outcome);
    };
    let table = QName::new("public", "t");
    let locks = observed.locks.as_ref().expect("locks are seen");
    assert_eq!(locks.get(&table), Some(&LockMode::AccessExclusive));
    assert!(observed.refiled.contains(&table));
}

#[tokio::test]
async fn the_locks_of_statements_outside_of_transactions_are_seen() {
    let Some(mut script) = script("VACUUM FULL t;\nCREATE INDEX CONCURRENTLY t_k ON t (k);") else {
        return;
    };
    // what is said is that of another statement than the one that runs
    script.lines[0].parsed = Some(Parsed::of("VACUUM t"));
    let traced = traced(script).await;
    assert_eq!(traced.agreeing, 1, "{:?}", traced.others);
    let [only] = traced.others.as_slice() else {
        panic!("{:?}", traced.others);
    };
    let Traced::Disagrees(observed, found) = &only.outcome else {
        panic!("{:?}", only.outcome);
    };
    let locks = observed.locks.as_ref().expect("locks are seen");
    let table = QName::new("public", "t");
    assert_eq!(locks.get(&table), Some(&LockMode::AccessExclusive));
    assert!(
        found
            .iter()
            .any(|one| one.observed.contains("ACCESS EXCLUSIVE")),
        "{found:?}"
    );
    assert_eq!(traced.notes, Vec::<String>::new());
}

#[tokio::test]
async fn what_needs_nothing_of_a_refused_statement_is_run_all_the_same() {
    let Some(script) = script(
        "ALTER TABLE t ADD COLUMN a int DEFAULT 1 / 0;\n\
         ALTER TABLE t ALTER COLUMN a SET NOT NULL;\n\
         ALTER TABLE t ADD COLUMN b int;\n\
         BEGIN;\n\
         ALTER TABLE t ADD COLUMN c int;\n\
         ALTER TABLE t ADD COLUMN d int DEFAULT 1 / 0;\n\
         ALTER TABLE t ADD COLUMN e int;\n\
         COMMIT;\n\
         ALTER TABLE t DROP COLUMN c;\n\
         ALTER TABLE t DROP COLUMN b;",
    ) else {
        return;
    };
    let text = std::sync::Arc::clone(&script.source);
    let traced = traced(script).await;
    // the columns b, c and b again
    assert_eq!(traced.agreeing, 3, "{:?}", traced.others);
    let refused: Vec<&str> = traced
        .others
        .iter()
        .filter(|one| matches!(one.outcome, Traced::Refused(_)))
        .map(|one| &text.text[one.span.clone()])
        .collect();
    assert_eq!(
        refused,
        [
            "ALTER TABLE t ADD COLUMN a int DEFAULT 1 / 0",
            "ALTER TABLE t ADD COLUMN d int DEFAULT 1 / 0"
        ]
    );
    assert_eq!(traced.others.len(), 2, "{:?}", traced.others);
    let skipped = traced.notes.iter().find(|note| note.contains("not run"));
    let skipped = skipped.expect("what was not run is said");
    assert!(
        skipped.starts_with("migration.sql: lines 2, 7 and 9 were not run"),
        "{skipped}"
    );
}

#[tokio::test]
async fn what_a_block_has_made_is_known_to_what_comes_behind_it() {
    let Some(script) = script(
        "DO $$ BEGIN EXECUTE format('ALTER TABLE %I ALTER COLUMN k TYPE varchar(10)', 't'); END $$;\n\
         ALTER TABLE t ALTER COLUMN k TYPE varchar(20);",
    ) else {
        return;
    };
    let traced = traced(script).await;
    // a longer varchar writes nothing anew; from text, as the script alone tells it, it would
    assert_eq!(traced.agreeing, 1, "{:?}", traced.others);
    assert!(matches!(traced.others[0].outcome, Traced::Opaque(_)));
}
