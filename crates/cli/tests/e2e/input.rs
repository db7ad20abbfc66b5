//! Files and arguments that are not as they should be: a clear message, and nothing is changed.

use crate::harness::{Project, database};

#[test]
fn a_file_that_is_not_utf_8_is_refused_with_its_place() {
    let Some(db) = database() else { return };
    Project::new()
        .migration("20240101000001_one", "CREATE TABLE one (id int);")
        .file(
            "migrations/20240101000002_two/migration.sql",
            b"SELECT 1;\nSELECT 'gr\xfc\xdfe';\n",
        )
        .on(&db, &["deploy"])
        .exits(1)
        .says("is not UTF-8")
        .says("20240101000002_two/migration.sql:2:11")
        .says("0xfc");
    db.is_untouched();
}

#[test]
fn a_file_in_utf_16_is_refused() {
    let Some(db) = database() else { return };
    let text: Vec<u8> = "\u{feff}SELECT 1;"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    Project::new()
        .file("migrations/20240101000001_one/migration.sql", text)
        .on(&db, &["deploy"])
        .exits(1)
        .says("is not UTF-8");
    db.is_untouched();
}

#[test]
fn a_byte_order_mark_is_not_sent_and_said() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration("20240101000001_one", "\u{feff}CREATE TABLE one (id int);")
        .on(&db, &["deploy"])
        .exits(0)
        .says("byte-order mark");
    assert_eq!(db.relations("public"), "one");
    let hash = "SELECT checksum = encode(sha256(decode('efbbbf', 'hex') || \
         convert_to('CREATE TABLE one (id int);', 'UTF8')), 'hex') FROM segue.migrations";
    assert_eq!(db.sql(hash), "t");
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn lines_that_end_as_on_windows_are_run() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20240101000001_one",
            "-- why\r\nCREATE TABLE one (\r\n  id int,\r\n  t text\r\n);\r\nCOPY one FROM stdin;\r\n\
             1\tx\r\n\\.\r\n\\unrestrict abc\r\nINSERT INTO one VALUES (2, 'y');\r\n",
        )
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.sql("SELECT id, t FROM one ORDER BY 1"), "1|x\n2|y");
    project
        .migration("20240101000002_two", "SELECT 1;\r\nSELECT nix;\r\n")
        .on(&db, &["deploy"])
        .exits(1)
        .says("20240101000002_two/migration.sql:2:8")
        .never_says("\r");
}

#[test]
fn an_empty_folder_has_nothing_to_deploy() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.file("migrations/.keep", "");
    for command in ["deploy", "baseline"] {
        project
            .on(&db, &[command])
            .exits(1)
            .says("no migrations in")
            .says("segue new NAME");
    }
    db.is_untouched();
}

#[test]
fn a_missing_folder_is_said() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("no folder of migrations here")
        .says("segue init");
    project
        .on(&db, &["deploy", "--dir", "nowhere"])
        .exits(1)
        .says("there is no `nowhere`");
    project
        .file("file", "")
        .on(&db, &["deploy", "--dir", "file"])
        .exits(1)
        .says("`file` is not a folder");
    db.is_untouched();
}

#[test]
fn a_folder_above_the_migrations_is_answered_with_where_they_are() {
    let Some(db) = database() else { return };
    Project::new()
        .file(
            "all/deep/20240101000001_one/migration.sql",
            "CREATE TABLE one (id int);",
        )
        .on(&db, &["deploy", "--dir", "all"])
        .exits(1)
        .says("no migrations in `all`")
        .says("all/deep");
}

#[test]
fn empty_files_and_files_of_comments_are_recorded() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration("20240101000001_empty", "")
        .migration(
            "20240101000002_comments",
            "-- nothing\n/* at /* all */ */\n;;\n",
        )
        .migration("20240101000003_blank", " \n\t\n")
        .on(&db, &["deploy"])
        .exits(0)
        .prints("3 migrations applied");
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn an_empty_file_of_diesel_is_refused_as_diesel_does() {
    let Some(db) = database() else { return };
    Project::new()
        .file("diesel.toml", "")
        .file("migrations/2024-01-01-000001_one/up.sql", "")
        .on(&db, &["deploy"])
        .exits(1)
        .says("is empty");
    db.is_untouched();
}

#[test]
fn a_broken_segue_toml_is_shown_with_line_and_caret() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration("20240101000001_one", "CREATE TABLE one (id int);");
    for (text, message, place) in [
        ("# first\nlayout = \n", "", "segue.toml:2:"),
        (
            "layout = \"segue\"\nlock_timeuot = \"1s\"\n",
            "lock_timeuot",
            "segue.toml:2:1",
        ),
        ("lock_timeout = \"soon\"\n", "soon", "segue.toml:1:16"),
        ("layout = \"nonsense\"\n", "nonsense", "segue.toml:1:10"),
        ("strict = \"yes\"\n", "strict", "segue.toml:1:10"),
        ("schema = \"${NOT_SET}\"\n", "NOT_SET", "segue.toml:1:"),
    ] {
        project
            .file("segue.toml", text)
            .on(&db, &["deploy"])
            .exits(1)
            .says(message)
            .says(place)
            .says("^");
    }
    db.is_untouched();
}

