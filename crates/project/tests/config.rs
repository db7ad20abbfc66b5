//! `segue.toml`, `.env` and the order in which the database's URL is looked for.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use segue_project::config::{
    CommandLine, Config, DotEnv, Given, Resolution, Secret, Setting, UrlInputs, Vars, find,
    folders_up, resolve_url, tool_configs,
};
use segue_sql::{Problem, Source, line_column};

const LAYOUTS: [&str; 3] = ["segue", "prisma", "drizzle"];

fn config(text: &str) -> Config {
    Config::parse(&Source::new("app/segue.toml", text)).expect("the text is right")
}

fn environment(name: &str) -> Option<String> {
    match name {
        "DB" => Some("postgres://db".to_owned()),
        "WAIT" => Some("7s".to_owned()),
        "BAD" => Some("soon".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn nothing(_: &str) -> Option<String> {
    None
}

/// `line:column message | help`, and what the caret is under.
fn rendered(problem: &Problem) -> (String, String) {
    let place = problem.place.as_ref().expect("it has a place");
    let (line, column) = line_column(&place.source.text, place.span.start);
    let help = problem.help.as_deref().expect("it has a help line");
    (
        format!("{line}:{column} {} | {help}", problem.message),
        place.source.text[place.span.clone()].to_owned(),
    )
}

#[test]
fn everything_wrong_in_the_file_is_reported_with_its_place_and_a_help_line() {
    let text = r#"ur = 1
dirr = "x"
completely_other = "x"
layout = 3
lock_timeout = "5"
connect_timeout = 30
strict = "yes"
schema = "žž ${"
role = "${A?b}"
history = "x"
[env]
url = "x"
[env.production]
lock-timeout = "1s"
url = "a"
url_file = "b"
[env.production.history]
tabel = "x"
"#;
    let problems = Config::parse(&Source::new("segue.toml", text)).expect_err("it is wrong");
    let keys = "url, url_file, url_command, direct_url, password_command, command_timeout, shadow_url, sample_url, dir, layout, schema, schema_path, schema_command, role, lock_timeout, lock_budget, \
                connect_timeout, statement_timeout, strategy, strict, production, history, backfill, contract, backup, seed, windows, webhook, env, project, lint, mask";
    let unknown = format!("3:1 unknown key `completely_other` | the keys here are: {keys}");
    let durations = r#"durations look like "100ms", "5s", "2m", "1h", or "0""#;
    let wrong_duration = format!("5:16 `lock_timeout` is not a duration | {durations}");
    let expected = [
        ("1:1 unknown key `ur` | did you mean `url`?", "ur"),
        ("2:1 unknown key `dirr` | did you mean `dir`?", "dirr"),
        (unknown.as_str(), "completely_other"),
        (
            "4:10 `layout` must be a string | for example: layout = \"prisma\"",
            "3",
        ),
        (wrong_duration.as_str(), "\"5\""),
        (
            "6:19 `connect_timeout` must be a duration in quotes | for example: connect_timeout = \"30s\"",
            "30",
        ),
        (
            "7:10 `strict` must be true or false | for example: strict = true",
            "\"yes\"",
        ),
        (
            "8:14 a variable's name stands after `${` | write `$$` for a dollar that is meant as one",
            "${",
        ),
        (
            "9:9 only `${NAME}` and `${NAME:-default}` can be written | write `$$` for a dollar that is meant as one",
            "${A",
        ),
        (
            "10:11 `history` must be a section | write [history] on a line of its own, and its keys below",
            "\"x\"",
        ),
        (
            "12:7 `env.url` must be a section | write [env.url] on a line of its own, and its keys below",
            "\"x\"",
        ),
        (
            "14:1 unknown key `lock-timeout` | did you mean `lock_timeout`?",
            "lock-timeout",
        ),
        (
            "16:12 both `url` and `url_file` are set | keep the one that leads to the database's URL",
            "\"b\"",
        ),
        (
            "18:1 unknown key `history.tabel` | did you mean `table`?",
            "tabel",
        ),
    ];
    let found: Vec<(String, String)> = problems.iter().map(rendered).collect();
    let expected = expected.map(|(message, under)| (message.to_owned(), under.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn broken_toml_is_shown_where_it_breaks_without_the_password_beside_it() {
    let cases = [
        ("dir = \"a\"\nurl = \"postgres://me:hunter2@h/d\" x", "2:35"),
        ("dir = migrations", "1:7"),
        ("dir = \"a\"\r\ndir = \"b\"\r\n", "2:1"),
        ("[env.a\n", "1:7"),
    ];
    for (text, place) in cases {
        let problems = Config::parse(&Source::new("segue.toml", text)).expect_err("it is broken");
        let (line, _) = rendered(&problems[0]);
        assert!(
            line.starts_with(&format!("{place} not valid TOML: ")),
            "{line}"
        );
        assert!(!format!("{problems:?}").contains("hunter2"));
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_read_past() {
    let config = config("\u{feff}# why\r\nschema = \"app\"\r\n");
    let settings = config.select(None).expect("no environment");
    let schema = settings.schema(&Vars::new(&nothing)).expect("it is right");
    let schema = schema.expect("it is set");
    assert_eq!(
        (schema.value.as_str(), schema.origin.as_str()),
        ("app", "app/segue.toml:2")
    );
}

#[test]
fn the_chosen_environment_stands_over_the_top_key_by_key() {
    let config = config(
        "url_file = \"u\"\ndir = \"m\"\nlock_timeout = \"100ms\"\nstrict = true\n\
         [history]\ntable = \"t\"\nschema = \"s\"\n\
         [env.production]\nproduction = true\nstrict = false\nurl = \"${DB}\"\nlock_timeout = \"${WAIT}\"\n\
         history.table = \"p\"\n",
    );
    let vars = Vars::new(&environment);
    let top = config.select(Some("")).expect("an empty name picks none");
    let chosen = config.select(Some("production")).expect("it is there");
    assert_eq!(
        (top.environment(), chosen.environment()),
        (None, Some("production"))
    );
    assert_eq!((top.production(), top.strict()), (false, true));
    assert_eq!((chosen.production(), chosen.strict()), (true, false));
    let told = |settings: segue_project::config::Settings<'_>| {
        let timeout = settings.lock_timeout(&vars).expect("right").expect("set");
        let dir = settings.dir(&vars).expect("right").expect("set");
        let table = settings.history_table(&vars).expect("right").expect("set");
        let schema = settings.history_schema(&vars).expect("right").expect("set");
        (
            (timeout.value, timeout.origin),
            dir.value,
            (table.value, schema.value),
        )
    };
    let at = |line: u32| format!("app/segue.toml:{line}");
    let dir = PathBuf::from("app/m");
    let expected = (
        (Duration::from_millis(100), at(3)),
        dir.clone(),
        ("t".into(), "s".into()),
    );
    assert_eq!(told(top), expected);
    let expected = (
        (Duration::from_secs(7), at(12)),
        dir,
        ("p".into(), "s".into()),
    );
    assert_eq!(told(chosen), expected);
    let url = chosen.url(&vars).expect("right").expect("set");
    let given = Given::Url(Secret::new("postgres://db"));
    assert_eq!((url.value, url.origin), (given, at(11)));
    assert_eq!(chosen.role(&vars), Ok(None));
    assert_eq!(chosen.layout(&vars, &LAYOUTS), Ok(None));
    assert_eq!(chosen.shadow_url(&vars), Ok(None));
}

#[test]
fn an_environment_that_is_not_there_lists_those_that_are() {
    let config = config("[env.staging]\n[env.production]\n");
    let problem = config
        .select(Some("producton"))
        .expect_err("it is not there");
    assert_eq!(
        problem.message,
        "there is no section [env.producton] in app/segue.toml"
    );
    assert_eq!(problem.notes, ["it has: production, staging"]);
    assert_eq!(
        problem.help.as_deref(),
        Some("did you mean --env production?")
    );
    let none = Config::default();
    let problem = none.select(Some("x")).expect_err("there is none");
    assert_eq!(
        problem.help.as_deref(),
        Some("add a section [env.x] to it, or leave out --env and SEGUE_ENV")
    );
}

#[test]
fn a_value_is_only_wrong_when_it_is_asked_for() {
    let config = config(
        "url = \"postgres://${DB_USER}@${DB_}\"\nlock_budget = \"${BAD}\"\nlayout = \"prizma\"\n\
         role = \"${EMPTY}\"\nschema = \"${DB:-x}\"\n[env.other]\nurl = \"${NOT_HERE}\"\n",
    );
    let settings = config.select(None).expect("no environment");
    let user = |name: &str| (name == "DB_USER").then(|| "me".to_owned());
    let vars = Vars::new(&environment);
    assert!(settings.schema(&vars).is_ok());
    let cases = [
        (
            settings.url(&Vars::new(&user)).map(drop),
            "1:30 the variable DB_ is not set | set DB_ in the environment or in .env, or give a default: ${DB_:-…}",
            "${DB_}",
        ),
        (
            settings.lock_budget(&vars).map(drop),
            "2:15 `lock_budget` is not a duration | durations look like \"100ms\", \"5s\", \"2m\", \"1h\", or \"0\"",
            "\"${BAD}\"",
        ),
        (
            settings.layout(&vars, &LAYOUTS).map(drop),
            "3:10 segue knows no such layout | did you mean \"prisma\"?",
            "\"prizma\"",
        ),
        (
            settings.role(&vars).map(drop),
            "4:8 `role` is empty | give it a value, or remove the line",
            "\"${EMPTY}\"",
        ),
    ];
    for (result, expected, under) in cases {
        let found = rendered(&result.expect_err("it is wrong"));
        assert_eq!(found, (expected.to_owned(), under.to_owned()));
    }
}

#[test]
fn dotenv_knows_the_line_of_each_variable_and_shows_no_values() {
    let text = "\u{feff}# DATABASE_URL=hunter1\n\nexport A='1'\r\nNAME=My hunter2\nKEY=\"two\nlines\"\nB=2\n\
                QUOTE=O'Brien hunter3\nC=3\nC=4\nD=5\nD=5\n";
    let dotenv = DotEnv::parse(Path::new("app/.env"), text);
    let cases = [
        ("A", "1", 3),
        ("KEY", "two\nlines", 5),
        ("B", "2", 7),
        ("D", "5", 11),
    ];
    let vars = Vars::new(&nothing).with_dotenv(&dotenv);
    for (name, value, line) in cases {
        let setting = vars.get(name).expect("readable").expect("set");
        assert_eq!(
            (setting.value, setting.origin),
            (value.to_owned(), format!("app/.env:{line}"))
        );
    }
    assert_eq!(dotenv.get("DATABASE_URL"), Ok(None));
    let quoted = "put a value with spaces, quotes or `#` into single quotes: NAME='a value'";
    let cases = [
        ("NAME", format!("4:1 this line cannot be read as NAME=value | {quoted}"), "NAME=…"),
        ("QUOTE", format!("8:1 this line cannot be read as NAME=value | {quoted}"), "QUOTE=…"),
        (
            "C",
            "10:1 C is set twice, to different values: in lines 9 and 10 | remove one of the two lines".to_owned(),
            "C=…",
        ),
    ];
    for (name, expected, under) in cases {
        let problem = vars.get(name).expect_err("it is malformed");
        assert_eq!(rendered(&problem), (expected, under.to_owned()));
        assert!(!format!("{problem:?}{dotenv:?}").contains("hunter"));
    }
    assert_eq!(dotenv.problems().len(), 2);
}

#[test]
fn the_environment_stands_over_dotenv() {
    let dotenv = DotEnv::parse(Path::new(".env"), "DB=other\nONLY=here\n");
    let vars = Vars::new(&environment).with_dotenv(&dotenv);
    let config = config("url = \"${DB} ${ONLY} $${DB}\"\n");
    let settings = config.select(None).expect("no environment");
    let url = settings.url(&vars).expect("right").expect("set");
    let given = Given::Url(Secret::new("postgres://db here ${DB}"));
    assert_eq!(url.value, given);
}

#[test]
fn files_are_looked_for_up_to_the_root_of_the_repository() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let migrations = home.join("repo/app/prisma/migrations");
    fs::create_dir_all(&migrations).expect("created");
    fs::create_dir_all(home.join("plain/app")).expect("created");
    for file in [
        "segue.toml",
        "repo/.git",
        "repo/.env",
        "repo/app/segue.toml",
    ] {
        fs::write(home.join(file), "").expect("written");
    }
    let current = home.join("repo/app");
    let folders = folders_up(Path::new("prisma/migrations"), &current);
    assert_eq!(folders.last(), Some(&home.join("repo")));
    assert_eq!(find(&folders), Some(home.join("repo/app/segue.toml")));
    assert_eq!(DotEnv::find(&folders), Some(home.join("repo/.env")));
    // Outside of a repository: up to the current folder, and not at all from beside it.
    let plain = home.join("plain");
    assert_eq!(
        folders_up(Path::new("app"), &plain),
        [plain.join("app"), plain.clone()]
    );
    assert_eq!(
        folders_up(&plain, &home.join("elsewhere")),
        std::slice::from_ref(&plain)
    );
    assert_eq!(find(&folders_up(Path::new("."), &plain)), None);
    let up = folders_up(Path::new("../app"), &home.join("repo/app"));
    assert_eq!(up.len(), 2, "{up:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("segue.toml");
    let problems = Config::read(&path).expect_err("there is none");
    assert!(
        problems[0].message.starts_with("cannot read "),
        "{}",
        problems[0]
    );
    fs::write(&path, b"dir = \"a\"\nrole = \"\xff\"\n").expect("written");
    let problems = Config::read(&path).expect_err("not UTF-8");
    assert!(
        problems[0]
            .message
            .contains("segue.toml is not UTF-8: line 2"),
        "{}",
        problems[0]
    );
    fs::write(&path, "dir = \"a\"\n").expect("written");
    let config = Config::read(&path).expect("right");
    let dir = config
        .select(None)
        .and_then(|settings| settings.dir(&Vars::new(&nothing)));
    assert_eq!(
        dir.expect("right").expect("set").value,
        folder.path().join("a")
    );
}

#[path = "config/projects.rs"]
mod projects;
#[path = "config/seed.rs"]
mod seed;
#[path = "config/url.rs"]
mod url;

#[test]
fn a_command_is_a_program_with_its_arguments_and_where_it_runs() {
    let config = config(
        "url_command = [\"bin/url\", \"--db\", \"${DB}\"]\npassword_command = [\"aws\"]\n\
         command_timeout = \"5s\"\n[env.x]\npassword_command = [\"${EMPTY}\"]\n",
    );
    let settings = config.select(None).expect("no environment");
    let vars = Vars::new(&environment);
    let url = settings.url(&vars).expect("right").expect("set");
    assert_eq!(url.origin, "app/segue.toml:1, printed by url");
    let folder = std::path::absolute("app").expect("a folder");
    let expected = CommandLine {
        key: "url_command",
        program: folder.join("bin/url"),
        arguments: vec![Secret::new("--db"), Secret::new("postgres://db")],
        folder: Some("app".into()),
        origin: "app/segue.toml:1".to_owned(),
    };
    assert_eq!(url.value, Given::Command(expected));
    let password = settings
        .password_command(&vars)
        .expect("right")
        .expect("set");
    assert_eq!(password.value.program, Path::new("aws"));
    let timeout = settings
        .command_timeout(&vars)
        .expect("right")
        .expect("set");
    assert_eq!(timeout.value, Duration::from_secs(5));

    let chosen = config.select(Some("x")).expect("it is there");
    let problem = chosen
        .password_command(&vars)
        .expect_err("an empty program");
    assert_eq!(
        rendered(&problem).0,
        "5:20 the program of `password_command` is empty | give its name or its path, or remove the line"
    );
}

#[test]
fn commands_that_are_none_are_reported() {
    let text = "url_command = \"aws rds\"\npassword_command = []\n[env.a]\nurl_command = [\"a\", 1]\n\
                [env.b]\nurl = \"x\"\nurl_command = [\"a\"]\n";
    let problems = Config::parse(&Source::new("segue.toml", text)).expect_err("wrong");
    let found: Vec<String> = problems.iter().map(|problem| rendered(problem).0).collect();
    let list = "must be a list of strings: a program and its arguments";
    assert_eq!(
        found,
        [
            format!("1:15 `url_command` {list} | for example: url_command = [\"vault-url\", \"app\"]"),
            format!(
                "2:20 `password_command` {list} | for example: password_command = [\"aws\", \"rds\", \"generate-db-auth-token\"]"
            ),
            format!("4:21 `url_command` {list} | for example: url_command = [\"vault-url\", \"app\"]"),
            "7:15 both `url` and `url_command` are set | keep the one that leads to the database's URL".to_owned(),
        ]
    );
}
#[path = "config/webhooks.rs"]
mod webhooks;
#[path = "config/windows.rs"]
mod windows;

#[test]
fn backups_are_configured_for_each_environment() {
    let text = r#"
[backup]
what = "tables"
jobs = 4
folder = "kept"
[env.production.backup]
command = ["./snapshot", "${STAGE:-prod}"]
restore_point = true
"#;
    let config = Config::parse(&Source::new("app/segue.toml", text)).expect("it is right");
    let none = |_: &str| None;
    let vars = Vars::new(&none);
    let top = config.select(None).expect("the top");
    let what = top.backup_what(&vars).expect("right").expect("set");
    assert_eq!(
        (what.value.as_str(), what.origin.as_str()),
        ("tables", "app/segue.toml:3")
    );
    assert_eq!(top.backup_jobs(), Some(4));
    assert!(top.backup_command(&vars).expect("right").is_none());
    assert!(top.backup_restore_point().is_none());
    let production = config.select(Some("production")).expect("it is there");
    assert!(
        production.backup_what(&vars).expect("right").is_none(),
        "the command hides it"
    );
    let command = production
        .backup_command(&vars)
        .expect("right")
        .expect("set");
    assert_eq!(command.value.name(), "snapshot");
    assert!(production.backup_restore_point().is_some());
    let folder = production
        .backup_folder(&vars)
        .expect("right")
        .expect("of the top");
    assert_eq!(folder.value, std::path::Path::new("app/kept"));
}

#[test]
fn a_number_of_jobs_is_a_whole_one() {
    for (text, wrong) in [
        ("[backup]\njobs = 0\n", true),
        ("[backup]\njobs = 65\n", true),
        ("[backup]\njobs = -1\n", true),
        ("[backup]\njobs = \"2\"\n", true),
        ("[backup]\njobs = 2.5\n", true),
        ("[backup]\njobs = 0x10\n", false),
        ("[backup]\njobs = 64\n", false),
    ] {
        let read = Config::parse(&Source::new("segue.toml", text));
        assert_eq!(read.is_err(), wrong, "{text}");
    }
}
