//! Rules for indexes: variants of what they find, and of what they leave alone.

use super::expect;

const USERS: &str =
    "CREATE TABLE users (id bigint PRIMARY KEY, email text, nick varchar(50), score int);
CREATE INDEX users_email ON users (email);
INSERT INTO users SELECT g, 'm' || g, 'n' || g, g FROM generate_series(1, 200) g;";

const EMPTY: &str = "CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE INDEX users_email ON users (email);";

const ORDERS: &str = "CREATE TABLE customers (id bigint PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 200);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text);
INSERT INTO orders SELECT g, g, 'new' FROM generate_series(1, 200) g;";

const EVENTS: &str =
    "CREATE TABLE ev (id bigint, at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE ev_2024 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX ev_kind ON ev (kind);
INSERT INTO ev SELECT g, '2024-02-01', 'k' FROM generate_series(1, 200) g;";

#[test]
fn a_build_that_blocks_writers_is_found_however_it_is_written() {
    let found: &[&str] = &["index-not-concurrent"];
    expect(&[
        (USERS, "CREATE INDEX ON public.users (nick);", found),
        (
            USERS,
            "CREATE UNIQUE INDEX u ON users (nick, score);",
            found,
        ),
        (
            USERS,
            "CREATE INDEX u ON \"users\" USING gin (to_tsvector('english', email));",
            found,
        ),
        (
            USERS,
            "CREATE INDEX u ON users (lower(email)) WHERE score > 1;",
            found,
        ),
        (
            USERS,
            "CREATE INDEX IF NOT EXISTS u ON users (nick);",
            found,
        ),
        (
            USERS,
            "CREATE TABLE IF NOT EXISTS users (id int); CREATE INDEX u ON users (nick);",
            found,
        ),
        (
            USERS,
            "CREATE SCHEMA s; CREATE TABLE s.users (nick text); CREATE INDEX u ON users (nick);",
            found,
        ),
        (
            USERS,
            "SET search_path = public; CREATE INDEX u ON users (nick);",
            found,
        ),
        (
            USERS,
            "BEGIN; CREATE TABLE other (id int); CREATE INDEX u ON users (nick); COMMIT;",
            found,
        ),
        (EVENTS, "CREATE INDEX u ON ev (id);", found),
        (EVENTS, "CREATE INDEX u ON ev_2024 (id);", found),
    ]);
}

#[test]
fn a_build_that_nobody_waits_for_is_left_alone() {
    expect(&[
        (
            USERS,
            "CREATE SCHEMA s; CREATE TABLE s.users (nick text); CREATE INDEX u ON s.users (nick);",
            &[],
        ),
        (
            USERS,
            "CREATE INDEX IF NOT EXISTS users_email ON users (email);",
            &[],
        ),
        (
            USERS,
            "CREATE TEMP TABLE t (a int); CREATE INDEX ON t (a);",
            &[],
        ),
        (
            USERS,
            "CREATE TABLE t AS SELECT * FROM users; CREATE INDEX ON t (email);",
            &[],
        ),
        (
            USERS,
            "CREATE MATERIALIZED VIEW mv AS SELECT email FROM users; CREATE UNIQUE INDEX ON mv (email);",
            &[],
        ),
        (EMPTY, "CREATE INDEX u ON users (id);", &[]),
        (EVENTS, "CREATE INDEX u ON ONLY ev (id);", &[]),
        (
            "",
            "CREATE TABLE IF NOT EXISTS t (a int); CREATE INDEX ON t (a);",
            &[],
        ),
        (
            "",
            "CREATE TABLE old (a int); ALTER TABLE old RENAME TO older; CREATE TABLE old (a int); CREATE INDEX ON old (a);
CREATE INDEX ON older (a);",
            &[],
        ),
    ]);
}

#[test]
fn what_cannot_run_in_a_transaction_is_found_in_one() {
    let found: &[&str] = &["concurrently-in-transaction"];
    expect(&[
        (
            USERS,
            "START TRANSACTION; CREATE UNIQUE INDEX CONCURRENTLY u ON users (nick); END;",
            found,
        ),
        (
            USERS,
            "BEGIN; REINDEX (CONCURRENTLY) INDEX users_email; COMMIT;",
            found,
        ),
        (USERS, "BEGIN; VACUUM users; COMMIT;", found),
        (
            USERS,
            "BEGIN; COMMIT; CREATE INDEX CONCURRENTLY u ON users (nick);",
            &[],
        ),
        (
            USERS,
            "BEGIN; SELECT 1; ROLLBACK; DROP INDEX CONCURRENTLY users_email;",
            &[],
        ),
    ]);
}

