//! `segue test --sample`: rows of a live database, masked.

use crate::harness::{Database, Outcome, Project, database, database_of_superuser};

const SCHEMA: &str = "CREATE TABLE users (email text PRIMARY KEY, name text NOT NULL, born date, about jsonb, phone varchar(12));\n\
     CREATE TABLE logins (id int PRIMARY KEY, email text NOT NULL REFERENCES users, before int REFERENCES logins, result text);\n";

/// A live database: 300 people, and a few logins of the last of them, each but the first behind another one.
fn live() -> Option<Database> {
    let live = database()?;
    live.sql(&format!(
        "{SCHEMA} INSERT INTO users SELECT 'person' || g || '@example.com', 'Person No. ' || g, date '2000-01-01' + g, \
         jsonb_build_object('city', 'London', 'age', g), '+44 20 ' || g FROM generate_series(1, 299) g; \
         INSERT INTO users VALUES ('ada@example.com', 'Ada Lovelace', '1815-12-10', '{{\"city\": \"London\"}}', NULL); \
         INSERT INTO logins SELECT g, 'ada@example.com', nullif(g - 1, 0), 'accepted' FROM generate_series(1, 3) g; ANALYZE"
    ));
    Some(live)
}

/// Tries a migration with a sample of the live database and what `expected` says of its rows.
fn tried(live: &Database, shadow: &Database, config: &str, expected: &str) -> Outcome {
    let project = Project::new();
    project
        .file(
            "segue.toml",
            format!("sample_url = \"{}\"\n{config}", live.url),
        )
        .migration("0001_users", SCHEMA)
        .migration("0002_slug", "ALTER TABLE users ADD COLUMN slug text;\n")
        .file("migrations/0002_slug/test.sql", expected);
    project.segue(&[
        "test",
        "0002_slug",
        "--rows",
        "5",
        "--shadow-url",
        &shadow.url,
    ])
}

const ADA: &str = "born = '1815-12-10'";

#[test]
fn rows_come_with_what_they_refer_to_and_without_what_names_people() {
    let (Some(live), Some(shadow)) = (live(), database_of_superuser()) else {
        return;
    };
    let config = "[mask]\n\"users.phone\" = \"null\"\n\"logins.result\" = \"keep\"\n\"users.name\" = \"hash\"\n";
    let expected = format!(
        "-- expect: 3\nSELECT count(*) FROM logins JOIN users USING (email) WHERE {ADA};\n\
         -- expect: true\nSELECT bool_and(email ~ '^[a-z]{{3}}@[a-z]{{7}}\\.[a-z]{{3}}$' AND email <> 'ada@example.com') FROM users WHERE {ADA};\n\
         -- expect: true\nSELECT bool_and(name ~ '^[0-9a-f]{{32}}$') FROM users WHERE {ADA};\n\
         -- expect: 0\nSELECT count(*) FROM users WHERE email LIKE 'person%@example.com' OR email = 'ada@example.com' OR name LIKE 'Person%' OR about ->> 'city' = 'London';\n\
         -- expect: true\nSELECT bool_and(about ? 'city') FROM users WHERE {ADA};\n\
         -- expect: true\nSELECT count(*) >= 5 AND count(phone) = 0 FROM users WHERE born BETWEEN '2000-01-01' AND '2001-01-01' AND name ~ '^[0-9a-f]{{32}}$';\n\
         -- expect: 2\nSELECT count(*) FROM logins WHERE result = 'accepted' AND before IS NOT NULL;\n"
    );
    tried(&live, &shadow, config, &expected)
        .exits(0)
        .prints("ok       0002_slug")
        .never_says("example.com");
    // nothing was written there
    assert_eq!(live.sql("SELECT count(*) FROM users"), "300");
}

#[test]
fn what_is_misspelt_is_told_before_anything_is_read() {
    let (Some(live), Some(shadow)) = (live(), database_of_superuser()) else {
        return;
    };
    tried(
        &live,
        &shadow,
        "[mask]\n\"users.emial\" = \"hash\"\n",
        "SELECT 1;\n",
    )
    .exits(1)
    .says("there is no column users.emial")
    .says("segue.toml:3");
    tried(
        &live,
        &shadow,
        "[mask]\n\"users.born\" = \"fake\"\n",
        "SELECT 1;\n",
    )
    .exits(1)
    .says("public.users.born is date: only texts, JSON, bytea and addresses can be masked so");
}

#[test]
fn what_may_not_be_read_and_what_a_check_refuses_is_left_out_and_told() {
    let (Some(live), Some(shadow)) = (live(), database_of_superuser()) else {
        return;
    };
    live.as_superuser("CREATE ROLE sample_reader LOGIN");
    live.sql(
        "ALTER TABLE logins ADD CHECK (result IN ('accepted', 'refused')); \
         CREATE TABLE private (id int); \
         GRANT SELECT ON users, logins TO sample_reader; GRANT USAGE ON SCHEMA public TO sample_reader",
    );
    let project = Project::new();
    project
        .migration(
            "0001_users",
            &format!("{SCHEMA} ALTER TABLE logins ADD CHECK (result IN ('accepted', 'refused'));"),
        )
        .migration("0002_slug", "ALTER TABLE users ADD COLUMN slug text;\n");
    let url = live.url_of("sample_reader", &live.name());
    project
        .segue(&[
            "test",
            "0002_slug",
            "--rows",
            "5",
            "--sample",
            &url,
            "--shadow-url",
            &shadow.url,
        ])
        .exits(0)
        .says("no rows of public.private were sampled: permission denied")
        .prints("3 of 3 sampled rows of public.logins were left out")
        .prints("logins_result_check");
}

#[test]
fn a_database_that_cannot_be_reached_is_no_sample() {
    let Some(shadow) = database_of_superuser() else {
        return;
    };
    let project = Project::new();
    project.migration("0001_users", SCHEMA);
    project
        .segue(&[
            "test",
            "--sample",
            "postgres://someone:planted-password@127.0.0.1:1/app",
            "--shadow-url",
            &shadow.url,
        ])
        .exits(1)
        .says("--sample")
        .never_says("planted-password");
}
