//! What belongs into one transaction, and what does not.

use super::{
    judge_on,
    said::{USERS, all},
};

#[test]
fn transactions_are_begun_and_ended_once() {
    all(
        "",
        &[
            ("BEGIN; CREATE TABLE a (id int); COMMIT;", &[]),
            ("BEGIN; CREATE TABLE a (id int); END;", &[]),
            ("BEGIN; CREATE TABLE a (id int); ROLLBACK;", &[]),
            (
                "START TRANSACTION; CREATE TABLE a (id int);",
                &["uncommitted-transaction"],
            ),
            (
                "BEGIN; CREATE TABLE a (id int); COMMIT AND CHAIN; CREATE TABLE b (id int);",
                &["uncommitted-transaction"],
            ),
            ("BEGIN; CREATE TABLE a (id int); COMMIT AND NO CHAIN;", &[]),
            (
                "BEGIN; SAVEPOINT s; CREATE TABLE a (id int); ROLLBACK TO s; COMMIT;",
                &[],
            ),
            ("BEGIN; BEGIN; COMMIT;", &["transaction-nesting"]),
            ("BEGIN; COMMIT; COMMIT;", &["transaction-nesting"]),
            ("CREATE TABLE a (id int); COMMIT;", &["transaction-nesting"]),
            ("CREATE TABLE a (id int); END;", &["transaction-nesting"]),
            ("ROLLBACK;", &["transaction-nesting"]),
            ("SAVEPOINT s;", &["transaction-nesting"]),
        ],
    );
}

#[test]
fn rows_are_not_gone_through_under_a_lock_of_an_earlier_statement() {
    let schema = format!(
        "{USERS} CREATE TABLE orders (id bigint PRIMARY KEY, k int); INSERT INTO orders SELECT g, g FROM generate_series(1, 200) g;"
    );
    all(
        &schema,
        &[
            (
                "BEGIN; ALTER TABLE users ADD COLUMN a text; UPDATE orders SET k = 1 WHERE id = 1; COMMIT;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users ADD COLUMN a text; UPDATE orders SET k = 1; COMMIT;",
                &["ddl-dml-same-transaction", "unbatched-update"],
            ),
            (
                "BEGIN; ALTER TABLE users ADD COLUMN a text; INSERT INTO orders VALUES (900, 1); COMMIT;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users ADD COLUMN a text; ALTER TABLE users ADD COLUMN b text; COMMIT;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users ADD COLUMN a text; COMMIT; UPDATE orders SET k = 1 WHERE id < 1000;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users ADD COLUMN a text; CREATE TABLE c AS SELECT * FROM orders; COMMIT;",
                &["ddl-dml-same-transaction"],
            ),
            (
                "BEGIN; CREATE TABLE c (id bigint, k int); INSERT INTO c SELECT * FROM orders; COMMIT;",
                &[],
            ),
        ],
    );
}

#[test]
fn a_column_is_set_once() {
    all(
        USERS,
        &[
            (
                "UPDATE users SET score = 1, score = 2 WHERE id = 1;",
                &["duplicate-column-assignment"],
            ),
            (
                "UPDATE users SET (score, nick) = (1, 'a'), score = 2 WHERE id = 1;",
                &["duplicate-column-assignment"],
            ),
            (
                "UPDATE users SET score = 1, \"score\" = 2 WHERE id = 1;",
                &["duplicate-column-assignment"],
            ),
            ("UPDATE users SET score = 1, nick = 'a' WHERE id = 1;", &[]),
            (
                "INSERT INTO users (id, score, score) VALUES (1, 2, 3);",
                &["duplicate-column-assignment"],
            ),
            (
                "INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET score = 1, score = 2;",
                &["duplicate-column-assignment"],
            ),
            (
                "INSERT INTO users (id, score) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET score = 2;",
                &[],
            ),
        ],
    );
    all(
        "CREATE TABLE a (id int PRIMARY KEY, l int[]);",
        &[("UPDATE a SET l[1] = 1, l[2] = 2 WHERE id = 1;", &[])],
    );
}

