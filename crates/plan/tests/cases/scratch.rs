#[test]
fn scratch() {
    let found = super::judge(
        "CREATE TABLE users (id bigint PRIMARY KEY, nick text); INSERT INTO users SELECT g, 'n' FROM generate_series(1,20000) g;",
        "BEGIN; ALTER TABLE users RENAME TO members; CREATE VIEW users AS SELECT id, nick FROM members; COMMIT;",
        &[],
    );
    println!("{found:#?}");
}
