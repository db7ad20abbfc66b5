//! What a program, a row or a declaration can have wrong: each is said, and gone on from.

use super::{COUNT, COUNTS, Project, SLUGIFY, SLUGS, Stand, eventually};

/// Answers, but for one key: there it does this.
fn but_for(key: u32, does: &str) -> String {
    SLUGIFY.replace(
        "  printf",
        &format!("  [ \"$key\" = {key} ] && {{ {does}; }}\n  printf"),
    )
}

#[test]
fn a_program_that_is_not_there_or_not_executable_is_said_before_anything_is_done() {
    let Some(stand) = Stand::start(10, &SLUGS.replace("./program", "./progam"), SLUGIFY) else {
        return;
    };
    stand
        .deploy()
        .exits(1)
        .says("./progam cannot be run")
        .says("transform.toml:5:12");
    let toml = "migrations/0002_slugs/transform.toml";
    stand
        .project
        .file(toml, SLUGS.replace("./program", "no-such-program-anywhere"));
    stand
        .deploy()
        .exits(1)
        .says("there is no such program in PATH");
    stand.project.file(toml, SLUGS);
    stand.mode("migrations/0002_slugs/program", 0o644);
    stand.deploy().exits(1).says("chmod +x");
    let columns =
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'slug'";
    assert_eq!(stand.db.sql(columns), "0");
    stand.mode("migrations/0002_slugs/program", 0o755);
    stand.deploy().exits(0);
}

#[test]
fn a_program_that_fails_at_once_stops_the_deploy_with_its_last_words() {
    for bad in ["stop", "continue"] {
        let toml = format!("{SLUGS}bad_rows = \"{bad}\"\n");
        let Some(stand) = Stand::start(10, &toml, "echo 'no module named slug' >&2; exit 3\n")
        else {
            return;
        };
        stand
            .deploy()
            .exits(1)
            .says("ended before it had answered, twice: exit status: 3")
            .says("it says: no module named slug")
            .says("it is started anew");
        assert_eq!(stand.rows("slug IS NOT NULL"), 0);
        assert_eq!(stand.aside(), "", "the rows are not at fault");
        stand.program(SLUGIFY);
        stand.deploy().exits(0);
        assert_eq!(stand.rows("slug = 'name-' || id"), 10);
    }
}