#[test]
fn partitioned_indexes_are_neither_built_nor_dropped_concurrently() {
    let found: &[&str] = &["concurrently-on-partitioned-table"];
    expect(&[
        (EVENTS, "CREATE INDEX CONCURRENTLY u ON ev (id);", found),
        (
            EVENTS,
            "CREATE INDEX CONCURRENTLY u ON ONLY ev (id);",
            found,
        ),
        (EVENTS, "DROP INDEX CONCURRENTLY ev_kind;", found),
        (EVENTS, "CREATE INDEX CONCURRENTLY u ON ev_2024 (id);", &[]),
    ]);
}

#[test]
fn an_invalid_index_is_not_kept() {
    let invalid = format!(
        "{USERS} UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email'::regclass;"
    );
    expect(&[
        (
            &invalid,
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);",
            &["invalid-index-kept"],
        ),
        (
            &invalid,
            "CREATE INDEX IF NOT EXISTS users_email ON public.users (email);",
            &["invalid-index-kept"],
        ),
        (
            &invalid,
            "DROP INDEX CONCURRENTLY users_email; CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);",
            &[],
        ),
        (
            &invalid,
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_other ON users (email);",
            &[],
        ),
    ]);
}

#[test]
fn duplicates_are_found_before_the_server_finds_them() {
    let same = "CREATE TABLE users (id bigint PRIMARY KEY, email text, nick text);
INSERT INTO users SELECT g, 'same', 'n' || g FROM generate_series(1, 200) g;";
    let found: &[&str] = &["unique-on-duplicate-data"];
    expect(&[
        (
            same,
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (email);",
            found,
        ),
        (
            same,
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (lower(email));",
            found,
        ),
        (
            same,
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (email, nick);",
            &[],
        ),
        (
            same,
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (email) WHERE nick = 'n1';",
            &[],
        ),
        (
            same,
            "ALTER TABLE users ADD CONSTRAINT u UNIQUE (email);",
            &["unique-constraint-builds-index", "unique-on-duplicate-data"],
        ),
        (
            same,
            "DELETE FROM users WHERE id = 1; CREATE UNIQUE INDEX CONCURRENTLY u ON users (email);",
            &[],
        ),
        (
            "CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users (email, id) SELECT 'same', g FROM generate_series(1, 200) g;",
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (email);",
            found,
        ),
        (
            "CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users VALUES (1, 'a'), (2, 'a');",
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (email);",
            found,
        ),
        (
            "CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users SELECT g, 'a' || g % 10 FROM generate_series(1, 200) g;",
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (email);",
            found,
        ),
        (
            "CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users VALUES (1, 'a'), (2, 'b');",
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (email);",
            &[],
        ),
        (
            "CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users (id) SELECT generate_series(1, 200);",
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (email);",
            &[],
        ),
    ]);
}

#[test]
fn dropping_an_index_makes_others_wait() {
    let found: &[&str] = &["drop-index-not-concurrent"];
    expect(&[
        (USERS, "DROP INDEX users_email;", found),
        (USERS, "DROP INDEX IF EXISTS public.users_email;", found),
        (USERS, "DROP INDEX IF EXISTS nothing;", &[]),
        (USERS, "DROP INDEX CONCURRENTLY IF EXISTS users_email;", &[]),
        (
            USERS,
            "CREATE TABLE t (a int); CREATE INDEX t_a ON t (a); DROP INDEX t_a;",
            &[],
        ),
        (EMPTY, "DROP INDEX users_email;", &[]),
    ]);
}

