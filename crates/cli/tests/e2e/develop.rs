//! `segue dev`, `generate`, `push`, `pull` and `reset`.

use segue::{Migrator, Person, Transition};

use crate::{
    harness::{Database, Outcome, Project, database, database_of_superuser},
    tools::{TOOLS, Tool},
};

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);\n";

const MORE: &str = "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, phone text);\n\
     CREATE INDEX users_by_phone ON users (phone);\n";

fn shadow(database: &Database) -> String {
    database.url_of("tester", "postgres")
}

/// A command on a database, with the server of the tests as its shadow.
fn run(project: &Project, database: &Database, arguments: &[&str]) -> Outcome {
    let shadow = shadow(database);
    project.on(database, &[arguments, &["--shadow-url", &shadow]].concat())
}

fn begun(database: &Database) -> Project {
    let project = Project::new();
    project
        .migration("20260101000000_users", USERS)
        .file("schema.sql", USERS);
    project.on(database, &["deploy"]).exits(0);
    project
}

/// The files of the migration whose name ends so.
fn written(project: &Project, ending: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(project.root().join("migrations")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(ending) {
            for name in ["migration.sql", "down.sql"] {
                files.push(std::fs::read_to_string(path.join(name)).unwrap());
            }
        }
    }
    files
}

#[test]
fn dev_writes_a_migration_with_its_way_back_and_applies_it() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    project.file("schema.sql", MORE);
    run(&project, &database, &["dev", "--name", "add phone"])
        .exits(0)
        .prints("ADD COLUMN phone text")
        .prints("_add_phone/migration.sql");
    let files = written(&project, "_add_phone");
    assert!(files[0].contains("ADD COLUMN phone text"), "{files:?}");
    assert!(files[1].contains("DROP COLUMN phone"), "{files:?}");
    assert!(!files[1].contains("Behind this"), "{files:?}");
    project.on(&database, &["status"]).exits(0);
    run(&project, &database, &["status", "--drift"]).exits(0);
    run(&project, &database, &["dev", "--name", "again"])
        .exits(0)
        .prints("no migration is needed");
}

#[test]
fn dev_applies_what_is_pending_first_and_may_only_write() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    project
        .migration("20260102000000_other", "CREATE TABLE other (id int);")
        .file("schema.sql", format!("{MORE}CREATE TABLE other (id int);"));
    run(
        &project,
        &database,
        &["dev", "--name", "later", "--create-only"],
    )
    .exits(0)
    .prints("_later/migration.sql");
    assert_eq!(database.relations("public"), "users");
    let files = written(&project, "_later");
    assert!(!files[0].contains("other"), "{files:?}");
    run(&project, &database, &["dev", "--name", "nothing"])
        .exits(0)
        .prints("no migration is needed");
    assert_eq!(database.relations("public"), "other users");
}

#[test]
fn dev_goes_no_further_where_the_database_is_not_what_its_migrations_make() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    project.file("schema.sql", MORE);
    database.sql("ALTER TABLE users ADD COLUMN by_hand int");
    run(&project, &database, &["dev", "--name", "x"])
        .exits(1)
        .says("the database is not what its migrations make")
        .says("column public.users.by_hand")
        .says("segue reset");
    database.sql("ALTER TABLE users DROP COLUMN by_hand");
    project.migration("20260101000000_users", &format!("{USERS}-- edited"));
    run(&project, &database, &["dev", "--name", "x"])
        .exits(1)
        .says("`20260101000000_users` was changed after it was applied");
    project.remove("migrations/20260101000000_users");
    project.migration("20260101000000_another", USERS);
    run(&project, &database, &["dev", "--name", "x"])
        .exits(1)
        .says("the database has the migration 20260101000000_users, which is not on disk");
    assert!(written(&project, "_x").is_empty());
}

#[test]
fn dev_does_not_apply_what_loses_data_unless_told_to() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    project.file("schema.sql", "CREATE TABLE users (id int PRIMARY KEY);");
    run(&project, &database, &["dev", "--name", "less"])
        .exits(1)
        .says("it loses data, and was not applied");
    let files = written(&project, "_less");
    assert!(files[0].contains("-- loses data:"), "{files:?}");
    assert!(files[1].contains("Not reversible"), "{files:?}");
    assert!(project.on(&database, &["status"]).out.contains("pending"));
    project.on(&database, &["deploy"]).exits(0);
}

