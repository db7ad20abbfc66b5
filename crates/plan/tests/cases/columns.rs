//! Rules for new columns: variants of what they find, and of what they leave alone.

use super::{counted, expect, judge_on};

const USERS: &str = "CREATE EXTENSION \"uuid-ossp\";
CREATE SEQUENCE numbers;
CREATE FUNCTION told() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION inlined() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION steady() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
CREATE TABLE users (id bigint PRIMARY KEY, email text, nick varchar(50), score int);
INSERT INTO users SELECT g, 'm' || g, 'n' || g, g FROM generate_series(1, 200) g;";

fn add(column: &str) -> String {
    format!("ALTER TABLE users ADD COLUMN {column};")
}

#[test]
fn only_a_volatile_default_writes_the_table_anew() {
    let found: &[&str] = &["add-column-volatile-default"];
    for default in [
        "uuid DEFAULT gen_random_uuid()",
        "uuid DEFAULT uuid_generate_v4()",
        "float DEFAULT random()",
        "timestamptz DEFAULT clock_timestamp()",
        "bigint DEFAULT nextval('numbers')",
        "text DEFAULT gen_random_uuid()::text",
        "text DEFAULT 'a' || random()",
        "int DEFAULT told()",
        "int NOT NULL DEFAULT told()",
    ] {
        expect(&[(USERS, &add(&format!("extra {default}")), found)]);
    }
    for default in [
        "timestamptz DEFAULT now()",
        "timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP",
        "timestamp DEFAULT (now() AT TIME ZONE 'utc')",
        "date DEFAULT '2024-01-01'",
        "int DEFAULT inlined()",
        "int DEFAULT steady()",
        "jsonb DEFAULT '[]'::jsonb",
        "text DEFAULT upper('a') || 'b'",
        "text[] NOT NULL DEFAULT '{}'",
        "interval DEFAULT '1 day'",
        "text DEFAULT current_user",
    ] {
        expect(&[(USERS, &add(&format!("extra {default}")), &[])]);
    }
    expect(&[
        (
            USERS,
            "ALTER TABLE users ADD COLUMN IF NOT EXISTS email text DEFAULT random();",
            &[],
        ),
        (
            USERS,
            "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b float DEFAULT random();",
            &[],
        ),
    ]);
}

#[test]
fn columns_that_are_computed_or_count_write_the_table_anew() {
    expect(&[
        (
            USERS,
            &add("extra text GENERATED ALWAYS AS (lower(email)) STORED"),
            &["add-column-generated-stored"],
        ),
        (USERS, &add("extra serial"), &["add-column-auto-increment"]),
        (
            USERS,
            &add("extra bigserial UNIQUE"),
            &[
                "add-column-auto-increment",
                "unique-constraint-builds-index",
            ],
        ),
        (
            USERS,
            &add("extra bigint GENERATED ALWAYS AS IDENTITY"),
            &["add-column-auto-increment"],
        ),
        (
            USERS,
            "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b serial;",
            &[],
        ),
        ("CREATE TABLE users (id int);", &add("extra serial"), &[]),
    ]);
    let virtual_column = add("extra text GENERATED ALWAYS AS (lower(email)) VIRTUAL");
    let schema = "CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users SELECT g, 'm' || g FROM generate_series(1, 200) g;";
    assert_eq!(
        counted(&judge_on(18, schema, &virtual_column, &[], None)),
        Vec::<&str>::new()
    );
}

#[test]
fn a_domain_with_constraints_writes_the_table_anew() {
    let domains = format!(
        "CREATE DOMAIN free AS int; CREATE DOMAIN bound AS int CHECK (VALUE > 0); CREATE DOMAIN below AS bound;
CREATE DOMAIN strict AS int NOT NULL DEFAULT 1; {USERS}"
    );
    let found: &[&str] = &["add-column-constrained-domain"];
    expect(&[
        (&domains, &add("extra free"), &[]),
        (&domains, &add("extra bound"), found),
        (&domains, &add("extra below"), found),
        (&domains, &add("extra bound DEFAULT 5"), found),
        (&domains, &add("extra strict"), found),
    ]);
}

#[test]
fn a_new_column_gives_every_row_a_value() {
    let found: &[&str] = &["add-not-null-column-without-default"];
    expect(&[
        (USERS, &add("extra int NOT NULL"), found),
        (USERS, &add("extra int NOT NULL DEFAULT NULL"), found),
        (
            "CREATE TABLE logs (a int); INSERT INTO logs SELECT generate_series(1, 9);",
            "ALTER TABLE logs ADD COLUMN id bigint PRIMARY KEY;",
            &[
                "add-not-null-column-without-default",
                "primary-key-builds-index",
            ],
        ),
        (USERS, &add("extra int NOT NULL DEFAULT 0"), &[]),
        (
            USERS,
            "CREATE TABLE t (a int); ALTER TABLE t ADD COLUMN b int NOT NULL;",
            &[],
        ),
        (
            "CREATE TABLE users (id int);",
            &add("extra int NOT NULL"),
            found,
        ),
        (
            "CREATE TABLE users (id int);",
            &add("extra int NOT NULL GENERATED ALWAYS AS IDENTITY"),
            &[],
        ),
        (USERS, &add("IF NOT EXISTS email text NOT NULL"), &[]),
    ]);
}

#[test]
fn a_default_stays_while_an_app_relies_on_it() {
    let strict = "CREATE SEQUENCE s; CREATE TABLE users (id bigint PRIMARY KEY DEFAULT nextval('s'), level int NOT NULL DEFAULT 1, free int DEFAULT 1);
INSERT INTO users SELECT g, g, g FROM generate_series(1, 200) g;";
    let found: &[&str] = &["drop-default-on-not-null"];
    expect(&[
        (strict, "ALTER TABLE users ALTER level DROP DEFAULT;", found),
        (
            strict,
            "ALTER TABLE users ALTER COLUMN level SET DEFAULT NULL;",
            found,
        ),
        (
            strict,
            "ALTER TABLE users ALTER COLUMN free DROP DEFAULT;",
            &[],
        ),
        (
            strict,
            "ALTER TABLE users ALTER COLUMN level SET DEFAULT 2;",
            &[],
        ),
        (
            strict,
            "ALTER TABLE users ALTER COLUMN level DROP DEFAULT, ALTER COLUMN level DROP NOT NULL;",
            &["drop-not-null"],
        ),
        (
            strict,
            "BEGIN; ALTER TABLE users ALTER COLUMN id DROP DEFAULT; ALTER TABLE users ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY; COMMIT;",
            &[],
        ),
        (
            strict,
            "CREATE TABLE t (a int NOT NULL DEFAULT 1); ALTER TABLE t ALTER COLUMN a DROP DEFAULT;",
            &[],
        ),
    ]);
}

#[test]
fn json_counts_where_queries_may_meet_it() {
    expect(&[
        (USERS, &add("extra json"), &["json-column"]),
        (USERS, &add("extra json[]"), &["json-column"]),
        (
            USERS,
            &add("extra json DEFAULT '{}' NOT NULL"),
            &["json-column"],
        ),
        (USERS, &add("extra jsonb"), &[]),
        (USERS, "CREATE TABLE t (a json);", &[]),
        (USERS, &add("extra char(2)"), &[]),
    ]);
}