#[test]
fn a_new_value_of_an_enum_is_used_after_it_is_committed() {
    let schema = "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE p (id bigint PRIMARY KEY, m mood, t text);";
    let used = &["enum-value-used-in-same-transaction"][..];
    let within = |sql: &str| {
        format!("BEGIN; ALTER TYPE mood ADD VALUE 'calm' BEFORE 'happy'; {sql} COMMIT;")
    };
    let cases: Vec<(String, &[&str])> = vec![
        (within("INSERT INTO p VALUES (1, 'calm', 'x');"), used),
        (within("INSERT INTO p (m, id) VALUES ('calm', 1);"), used),
        (within("INSERT INTO p VALUES (1, 'sad', 'calm');"), &[]),
        (within("UPDATE p SET m = 'calm' WHERE id = 1;"), used),
        (within("UPDATE p SET t = 'calm' WHERE id = 1;"), &[]),
        (within("SELECT 'calm'::mood;"), used),
        (within("SELECT 'calm'::text;"), &[]),
        (within("SELECT * FROM p WHERE m = 'calm';"), used),
        (within("ALTER TABLE p ALTER COLUMN m SET DEFAULT 'calm';"), used),
        (within("ALTER TABLE p ADD COLUMN n mood DEFAULT 'calm';"), used),
        (within("COMMENT ON TABLE p IS 'calm';"), &[]),
        (within("ALTER TYPE mood ADD VALUE 'calmer' AFTER 'calm';"), &[]),
        ("ALTER TYPE mood ADD VALUE 'calm' BEFORE 'happy'; INSERT INTO p VALUES (1, 'calm', 'x');".to_owned(), &[]),
        ("BEGIN; CREATE TYPE n AS ENUM ('a'); ALTER TYPE n ADD VALUE 'b' AFTER 'a'; CREATE TABLE q (id int, n n DEFAULT 'b'); COMMIT;".to_owned(), used),
    ];
    let cases: Vec<(&str, &[&str])> = cases
        .iter()
        .map(|(sql, rules)| (sql.as_str(), *rules))
        .collect();
    all(schema, &cases);
}

#[test]
fn since_postgresql_17_the_values_of_a_new_enum_may_be_used_at_once() {
    let sql =
        "BEGIN; CREATE TYPE n AS ENUM ('a'); ALTER TYPE n ADD VALUE 'b'; SELECT 'b'::n; COMMIT;";
    let found = |major| {
        let found = judge_on(major, "", sql, &[], None);
        found
            .iter()
            .any(|finding| finding.rule == "enum-value-used-in-same-transaction")
    };
    assert!(found(16));
    assert!(!found(17));
}

#[test]
fn names_are_given_at_most_63_bytes() {
    let name = |length: usize| "n".repeat(length);
    let sql = [
        (format!("CREATE TABLE {} (id int);", name(63)), false),
        (format!("CREATE TABLE {} (id int);", name(64)), true),
        (format!("CREATE TABLE t ({} int);", name(64)), true),
        (format!("CREATE TABLE \"{}\" (id int);", name(64)), true),
        (
            format!("CREATE TABLE \"{}\" (id int);", "é".repeat(32)),
            true,
        ),
        (format!("CREATE INDEX {} ON users (nick);", name(64)), true),
        (
            format!(
                "ALTER TABLE users ADD CONSTRAINT {} CHECK (score > 0) NOT VALID;",
                name(64)
            ),
            true,
        ),
        (
            format!("ALTER TABLE users ADD COLUMN {} int;", name(64)),
            true,
        ),
        (
            format!("CREATE VIEW v AS SELECT id AS {} FROM users;", name(64)),
            true,
        ),
        (format!("COMMENT ON TABLE users IS '{}';", name(64)), false),
        (format!("-- {}\nCREATE TABLE t (id int);", name(64)), false),
        (format!("DROP TABLE IF EXISTS {};", name(64)), false),
    ];
    for (sql, is_found) in sql {
        let found = super::judge(USERS, &sql, &[]);
        let found = found
            .iter()
            .any(|finding| finding.rule == "identifier-too-long");
        assert_eq!(found, is_found, "{sql}");
    }
}