#[test]
fn dev_writes_and_applies_in_every_layout() {
    let Some(_) = database() else { return };
    for tool in TOOLS {
        let database = database().expect("it was there a moment ago");
        let project = tool.project();
        tool.write(&project, 1, "users", USERS);
        project.on(&database, &["deploy"]).exits(0);
        project
            .file("schema.sql", MORE)
            .file("segue.toml", "schema_path = \"schema.sql\"\n");
        let document = run(
            &project,
            &database,
            &["dev", "--name", "add phone", "--json"],
        )
        .exits(0)
        .json();
        let migration = &document["migration"];
        assert_eq!(migration["layout"], tool.layout(), "{document}");
        assert_eq!(migration["unrestored"], serde_json::json!([]), "{document}");
        let text = project.text(migration["files"][0].as_str().unwrap());
        assert!(text.contains("ADD COLUMN phone text"), "{text}");
        project.on(&database, &["status"]).exits(0);
        run(&project, &database, &["status", "--drift"]).exits(0);
        run(&project, &database, &["dev", "--name", "again"])
            .exits(0)
            .prints("no migration is needed");
        if let Some(down) = migration["down"].as_str() {
            let text = project.text(down);
            assert!(text.contains("DROP COLUMN phone"), "{text}");
        }
    }
}

#[test]
fn generate_needs_no_database() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration("20260101000000_users", USERS)
        .file("schema.sql", MORE);
    let shadow = shadow(&database);
    let arguments = ["generate", "--name", "add phone", "--shadow-url", &shadow];
    project
        .segue(&arguments)
        .exits(0)
        .prints("ADD COLUMN phone text");
    project
        .segue(&arguments)
        .exits(0)
        .prints("no migration is needed");
    assert_eq!(written(&project, "_add_phone").len(), 2);
}

#[test]
fn push_changes_the_database_and_refuses_to_lose_data() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    project.file("schema.sql", MORE);
    run(&project, &database, &["push"])
        .exits(0)
        .prints("ADD COLUMN phone text");
    run(&project, &database, &["push"])
        .exits(0)
        .prints("has the schema already");
    project.file("schema.sql", USERS);
    run(&project, &database, &["push"])
        .exits(1)
        .says("this would lose data, and nothing was done")
        .says("column phone");
    run(&project, &database, &["push", "--accept-data-loss"]).exits(0);
    let columns = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'users'";
    assert_eq!(database.sql(columns), "2");
    // What is wrong with a row leaves everything as it was.
    database.sql("INSERT INTO users VALUES (1, 'same'), (2, 'same')");
    project.file(
        "schema.sql",
        "CREATE TABLE first (id int);\n\
         CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, EXCLUDE USING btree (email WITH =));",
    );
    run(&project, &database, &["push"])
        .exits(1)
        .says("could not create exclusion constraint");
    assert_eq!(database.relations("public"), "users");
}

#[test]
fn reset_brings_the_database_back_to_its_migrations() {
    // it drops the schema `public`, which is not the deployer's
    let Some(database) = database_of_superuser() else {
        return;
    };
    let project = begun(&database);
    project
        .file(
            "segue.toml",
            "[seed]\nfile = \"seed.sql\"\n[env.live]\nproduction = true\n",
        )
        .file("seed.sql", "INSERT INTO users VALUES (1, 'a@b.c');");
    database.sql("CREATE SCHEMA extra; CREATE TABLE extra.t (id int); CREATE TABLE junk (id int)");
    project
        .on(&database, &["reset"])
        .exits(1)
        .says("was not reset: all its data would be lost");
    project
        .on(&database, &["reset", "--force", "--env", "live"])
        .exits(1)
        .says("the environment `live` is production");
    assert!(database.relations("public").contains("junk"));
    project
        .on(&database, &["reset", "--force"])
        .exits(0)
        .prints("1 migration applied")
        .prints("seeded by segue.toml:2");
    assert_eq!(database.sql("SELECT count(*) FROM users"), "1");
    assert_eq!(database.relations("public"), "users");
    assert_eq!(database.sql("SELECT to_regnamespace('extra') IS NULL"), "t");
    run(&project, &database, &["status", "--drift"]).exits(0);
}

