//! Rules for constraints: variants of what they find, and of what they leave alone.

use super::{counted, expect, judge_on};

const USERS: &str =
    "CREATE TABLE users (id bigint PRIMARY KEY, email text, nick varchar(50), score int);
INSERT INTO users SELECT g, 'm' || g, 'n' || g, g FROM generate_series(1, 200) g;";

const ORDERS: &str = "CREATE TABLE customers (id bigint PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 200);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text);
CREATE INDEX orders_customer ON orders (customer_id);
INSERT INTO orders SELECT g, g, 'new' FROM generate_series(1, 200) g;";

fn checked(check: &str) -> String {
    format!("{USERS} ALTER TABLE users ADD CONSTRAINT known CHECK ({check});")
}

#[test]
fn not_null_is_free_only_where_a_check_proves_it() {
    let set = "ALTER TABLE users ALTER COLUMN email SET NOT NULL;";
    let found: &[&str] = &["set-not-null"];
    expect(&[
        (USERS, set, found),
        (USERS, "ALTER TABLE ONLY public.users ALTER email SET NOT NULL;", found),
        (&checked("email IS NOT NULL"), set, &[]),
        (&checked("email IS NOT NULL AND score > 0"), set, &[]),
        (&checked("email IS NOT NULL OR score > 0"), set, found),
        (&checked("length(email) > 0"), set, found),
        (USERS, "ALTER TABLE users ALTER COLUMN id SET NOT NULL;", &[]),
        (USERS, "ALTER TABLE IF EXISTS nobody ALTER COLUMN id SET NOT NULL;", &[]),
        ("CREATE TABLE users (email text);", set, &[]),
        ("", "CREATE TABLE users (email text); ALTER TABLE users ALTER COLUMN email SET NOT NULL;", &[]),
        (USERS, "ALTER TABLE users ADD CONSTRAINT n CHECK (email IS NOT NULL) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT n;
ALTER TABLE users ALTER COLUMN email SET NOT NULL; ALTER TABLE users DROP CONSTRAINT n;", &[]),
        (USERS, "ALTER TABLE users ADD CONSTRAINT n CHECK (email IS NOT NULL) NOT VALID;
ALTER TABLE users ALTER COLUMN email SET NOT NULL;", found),
        (USERS, "ALTER TABLE users ADD COLUMN extra int DEFAULT 1; ALTER TABLE users ALTER COLUMN extra SET NOT NULL;", found),
    ]);
}

#[test]
fn a_lock_that_is_held_makes_validating_expensive() {
    let found: &[&str] = &["validate-in-same-transaction"];
    expect(&[
        (USERS, "BEGIN; ALTER TABLE users ADD CONSTRAINT n CHECK (score > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT n; COMMIT;", found),
        (USERS, "BEGIN; ALTER TABLE users ADD CONSTRAINT n CHECK (score > 0) NOT VALID; COMMIT;
BEGIN; ALTER TABLE users VALIDATE CONSTRAINT n; COMMIT;", &[]),
        (ORDERS, "BEGIN; ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT f; COMMIT;", found),
        (ORDERS, "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT f;", &[]),
        (&format!("{USERS} ALTER TABLE users ADD CONSTRAINT n CHECK (score > 0) NOT VALID;"),
            "BEGIN; ALTER TABLE users ADD COLUMN extra int; ALTER TABLE users VALIDATE CONSTRAINT n; COMMIT;", found),
        (USERS, "BEGIN; ALTER TABLE users ADD CONSTRAINT n CHECK (email IS NOT NULL) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT n;
ALTER TABLE users ALTER COLUMN email SET NOT NULL; COMMIT;", found),
    ]);
}

#[test]
fn checks_are_added_unverified() {
    let found: &[&str] = &["add-check-not-valid-missing"];
    expect(&[
        (USERS, "ALTER TABLE users ADD CHECK (score > 0);", found),
        (
            USERS,
            "ALTER TABLE users ADD COLUMN extra int CHECK (extra > 0);",
            found,
        ),
        (
            USERS,
            "ALTER TABLE users ADD COLUMN extra int CONSTRAINT positive CHECK (extra > 0);",
            found,
        ),
        (
            USERS,
            "ALTER TABLE users ADD COLUMN extra int DEFAULT 1 CHECK (extra > 0);",
            found,
        ),
        (
            USERS,
            "ALTER TABLE users ADD CHECK (score > 0) NOT VALID;",
            &[],
        ),
        (
            "CREATE TABLE users (score int);",
            "ALTER TABLE users ADD CHECK (score > 0);",
            &[],
        ),
        (
            USERS,
            "CREATE TABLE t (a int); ALTER TABLE t ADD CHECK (a > 0);",
            &[],
        ),
    ]);
}

#[test]
fn foreign_keys_are_added_unverified() {
    let found: &[&str] = &["fk-not-valid-missing"];
    expect(&[
        (
            ORDERS,
            "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;",
            found,
        ),
        (
            ORDERS,
            "ALTER TABLE public.orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES public.customers (id) ON DELETE CASCADE;",
            found,
        ),
        (
            ORDERS,
            "ALTER TABLE orders ADD COLUMN other bigint REFERENCES customers; CREATE INDEX CONCURRENTLY o ON orders (other);",
            &[],
        ),
        (
            ORDERS,
            "ALTER TABLE orders ADD COLUMN other bigint DEFAULT 1 REFERENCES customers; CREATE INDEX CONCURRENTLY o ON orders (other);",
            found,
        ),
        (
            ORDERS,
            "CREATE TABLE t (c bigint UNIQUE REFERENCES customers);",
            &[],
        ),
        (
            ORDERS,
            "CREATE TABLE t (c bigint PRIMARY KEY); ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES customers;",
            &[],
        ),
        (
            ORDERS,
            "CREATE TABLE t (c bigint PRIMARY KEY); INSERT INTO t SELECT id FROM customers; ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES customers;",
            found,
        ),
    ]);
}

#[test]
fn indexes_of_constraints_are_built_before_them() {
    let bare = "CREATE TABLE logs (id bigint, message text);
INSERT INTO logs SELECT g, 'm' || g FROM generate_series(1, 200) g;";
    let indexed = format!("{bare} CREATE UNIQUE INDEX logs_id ON logs (id);");
    expect(&[
        (USERS, "ALTER TABLE users ADD UNIQUE (email);", &["unique-constraint-builds-index"]),
        (USERS, "ALTER TABLE users ADD COLUMN code text UNIQUE;", &["unique-constraint-builds-index"]),
        (USERS, "ALTER TABLE users ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (email) DEFERRABLE;", &["unique-constraint-builds-index"]),
        (USERS, "CREATE UNIQUE INDEX CONCURRENTLY u ON users (email); ALTER TABLE users ADD UNIQUE USING INDEX u;", &[]),
        (bare, "ALTER TABLE logs ADD PRIMARY KEY (id);", &["primary-key-builds-index"]),
        (bare, "ALTER TABLE logs ADD CONSTRAINT p PRIMARY KEY (id, message);", &["primary-key-builds-index"]),
        (&indexed, "ALTER TABLE logs ADD PRIMARY KEY USING INDEX logs_id;", &["primary-key-implicit-not-null"]),
        (&indexed, "ALTER TABLE logs ADD CONSTRAINT n CHECK (id IS NOT NULL) NOT VALID; ALTER TABLE logs VALIDATE CONSTRAINT n;
ALTER TABLE logs ADD PRIMARY KEY USING INDEX logs_id;", &[]),
        (USERS, "ALTER TABLE users ADD EXCLUDE USING btree (nick WITH =);", &["exclusion-constraint"]),
        ("CREATE TABLE users (nick text);", "ALTER TABLE users ADD EXCLUDE USING btree (nick WITH =);", &[]),
    ]);
}

#[test]
fn domains_are_changed_without_reading_their_tables() {
    let used = "CREATE DOMAIN pct AS int CONSTRAINT old CHECK (VALUE > 0);
CREATE TABLE t1 (id bigint PRIMARY KEY, p pct);
INSERT INTO t1 SELECT g, 1 FROM generate_series(1, 200) g;";
    let found: &[&str] = &["alter-domain-add-constraint"];
    expect(&[
        (used, "ALTER DOMAIN pct ADD CHECK (VALUE < 10);", found),
        (used, "ALTER DOMAIN public.pct SET NOT NULL;", found),
        (
            used,
            "ALTER DOMAIN pct ADD CONSTRAINT c CHECK (VALUE < 10) NOT VALID; ALTER DOMAIN pct VALIDATE CONSTRAINT c;",
            found,
        ),
        (used, "ALTER DOMAIN pct DROP CONSTRAINT old;", &[]),
        (used, "ALTER DOMAIN pct DROP NOT NULL;", &[]),
        (used, "ALTER DOMAIN pct SET DEFAULT 5;", &[]),
        (
            "CREATE DOMAIN pct AS int; CREATE TABLE t1 (p pct);",
            "ALTER DOMAIN pct SET NOT NULL;",
            &[],
        ),
        (
            "",
            "CREATE DOMAIN pct AS int; ALTER DOMAIN pct ADD CHECK (VALUE > 0);",
            &[],
        ),
    ]);
}

#[test]
fn what_apps_rely_on_is_not_taken_away_unseen() {
    let keyed = format!(
        "{ORDERS} ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers;"
    );
    let strict = "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);
INSERT INTO users SELECT g, 'm' || g FROM generate_series(1, 200) g;";
    expect(&[
        (
            &keyed,
            "ALTER TABLE orders DROP CONSTRAINT f;",
            &["drop-foreign-key"],
        ),
        (
            &keyed,
            "ALTER TABLE orders DROP CONSTRAINT IF EXISTS f;",
            &["drop-foreign-key"],
        ),
        (
            &keyed,
            "ALTER TABLE orders DROP CONSTRAINT IF EXISTS g;",
            &[],
        ),
        (
            &keyed,
            "ALTER TABLE orders DROP CONSTRAINT f, ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE NOT VALID;",
            &[],
        ),
        (
            ORDERS,
            "ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers NOT VALID; ALTER TABLE orders DROP CONSTRAINT f;",
            &[],
        ),
        (
            strict,
            "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
            &["drop-not-null"],
        ),
        (
            USERS,
            "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
            &[],
        ),
        (
            USERS,
            "ALTER TABLE users REPLICA IDENTITY FULL;",
            &["replica-identity-change"],
        ),
        (USERS, "ALTER TABLE users REPLICA IDENTITY DEFAULT;", &[]),
        (
            "",
            "CREATE TABLE users (id int); ALTER TABLE users REPLICA IDENTITY FULL;",
            &[],
        ),
        (
            USERS,
            "ALTER TABLE users ADD COLUMN extra int NOT NULL DEFAULT 1; ALTER TABLE users ALTER COLUMN extra DROP NOT NULL;",
            &[],
        ),
    ]);
}

#[test]
fn rows_that_violate_a_constraint_are_found_before_the_server_finds_them() {
    let found: &[&str] = &["validate-violating-data"];
    let check = |check: &str| {
        format!("{USERS} ALTER TABLE users ADD CONSTRAINT c CHECK ({check}) NOT VALID;")
    };
    let key = |from: u32| {
        format!(
            "CREATE TABLE customers (id bigint PRIMARY KEY); INSERT INTO customers SELECT generate_series(1, 100);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint); CREATE INDEX ON orders (customer_id);
INSERT INTO orders SELECT g, g FROM generate_series({from}, 100) g;
ALTER TABLE orders ADD CONSTRAINT c FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;"
        )
    };
    expect(&[
        (
            &check("score > 100"),
            "ALTER TABLE users VALIDATE CONSTRAINT c;",
            found,
        ),
        (
            &check("score < 100"),
            "ALTER TABLE users VALIDATE CONSTRAINT c;",
            found,
        ),
        (
            &check("score <= 200"),
            "ALTER TABLE users VALIDATE CONSTRAINT c;",
            &[],
        ),
        (
            &check("score > 0"),
            "ALTER TABLE users VALIDATE CONSTRAINT c;",
            &[],
        ),
        (&key(1), "ALTER TABLE orders VALIDATE CONSTRAINT c;", &[]),
        (&key(0), "ALTER TABLE orders VALIDATE CONSTRAINT c;", found),
    ]);
}

#[test]
fn from_18_on_a_not_null_can_be_added_unverified() {
    let on_18 = |sql: &str| counted(&judge_on(18, USERS, sql, &[], None));
    let safe = "ALTER TABLE users ADD CONSTRAINT n NOT NULL email NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT n;";
    assert_eq!(on_18(safe), Vec::<&str>::new());
    assert_eq!(
        on_18("ALTER TABLE users ADD CONSTRAINT n NOT NULL email;"),
        ["set-not-null"]
    );
}

#[test]
fn constraints_of_partitions_are_one_cost_of_their_parent() {
    let events = "CREATE TABLE ev (id bigint, at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO ev SELECT g, '2024-02-01', 'k' FROM generate_series(1, 200) g;";
    for (sql, rule) in [
        (
            "ALTER TABLE ev ADD CONSTRAINT u UNIQUE (id, at);",
            "unique-constraint-builds-index",
        ),
        (
            "ALTER TABLE ev ADD CONSTRAINT u PRIMARY KEY (id, at);",
            "primary-key-builds-index",
        ),
        (
            "ALTER TABLE ev ADD CONSTRAINT u CHECK (id > 0);",
            "add-check-not-valid-missing",
        ),
        (
            "ALTER TABLE ev ALTER COLUMN kind SET NOT NULL;",
            "set-not-null",
        ),
        (
            "ALTER TABLE ev ALTER COLUMN id TYPE numeric;",
            "change-column-type-rewrite",
        ),
        ("CREATE INDEX u ON ev (kind);", "index-not-concurrent"),
    ] {
        let found = judge_on(15, events, sql, &[], None);
        assert_eq!(counted(&found), [rule], "{sql}");
        assert!(!found[0].message.contains("ev_1_"), "{}", found[0].message);
    }
    let keyed =
        format!("{events} CREATE TABLE c (id bigint PRIMARY KEY); CREATE INDEX ON ev (id);");
    let partitions = "ALTER TABLE ev ADD FOREIGN KEY (id) REFERENCES c NOT VALID;";
    expect(&[
        (&keyed, partitions, &["not-supported-on-partitioned-table"]),
        (
            &keyed,
            "ALTER TABLE ev_1 ADD FOREIGN KEY (id) REFERENCES c NOT VALID;",
            &[],
        ),
        (
            events,
            "ALTER TABLE ev_1 ADD CONSTRAINT u UNIQUE (id);",
            &["unique-constraint-builds-index"],
        ),
    ]);
    assert_eq!(
        counted(&judge_on(18, &keyed, partitions, &[], None)),
        Vec::<&str>::new()
    );
}
