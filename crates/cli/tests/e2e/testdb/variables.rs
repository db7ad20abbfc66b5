//! Which variables lead a command to its database.

use super::ready;
use crate::harness::{Project, database_of_superuser};

/// What a command finds in the environment, sorted, and the URL of its database.
fn environment(project: &Project, server: &str, variables: &[(&str, &str)]) -> (String, String) {
    let arguments = ["testdb", "--shadow-url", server, "--", "env"];
    let outcome = project.segue_with(variables, &arguments).exits(0);
    let url = outcome
        .out
        .lines()
        .find_map(|line| line.strip_prefix("DATABASE_URL="));
    let url = url.expect("DATABASE_URL").to_owned();
    (outcome.out, url)
}

#[test]
fn what_could_lead_elsewhere_is_another_one_or_gone() {
    let Some((project, server)) = ready() else {
        return;
    };
    project
        .file("segue.toml", "url = \"${APP_DATABASE}\"\n")
        .file("services", "[elsewhere]\nhost=elsewhere\n");
    let elsewhere = [
        ("APP_DATABASE", "postgres://elsewhere/app"),
        ("DATABASE_URL_FILE", "/elsewhere"),
        ("DIRECT_URL", "postgres://elsewhere/app"),
        ("PGSERVICE", "elsewhere"),
        ("PGSERVICEFILE", "services"),
        ("PGDATABASE", "elsewhere"),
    ];
    let (all, url) = environment(&project, &server.bare_url(), &elsewhere);
    let name = url.rsplit('/').next().unwrap();
    assert!(name.starts_with("segue_test_"), "{url}");
    assert!(!all.contains("elsewhere"), "{all}");
    for line in [
        format!("APP_DATABASE={url}"),
        format!("DIRECT_URL={url}"),
        format!("PGDATABASE={name}"),
        "PGUSER=tester".to_owned(),
        "PGPORT=5432".to_owned(),
        format!("SEGUE_TEST_URL={}", server.bare_url()),
    ] {
        assert!(all.lines().any(|found| found == line), "no {line} in {all}");
    }
}

#[test]
fn the_variables_of_prismas_schema_are_set_and_its_schema_comes_along() {
    let Some(server) = database_of_superuser() else {
        return;
    };
    let project = Project::new();
    project
        .file(
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n  url = env(\"POSTGRES_PRISMA_URL\")\n  \
             directUrl = env(\"POSTGRES_DIRECT\")\n}\n",
        )
        .file(
            "prisma/migrations/migration_lock.toml",
            "provider = \"postgresql\"\n",
        )
        .file(
            "prisma/migrations/20260101000000_a/migration.sql",
            "CREATE TABLE users (id int);",
        );
    let own = [(
        "POSTGRES_PRISMA_URL",
        "postgres://app@db.example.com/app?schema=shop",
    )];
    let (all, url) = environment(&project, &server.bare_url(), &own);
    assert!(url.ends_with("?schema=shop"), "{url}");
    for name in ["POSTGRES_PRISMA_URL", "POSTGRES_DIRECT"] {
        assert!(all.contains(&format!("{name}={url}\n")), "{all}");
    }
    let script = "psql -XAtc \"SELECT 'in ' || relnamespace::regnamespace FROM pg_class WHERE relname = 'users'\"";
    project
        .segue_with(
            &own,
            &[
                "testdb",
                "--shadow-url",
                &server.bare_url(),
                "--",
                "sh",
                "-c",
                script,
            ],
        )
        .prints("in shop");
}

#[test]
fn tools_without_a_database_url_have_their_own_variables() {
    let Some(server) = database_of_superuser() else {
        return;
    };
    let goose = Project::new();
    goose.file("migrations/00001_a.sql", "-- +goose Up\nSELECT 1;\n");
    let (all, url) = environment(&goose, &server.bare_url(), &[]);
    for line in [
        format!("GOOSE_DBSTRING={url}\n"),
        "GOOSE_DRIVER=postgres\n".to_owned(),
    ] {
        assert!(all.contains(&line), "no {line} in {all}");
    }
    let flyway = Project::new();
    flyway.file("db/migration/V1__a.sql", "SELECT 1;");
    let (all, url) = environment(&flyway, &server.bare_url(), &[]);
    let name = url.rsplit('/').next().unwrap();
    assert!(
        all.contains("FLYWAY_USER=tester\n") && all.contains("FLYWAY_URL=jdbc:postgresql://"),
        "{all}"
    );
    assert!(all.contains(&format!("/{name}?sslmode=")), "{all}");
}
