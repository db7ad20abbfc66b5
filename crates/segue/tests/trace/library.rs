//! Tracing as a program asks for it: on a shadow database that is given the schema of the model.

use segue_catalog::{Catalog, QName, Session as Names};
use segue_cluster::Cluster;
use segue_engine::trace::Traced;
use segue_plan::{LockMode, Script};
use segue_sql::Source;

#[tokio::test]
async fn what_an_opaque_statement_locks_is_seen_on_a_shadow_database() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let major = u16::try_from(cluster.version().major).expect("a major version");
    drop(cluster);
    let (mut catalog, mut names) = (Catalog::empty(major), Names::default());
    let schema = Source::new("schema.sql", "CREATE TABLE t (id int, k text);");
    Script::loose(&schema, &mut catalog, &mut names).expect("it can be cut");
    let migration = Source::new(
        "migration.sql",
        "ALTER TABLE t ADD COLUMN x int;\n\
         DO $$ BEGIN EXECUTE format('ALTER TABLE %I ALTER COLUMN id TYPE bigint', 't'); END $$;",
    );
    let script = Script::loose(&migration, &mut catalog, &mut names).expect("it can be cut");
    let traced = segue::Migrator::new()
        .trace(&[script])
        .await
        .expect("there is a shadow database");
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
