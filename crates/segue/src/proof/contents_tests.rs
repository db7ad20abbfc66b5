//! What digests tell apart.

use segue_cluster::Cluster;
use segue_db::postgres::url::{self, Defaults};

use super::*;
use crate::{schema::introspect, shadow::session_of};

/// What the tables hold after each of some scripts, run one after the other.
async fn after_each(scripts: &[&str]) -> Option<Vec<Contents>> {
    let cluster = Cluster::for_test()?;
    let target = url::read(&cluster.url("postgres"), &Defaults::default()).expect("a URL");
    let session = session_of(&target).await.expect("a session");
    let mut held = Vec::new();
    for script in scripts {
        session.execute(script).await.expect(script);
        let catalog = introspect(&session).await.expect("a schema").catalog;
        held.push(read(&session, &catalog).await.expect("what it holds"));
    }
    session.close().await;
    Some(held)
}

/// The columns of the one table that differs, and whether its number of rows does.
fn unlike(first: &Contents, second: &Contents) -> Option<(Vec<String>, bool)> {
    let found = differences(first, second);
    assert!(found.len() < 2, "{found:?}");
    let one = found.first()?;
    let columns = one.columns.iter().map(ToString::to_string).collect();
    Some((columns, one.rows.0 != one.rows.1))
}

#[tokio::test]
async fn values_rows_and_pairs_of_values_are_told_apart_and_their_order_is_not() {
    let scripts = [
        "CREATE TABLE t (a int, b text, c int[]); CREATE TABLE none (); \
         INSERT INTO t VALUES (1, 'x', '{1}'), (2, 'y', NULL), (3, NULL, '{}'); INSERT INTO none DEFAULT VALUES",
        "UPDATE t SET a = a",
        "UPDATE t SET b = 'z' WHERE a = 1",
        "UPDATE t SET b = 'x' WHERE a = 1; UPDATE t SET c = NULL, b = '' WHERE a = 3",
        "UPDATE t SET c = '{}', b = NULL WHERE a = 3; UPDATE t SET b = CASE a WHEN 1 THEN 'y' ELSE 'x' END WHERE a < 3",
        "UPDATE t SET b = CASE a WHEN 1 THEN 'x' ELSE 'y' END WHERE a < 3; INSERT INTO t DEFAULT VALUES",
        "DELETE FROM t WHERE a IS NULL; INSERT INTO none DEFAULT VALUES",
    ];
    let Some(held) = after_each(&scripts).await else {
        return;
    };
    let seen: Vec<_> = held[1..].iter().map(|one| unlike(&held[0], one)).collect();
    let columns = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let wanted = [
        None,
        Some((columns(&["b"]), false)),
        Some((columns(&["b", "c"]), false)),
        // Each column holds the same values as before, but other ones beside each other.
        Some((columns(&[]), false)),
        Some((columns(&[]), true)),
        Some((columns(&[]), true)),
    ];
    assert_eq!(seen, wanted);
}
