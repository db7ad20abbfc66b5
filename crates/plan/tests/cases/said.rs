//! What is expected of a migration: the rules that count, in the order of the statements, each once.

use super::{counted, judge};

/// A large table of users, and a small schema around it.
pub(crate) const USERS: &str =
    "CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE, nick varchar(50), score int);
INSERT INTO users SELECT g, 'm' || g, 'n' || g, g FROM generate_series(1, 200) g;";

/// Checks, for each migration, which rules count.
pub(crate) fn all(schema: &str, expected: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (migration, rules) in expected {
        let mut found = counted(&judge(schema, migration, &[]));
        found.dedup();
        if found != *rules {
            wrong.push(format!(
                "{migration}\n    expected {rules:?}, found {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