#[test]
fn garbage_and_rows_that_nobody_asked_for_stop_it_whatever_is_said_of_bad_rows() {
    let cases = [
        (but_for(7, "echo hello"), "wrote what is no answer"),
        (
            but_for(7, r#"echo '{"key":99,"row":{"slug":"x"}}'"#),
            "it answers for the key 99, which it was not asked for",
        ),
        (
            but_for(7, r#"echo '{"key":3,"row":{"slug":"x"}}'"#),
            "it answers twice for the key 3",
        ),
        (but_for(7, r"printf '\377\n'"), "a line is not UTF-8"),
    ];
    for (program, says) in cases {
        let Some(stand) = Stand::start(
            20,
            &format!("{SLUGS}rows = 5\nbad_rows = \"continue\"\n"),
            &program,
        ) else {
            return;
        };
        let says = match says.contains("twice") {
            // three is of the page before
            true => "it answers for the key 3, which it was not asked for",
            false => says,
        };
        stand.deploy().exits(1).says(says).says("./program");
        assert_eq!(stand.rows("slug IS NOT NULL"), 5, "the page before stays");
        stand.program(SLUGIFY);
        stand.deploy().exits(0);
        assert_eq!(stand.rows("slug = 'name-' || id"), 20);
    }
}

#[test]
fn a_program_that_hangs_is_killed_started_anew_and_asked_once_more() {
    let once = but_for(7, "[ -e hung ] || { touch hung; sleep 100; }");
    let Some(stand) = Stand::start(20, &format!("{SLUGS}rows = 5\ntimeout = \"1s\"\n"), &once)
    else {
        return;
    };
    stand
        .deploy()
        .exits(0)
        .says("gave no answer within 1s: it is started anew");
    assert_eq!(stand.rows("slug = 'name-' || id"), 20);
    let always = but_for(7, "sleep 100");
    let toml = format!("{SLUGS}rows = 5\ntimeout = \"1s\"\nbad_rows = \"continue\"\n");
    let stand = Stand::start(20, &toml, &always).unwrap();
    stand
        .deploy()
        .exits(0)
        .says("4 rows of public.users could not be done");
    assert_eq!(stand.rows("slug = 'name-' || id"), 16);
    assert!(
        stand
            .aside()
            .starts_with("7: the program gave no answer within 1s, twice; 8: "),
        "{}",
        stand.aside()
    );
}

#[test]
fn bad_rows_are_put_aside_and_taken_once_more() {
    let program = but_for(7, r#"echo '{"key":7,"error":"no such country"}'; continue"#);
    let Some(stand) = Stand::start(
        20,
        &format!("{SLUGS}rows = 5\nbad_rows = \"continue\"\n"),
        &program,
    ) else {
        return;
    };
    stand
        .deploy()
        .exits(0)
        .says("1 row of public.users could not be done")
        .says("segue quarantine --retry");
    assert_eq!(stand.rows("slug IS NULL"), 1);
    assert_eq!(stand.aside(), "7: no such country");
    assert!(
        stand
            .db
            .sql("SELECT row FROM segue.quarantine")
            .contains("\"name\":\"name\"")
    );
    let status = stand
        .project
        .on(&stand.db, &["status"])
        .prints("1 row of public.users is put aside");
    drop(status);
    stand
        .project
        .on(&stand.db, &["quarantine"])
        .exits(2)
        .prints("7")
        .prints("no such country");
    stand
        .project
        .on(&stand.db, &["quarantine", "--retry"])
        .exits(2)
        .prints("no such country");
    stand.program(SLUGIFY);
    stand
        .project
        .on(&stand.db, &["quarantine", "--retry"])
        .exits(0)
        .prints("nothing is put aside");
    assert_eq!(stand.rows("slug = 'name-' || id"), 20);
    stand
        .project
        .on(&stand.db, &["status"])
        .exits(0)
        .never_says("put aside");
}

#[test]
fn a_bad_row_stops_it_and_is_taken_first_when_it_goes_on() {
    let program = but_for(7, r#"echo '{"key":7,"error":"no such country"}'; continue"#);
    let Some(stand) = Stand::start(20, &format!("{SLUGS}rows = 5\n"), &program) else {
        return;
    };
    stand
        .deploy()
        .exits(1)
        .says("with the key 7 could not be done: no such country");
    assert!((5..20).contains(&stand.rows("slug IS NOT NULL")));
    stand
        .deploy()
        .exits(1)
        .says("with the key 7 could not be done: no such country");
    stand.program(SLUGIFY);
    stand.deploy().exits(0);
    assert_eq!(stand.rows("slug = 'name-' || id"), 20);
    assert_eq!(stand.aside(), "");
}

#[test]
fn a_constraint_names_the_row_and_the_deploy_goes_on_behind_the_last_good_batch() {
    let Some(stand) = Stand::start(2000, &format!("{SLUGS}rows = 100\n"), SLUGIFY) else {
        return;
    };
    stand.migrate(
        "ALTER TABLE users ADD COLUMN slug text CHECK (slug <> 'name-1042');\n",
        &format!("{SLUGS}rows = 100\n"),
        SLUGIFY,
    );
    stand
        .deploy()
        .exits(1)
        .says("with the key 1042 could not be done")
        .says("violates check constraint");
    let written = stand.rows("slug IS NOT NULL");
    assert!((1000..1100).contains(&written), "{written}");
    assert_eq!(stand.rows("id = 1042 AND slug IS NULL"), 1);
    // the row is mended, not the program
    stand
        .db
        .sql("UPDATE users SET name = 'other' WHERE id = 1042");
    stand.deploy().exits(0);
    assert_eq!(stand.rows("slug = name || '-' || id"), 2000);
    assert_eq!(stand.aside(), "");
}

#[test]
fn a_value_of_another_type_is_a_bad_row() {
    let program = COUNT.replace("\"n\":%s", "\"n\":\"x%s\"");
    let Some(stand) = Stand::start(3, &format!("{COUNTS}bad_rows = \"continue\"\n"), &program)
    else {
        return;
    };
    stand.deploy().exits(0).says("3 rows of public.users");
    assert!(
        stand
            .aside()
            .contains("invalid input syntax for type integer"),
        "{}",
        stand.aside()
    );
    assert_eq!(stand.rows("n = 0"), 3);
}

#[test]
fn a_table_that_goes_in_the_middle_is_said() {
    let slow = SLUGIFY.replace("  printf", "  sleep 0.01; printf");
    let Some(stand) = Stand::start(1000, &format!("{SLUGS}rows = 10\n"), &slow) else {
        return;
    };
    let mut deploy = stand.project.start_on(&stand.db, &["deploy"]);
    eventually("it writes", || stand.slugs() > 0 || !deploy.is_running());
    stand.db.sql("DROP TABLE users");
    deploy
        .wait()
        .exits(1)
        .says("relation \"public.users\" does not exist");
    stand.deploy().exits(1);
}

#[test]
fn keys_and_columns_that_do_not_do_are_shown_where_they_are_declared() {
    let Some(stand) = Stand::start(10, SLUGS, SLUGIFY) else {
        return;
    };
    stand.db.sql("ALTER TABLE users ADD COLUMN code text, ADD COLUMN total int GENERATED ALWAYS AS (n + 1) STORED; \
         CREATE TABLE bare (x int)");
    let says = |toml: &str, words: &[&str]| {
        stand
            .project
            .file("migrations/0002_slugs/transform.toml", toml);
        let mut outcome = stand.deploy().exits(1);
        for words in words {
            outcome = outcome.says(words);
        }
    };
    says(
        &format!("{SLUGS}key = \"idd\"\n"),
        &[
            "has no column idd",
            "did you mean id?",
            "transform.toml:6:7",
        ],
    );
    says(
        &format!("{SLUGS}key = \"code\"\n"),
        &["code may be null", "nothing says that these are unique"],
    );
    says(
        &format!("{SLUGS}key = \"n\"\n"),
        &["nothing says that these are unique in public.users"],
    );
    says(
        &SLUGS.replace("\"users\"", "\"user\""),
        &["there is no table user", "did you mean users?"],
    );
    says(
        &SLUGS.replace("\"users\"", "\"bare\""),
        &["has no primary key"],
    );
    says(
        &SLUGS.replace("[\"slug\"]", "[\"id\", \"total\"]"),
        &[
            "id cannot be written: it is of the key",
            "total cannot be written: the server computes it",
        ],
    );
    says(
        &format!("{SLUGS}paralel = 2\n"),
        &["unknown key `paralel`", "did you mean `parallel`?"],
    );
}

#[test]
fn sqlite_has_no_programs() {
    let project = Project::new();
    project.migration(
        "0001_users",
        "CREATE TABLE users (id integer PRIMARY KEY, name text);\n",
    );
    project.file("migrations/0001_users/transform.toml", SLUGS);
    project
        .segue(&["deploy", "--url", &project.sqlite()])
        .exits(1)
        .says("rows go through a program in PostgreSQL only");
}
