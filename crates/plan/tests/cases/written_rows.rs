//! Which rows a statement writes.

use super::{
    counted, judge,
    said::{USERS, all},
};

fn schema() -> String {
    format!(
        "{USERS} CREATE UNIQUE INDEX users_lower ON users (lower(nick));
        CREATE TABLE orders (user_id bigint, number int, status text, PRIMARY KEY (user_id, number));
        INSERT INTO orders SELECT g, 1, 'new' FROM generate_series(1, 200) g;
        CREATE TABLE plans (id int PRIMARY KEY, name text);"
    )
}

#[test]
fn a_pinned_key_means_few_rows() {
    let few: Vec<String> = [
        "id = 5",
        "5 = id",
        "users.id = 5",
        "public.users.id = 5",
        "id = 5 AND score > 1",
        "score > 1 AND id = 5",
        "score > 1 AND (id = 5)",
        "id IN (1, 2, 3)",
        "id = ANY (ARRAY[1, 2])",
        "id = ANY ('{1,2}')",
        "id BETWEEN 1 AND 1000",
        "id >= 100000 AND id < 101000",
        "id > 5000 AND score = 1 AND id <= 6000",
        "id < 1000",
        "id = 1 OR id = 2",
        "id = 1 OR email = 'a'",
        "(id = 1 AND score > 1) OR (id = 2)",
        "email = 'a'",
        "lower(nick) = 'a'",
        "id = (SELECT max(id) FROM users)",
        "id IN (SELECT id FROM users WHERE score > 5 LIMIT 1000)",
        "id IN (SELECT id FROM users WHERE score > 5 ORDER BY id FETCH FIRST 100 ROWS ONLY)",
        "ctid = ANY (ARRAY(SELECT ctid FROM users WHERE score > 5 LIMIT 1000))",
        "ctid IN (SELECT ctid FROM users LIMIT 1000)",
        "id IN (SELECT id FROM plans)",
        "id IN (VALUES (1), (2))",
        "false",
        "1 = 0",
        "id = 5 AND 1 = 1",
        "id = $1",
        "id = 5::bigint",
        "id = -5",
    ]
    .iter()
    .map(|condition| format!("UPDATE users SET score = 1 WHERE {condition};"))
    .collect();
    let expected: Vec<(&str, &[&str])> = few.iter().map(|sql| (sql.as_str(), &[][..])).collect();
    all(&schema(), &expected);
}

#[test]
fn anything_else_may_mean_many() {
    let many: Vec<String> = [
        "score > 5",
        "nick = 'a'",
        "id = 5 OR score > 5",
        "score > 5 OR id = 5",
        "id > 5",
        "id BETWEEN 1 AND 1000000",
        "id NOT IN (1, 2)",
        "id <> 5",
        "NOT id = 5",
        "id = score",
        "id IN (SELECT user_id FROM orders)",
        "id IN (SELECT id FROM users WHERE score > 5)",
        "id IN (SELECT id FROM users LIMIT 1000000)",
        "EXISTS (SELECT 1 FROM orders WHERE user_id = users.id)",
        "true",
        "1 = 1",
        "id = 5 IS NOT NULL",
        "upper(nick) = 'A'",
        "score IN (1, 2)",
        "nick IS NULL",
        "id IS NOT NULL",
    ]
    .iter()
    .map(|condition| format!("DELETE FROM users WHERE {condition};"))
    .collect();
    let expected: Vec<(&str, &[&str])> = many
        .iter()
        .map(|sql| (sql.as_str(), &["unbatched-delete"][..]))
        .collect();
    all(&schema(), &expected);
}

