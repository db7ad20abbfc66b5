//! What fuzz/ runs for long, for a moment: texts that people wrote, changed by chance. The same chance in each run, unless
//! `SEGUE_FUZZ_SEED` is another; `SEGUE_FUZZ_RUNS` says how many texts each gets.

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use fastrand::Rng;

#[path = "../../../../fuzz/src/lib.rs"]
#[allow(unreachable_pub)]
mod bodies;

/// Many more find more: see fuzz/README.md.
const RUNS: usize = 400;

/// What turns one thing into another.
const PIECES: &[&str] = &[
    "'",
    "\"",
    "\\",
    "$$",
    "$a$",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ".",
    "::",
    "--",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\u{feff}",
    "\0",
    "é",
    "😀",
    " NOT NULL",
    " DEFAULT ",
    " USING ",
    " CASCADE",
    " IF EXISTS ",
    "ALTER TABLE ",
    "CREATE ",
    "DROP ",
    "BEGIN;",
    "COMMIT;",
    "NULL",
    "-- segue:",
    "-- +goose Up\n",
    "-- migrate:up\n",
    "--> statement-breakpoint\n",
    "=== migration\n",
    "@",
    ":",
    "/",
    "?",
    "#",
    "%",
    "%zz",
    "&",
    "=",
    "${X}",
    "[env.a]\n",
    "\"\"\"",
    "E'",
    "U&\"",
    "1e999",
    "-1",
    "99999999999999999999",
    "COPY t FROM stdin;\n",
    "\\.\n",
    "public",
    "_",
    "a",
];

