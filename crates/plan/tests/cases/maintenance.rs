//! Storage, maintenance, partitions, locks by hand.

use super::said::{USERS, all};

#[test]
fn tables_are_not_written_anew_while_they_are_used() {
    all(
        &format!(
            "{USERS} CREATE TABLE plans (id int PRIMARY KEY); CREATE UNLOGGED TABLE fast (id int); INSERT INTO fast VALUES (1);"
        ),
        &[
            ("VACUUM FULL users;", &["rewrite-maintenance"]),
            ("VACUUM (FULL true) users;", &["rewrite-maintenance"]),
            ("VACUUM FULL;", &["rewrite-maintenance"]),
            ("VACUUM users;", &[]),
            ("VACUUM FULL plans;", &[]),
            ("CLUSTER users USING users_pkey;", &["rewrite-maintenance"]),
            ("ALTER TABLE users CLUSTER ON users_pkey;", &[]),
            ("ALTER TABLE users SET UNLOGGED;", &["rewrite-maintenance"]),
            ("ALTER TABLE users SET LOGGED;", &[]),
            ("ALTER TABLE fast SET LOGGED;", &["rewrite-maintenance"]),
            ("CREATE TABLE a (id int); ALTER TABLE a SET UNLOGGED;", &[]),
            ("ANALYZE users;", &[]),
        ],
    );
}

#[test]
fn materialized_views_stay_readable() {
    let schema = format!(
        "{USERS} CREATE MATERIALIZED VIEW m AS SELECT id FROM users; CREATE UNIQUE INDEX ON m (id); CREATE MATERIALIZED VIEW n AS SELECT id FROM users WITH NO DATA;"
    );
    all(
        &schema,
        &[
            (
                "REFRESH MATERIALIZED VIEW m;",
                &["refresh-matview-not-concurrent"],
            ),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY m;", &[]),
            (
                "REFRESH MATERIALIZED VIEW m WITH NO DATA;",
                &["refresh-matview-not-concurrent"],
            ),
            // nobody can read it yet
            ("REFRESH MATERIALIZED VIEW n;", &[]),
            (
                "CREATE MATERIALIZED VIEW o AS SELECT id FROM users WITH NO DATA; REFRESH MATERIALIZED VIEW o;",
                &[],
            ),
        ],
    );
}

#[test]
fn partitions_come_and_go() {
    let ranges = "CREATE TABLE ev (id bigint, at date NOT NULL) PARTITION BY RANGE (at); CREATE TABLE ev_2024 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2025-01-01'); INSERT INTO ev SELECT g, '2024-02-01' FROM generate_series(1, 200) g; CREATE TABLE old (id bigint, at date NOT NULL); INSERT INTO old SELECT g, '2023-02-01' FROM generate_series(1, 200) g; CREATE TABLE nothing (id bigint, at date NOT NULL);";
    let attach =
        "ALTER TABLE ev ATTACH PARTITION old FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');";
    let proved = format!(
        "{ranges} ALTER TABLE old ADD CONSTRAINT c CHECK (at >= '2023-01-01' AND at < '2024-01-01');"
    );
    let unproved = format!(
        "{ranges} ALTER TABLE old ADD CONSTRAINT c CHECK (at >= '2023-01-01' AND at < '2024-01-01') NOT VALID;"
    );
    all(
        ranges,
        &[
            (attach, &["attach-partition-scan"]),
            (
                "ALTER TABLE ev ATTACH PARTITION nothing FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');",
                &[],
            ),
            (
                "CREATE TABLE ev_2025 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
                &[],
            ),
            (
                "CREATE TABLE n (id bigint, at date NOT NULL); ALTER TABLE ev ATTACH PARTITION n FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');",
                &[],
            ),
            (
                "ALTER TABLE ev DETACH PARTITION ev_2024;",
                &["detach-partition-not-concurrent"],
            ),
            ("ALTER TABLE ev DETACH PARTITION ev_2024 CONCURRENTLY;", &[]),
        ],
    );
    all(&proved, &[(attach, &[])]);
    all(&unproved, &[(attach, &["attach-partition-scan"])]);
    let with_default = format!("{ranges} CREATE TABLE ev_rest PARTITION OF ev DEFAULT;");
    all(
        &with_default,
        &[
            (
                "CREATE TABLE ev_2025 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
                &["attach-partition-scan"],
            ),
            // CONCURRENTLY is refused there
            ("ALTER TABLE ev DETACH PARTITION ev_2024;", &[]),
        ],
    );
}

#[test]
fn locks_by_hand() {
    all(
        USERS,
        &[
            ("BEGIN; LOCK TABLE users; COMMIT;", &["explicit-table-lock"]),
            (
                "BEGIN; LOCK users IN SHARE MODE; SELECT 1; COMMIT;",
                &["explicit-table-lock"],
            ),
            (
                "BEGIN; LOCK users IN SHARE UPDATE EXCLUSIVE MODE; COMMIT;",
                &[],
            ),
            (
                "BEGIN; LOCK TABLE users IN ROW EXCLUSIVE MODE; COMMIT;",
                &[],
            ),
            (
                "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; ALTER TABLE users ADD COLUMN a int; COMMIT;",
                &[],
            ),
            ("LOCK TABLE users;", &["explicit-table-lock"]),
            ("BEGIN; CREATE TABLE a (id int); LOCK TABLE a; COMMIT;", &[]),
        ],
    );
}