#[test]
fn what_is_pulled_is_the_schema_of_the_database() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    database.sql(
        "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad', 'ok'); \
         CREATE TABLE app.a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m app.mood DEFAULT 'ok'); \
         CREATE TABLE app.b (id serial PRIMARY KEY, a_id bigint REFERENCES app.a); \
         ALTER TABLE app.a ADD COLUMN b_id int REFERENCES app.b; \
         CREATE FUNCTION app.f(x app.a) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         CREATE VIEW app.v AS SELECT app.f(a) FROM app.a; COMMENT ON VIEW app.v IS 'one'; \
         CREATE FUNCTION app.t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER t BEFORE INSERT ON app.a FOR EACH ROW EXECUTE FUNCTION app.t(); \
         CREATE TABLE app.root (k int, v text) PARTITION BY LIST (k); \
         CREATE TABLE app.p1 PARTITION OF app.root FOR VALUES IN (1); \
         CREATE UNIQUE INDEX root_k ON app.root (k, v); CREATE INDEX p1_v ON app.p1 (v); \
         ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC",
    );
    project
        .on(&database, &["pull"])
        .exits(1)
        .says("there is another schema already");
    project
        .on(&database, &["pull", "--force"])
        .exits(0)
        .prints("schema.sql");
    let text = project.text("schema.sql");
    assert!(!text.contains("OWNER TO"), "{text}");
    let shadow = shadow(&database);
    let compare = |to: &str| {
        let sides = [
            "diff",
            "--from",
            "database",
            "--to",
            to,
            "--shadow-url",
            &shadow,
        ];
        project
            .on(&database, &sides)
            .exits(0)
            .prints("no differences");
    };
    compare("schema.sql");
    project
        .on(&database, &["pull", "--split", "--to", "db"])
        .exits(0)
        .prints("db/app/tables/a.sql")
        .prints("db/app/views/v.sql");
    compare("db");
    project
        .on(&database, &["pull", "--to", "db"])
        .exits(0)
        .prints("nothing has changed");
    database.sql("DROP VIEW app.v");
    project
        .on(&database, &["pull", "--to", "db", "--force"])
        .exits(0)
        .prints("removed db/app/views/v.sql");
}

#[test]
fn the_desired_schema_may_be_what_a_program_prints() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    project
        .file("print.sh", format!("echo '{MORE}'"))
        .file("segue.toml", "schema_command = [\"sh\", \"print.sh\"]\n");
    run(&project, &database, &["push"])
        .exits(0)
        .prints("ADD COLUMN phone text");
    project.file("print.sh", "echo oh >&2; exit 3");
    run(&project, &database, &["push"])
        .exits(1)
        .says("sh failed")
        .says("it says: oh");
}

#[cfg(unix)]
#[test]
fn a_prisma_project_is_worked_on_from_its_own_language_which_cannot_say_everything() {
    let Some(database) = database() else { return };
    let project = Tool::Prisma.project();
    Tool::Prisma.write(
        &project,
        1,
        "users",
        &format!("{USERS}CREATE VIEW mails AS SELECT email FROM users;\nALTER TABLE users ADD CHECK (id > 0);\n"),
    );
    project.on(&database, &["deploy"]).exits(0);
    project
        .file(
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n}\n",
        )
        .file(
            "package.json",
            "{\"devDependencies\": {\"prisma\": \"7.1.0\"}}",
        )
        .file(
            "node_modules/.bin/prisma",
            format!("#!/bin/sh\necho \"$@\" > asked\necho '{MORE}'\n"),
        );
    let program = project.root().join("node_modules/.bin/prisma");
    std::fs::set_permissions(
        &program,
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    run(&project, &database, &["dev", "--name", "phone"])
        .exits(0)
        .prints("ADD COLUMN phone text")
        .never_says("mails")
        .never_says("check");
    let asked = project.text("asked");
    assert!(
        asked.starts_with("migrate diff --from-empty --to-schema "),
        "{asked}"
    );
}

/// Somebody who says yes to everything, and keeps what was asked.
#[derive(Default)]
struct Obliging(Vec<String>);