#[test]
fn joins_and_with() {
    all(
        &schema(),
        &[
            (
                "UPDATE users SET nick = p.name FROM plans p WHERE users.id = p.id;",
                &[],
            ),
            (
                "UPDATE users u SET nick = o.status FROM orders o WHERE u.id = o.user_id;",
                &["unbatched-update"],
            ),
            (
                "UPDATE users u SET nick = o.status FROM orders o WHERE u.id = o.user_id AND o.user_id = 5 AND o.number = 1;",
                &[],
            ),
            (
                "UPDATE users u SET nick = v.n FROM (VALUES (1, 'a'), (2, 'b')) AS v(i, n) WHERE u.id = v.i;",
                &[],
            ),
            (
                "UPDATE users u SET nick = v.n FROM (VALUES (1, 'a')) AS v(i, n) WHERE u.nick = v.n;",
                &["unbatched-update"],
            ),
            (
                "WITH batch AS (SELECT id FROM users WHERE score > 1 LIMIT 500) UPDATE users SET score = 1 FROM batch WHERE users.id = batch.id;",
                &[],
            ),
            (
                "WITH batch AS (SELECT id FROM users WHERE score > 1) UPDATE users SET score = 1 FROM batch WHERE users.id = batch.id;",
                &["unbatched-update"],
            ),
            (
                "DELETE FROM users USING orders WHERE users.id = orders.user_id;",
                &["unbatched-delete"],
            ),
            (
                "DELETE FROM users USING plans JOIN plans p ON p.id = plans.id WHERE users.id = plans.id;",
                &[],
            ),
            (
                "WITH gone AS (DELETE FROM users RETURNING *) SELECT count(*) FROM gone;",
                &["unbatched-delete"],
            ),
            (
                "WITH gone AS (DELETE FROM users WHERE id = 1 RETURNING *) INSERT INTO plans SELECT id, nick FROM gone;",
                &[],
            ),
            (
                "WITH moved AS (DELETE FROM orders WHERE user_id < 10 AND number = 1 RETURNING *) INSERT INTO plans SELECT user_id, status FROM moved;",
                &[],
            ),
            (
                "DELETE FROM orders WHERE user_id = 5;",
                &["unbatched-delete"],
            ),
            (
                "DELETE FROM orders WHERE (user_id, number) IN ((1, 1), (2, 1));",
                &[],
            ),
            (
                "MERGE INTO users u USING plans p ON u.id = p.id WHEN MATCHED THEN UPDATE SET nick = p.name;",
                &[],
            ),
            (
                "MERGE INTO users u USING orders o ON u.id = o.user_id WHEN MATCHED THEN UPDATE SET score = 1;",
                &["unbatched-update"],
            ),
            (
                "MERGE INTO users u USING orders o ON u.id = o.user_id WHEN MATCHED THEN DELETE;",
                &["unbatched-delete"],
            ),
            ("EXPLAIN UPDATE users SET score = 1;", &[]),
            (
                "EXPLAIN ANALYZE UPDATE users SET score = 1;",
                &["unbatched-update"],
            ),
            ("PREPARE p AS UPDATE users SET score = 1;", &[]),
            (
                "CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC UPDATE users SET score = 1; END;",
                &[],
            ),
            ("UPDATE plans SET name = 'x';", &[]),
            (
                "CREATE TABLE a (id int, b int); INSERT INTO a VALUES (1, 2); UPDATE a SET b = 3;",
                &[],
            ),
            (
                "CREATE TABLE a AS SELECT * FROM users; UPDATE a SET score = 3;",
                &["unbatched-update"],
            ),
            (
                "INSERT INTO users (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET score = 1;",
                &[],
            ),
        ],
    );
}

#[test]
fn a_table_of_few_rows_may_be_written_whole() {
    let judged = |rows: u64, sql: &str| {
        let found = judge(&schema(), sql, &[("users".to_owned(), rows)]);
        counted(&found)
    };
    assert_eq!(
        judged(20, "UPDATE users SET score = 1;"),
        Vec::<&str>::new()
    );
    assert_eq!(
        judged(40_000_000, "UPDATE users SET score = 1;"),
        ["unbatched-update"]
    );
    assert_eq!(
        judged(40_000_000, "UPDATE users SET score = 1 WHERE id = 1;"),
        Vec::<&str>::new()
    );
}
