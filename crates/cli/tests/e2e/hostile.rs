//! Names, texts and files that nobody would write who means well: told plainly, never acted on, never waited for.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::Path,
    process::Command,
};

use crate::{
    harness::{Outcome, Project, database},
    tools::{TOOLS, Tool},
};

/// Nothing in the output steers a terminal.
#[track_caller]
fn harmless(outcome: Outcome) -> Outcome {
    let all = format!("{}{}", outcome.out, outcome.err);
    let found = all.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    assert_eq!(found, None, "{all:?}");
    outcome
}

const NAMES: &[&str] = &[
    "20240101000001_with a space",
    "20240101000002_it's \"quoted\" \\ and $1 %s {}",
    "20240101000003_\u{1b}[2J\u{1b}]0;title\u{7}",
    "20240101000004_two\nlines\r",
    "20240101000005_\u{202e}lqs.backwards",
    "20240101000006_\u{9b}31m; DROP TABLE t; --",
    "-rf",
];

#[test]
fn names_with_anything_in_them_are_deployed_and_shown_harmless() {
    let Some(db) = database() else { return };
    for url in [db.url, Project::new().sqlite()] {
        let project = Project::new();
        for name in NAMES {
            project.migration(name, "SELECT 1;");
        }
        project.migration(
            &format!("20240101000009_{}", "long".repeat(55)),
            "SELECT 1;",
        );
        let run =
            |arguments: &[&str]| harmless(project.segue(&[arguments, &["--url", &url]].concat()));
        run(&["status", "--verbose"])
            .exits(2)
            .prints("20240101000001_with a space");
        run(&["deploy", "--dry-run", "--verbose"]).exits(0);
        let planned = run(&["deploy", "--dry-run", "--json"]).exits(0).json();
        assert_eq!(
            planned["planned"].as_array().unwrap().len(),
            NAMES.len() + 1
        );
        run(&["deploy"]).exits(0).says("applied -rf");
        run(&["deploy", "--verbose"]).exits(0).prints("up to date");
        let status = run(&["status", "--json"]).exits(0).json();
        let names: Vec<&str> = status["migrations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["name"].as_str().unwrap())
            .collect();
        for name in NAMES {
            assert!(names.contains(name), "{name:?} is not in {names:?}");
        }
        project.remove("migrations/20240101000003_\u{1b}[2J\u{1b}]0;title\u{7}");
        run(&["status"]).exits(2).prints("missing");
        run(&["deploy"]).exits(1).says("not on disk");
        run(&["resolve", "--applied", "\u{1b}[31mnobody"])
            .exits(1)
            .says("there is no migration");
    }
}

#[test]
fn a_folder_with_a_strange_name_is_a_folder() {
    let project = Project::new();
    let url = project.sqlite();
    let folder = "my \u{1b}[1mfolder\u{202e} 'of' \"migrations\"";
    project.file(
        format!("{folder}/20240101000001_one/migration.sql"),
        "SELECT 1 FROM nowhere;",
    );
    let run = |arguments: &[&str]| {
        harmless(project.segue(&[arguments, &["--url", &url, "--dir", folder]].concat()))
    };
    run(&["status"]).exits(2);
    run(&["deploy"])
        .exits(1)
        .says("nowhere")
        .says("20240101000001_one/migration.sql:1:");
    let json = run(&["deploy", "--json"]).json();
    assert_eq!(json["folder"], folder);
}

#[test]
fn a_name_that_is_not_utf_8_is_refused() {
    let project = Project::new();
    let url = project.sqlite();
    let bad = OsStr::from_bytes(b"20240101000002_gr\xfcn");
    project.migration("20240101000001_one", "SELECT 1;");
    let folder = project.root().join("migrations").join(bad);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("migration.sql"), "SELECT 2;").unwrap();
    harmless(project.segue(&["deploy", "--url", &url]))
        .exits(1)
        .says("20240101000002_gr\u{fffd}n")
        .says("is not UTF-8")
        .says("rename it");

    let project = Project::new();
    project.file("migrations/1_one.sql", "SELECT 1;");
    fs::write(
        project
            .root()
            .join("migrations")
            .join(OsStr::from_bytes(b"2_gr\xfcn.sql")),
        "SELECT 2;",
    )
    .unwrap();
    fs::write(
        project
            .root()
            .join("migrations")
            .join(OsStr::from_bytes(b"gr\xfcn.txt")),
        "",
    )
    .unwrap();
    let sqlx = ["deploy", "--layout", "sqlx", "--url", &url];
    project
        .segue(&sqlx)
        .exits(1)
        .says("2_gr\u{fffd}n.sql")
        .says("is not UTF-8");
    fs::remove_file(
        project
            .root()
            .join("migrations")
            .join(OsStr::from_bytes(b"2_gr\xfcn.sql")),
    )
    .unwrap();
    project.segue(&sqlx).exits(0).says("gr\u{fffd}n.txt");
}