#[test]
fn an_unknown_key_is_answered_with_the_one_that_is_meant() {
    Project::new()
        .migration("20240101000001_one", "")
        .file("segue.toml", "lock_timeuot = \"1s\"\n")
        .segue(&["status", "--url", "postgresql:///x"])
        .exits(1)
        .says("lock_timeout");
}

#[test]
fn an_unknown_environment_is_refused() {
    let project = Project::new();
    project
        .migration("20240101000001_one", "")
        .file("segue.toml", "[env.staging]\nurl = \"postgresql:///x\"\n");
    project
        .segue(&["status", "--env", "stagin"])
        .exits(1)
        .says("no section [env.stagin]")
        .says("staging");
}

#[test]
fn an_unknown_migration_is_refused_with_those_that_may_be_meant() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration("20240101000001_one", "CREATE TABLE one (id int);")
        .migration("20240101000002_two", "CREATE TABLE two (id int);");
    for arguments in [
        &["deploy", "--to", "tw"][..],
        &["baseline", "--to", "tw"],
        &["resolve", "--applied", "tw"],
        &["resolve", "--rolled-back", "tw"],
    ] {
        project
            .on(&db, arguments)
            .exits(1)
            .says("there is no migration `tw`")
            .says("did you mean 20240101000002_two?");
    }
    project
        .on(&db, &["deploy", "--to", "2024"])
        .exits(1)
        .says("`2024`");
    db.is_untouched();
}

#[test]
fn wrong_usage_exits_64() {
    let project = Project::new();
    for arguments in [
        &[][..],
        &["depoly"],
        &["deploy", "--no-such-flag"],
        &["deploy", "--lock-budget", "soon"],
        &["resolve"],
        &["resolve", "--applied", "a", "--rolled-back", "b"],
        &["status", "--format", "xml"],
        &["new"],
    ] {
        let outcome = project.segue(arguments).exits(64);
        assert_eq!(outcome.out, "", "{arguments:?}");
        assert_ne!(outcome.err, "", "{arguments:?}");
    }
    project.segue(&["--help"]).exits(0).prints("Examples:");
    project.segue(&["--version"]).exits(0).prints("segue ");
}

#[test]
fn a_migrations_name_does_not_steer_the_terminal() {
    let Some(db) = database() else { return };
    let name = "20240101000001_\u{1b}]0;owned\u{7}\u{1b}[31mred";
    let project = Project::new();
    project
        .migration(name, "SELECT 1;\nSELECT nix;\n")
        .file("migrations/notes\u{1b}]0;owned\u{7}.txt", "");
    let colours = ["--color", "always", "--verbose"];
    for arguments in [&["status"][..], &["deploy", "--dry-run"], &["deploy"]] {
        let outcome = project.on(&db, &[arguments, &colours].concat());
        assert!(
            outcome.err.contains("owned") || outcome.out.contains("owned"),
            "{outcome}"
        );
        outcome
            .never_says("\u{1b}]0;")
            .never_says("\u{7}")
            .never_says("\u{1b}[31mred");
    }
    let document = project.on(&db, &["status", "--json"]).exits(2).json();
    assert_eq!(document["migrations"][0]["name"], name);
}

#[test]
fn the_text_of_a_migration_does_not_steer_the_terminal() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration(
        "20240101000001_one",
        "DO $$ BEGIN RAISE NOTICE E'\u{1b}]0;owned\u{7}'; END $$;\n\
         SELECT nix, '\u{1b}]0;owned\u{7}', '\u{1b}[2J' FROM pg_class;\n",
    );
    let colours = ["--color", "always", "--verbose"];
    for arguments in [&["deploy", "--dry-run"][..], &["deploy"]] {
        project
            .on(&db, &[arguments, &colours].concat())
            .never_says("\u{1b}]0;")
            .never_says("\u{7}")
            .never_says("\u{1b}[2J");
    }
}

#[test]
fn without_a_database_the_command_says_how_to_name_one() {
    let project = Project::new();
    project.migration("20240101000001_one", "SELECT 1;");
    project
        .file("segue.toml", "[env.production]\nproduction = true\n")
        .segue(&["deploy", "--env", "production"])
        .exits(1)
        .says("no database URL for the environment `production`")
        .says("DATABASE_URL");
}
