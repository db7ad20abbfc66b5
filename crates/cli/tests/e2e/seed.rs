//! `segue seed`: a command or a file that fills the database.

use crate::harness::{Project, database};

fn with(seed: &str) -> Project {
    let project = Project::new();
    project.file("segue.toml", seed).migration(
        "20260101000000_a",
        "CREATE TABLE t (id int PRIMARY KEY, name text);",
    );
    project
}

#[test]
fn a_command_gets_the_url_that_counts_and_its_output_passes_through() {
    let Some(db) = database() else { return };
    let project = with(
        "[seed]\ncommand = \"\"\"echo some seed data; echo a warning >&2; pwd; \
         test -z \"${DATABASE_URL_FILE:-}\" && psql -qX \"${DATABASE_URL}\" -c 'INSERT INTO t VALUES (1)'\"\"\"\n",
    );
    project.on(&db, &["deploy"]).exits(0);
    let elsewhere = [
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
        ("DATABASE_URL_FILE", "/nothing"),
    ];
    let seeded = project
        .segue_with(&elsewhere, &["seed", "--url", &db.url])
        .exits(0);
    let folder = project.root().canonicalize().unwrap().display().to_string();
    seeded
        .prints("some seed data\n")
        .prints(&folder)
        .says("a warning")
        .prints("seeded database ")
        .prints("(by segue.toml:2)");
    assert_eq!(db.sql("SELECT id FROM t"), "1");
    // In JSON the document alone is on stdout. The row is there already: the command fails.
    let again = project
        .on(&db, &["seed", "--json"])
        .exits(1)
        .says("some seed data");
    assert_eq!(again.json()["error"]["problems"][0]["place"]["line"], 2);
}

#[test]
fn an_array_is_a_program_and_its_arguments_without_a_shell() {
    let Some(db) = database() else { return };
    let project = with("[seed]\ncommand = [\"printf\", \"<%s>\", \"$HOME; a b\"]\n");
    project.on(&db, &["seed"]).exits(0).prints("<$HOME; a b>");
    with("seed.command = [\"no-such-program-here\"]")
        .on(&db, &["seed"])
        .exits(1)
        .says("`no-such-program-here` cannot be started")
        .says("segue.toml:1:16");
}

#[test]
fn a_command_that_fails_is_shown_with_its_code() {
    let Some(db) = database() else { return };
    with("[seed]\ncommand = \"exit 7 # postgres://me:hunter2@h/d\"\n")
        .on(&db, &["seed"])
        .exits(1)
        .never_says("hunter2")
        .says("the seed ended with exit code 7")
        .says("segue.toml:2:11");
    with("[seed]\ncommand = \"kill -9 $$\"\n")
        .on(&db, &["seed"])
        .exits(1)
        .says("the seed did not end by itself: signal: 9");
}

#[test]
fn a_file_is_one_transaction() {
    let Some(db) = database() else { return };
    let project = with("[seed]\nfile = \"data/seed.sql\"\n");
    project.on(&db, &["deploy"]).exits(0);
    project
        .file(
            "data/seed.sql",
            "INSERT INTO t VALUES (1, 'a;b');\nINSERT INTO t VALUES (2), (1);\n",
        )
        .on(&db, &["seed"])
        .exits(1)
        .says("data/seed.sql:2:")
        .says("duplicate key")
        .says("nothing of `seed.sql` is committed");
    assert_eq!(db.sql("SELECT count(*) FROM t"), "0");
    project.file(
        "data/seed.sql",
        "INSERT INTO t VALUES (1, 'a;b');\nCOPY t FROM stdin;\n2\tx\n\\.\n",
    );
    let seeded = project.on(&db, &["seed", "--json"]).exits(0).json();
    assert_eq!(seeded["statements"], 2);
    assert_eq!(seeded["origin"], "segue.toml:2");
    assert_eq!(
        db.sql("SELECT string_agg(name, ',' ORDER BY id) FROM t"),
        "a;b,x"
    );
    // A seed is no migration.
    project.on(&db, &["status"]).exits(0);
    assert_eq!(db.sql("SELECT count(*) FROM segue.migrations"), "1");
}

#[test]
fn a_file_that_cannot_be_one_transaction_is_refused_before_it_runs() {
    let Some(db) = database() else { return };
    let project = with("[seed]\nfile = \"seed.sql\"\n");
    for (sql, place) in [
        ("SELECT 1;\nVACUUM;\n", "seed.sql:2:1"),
        (
            "SELECT 1;\nCOMMIT;\nCREATE TABLE u (id int);\n",
            "seed.sql:3:1",
        ),
    ] {
        project
            .file("seed.sql", sql)
            .on(&db, &["seed"])
            .exits(1)
            .says("a seed file runs in one transaction")
            .says(place);
    }
    project
        .remove("seed.sql")
        .on(&db, &["seed"])
        .exits(1)
        .says("there is no `seed.sql`");
    db.is_untouched();
}

#[test]
fn production_is_seeded_only_on_request() {
    let Some(db) = database() else { return };
    let project = with("[seed]\ncommand = \"echo seeding\"\n[env.live]\nproduction = true\n");
    project
        .on(&db, &["seed", "--env", "live"])
        .exits(1)
        .says("the environment `live` is production")
        .never_says("seeding it all")
        .says("--yes");
    project
        .on(&db, &["seed", "--env", "live", "--yes"])
        .exits(0)
        .prints("seeding\n");
    project.on(&db, &["seed"]).exits(0).prints("seeding\n");
}

#[test]
fn without_a_seed_it_is_said_where_to_name_one() {
    let Some(db) = database() else { return };
    with("")
        .on(&db, &["seed"])
        .exits(1)
        .says("the project has no seed")
        .says("[seed]");
}

#[test]
fn a_command_is_refused_for_the_embedded_server_which_is_inside_of_segue() {
    for url in [["--url", "embedded"].as_slice(), &[]] {
        with("[seed]\ncommand = \"echo seeding\"\n")
            .segue(&[&["seed"], url].concat())
            .exits(1)
            .says("could not connect to the embedded PostgreSQL")
            .says("file = \"seed.sql\"")
            .says("segue.toml:2:11");
    }
}

#[test]
fn the_seed_of_prismas_own_configuration_is_used_unless_segue_toml_has_one() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .file(
            "package.json",
            "{\"prisma\": {\"seed\": \"fill --with \\\"quotes\\\"\"}}",
        )
        .file("prisma/schema.prisma", "")
        .file(
            "prisma/migrations/20260101000000_a/migration.sql",
            "SELECT 1;",
        )
        .file(
            "node_modules/.bin/fill",
            "#!/bin/sh\necho \"filled $* of ${DATABASE_URL##*/}\"\n",
        );
    let program = project.root().join("node_modules/.bin/fill");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(program, executable).unwrap();
    project
        .on(&db, &["seed"])
        .exits(0)
        .prints(&format!("filled --with \"quotes\" of {}", db.name()))
        .prints("package.json:1)");
    project
        .file("segue.toml", "seed.command = \"echo our own\"\n")
        .on(&db, &["seed"])
        .exits(0)
        .prints("our own\n")
        .never_says("filled");
}

#[test]
fn a_stopped_seed_ends_its_command() {
    let Some(db) = database() else { return };
    let project = with("[seed]\ncommand = \"echo started; exec sleep 1000\"\n");
    let mut running = project.start_on(&db, &["seed", "--json"]);
    running.until_it_says("started");
    running.signal(libc::SIGTERM);
    let stopped = running.wait().exits(130);
    assert_eq!(stopped.json()["error"]["kind"], "interrupted");
}
