//! `--live`: what the server's statistics prove of the values in columns.

use crate::harness::{Project, database};

const TABLES: &str = "CREATE TABLE users (id bigint PRIMARY KEY, email text, nick varchar(50), score int, at timestamptz);";

fn project(migration: &str) -> Project {
    let project = Project::new();
    project
        .migration("20260101000000_users", TABLES)
        .migration("20260102000000_change", migration);
    project
}

#[test]
fn what_the_statistics_prove_is_told_as_of_when_they_were_taken() {
    let Some(database) = database() else { return };
    let migration = "SET lock_timeout = '1s';\n\
         ALTER TABLE users ALTER COLUMN email SET NOT NULL;\n\
         ALTER TABLE users ADD CONSTRAINT one_nick UNIQUE (nick);\n\
         ALTER TABLE users ADD CONSTRAINT one_id UNIQUE (id);\n\
         ALTER TABLE users ADD CONSTRAINT good CHECK (score > 2) NOT VALID;\n\
         ALTER TABLE users VALIDATE CONSTRAINT good;\n\
         ALTER TABLE users ALTER COLUMN at SET NOT NULL;\n";
    let project = project(migration);
    database.sql(&format!(
        "{TABLES} INSERT INTO users SELECT n, nullif('a' || n, 'a7'), 'n' || n % 50, n % 10, now() \
         FROM generate_series(1, 1000) n"
    ));
    let proven = |arguments: &[&str]| -> Vec<(String, u64)> {
        let named = ["lint", "migrations/20260102000000_change", "--json"];
        let document = project
            .on(&database, &[&named[..], arguments].concat())
            .json();
        let findings = document["findings"].as_array().expect("findings").clone();
        let fails = findings.iter().filter(|one| {
            let message = one["message"].as_str().expect("a message");
            assert!(!message.starts_with("this fails:"), "{message}");
            message.starts_with("this fails if nothing has changed since the table was analysed (2")
        });
        fails
            .map(|one| {
                let rule = one["rule"].as_str().expect("a rule");
                (rule.to_owned(), one["line"].as_u64().expect("a line"))
            })
            .collect()
    };
    // never analysed
    database.as_superuser("DELETE FROM pg_statistic");
    assert_eq!(proven(&["--live"]), Vec::new());
    database.sql("ANALYZE users");
    let of = |rule: &str, line: u64| (rule.to_owned(), line);
    assert_eq!(
        proven(&["--live"]),
        [
            of("set-not-null", 2),
            of("unique-on-duplicate-data", 3),
            of("validate-violating-data", 6)
        ]
    );
    assert_eq!(proven(&[]), Vec::new());
    // values are nothing to keep in a file
    let facts = project.on(&database, &["facts"]).exits(0).json();
    assert!(!facts.to_string().contains("n17"), "{facts}");
}
