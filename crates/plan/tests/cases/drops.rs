//! What is dropped, and whether the running app can miss it.

use super::{
    counted, judge,
    said::{USERS, all},
};

#[test]
fn columns() {
    all(
        USERS,
        &[
            ("ALTER TABLE users DROP COLUMN nick;", &["drop-column"]),
            ("ALTER TABLE users DROP nick, DROP score;", &["drop-column"]),
            (
                "ALTER TABLE users DROP COLUMN IF EXISTS nick CASCADE;",
                &["drop-column"],
            ),
            ("ALTER TABLE users DROP COLUMN IF EXISTS ghost;", &[]),
            ("ALTER TABLE IF EXISTS ghosts DROP COLUMN nick;", &[]),
            (
                "ALTER TABLE users ADD COLUMN a int; ALTER TABLE users DROP COLUMN a;",
                &[],
            ),
            (
                "CREATE TABLE a (id int, b int); ALTER TABLE a DROP COLUMN b;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users DROP COLUMN nick; ALTER TABLE users ADD COLUMN nick text; COMMIT;",
                &["drop-column"],
            ),
            (
                "ALTER TABLE users ADD COLUMN IF NOT EXISTS nick text; ALTER TABLE users DROP COLUMN nick;",
                &["drop-column"],
            ),
        ],
    );
}

#[test]
fn tables() {
    let schema = format!(
        "{USERS} CREATE TABLE plans (id int); CREATE TABLE ev (at date) PARTITION BY RANGE (at); CREATE TABLE ev_1 PARTITION OF ev DEFAULT; INSERT INTO ev VALUES ('2024-01-01');"
    );
    all(
        &schema,
        &[
            ("DROP TABLE users;", &["drop-table"]),
            ("DROP TABLE users CASCADE;", &["drop-table"]),
            ("DROP TABLE IF EXISTS users, ghosts;", &["drop-table"]),
            ("DROP TABLE IF EXISTS ghosts;", &[]),
            ("DROP TABLE ev_1;", &["drop-table"]),
            ("DROP TABLE ev;", &["drop-table"]),
            // empty, and nobody is known to use it
            ("DROP TABLE plans;", &[]),
            ("CREATE TABLE a (id int); DROP TABLE a;", &[]),
            (
                "CREATE TEMP TABLE a AS SELECT * FROM users; DROP TABLE a;",
                &[],
            ),
            (
                "CREATE TABLE IF NOT EXISTS users (id int); DROP TABLE users;",
                &["drop-table"],
            ),
            (
                "BEGIN; DROP TABLE users; CREATE TABLE users (id bigint, email text, nick text, score int); COMMIT;",
                &["drop-table"],
            ),
        ],
    );
}

#[test]
fn schemas_and_databases() {
    let schema = "CREATE SCHEMA a; CREATE TABLE a.t (id int); CREATE SCHEMA b;";
    all(
        schema,
        &[
            ("DROP SCHEMA a CASCADE;", &["drop-schema"]),
            ("DROP SCHEMA b;", &["drop-schema"]),
            ("DROP SCHEMA IF EXISTS c CASCADE;", &[]),
            (
                "CREATE SCHEMA c; CREATE TABLE c.t (id int); DROP SCHEMA c CASCADE;",
                &[],
            ),
            ("DROP DATABASE x;", &["drop-database"]),
            (
                "DROP DATABASE IF EXISTS x WITH (FORCE);",
                &["drop-database"],
            ),
        ],
    );
}

#[test]
fn views_may_come_back_with_more() {
    let schema = format!(
        "{USERS} CREATE VIEW v AS SELECT id, nick FROM users; CREATE VIEW w AS SELECT id FROM v; CREATE MATERIALIZED VIEW m AS SELECT score FROM users;"
    );
    all(
        &schema,
        &[
            ("DROP VIEW w;", &["drop-view"]),
            ("DROP VIEW v CASCADE;", &["drop-view"]),
            ("DROP VIEW IF EXISTS ghost;", &[]),
            ("DROP MATERIALIZED VIEW m;", &["drop-view"]),
            (
                "BEGIN; DROP VIEW w; CREATE VIEW w AS SELECT nick, id FROM v; COMMIT;",
                &[],
            ),
            (
                "BEGIN; DROP VIEW w; CREATE VIEW w AS SELECT nick FROM v; COMMIT;",
                &["drop-view"],
            ),
            (
                "DROP VIEW w; CREATE VIEW w AS SELECT id FROM v;",
                &["drop-view"],
            ),
            (
                "BEGIN; DROP VIEW w; CREATE TABLE w (id bigint); COMMIT;",
                &[],
            ),
            ("CREATE OR REPLACE VIEW w AS SELECT id, nick FROM v;", &[]),
            ("CREATE VIEW x AS SELECT id FROM v; DROP VIEW x;", &[]),
            (
                "BEGIN; DROP MATERIALIZED VIEW m; CREATE MATERIALIZED VIEW m AS SELECT score, id FROM users; COMMIT;",
                &[],
            ),
        ],
    );
}

