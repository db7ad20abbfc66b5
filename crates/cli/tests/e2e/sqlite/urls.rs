//! Where the database is said to be: the forms of every tool, and their configuration.

use super::Lite;
use crate::tools::Tool;

const ONE: &str = "CREATE TABLE one (id int);";

#[test]
fn every_tools_form_of_the_url_is_understood() {
    let lite = Lite::made();
    lite.write(1, "one", ONE);
    lite.deploy().exits(0);
    let whole = lite.path();
    let whole = whole.to_str().unwrap();
    let forms = [
        "app.db".to_owned(),
        "./app.db".to_owned(),
        "sqlite://app.db".to_owned(),
        "file:./app.db?connection_limit=1".to_owned(),
        "sqlite3://app.db".to_owned(),
        "jdbc:sqlite:app.db".to_owned(),
        "SQLITE:app.db".to_owned(),
        format!("sqlite:{whole}"),
        format!("sqlite://{whole}"),
        format!("file:{whole}"),
        format!("file://{whole}"),
        whole.to_owned(),
    ];
    for form in &forms {
        lite.project
            .segue(&["deploy", "--url", form])
            .exits(0)
            .prints("up to date");
        lite.project
            .segue_with(&[("DATABASE_URL", form)], &["status"])
            .exits(0);
    }
    lite.project
        .segue(&["status", "--url", "file:app.db?connection_limit=1"])
        .exits(0)
        .says("parameters and variables without effect: connection_limit");
}

#[test]
fn names_with_blanks_and_letters_of_any_kind_are_files() {
    let lite = Lite::own();
    lite.write(1, "one", ONE);
    for (url, name) in [
        ("sqlite:my%20app%23.db", "my app#.db"),
        ("my app'.db", "my app'.db"),
        ("sqlite:ünï.db", "ünï.db"),
        ("a%20b.db", "a%20b.db"),
    ] {
        lite.project
            .segue(&["deploy", "--create-database", "--url", url])
            .exits(0);
        assert!(lite.project.root().join(name).is_file(), "{name}");
    }
    // A path that ends like nothing is known by what is in it.
    std::fs::copy(
        lite.project.root().join("ünï.db"),
        lite.project.root().join("data"),
    )
    .unwrap();
    lite.project
        .segue(&["status", "--url", "data"])
        .exits(0)
        .says("SQLite in data");
    lite.project
        .segue(&["deploy", "--url", "sqlite:"])
        .exits(1)
        .says("names no file");
    lite.project
        .segue(&["deploy", "--url", "libsql://x.turso.io?authToken=secret"])
        .exits(1)
        .never_says("secret");
}

fn prisma() -> Lite {
    let lite = Lite::new(Tool::Prisma);
    lite.write(1, "one", ONE);
    lite
}

#[test]
fn prismas_files_are_beside_the_schema_or_in_the_current_folder() {
    let schema = "datasource db {\n  provider = \"sqlite\"\n  url = \"file:./dev.db\"\n}\n";
    let lite = prisma();
    lite.project.file("prisma/schema.prisma", schema);
    // Neither is there: as version 7, which every new project has.
    lite.project
        .segue(&["deploy"])
        .exits(0)
        .says("prisma/schema.prisma:3");
    assert!(lite.project.root().join("dev.db").is_file());

    let lite = prisma();
    lite.project.file("prisma/schema.prisma", schema);
    lite.project.file("prisma/dev.db", "");
    lite.project.segue(&["deploy"]).exits(0);
    assert!(!lite.project.root().join("dev.db").exists());
    let there = rusqlite::Connection::open(lite.project.root().join("prisma/dev.db")).unwrap();
    assert_eq!(super::sql(&there, "SELECT count(*) FROM one"), "0");

    lite.project.file("dev.db", "");
    lite.project
        .segue(&["deploy"])
        .exits(1)
        .says("could be either of two databases")
        .says("as Prisma up to version 6 has it");
}

#[test]
fn the_configuration_of_prisma_and_drizzle_names_the_file() {
    let lite = prisma();
    lite.project.file("package.json", "{}").file(
        "prisma.config.ts",
        "import { defineConfig, env } from 'prisma/config'\nexport default defineConfig({\n  datasource: { url: env('DATABASE_URL') ?? 'file:./app.db' },\n})\n",
    );
    lite.project
        .segue(&["deploy"])
        .exits(0)
        .says("prisma.config.ts:3");
    assert_eq!(lite.tables(), "one");

    for (tool, url) in [
        (Tool::Drizzle, "file:app.db"),
        (Tool::Drizzle, "./app.db"),
        (Tool::DrizzleV1, "app.db"),
    ] {
        let lite = Lite::new(tool);
        lite.write(1, "one", ONE);
        lite.project.file(
            "drizzle.config.ts",
            format!("export default {{\n  dialect: 'sqlite', out: './drizzle',\n  dbCredentials: {{ url: '{url}' }},\n}}\n"),
        );
        lite.project
            .segue(&["deploy"])
            .exits(0)
            .says("drizzle.config.ts:3");
        assert_eq!(lite.tables(), "one");
    }

    let lite = Lite::made();
    lite.write(1, "one", ONE);
    lite.project
        .file("segue.toml", "[env.test]\nurl = \"sqlite:app.db\"\n");
    lite.project.segue(&["deploy", "--env", "test"]).exits(0);
}

#[test]
fn migrations_for_another_kind_of_database_are_refused_with_a_caret() {
    let lite = prisma();
    lite.project
        .segue(&["deploy", "--url", "postgres://x@127.0.0.1:1/x"])
        .exits(1)
        .says("these migrations are written for SQLite")
        .says("migration_lock.toml:1:")
        .says("--url sqlite:FILE");
    let lite = prisma();
    lite.project.file(
        "prisma/migrations/migration_lock.toml",
        "provider = \"postgresql\"\n",
    );
    lite.deploy()
        .exits(1)
        .says("these migrations are written for PostgreSQL")
        .says("migration_lock.toml:1:1");
    let lite = Lite::new(Tool::Drizzle);
    Tool::Drizzle.write(&lite.project, 1, "one", ONE);
    lite.deploy()
        .exits(1)
        .says("written for PostgreSQL")
        .says("_journal.json:1:");
    assert!(!lite.path().exists());
}
