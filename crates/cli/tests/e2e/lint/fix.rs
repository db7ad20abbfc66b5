//! `segue lint --fix`.

use serde_json::json;

use super::{INDEX, LOOSE, loose};
use crate::harness::{Project, database};

const SAFE: &str = "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n";

#[test]
fn a_safe_statement_takes_the_place_of_a_dangerous_one() {
    let project = loose(&format!("-- ž\r\n{INDEX}SELECT 1;\n"));
    let fix = [&LOOSE[..], &["--fix"]].concat();
    project
        .segue(&[&fix[..], &["--dry-run"]].concat())
        .exits(0)
        .prints("-CREATE INDEX users_email_idx")
        .prints("+CREATE INDEX CONCURRENTLY")
        .says("can be fixed: m.sql:2: index-not-concurrent");
    assert_eq!(project.text("m.sql"), format!("-- ž\r\n{INDEX}SELECT 1;\n"));
    let document = project
        .segue(&[&fix[..], &["--json"]].concat())
        .exits(0)
        .json();
    assert_eq!(document["findings"], json!([]));
    assert_eq!(document["fixed"][0]["line"], json!(2));
    let text = project.text("m.sql");
    assert!(
        text.starts_with("-- ž\r\n") && text.ends_with("SELECT 1;\n"),
        "{text}"
    );
    assert!(text.contains("CONCURRENTLY"), "{text}");
    project.segue(&LOOSE).exits(0);
}

#[test]
fn a_fix_that_would_fail_in_its_transaction_is_not_written() {
    let before = format!("BEGIN;\n{INDEX}COMMIT;\n");
    let project = loose(&before);
    project.segue(&[&LOOSE[..], &["--fix"]].concat()).exits(2);
    assert_eq!(project.text("m.sql"), before);
}

#[test]
fn applied_migrations_are_left_alone_and_others_fixed() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20260101000000_users",
            "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
        )
        .migration("20260102000000_index", INDEX);
    let named = ["lint", "--fix", "migrations/20260102000000_index"];
    project.on(&database, &["deploy"]).exits(0);
    project
        .on(&database, &named)
        .exits(2)
        .says("it is applied: write another migration");
    let file = "migrations/20260102000000_index/migration.sql";
    assert_eq!(project.text(file), INDEX);
    project.segue(&named).exits(0).says("fixed: ");
    let text = project.text(file);
    assert!(
        text.contains(SAFE.trim_end().trim_end_matches(';')),
        "{text}"
    );
}
