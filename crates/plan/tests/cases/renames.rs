//! What the running app no longer finds by its name.

use super::said::{USERS, all};

#[test]
fn a_renamed_table_serves_by_a_view_of_its_old_name_in_the_same_transaction() {
    all(
        USERS,
        &[
            ("ALTER TABLE users RENAME TO members;", &["rename-table"]),
            (
                "ALTER TABLE IF EXISTS users RENAME TO members;",
                &["rename-table"],
            ),
            ("ALTER TABLE IF EXISTS ghosts RENAME TO members;", &[]),
            (
                "BEGIN; ALTER TABLE users RENAME TO members; CREATE VIEW users AS SELECT * FROM members; COMMIT;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users RENAME TO members; CREATE VIEW users AS SELECT id, email, nick, score FROM members; COMMIT;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users RENAME TO members; CREATE VIEW users AS SELECT id, email FROM members; COMMIT;",
                &["rename-table"],
            ),
            // for a moment nothing has the name
            (
                "ALTER TABLE users RENAME TO members; CREATE VIEW users AS SELECT * FROM members;",
                &["rename-table"],
            ),
            (
                "BEGIN; ALTER TABLE users RENAME TO members; COMMIT; CREATE VIEW users AS SELECT * FROM members;",
                &["rename-table"],
            ),
            (
                "BEGIN; ALTER TABLE users RENAME TO members; ALTER TABLE members RENAME nick TO handle; CREATE VIEW users AS SELECT id, email, handle AS nick, score FROM members; COMMIT;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users RENAME TO members; ALTER TABLE members RENAME TO users; COMMIT;",
                &[],
            ),
        ],
    );
}

#[test]
fn what_the_run_has_made_may_be_renamed() {
    all(
        USERS,
        &[
            (
                "CREATE TABLE a (id int, b int); ALTER TABLE a RENAME TO c; ALTER TABLE c RENAME b TO d;",
                &[],
            ),
            (
                "ALTER TABLE users ADD COLUMN a text; ALTER TABLE users RENAME a TO b;",
                &[],
            ),
            (
                "CREATE VIEW v AS SELECT id FROM users; ALTER VIEW v RENAME TO w;",
                &[],
            ),
            (
                "CREATE TYPE a AS ENUM ('x'); ALTER TYPE a RENAME TO b; ALTER TYPE b RENAME VALUE 'x' TO 'y';",
                &[],
            ),
            ("CREATE SEQUENCE a; ALTER SEQUENCE a RENAME TO b;", &[]),
            (
                "CREATE SCHEMA a; ALTER SCHEMA a RENAME TO b; CREATE TABLE b.t (id int); ALTER TABLE b.t SET SCHEMA public;",
                &[],
            ),
        ],
    );
}

#[test]
fn a_renamed_column_serves_where_its_old_name_is_back() {
    all(
        USERS,
        &[
            (
                "ALTER TABLE users RENAME COLUMN nick TO handle;",
                &["rename-column"],
            ),
            (
                "ALTER TABLE users RENAME nick TO handle;",
                &["rename-column"],
            ),
            (
                "BEGIN; ALTER TABLE users RENAME nick TO old_nick; ALTER TABLE users ADD COLUMN nick varchar(50); COMMIT;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users RENAME nick TO old_nick; ALTER TABLE users ADD COLUMN nick int; COMMIT;",
                &["rename-column"],
            ),
        ],
    );
    let with_view = format!("{USERS} CREATE VIEW names AS SELECT id, nick FROM users;");
    all(
        &with_view,
        &[
            (
                "ALTER VIEW names RENAME COLUMN nick TO handle;",
                &["rename-column"],
            ),
            ("ALTER VIEW names RENAME TO handles;", &["rename-object"]),
            ("ALTER TABLE names RENAME TO handles;", &["rename-object"]),
        ],
    );
}

#[test]
fn names_that_only_the_server_uses_may_change() {
    all(
        &format!("{USERS} CREATE INDEX users_nick ON users (nick);"),
        &[
            ("ALTER INDEX users_nick RENAME TO users_nick_i;", &[]),
            (
                "ALTER TABLE users RENAME CONSTRAINT users_pkey TO users_pk;",
                &[],
            ),
        ],
    );
}

#[test]
fn schemas_and_what_moves_between_them() {
    let schema = format!(
        "{USERS} CREATE SCHEMA archive; CREATE SCHEMA billing; CREATE TABLE billing.t (id int); CREATE SEQUENCE s; CREATE TYPE mood AS ENUM ('a');"
    );
    all(
        &schema,
        &[
            ("ALTER TABLE users SET SCHEMA archive;", &["set-schema"]),
            (
                "BEGIN; ALTER TABLE users SET SCHEMA archive; CREATE VIEW users AS SELECT * FROM archive.users; COMMIT;",
                &[],
            ),
            ("ALTER SEQUENCE s SET SCHEMA archive;", &["set-schema"]),
            ("ALTER TYPE mood SET SCHEMA archive;", &["set-schema"]),
            (
                "ALTER SCHEMA billing RENAME TO finance;",
                &["rename-schema"],
            ),
            (
                "BEGIN; ALTER SCHEMA billing RENAME TO finance; CREATE SCHEMA billing; CREATE VIEW billing.t AS SELECT * FROM finance.t; COMMIT;",
                &[],
            ),
        ],
    );
}

#[test]
fn functions_types_and_values() {
    let schema = "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
        CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE SEQUENCE s; CREATE TYPE pair AS (a int, b int);";
    all(
        schema,
        &[
            ("ALTER FUNCTION f(int) RENAME TO g;", &["rename-object"]),
            (
                "BEGIN; ALTER FUNCTION f(int) RENAME TO g; CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT g(a)'; COMMIT;",
                &[],
            ),
            ("ALTER FUNCTION t() RENAME TO u;", &[]),
            ("ALTER TYPE mood RENAME TO feeling;", &["rename-object"]),
            (
                "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';",
                &["rename-enum-value"],
            ),
            (
                "ALTER TYPE mood ADD VALUE 'x' BEFORE 'sad'; ALTER TYPE mood RENAME VALUE 'x' TO 'y';",
                &[],
            ),
            ("ALTER SEQUENCE s RENAME TO r;", &["rename-object"]),
            (
                "ALTER TYPE pair RENAME ATTRIBUTE a TO c;",
                &["rename-column"],
            ),
        ],
    );
}

#[test]
fn a_new_table_in_the_old_place_has_to_have_the_rows() {
    all(
        USERS,
        &[
            (
                "BEGIN; ALTER TABLE users RENAME TO old; CREATE TABLE users (LIKE old INCLUDING ALL); COMMIT;",
                &["rename-table"],
            ),
            (
                "CREATE TABLE next (LIKE users INCLUDING ALL); INSERT INTO next SELECT * FROM users; BEGIN; ALTER TABLE users RENAME TO old; ALTER TABLE next RENAME TO users; COMMIT;",
                &[],
            ),
        ],
    );
}