#[test]
fn functions_may_come_back_with_more_arguments() {
    let schema = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
        CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
        CREATE TABLE a (id int); CREATE FUNCTION u() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER r BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION u();";
    all(
        schema,
        &[
            ("DROP FUNCTION f(int);", &["drop-function"]),
            ("DROP FUNCTION f;", &["drop-function"]),
            ("DROP FUNCTION IF EXISTS g(int);", &[]),
            ("DROP PROCEDURE p();", &["drop-function"]),
            ("DROP FUNCTION t();", &[]),
            ("DROP FUNCTION u() CASCADE;", &["drop-function"]),
            (
                "BEGIN; DROP FUNCTION f(int); CREATE FUNCTION f(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'SELECT a + b'; COMMIT;",
                &[],
            ),
            (
                "BEGIN; DROP FUNCTION f(int); CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b'; COMMIT;",
                &["drop-function"],
            ),
            (
                "BEGIN; DROP FUNCTION f(int); CREATE FUNCTION f(a int) RETURNS text LANGUAGE sql AS 'SELECT a::text'; COMMIT;",
                &["drop-function"],
            ),
            (
                "DROP FUNCTION f(int); CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';",
                &["drop-function"],
            ),
            (
                "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 2 * a';",
                &[],
            ),
            (
                "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION g();",
                &[],
            ),
        ],
    );
}

#[test]
fn sequences_types_and_extensions() {
    let schema = "CREATE SEQUENCE s; CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN pct AS int;
        CREATE TYPE used AS ENUM ('x'); CREATE TABLE a (id int DEFAULT nextval('s'), u used); CREATE EXTENSION hstore; CREATE EXTENSION citext VERSION '1.4';";
    all(
        schema,
        &[
            ("DROP SEQUENCE s CASCADE;", &["drop-sequence"]),
            ("DROP SEQUENCE IF EXISTS r;", &[]),
            ("CREATE SEQUENCE r; DROP SEQUENCE r;", &[]),
            ("DROP TYPE mood;", &["drop-type"]),
            ("DROP DOMAIN pct;", &["drop-type"]),
            ("DROP TYPE IF EXISTS ghost;", &[]),
            ("DROP TYPE used CASCADE;", &["drop-type"]),
            ("CREATE TYPE n AS (a int); DROP TYPE n;", &[]),
            (
                "BEGIN; ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('sad', 'calm', 'happy'); DROP TYPE old; COMMIT;",
                &[],
            ),
            (
                "BEGIN; ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('calm', 'happy'); DROP TYPE old; COMMIT;",
                &["rename-object"],
            ),
            ("DROP EXTENSION hstore;", &["drop-extension"]),
            ("DROP EXTENSION IF EXISTS pg_trgm;", &[]),
            ("CREATE EXTENSION pg_trgm; DROP EXTENSION pg_trgm;", &[]),
            ("ALTER EXTENSION citext UPDATE;", &["extension-upgrade"]),
            (
                "ALTER EXTENSION citext UPDATE TO '1.6';",
                &["extension-upgrade"],
            ),
            ("ALTER EXTENSION citext UPDATE TO '1.4';", &[]),
            ("ALTER EXTENSION hstore UPDATE;", &[]),
        ],
    );
}

#[test]
fn truncation() {
    let schema = format!(
        "{USERS} CREATE TABLE orders (id bigint, user_id bigint REFERENCES users (id)); INSERT INTO orders VALUES (1, 1); CREATE TABLE plans (id int PRIMARY KEY); CREATE TABLE notes (plan int REFERENCES plans);"
    );
    all(
        &schema,
        &[
            ("TRUNCATE orders;", &["truncate"]),
            ("TRUNCATE users CASCADE;", &["truncate", "truncate-cascade"]),
            ("TRUNCATE users, orders;", &["truncate"]),
            ("TRUNCATE users, orders CASCADE;", &["truncate"]),
            ("TRUNCATE plans CASCADE;", &[]),
            ("TRUNCATE ONLY orders RESTART IDENTITY;", &["truncate"]),
            (
                "CREATE TABLE stage AS SELECT * FROM users; TRUNCATE stage;",
                &[],
            ),
        ],
    );
}

#[test]
fn what_goes_along_is_named() {
    let schema = format!(
        "{USERS} CREATE INDEX users_nick ON users (nick); CREATE VIEW v AS SELECT nick FROM users;"
    );
    let found = judge(&schema, "ALTER TABLE users DROP COLUMN nick CASCADE;", &[]);
    assert_eq!(counted(&found), ["drop-column"]);
    let notes = found[0].notes.join("\n");
    assert!(notes.contains("index public.users_nick"), "{notes}");
    assert!(notes.contains("view public.v"), "{notes}");
}

#[test]
fn what_is_rolled_back_has_not_happened() {
    all(
        USERS,
        &[
            ("BEGIN; DROP TABLE users; ROLLBACK;", &[]),
            (
                "BEGIN; ALTER TABLE users ADD COLUMN a int; ROLLBACK; ALTER TABLE users ADD COLUMN a int; ALTER TABLE users DROP COLUMN a;",
                &[],
            ),
            (
                "BEGIN; CREATE TABLE IF NOT EXISTS plans (id int); ROLLBACK; DROP TABLE users;",
                &["drop-table"],
            ),
        ],
    );
}

#[test]
fn attributes_roles_and_databases() {
    all(
        "CREATE TYPE pair AS (a int, b int); CREATE TABLE t (p pair);",
        &[
            ("ALTER TYPE pair DROP ATTRIBUTE a;", &["drop-column"]),
            ("ALTER TYPE pair DROP ATTRIBUTE IF EXISTS c;", &[]),
            ("ALTER DATABASE app RENAME TO app2;", &["rename-object"]),
            ("ALTER ROLE app RENAME TO app2;", &["rename-object"]),
            ("ALTER ROLE app SET search_path = public;", &[]),
            ("REVOKE staff FROM app;", &["privilege-revoked"]),
        ],
    );
}
