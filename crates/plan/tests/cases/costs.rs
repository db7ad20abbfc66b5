//! Costs: who waits for what, told once, with figures where they are known.

use super::{counted, expect, judge};

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, email text, score int);
INSERT INTO users SELECT g, 'm' || g, g FROM generate_series(1, 200) g;
CREATE TABLE plans (id int PRIMARY KEY, name text);
INSERT INTO plans SELECT g, 'p' || g FROM generate_series(1, 20) g;";

#[test]
fn quick_statements_share_a_transaction() {
    expect(&[
        (
            USERS,
            "BEGIN; SET LOCAL lock_timeout = '1s'; ALTER TABLE users ADD COLUMN a int; COMMIT;",
            &[],
        ),
        (
            USERS,
            "BEGIN; ALTER TABLE users ADD COLUMN a text; ALTER TABLE users ADD CONSTRAINT c CHECK (a <> '') NOT VALID; COMMIT;",
            &[],
        ),
        (
            USERS,
            "BEGIN; ALTER TABLE users ADD COLUMN a int; ALTER TABLE plans ADD COLUMN a int; COMMIT;",
            &[],
        ),
        (
            USERS,
            "BEGIN; CREATE TABLE copies AS SELECT * FROM users; CREATE INDEX ON copies (email); COMMIT;",
            &[],
        ),
        (
            USERS,
            "BEGIN; ALTER TABLE users ADD COLUMN a int; COMMIT; CREATE INDEX CONCURRENTLY i ON users (score);",
            &[],
        ),
    ]);
}

#[test]
fn work_on_one_table_keeps_those_waiting_who_use_another() {
    let found: &[&str] = &["long-work-under-lock"];
    expect(&[
        (USERS, "BEGIN; CREATE TABLE copies AS SELECT * FROM users; ALTER TABLE users ADD COLUMN a int; CREATE INDEX ON copies (email); COMMIT;", found),
        (USERS, "BEGIN; CREATE TABLE copies AS SELECT * FROM users; ALTER TABLE users ADD COLUMN a int; ALTER TABLE users RENAME TO people;
ALTER TABLE copies ADD PRIMARY KEY (id); COMMIT;", &["long-work-under-lock", "rename-table"]),
        (USERS, "CREATE TABLE copies AS SELECT * FROM users; ALTER TABLE users ADD COLUMN a int; CREATE INDEX ON copies (email);", &[]),
    ]);
}

#[test]
fn a_block_of_statements_is_judged_by_what_it_does() {
    expect(&[
        (
            USERS,
            "DO $$ BEGIN CREATE INDEX i ON users (score); END $$;",
            &["index-not-concurrent"],
        ),
        (
            USERS,
            "DO $$ BEGIN ALTER TABLE users ADD COLUMN IF NOT EXISTS a int; END $$;",
            &[],
        ),
    ]);
}

#[test]
fn every_cost_is_told_once() {
    for (sql, rules) in [
        (
            "ALTER TABLE users ALTER COLUMN email SET NOT NULL, ALTER COLUMN score SET NOT NULL;",
            &["set-not-null", "set-not-null"][..],
        ),
        (
            "ALTER TABLE users ADD CONSTRAINT a CHECK (score > 0), ADD CONSTRAINT b CHECK (score > 1) NOT VALID;",
            &["add-check-not-valid-missing"],
        ),
        (
            "ALTER TABLE users ADD COLUMN a int DEFAULT 5, ALTER COLUMN score TYPE bigint;",
            &["change-column-type-rewrite"],
        ),
        (
            "ALTER TABLE users ADD COLUMN a float DEFAULT random(), ADD CONSTRAINT c CHECK (score > 0);",
            &["add-column-volatile-default"],
        ),
    ] {
        assert_eq!(counted(&judge(USERS, sql, &[])), rules, "{sql}");
    }
}

#[test]
fn figures_decide_and_are_told() {
    let sql = "CREATE INDEX i ON plans (name);";
    let of = |rows: u64| judge(USERS, sql, &[("plans".to_owned(), rows)]);
    assert_eq!(counted(&of(20)), Vec::<&str>::new());
    let large = of(40_000_000);
    assert_eq!(counted(&large), ["index-not-concurrent"]);
    let notes = &large[0].notes;
    assert_eq!(notes[1], "public.plans has about 40,000,000 rows");
    assert!(
        notes[0].starts_with("SHARE on public.plans: writes wait while"),
        "{}",
        notes[0]
    );
}

#[test]
fn what_is_dropped_and_added_again_in_one_statement_is_new() {
    let keyed = "CREATE TABLE customers (id bigint PRIMARY KEY);
INSERT INTO customers SELECT generate_series(1, 200);
CREATE TABLE orders (id bigint PRIMARY KEY, c bigint NOT NULL CONSTRAINT f REFERENCES customers, n int CONSTRAINT k CHECK (n > 0));
CREATE INDEX ON orders (c);
INSERT INTO orders SELECT g, g, g FROM generate_series(1, 200) g;";
    expect(&[
        (
            keyed,
            "ALTER TABLE orders DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (n > -5);",
            &["add-check-not-valid-missing"],
        ),
        (
            keyed,
            "ALTER TABLE orders DROP CONSTRAINT k, ADD CONSTRAINT k CHECK (n > -5) NOT VALID;",
            &[],
        ),
        (
            keyed,
            "ALTER TABLE orders DROP CONSTRAINT f, ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES customers ON DELETE CASCADE;",
            &["fk-not-valid-missing"],
        ),
        (
            keyed,
            "ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD CONSTRAINT orders_pkey PRIMARY KEY (id, c);",
            &["index-dropped-in-use", "primary-key-builds-index"],
        ),
    ]);
}

#[test]
fn a_stronger_lock_from_before_does_not_change_which_rule_speaks() {
    expect(&[
        (
            USERS,
            "BEGIN; ALTER TABLE users ADD COLUMN a int; CREATE INDEX i ON users (score); COMMIT;",
            &["index-not-concurrent"],
        ),
        (
            USERS,
            "BEGIN; ALTER TABLE users ADD COLUMN a int; ALTER TABLE users ADD CONSTRAINT c CHECK (score > 0); COMMIT;",
            &["add-check-not-valid-missing"],
        ),
    ]);
}

#[test]
fn the_action_that_is_to_blame_is_pointed_at() {
    let sql = "ALTER TABLE users ADD CONSTRAINT c CHECK (email <> '') NOT VALID, ALTER COLUMN email SET NOT NULL, ADD COLUMN a int;";
    let found = judge(USERS, sql, &[]);
    assert_eq!(counted(&found), ["set-not-null"]);
    assert_eq!(
        &sql[found[0].span.clone()],
        "ALTER COLUMN email SET NOT NULL"
    );
    let alone = "ALTER TABLE users ALTER COLUMN email SET NOT NULL;";
    let found = judge(USERS, alone, &[]);
    assert_eq!(found[0].span, 0..alone.len() - 1);
}
