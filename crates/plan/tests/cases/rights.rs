//! Who may see and do what.

use super::said::{USERS, all};

#[test]
fn row_security() {
    let off = format!("{USERS} CREATE POLICY p ON users USING (score > 1);");
    let on = format!("{off} ALTER TABLE users ENABLE ROW LEVEL SECURITY;");
    all(
        USERS,
        &[
            (
                "ALTER TABLE users ENABLE ROW LEVEL SECURITY;",
                &["rls-change"],
            ),
            ("ALTER TABLE users DISABLE ROW LEVEL SECURITY;", &[]),
            ("ALTER TABLE users FORCE ROW LEVEL SECURITY;", &[]),
            (
                "CREATE POLICY p ON users USING (true); ALTER TABLE users ENABLE ROW LEVEL SECURITY;",
                &[],
            ),
            (
                "BEGIN; ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON users USING (true); COMMIT;",
                &[],
            ),
            (
                "CREATE TABLE a (id int); ALTER TABLE a ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a USING (true);",
                &[],
            ),
        ],
    );
    all(
        &off,
        &[
            ("DROP POLICY p ON users;", &[]),
            ("ALTER POLICY p ON users USING (true);", &[]),
            ("ALTER TABLE users ENABLE ROW LEVEL SECURITY;", &[]),
        ],
    );
    all(
        &on,
        &[
            ("ALTER TABLE users ENABLE ROW LEVEL SECURITY;", &[]),
            (
                "ALTER TABLE users DISABLE ROW LEVEL SECURITY;",
                &["rls-change"],
            ),
            (
                "ALTER TABLE users FORCE ROW LEVEL SECURITY;",
                &["rls-change"],
            ),
            ("DROP POLICY p ON users;", &["rls-change"]),
            ("DROP POLICY IF EXISTS q ON users;", &[]),
            ("ALTER POLICY p ON users USING (true);", &["rls-change"]),
            ("ALTER POLICY p ON users RENAME TO q;", &[]),
            (
                "CREATE POLICY q ON users AS RESTRICTIVE USING (score > 2);",
                &["rls-change"],
            ),
            (
                "BEGIN; DROP POLICY p ON users; CREATE POLICY p ON users USING (score > 1); COMMIT;",
                &[],
            ),
        ],
    );
}

#[test]
fn privileges() {
    let schema = format!(
        "{USERS} GRANT SELECT, INSERT ON users TO app; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"
    );
    all(
        &schema,
        &[
            ("REVOKE INSERT ON users FROM app;", &["privilege-revoked"]),
            ("REVOKE ALL ON users FROM app;", &["privilege-revoked"]),
            ("REVOKE ALL ON users FROM PUBLIC;", &[]),
            ("REVOKE UPDATE ON users FROM app;", &[]),
            (
                "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;",
                &["privilege-revoked"],
            ),
            (
                "BEGIN; REVOKE ALL ON users FROM app; GRANT SELECT, INSERT ON users TO app; COMMIT;",
                &[],
            ),
            ("GRANT UPDATE ON users TO app;", &[]),
            ("CREATE TABLE a (id int); REVOKE ALL ON a FROM app;", &[]),
        ],
    );
}