#[test]
fn what_the_server_and_the_file_say_is_shown_harmless() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration(
        "20240101000001_loud",
        "DO $$ BEGIN RAISE WARNING E'loud \\x1b[2J\\u202e'; END $$; -- \u{1b}[31m\nSELECT '\u{1b}]0;title\u{7}\u{202e}';",
    );
    let plan = harmless(project.on(&db, &["deploy", "--dry-run", "--verbose"])).exits(0);
    plan.prints("RAISE WARNING");
    harmless(project.on(&db, &["deploy"]))
        .exits(0)
        .says("warning: loud \u{fffd}[2J\u{fffd}");
    project.migration(
        "20240101000002_fails",
        "DO $$ BEGIN RAISE EXCEPTION E'bad \\x1b[2J' USING HINT = E'no \\x1b]0;x\\x07', DETAIL = E'\\u202e'; END $$",
    );
    harmless(project.on(&db, &["deploy"]))
        .exits(1)
        .says("bad \u{fffd}[2J")
        .says("hint: no");
    let json = harmless(project.on(&db, &["deploy", "--json"])).json();
    assert_eq!(json["error"]["problems"][0]["message"], "bad \u{1b}[2J");
    project.migration(
        "20240101000002_fails",
        "SELECT '\u{1b}[2J\u{202e}' FROM \"\u{1b}[31m\";",
    );
    harmless(project.on(&db, &["deploy"]))
        .exits(1)
        .says("FROM")
        .says("migration.sql:1:");
}

/// What is in the folder, and what is said of it.
fn refused(make: impl Fn(&Path), says: &str) {
    // A migration of segue's layout, and one of sqlx's.
    for (file, layout) in [
        ("20240101000002_two/migration.sql", "segue"),
        ("20240101000002_two.sql", "sqlx"),
    ] {
        let project = Project::new();
        let url = project.sqlite();
        project.file("migrations/README", "");
        let path = project.root().join("migrations").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        make(&path);
        let outcome = project.segue(&["deploy", "--layout", layout, "--url", &url]);
        outcome.exits(1).says(says).says("20240101000002_two");
    }
}

#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let pipe = |path: &Path| {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    refused(pipe, "is no file, but a pipe");
    refused(
        |path| symlink("/dev/zero", path).unwrap(),
        "is no file, but a pipe",
    );
    refused(
        |path| drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
        "is no file, but a pipe",
    );
    refused(
        |path| symlink("../nowhere.sql", path).unwrap(),
        "a symbolic link to something that is not there",
    );
    refused(
        |path| symlink(path.file_name().unwrap(), path).unwrap(),
        "cannot read",
    );
}

#[test]
fn a_file_of_gigabytes_is_refused_before_it_is_read() {
    // Sparse: it takes no room on the disk.
    refused(
        |path| fs::File::create(path).unwrap().set_len(5 << 30).unwrap(),
        "is larger than 4 GiB",
    );
}

#[test]
fn a_folder_where_a_file_is_expected_is_said() {
    let project = Project::new();
    let url = project.sqlite();
    fs::create_dir_all(
        project
            .root()
            .join("migrations/20240101000001_one/migration.sql"),
    )
    .unwrap();
    let deploy = ["deploy", "--layout", "segue", "--url", &url];
    project
        .segue(&deploy)
        .exits(1)
        .says("is a folder, and a file is expected there");
    project.remove("migrations/20240101000001_one");
    symlink(
        "nowhere",
        project.root().join("migrations/20240101000001_one"),
    )
    .unwrap();
    project
        .segue(&deploy)
        .exits(1)
        .says("a symbolic link to something that is not there");
    fs::remove_file(project.root().join("migrations/20240101000001_one")).unwrap();
    symlink(".", project.root().join("migrations/20240101000001_one")).unwrap();
    project
        .segue(&deploy)
        .exits(1)
        .says("holds no migration.sql");
}