fn number(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// A place between two characters.
fn place(chance: &mut Rng, text: &str) -> usize {
    let mut at = chance.usize(..=text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn changed(chance: &mut Rng, seeds: &[String]) -> String {
    let mut text = chance.choice(seeds).expect("seeds").clone();
    for _ in 0..chance.usize(1..8) {
        let (one, other) = (place(chance, &text), place(chance, &text));
        let (from, to) = (one.min(other), one.max(other));
        let near = (from..=to.min(from + 12))
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(from);
        match chance.u8(..6) {
            0 => text.replace_range(from..near, ""),
            1 => text.insert_str(from, chance.choice(PIECES).expect("pieces")),
            2 => text.replace_range(from..near, chance.choice(PIECES).expect("pieces")),
            3 => {
                let again = text[from..near].to_owned();
                text.insert_str(to, &again);
            }
            4 => {
                let seed = chance.choice(seeds).expect("seeds");
                let part = seed.lines().nth(chance.usize(..=seed.lines().count()));
                text.insert_str(from, part.unwrap_or_default());
            }
            _ => text.truncate(to.max(near)),
        }
    }
    text
}

/// Runs a body on changed seeds; a text on which it panics is written where it can be run again.
fn run(name: &str, seeds: &[String], body: fn(&str)) {
    let seed = number("SEGUE_FUZZ_SEED", 1);
    let mut chance = Rng::with_seed(u64::try_from(seed).expect("it fits"));
    for text in seeds {
        body(text);
    }
    for _ in 0..number("SEGUE_FUZZ_RUNS", RUNS) {
        let text = changed(&mut chance, seeds);
        if catch_unwind(AssertUnwindSafe(|| body(&text))).is_err() {
            let kept = env::temp_dir().join(format!("segue-fuzzed-{name}"));
            fs::write(&kept, &text).expect("it can be written");
            panic!("{name}: {}\n{text}", kept.display());
        }
    }
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The judged cases, as their files are.
fn cases() -> Vec<String> {
    let files = fs::read_dir(here("tests/cases")).expect("tests/cases");
    let mut paths: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "case"));
    paths.sort();
    let texts: Vec<String> = paths
        .iter()
        .map(|path| fs::read_to_string(path).expect("text"))
        .collect();
    assert!(texts.len() > 50);
    texts
}

/// Their SQL alone.
fn scripts() -> Vec<String> {
    let sql = |case: &String| {
        let parts = case
            .split("=== ")
            .skip(1)
            .filter_map(|part| part.split_once('\n'));
        let parts = parts.filter(|(name, _)| *name == "schema" || name.starts_with("migration"));
        parts.map(|(_, body)| body).collect::<String>()
    };
    cases().iter().map(sql).collect()
}

#[test]
fn scripts_are_cut_into_statements() {
    run("split", &scripts(), bodies::split);
}

#[test]
fn comments_for_segue_are_read() {
    run("directives", &scripts(), bodies::directives);
}

#[test]
fn statements_change_the_schema() {
    run("lower", &scripts(), bodies::lower);
}

#[test]
fn migrations_are_planned_on_random_schemas() {
    run("planning", &cases(), bodies::planning);
}

#[test]
fn folders_are_read() {
    let seeds = [
        "=== 20240101000001_a/migration.sql\nCREATE TABLE a (id int);\n=== 20240101000001_a/down.sql\nDROP TABLE a;\n=== migration_lock.toml\nprovider = \"postgresql\"\n",
        "=== meta/_journal.json\n{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[{\"idx\":0,\"version\":\"7\",\"when\":1,\"tag\":\"0000_a\",\"breakpoints\":true}]}\n=== 0000_a.sql\nSELECT 1;--> statement-breakpoint\nSELECT 2;\n",
        "=== 2024-01-01-000001_a/up.sql\nSELECT 1;\n=== 2024-01-01-000001_a/down.sql\nSELECT 2;\n=== 2024-01-01-000001_a/metadata.toml\nrun_in_transaction = false\n",
        "=== 0001_a.sql\n-- no-transaction\nSELECT 1;\n=== 0002_b.up.sql\nSELECT 1;\n=== 0002_b.down.sql\nSELECT 2;\n",
        "=== 00001_a.sql\n-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n-- +goose StatementEnd\n-- +goose ENVSUB ON\nSELECT '${A}';\n-- +goose Down\nSELECT 2;\n",
        "=== 20240101000001_a.sql\n-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down\nSELECT 2;\n",
        "=== V1__a.sql\nSELECT '${a}';\n=== V1.1__b.sql\nSELECT 2;\n=== R__c.sql\nSELECT 3;\n=== V2__d.sql.conf\nexecuteInTransaction=false\n=== U1__a.sql\nSELECT 4;\n",
    ];
    run("layouts", &seeds.map(str::to_owned), bodies::layouts);
}

#[test]
fn configurations_are_read() {
    let mut seeds = vec![
        "dir = \"migrations\"\nlayout = \"sqlx\"\nrole = \"owner\"\n[env.production]\nurl = \"${A}\"\nproduction = true\n[lint]\nlarge_rows = 1\n[lint.rules]\nrename-column = \"off\"\n".to_owned(),
        "[[project]]\nname = \"a\"\ndir = \"a\"\n[[webhook]]\nurl = \"http://h/${T}\"\non = [\"failed\"]\n[backup]\nwhat = \"all\"\njobs = 3\n[windows]\nlarge = \"Sat 02:00-06:00 UTC\"\n".to_owned(),
    ];
    // what the guide shows
    let guide = fs::read_to_string(here("docs/configuration.md")).expect("the guide");
    let blocks = guide.split("```toml\n").skip(1);
    seeds.extend(blocks.filter_map(|block| Some(block.split_once("```")?.0.to_owned())));
    run("config", &seeds, bodies::config);
}

#[test]
fn connection_strings_are_read() {
    let seeds = [
        "postgres://user:pa%20ss@example.com:5432/app?sslmode=require&application_name=x",
        "postgresql://u@[::1]:5432,b:1/a?target_session_attrs=read-write&options=-c%20a%3Db",
        "host=/tmp port=5432 dbname='a b' user=x password='it\\'s' sslmode=disable",
        "service=app",
        "example.com/app",
        "postgres://%2Ftmp%2Fs:5432/db",
    ];
    run("urls", &seeds.map(str::to_owned), bodies::urls);
}