#[test]
fn an_index_that_something_relies_on_is_not_dropped_unseen() {
    let unique =
        "CREATE TABLE users (id bigint PRIMARY KEY, email text, nick text CONSTRAINT nicks UNIQUE);
CREATE UNIQUE INDEX users_email ON users (email);
INSERT INTO users SELECT g, 'm' || g, 'n' || g FROM generate_series(1, 200) g;";
    let found: &[&str] = &["index-dropped-in-use"];
    expect(&[
        (unique, "DROP INDEX CONCURRENTLY users_email;", found),
        (unique, "ALTER TABLE users DROP CONSTRAINT nicks;", found),
        (
            unique,
            "CREATE UNIQUE INDEX CONCURRENTLY other ON users (email); DROP INDEX CONCURRENTLY users_email;",
            &[],
        ),
        (
            unique,
            "DROP INDEX CONCURRENTLY users_email; CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email) INCLUDE (nick);",
            &[],
        ),
        (USERS, "DROP INDEX CONCURRENTLY users_email;", &[]),
        (
            unique,
            "DROP INDEX CONCURRENTLY users_email; ALTER TABLE users DROP COLUMN email;",
            &["drop-column"],
        ),
    ]);
}

#[test]
fn a_foreign_key_has_an_index() {
    let found: &[&str] = &["fk-missing-index"];
    let add = "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;";
    let indexed = format!("{ORDERS} CREATE INDEX orders_customer ON orders (customer_id);");
    let partial = format!(
        "{ORDERS} CREATE INDEX orders_customer ON orders (customer_id) WHERE status = 'new';"
    );
    let not_null = format!(
        "{ORDERS} CREATE INDEX orders_customer ON orders (customer_id) WHERE customer_id IS NOT NULL;"
    );
    let second = format!("{ORDERS} CREATE INDEX orders_customer ON orders (status, customer_id);");
    let first =
        format!("{ORDERS} CREATE UNIQUE INDEX orders_customer ON orders (customer_id, status);");
    let keyed = format!("{indexed} {add}");
    expect(&[
        (ORDERS, add, found),
        (&indexed, add, &[]),
        (&partial, add, found),
        (&not_null, add, &[]),
        (&second, add, found),
        (&first, add, &[]),
        (
            ORDERS,
            &format!("{add} CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);"),
            &[],
        ),
        (&keyed, "DROP INDEX CONCURRENTLY orders_customer;", found),
        (
            &keyed,
            "CREATE INDEX CONCURRENTLY other ON orders (customer_id); DROP INDEX CONCURRENTLY orders_customer;",
            &[],
        ),
        (
            "",
            "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a);",
            // both are empty: it is only told
            &[],
        ),
        (
            ORDERS,
            "CREATE TABLE b (customer_id bigint REFERENCES customers);",
            found,
        ),
        (
            "",
            "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int PRIMARY KEY REFERENCES a);",
            &[],
        ),
    ]);
}

#[test]
fn indexes_are_rebuilt_without_blocking() {
    let found: &[&str] = &["reindex-not-concurrent"];
    expect(&[
        (USERS, "REINDEX INDEX users_email;", found),
        (USERS, "REINDEX TABLE public.users;", found),
        (USERS, "REINDEX (VERBOSE) TABLE users;", found),
        (USERS, "REINDEX (CONCURRENTLY) TABLE users;", &[]),
        (USERS, "REINDEX (CONCURRENTLY, VERBOSE) TABLE users;", &[]),
        (USERS, "REINDEX SCHEMA CONCURRENTLY public;", &[]),
        (EMPTY, "REINDEX TABLE users;", &[]),
        (
            USERS,
            "CREATE TABLE t (a int PRIMARY KEY); REINDEX TABLE t;",
            &[],
        ),
    ]);
}

#[test]
fn an_index_over_many_columns_counts_on_a_large_table_only() {
    expect(&[
        (
            USERS,
            "CREATE INDEX CONCURRENTLY u ON users (id, email, nick, score);",
            &["index-too-many-columns"],
        ),
        (
            USERS,
            "CREATE INDEX CONCURRENTLY u ON users (id, email, nick) INCLUDE (score);",
            &[],
        ),
        (
            USERS,
            "CREATE UNIQUE INDEX CONCURRENTLY u ON users (id, email, nick, score);",
            &[],
        ),
        (
            "",
            "CREATE TABLE t (a int, b int, c int, d int); CREATE INDEX ON t (a, b, c, d);",
            &[],
        ),
    ]);
}