#[test]
fn links_out_of_the_folder_are_followed() {
    let elsewhere = Project::new();
    elsewhere
        .file("one/migration.sql", "CREATE TABLE one (id int);")
        .file("two.sql", "CREATE TABLE two (id int);");
    let project = Project::new();
    let url = project.sqlite();
    fs::create_dir(project.root().join("migrations")).unwrap();
    symlink(
        elsewhere.root().join("one"),
        project.root().join("migrations/20240101000001_one"),
    )
    .unwrap();
    project
        .segue(&["deploy", "--layout", "segue", "--url", &url])
        .exits(0)
        .says("applied 20240101000001_one");
    let project = Project::new();
    let url = project.sqlite();
    fs::create_dir(project.root().join("migrations")).unwrap();
    symlink(
        elsewhere.root().join("two.sql"),
        project.root().join("migrations/2_two.sql"),
    )
    .unwrap();
    project
        .segue(&["deploy", "--layout", "sqlx", "--url", &url])
        .exits(0)
        .says("applied 2_two");
}

#[test]
fn zero_bytes_and_utf_16_are_refused_with_their_place() {
    let project = Project::new();
    let url = project.sqlite();
    let deploy = ["deploy", "--layout", "segue", "--url", &url];
    project.migration("20240101000001_one", "SELECT 1;\nSELECT 'a\0b';\n");
    harmless(project.segue(&deploy))
        .exits(1)
        .says("holds a zero byte")
        .says("migration.sql:2:10");
    let text: Vec<u8> = "SELECT 1;"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    project.file("migrations/20240101000001_one/migration.sql", text);
    harmless(project.segue(&deploy))
        .exits(1)
        .says("is not UTF-8, but UTF-16");
}

#[test]
fn deep_nesting_is_for_the_database_to_judge() {
    let Some(db) = database() else { return };
    let depth = 100_000;
    let sql = format!("SELECT {}1{};", "(".repeat(depth), ")".repeat(depth));
    let project = Project::new();
    project.migration("20240101000001_one", &sql);
    let outcome = project.on(&db, &["deploy"]).exits(1).says("nothing of");
    assert!(outcome.err.len() < 4000, "{} bytes", outcome.err.len());
    // SQLite has no trouble with it.
    let url = project.sqlite();
    project.segue(&["deploy", "--url", &url]).exits(0);
    let project = Project::new();
    let comment = "/*".repeat(depth) + &"*/".repeat(depth);
    let dollars = format!(
        "DO $a$ BEGIN PERFORM $b$ {} $b$; END $a$;",
        "$$;".repeat(depth)
    );
    project.migration(
        "20240101000001_one",
        &format!("{comment}\n{dollars}\nCREATE TABLE one (id int);"),
    );
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.relations("public"), "one");
}

#[test]
fn texts_of_nothing_much_are_deployed() {
    let Some(db) = database() else { return };
    for url in [&db.url, &Project::new().sqlite()] {
        let project = Project::new();
        project
            .migration("20240101000001_semicolons", &";".repeat(500_000))
            .migration(
                "20240101000002_comment",
                &format!("/*{}*/", "x;'\n".repeat(250_000)),
            )
            .migration(
                "20240101000003_returns",
                "CREATE TABLE one (id int);\rCREATE TABLE two (id int);\r",
            )
            .migration("20240101000004_empty", "");
        project
            .segue(&["deploy", "--url", url])
            .exits(0)
            .says("applied 20240101000004_empty");
        project.segue(&["status", "--url", url]).exits(0);
    }
    assert_eq!(db.relations("public"), "one two");
}