impl Person for Obliging {
    fn renamed(&mut self, gone: &str, new: &str) -> bool {
        self.0.push(format!("{gone} -> {new}"));
        true
    }

    fn may_lose(&mut self, _: &Transition) -> bool {
        true
    }
}

#[test]
fn what_goes_and_comes_is_asked_about_and_renamed_with_all_that_is_named_after_it() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20260101000000_people",
            "CREATE TABLE people (id serial PRIMARY KEY, mail text UNIQUE, age int);",
        )
        .file(
            "schema.sql",
            "CREATE TABLE people (id serial PRIMARY KEY, email text UNIQUE, age int);",
        );
    let mut person = Obliging::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    // Nothing is looked for in the environment of the tests but what is named here.
    let migrator = Migrator::new()
        .dir(project.root().join("migrations"))
        .config(project.root().join("segue.toml"))
        .url(&database.url)
        .shadow_url(shadow(&database));
    let schema = project.root().join("schema.sql");
    project.file(
        "segue.toml",
        format!("schema_path = \"{}\"\n", schema.display()),
    );
    let drafted = runtime
        .unwrap()
        .block_on(migrator.generate("email", &mut person))
        .unwrap()
        .unwrap();
    assert_eq!(
        person.0,
        ["column public.people.mail -> column public.people.email"]
    );
    assert_eq!(
        drafted.up.sql(),
        "ALTER TABLE public.people RENAME CONSTRAINT people_mail_key TO people_email_key;\n\
         ALTER TABLE public.people RENAME COLUMN mail TO email;\n"
    );
    assert!(drafted.unreached.is_empty() && drafted.unrestored.is_empty());
    let down = std::fs::read_to_string(drafted.down.unwrap()).unwrap();
    assert!(down.contains("RENAME COLUMN email TO mail"), "{down}");
    // Where nobody is asked it goes and comes.
    project.remove(drafted.files[0].parent().unwrap().to_str().unwrap());
    let shadow = shadow(&database);
    let arguments = ["generate", "--name", "x", "--shadow-url", &shadow];
    project
        .segue(&arguments)
        .exits(0)
        .prints("loses data: the values of column mail");
}

#[test]
fn a_new_value_of_an_enum_is_committed_before_it_is_used() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20260101000000_mood",
            "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (m mood DEFAULT 'sad');",
        )
        .file(
            "schema.sql",
            "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (m mood DEFAULT 'ok');",
        );
    project.on(&database, &["deploy"]).exits(0);
    run(&project, &database, &["dev", "--name", "ok"])
        .exits(0)
        .prints("_ok_values/migration.sql")
        .prints("2 migrations applied");
    let files = written(&project, "_ok");
    assert!(files[0].starts_with("ALTER TABLE public.t"), "{files:?}");
    let files = written(&project, "_ok_values");
    assert!(
        files[0].starts_with("ALTER TYPE public.mood ADD VALUE"),
        "{files:?}"
    );
    run(&project, &database, &["status", "--drift"]).exits(0);
    project.file(
        "schema.sql",
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad'); CREATE TABLE t (m mood DEFAULT 'glad');",
    );
    run(&project, &database, &["push"]).exits(0);
    run(&project, &database, &["push"])
        .exits(0)
        .prints("has the schema already");
}

#[test]
fn pull_begins_a_project_that_has_only_a_database() {
    let Some(database) = database() else { return };
    database.sql(USERS);
    let project = Project::new();
    let variables = [("DATABASE_URL", database.url.as_str())];
    let pull = || project.segue_with(&variables, &["pull"]);
    pull().exits(0).prints("schema.sql");
    assert!(
        project
            .text("schema.sql")
            .contains("CREATE TABLE public.users")
    );
    pull().exits(0).prints("nothing has changed");
}

#[test]
fn dev_makes_a_database_that_is_missing() {
    let Some(database) = database() else { return };
    let project = Project::new();
    project
        .migration("20260101000000_users", USERS)
        .file("schema.sql", MORE);
    let name = format!("{}_new", database.name());
    let new = Database::of(database.cluster, "tester", &name);
    run(&project, &new, &["dev", "--name", "more"]).exits(0);
    assert_eq!(new.relations("public"), "users");
}