/// Ways to nest, so many times.
fn nested(times: usize) -> [(&'static str, String); 8] {
    let of = |open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    [
        (
            "check",
            format!("CREATE TABLE a (b int CHECK ({}));", of("(", "b > 1", ")")),
        ),
        (
            "and",
            format!(
                "CREATE TABLE a (b int CHECK ({}));",
                of("b > 1 AND ", "b > 2", "")
            ),
        ),
        (
            "case",
            format!("SELECT {};", of("CASE WHEN true THEN ", "1", " END")),
        ),
        (
            "select",
            format!("CREATE VIEW a AS SELECT {} AS b;", of("(SELECT ", "1", ")")),
        ),
        (
            "union",
            format!(
                "CREATE VIEW a AS {};",
                of("SELECT 1 UNION ALL ", "SELECT 1", "")
            ),
        ),
        (
            "casts",
            format!("UPDATE a SET b = {};", of("", "1", "::int")),
        ),
        ("with", of("WITH a AS (", "SELECT 1", ") SELECT 1")),
        ("open", of("SELECT (", "", "")),
    ]
}

#[test]
fn nothing_that_reads_deep_nesting_ends_by_it() {
    for (name, sql) in nested(100_000) {
        let project = Project::new();
        project
            .migration("20240101000001_deep", &sql)
            .migration("20240101000002_flat", "CREATE TABLE flat (id int);")
            .file("queries.sql", &sql);
        let mut commands = vec![vec!["lint"], vec!["plan"], vec!["schema", "--no-shadow"]];
        if name == "check" {
            commands.push(vec!["status", "--verbose"]);
            commands.push(vec!["lint", "queries.sql"]);
            commands.push(vec!["diff", "--from", "empty", "--to", "queries.sql"]);
        }
        for command in commands {
            let outcome = harmless(project.segue(&command));
            assert!(
                outcome.code.is_some_and(|code| code < 64),
                "{name}: {command:?} {:?}",
                outcome.code
            );
            assert!(
                outcome.err.len() + outcome.out.len() < 100_000,
                "{name}: {command:?}"
            );
        }
    }
}

#[test]
fn a_statement_that_is_too_deep_is_said_to_be_unknown_and_the_rest_is_told() {
    let project = Project::new();
    let [(_, deep), ..] = nested(2000);
    project
        .migration("20240101000001_deep", &deep)
        .migration("20240101000002_flat", "CREATE TABLE flat (id int);");
    project
        .segue(&["schema", "--no-shadow"])
        .exits(0)
        .prints("flat")
        .says("nested too deep to be read");
    project.segue(&["lint"]).exits(0).never_says("panicked");
}

#[test]
fn in_every_layout_names_that_steer_a_terminal_links_and_what_is_no_file_do_no_harm() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let name = "a\u{1b}[2J\u{1b}]0;t\u{7}\u{202e}";
        let project = tool.project();
        tool.write(&project, 1, name, "CREATE TABLE one (id int);");
        // behind the link the file is not in the folder
        let elsewhere = Project::new();
        elsewhere.file("two.sql", "");
        tool.write(&project, 2, "two", "CREATE TABLE two (id int);");
        let path = project.root().join(tool.file(2, "two"));
        fs::rename(&path, elsewhere.root().join("two.sql")).unwrap();
        symlink(elsewhere.root().join("two.sql"), &path).unwrap();
        // a link to a folder above, and folders deeper than a path may be long
        let first = project.root().join(tool.file(1, name));
        let folder = first.parent().unwrap();
        symlink("..", folder.join("loop")).unwrap();
        let mut deep = folder.join("deep");
        while deep.as_os_str().len() < 3800 {
            deep.push("d".repeat(200));
        }
        fs::create_dir_all(&deep).unwrap();
        let layout = ["--layout", tool.layout()];
        let run = |arguments: &[&str]| harmless(project.on(&db, &[arguments, &layout].concat()));
        run(&["status"]);
        if matches!(tool, Tool::Flyway | Tool::Refinery) {
            // their folders may be within each other, and by the link the same files are in more of them, up to some depth
            run(&["deploy"]).exits(1).says("have the same version, ");
            fs::remove_file(folder.join("loop")).unwrap();
        }
        run(&["deploy"]).exits(0);
        // to refinery a name with such characters is no migration's
        let made = if tool == Tool::Refinery {
            "two"
        } else {
            "one two"
        };
        assert_eq!(tool.relations(&db), made, "{tool:?}");
        run(&["status", "--verbose"]).exits(0);
        harmless(project.segue(&[&["lint"], &layout[..]].concat()));
        // what never ends, and what nobody writes to, in the place of a file
        tool.write(&project, 3, "three", "SELECT 1;");
        let path = project.root().join(tool.file(3, "three"));
        let makers: [fn(&Path); 3] = [
            |path| symlink("/dev/zero", path).unwrap(),
            |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
            |path| fs::File::create(path).unwrap().set_len(5 << 30).unwrap(),
        ];
        for make in makers {
            fs::remove_file(&path).unwrap();
            make(&path);
            let refused = run(&["deploy"]).exits(1);
            let said = [
                "is no file, but a pipe",
                "is larger than 4 GiB",
                // it is no file, so the journal names one that is missing
                "is in the journal, but not in the folder",
            ];
            let is_said = said.iter().any(|words| refused.err.contains(words));
            assert!(is_said, "{tool:?}: {refused}");
        }
    }
}
