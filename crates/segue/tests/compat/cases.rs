//! Queries with the verdicts that people have given them: `tests/cases/compat_*.queries`.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use segue::{
    CompatOptions, Compatibility, Migrator,
    queries::{Side, Tally},
};

use segue_cluster::{SUPERUSER, planted::is_not_in};

use crate::server::shared;

/// A query, and what is expected of it.
struct Expected {
    verdict: String,
    query: String,
}

struct Case {
    schema: String,
    migration: String,
    old: Vec<Expected>,
    new: Vec<Expected>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases")
}

fn read(path: &Path) -> Case {
    let text = fs::read_to_string(path).expect("it can be read");
    let section = |name: &str| {
        let start = format!("\n=== {name}\n");
        let (_, rest) = text
            .split_once(&start)
            .unwrap_or_else(|| panic!("{name} in {path:?}"));
        let end = rest.find("\n=== ").map_or(rest.len(), |end| end + 1);
        rest[..end].to_owned()
    };
    let expected = |name: &str| {
        let mut all: Vec<Expected> = Vec::new();
        for line in section(name).lines() {
            match line.strip_prefix("-- ") {
                Some(verdict) => all.push(Expected {
                    verdict: verdict.to_owned(),
                    query: String::new(),
                }),
                None => {
                    let last = all.last_mut().expect("a verdict");
                    writeln!(last.query, "{line}").expect("it is written");
                }
            }
        }
        all
    };
    Case {
        schema: section("schema"),
        migration: section("migration"),
        old: expected("old"),
        new: expected("new"),
    }
}

/// A project with a schema and a migration, and a file for each side.
fn project(case: &Case) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, text).expect("it is written");
    };
    put("migrations/0001_schema/migration.sql", &case.schema);
    put("migrations/0002_change/migration.sql", &case.migration);
    for (name, side) in [("old", &case.old), ("new", &case.new)] {
        for (number, one) in side.iter().enumerate() {
            put(&format!("{name}/{number:02}.sql"), &one.query);
        }
    }
    folder
}

async fn judged(folder: &Path) -> Compatibility {
    let cluster = shared().expect("a server");
    let migrator = Migrator::new()
        .dir(folder.join("migrations"))
        .config(folder.join("segue.toml"))
        .url(cluster.deployer_url("none_of_this_name"))
        .server_version(u16::try_from(cluster.version().major).expect("a version"))
        .shadow_url(cluster.planted_url(SUPERUSER, "postgres"));
    let of = |name: &str| vec![folder.join(name).display().to_string()];
    let options = CompatOptions {
        migrations: vec!["0002_change".to_owned()],
        old: of("old"),
        new: of("new"),
        ..CompatOptions::default()
    };
    let judged = migrator.compat(&options).await;
    is_not_in("what is judged", format!("{judged:?}"));
    judged.unwrap_or_else(|failure| panic!("{:?}", failure.problems))
}

/// What was said of the query in a file.
fn verdict(tally: &Tally, number: usize) -> (String, String) {
    let file = format!("{number:02}.sql");
    let is_it = |place: &str| place.contains(&file);
    if let Some(one) = tally.not_judged.iter().find(|one| is_it(&one.place)) {
        return ("not judged".to_owned(), one.why.clone());
    }
    match tally.broken.iter().find(|one| is_it(&one.place)) {
        Some(one) => {
            let verdicts = one.fares.each_ref().map(|fare| fare.verdict.name());
            let reasons = one.fares.each_ref().map(|fare| fare.reasons.join("; "));
            (verdicts.join(" "), reasons.join(" | "))
        }
        None => ("works works works".to_owned(), String::new()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_query_of_the_cases_gets_the_verdict_that_is_written_there() {
    if shared().is_none() {
        return;
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "queries"))
        .collect();
    paths.sort();
    let (mut queries, mut wrong) = (0, Vec::new());
    for path in &paths {
        let case = read(path);
        let folder = project(&case);
        fs::write(folder.path().join("segue.toml"), "").expect("it is written");
        let done = judged(folder.path()).await;
        for (tally, _) in &done.apps {
            let expected = match tally.side {
                Side::Old => &case.old,
                Side::New => &case.new,
            };
            queries += expected.len();
            for (number, one) in expected.iter().enumerate() {
                let (found, why) = verdict(tally, number);
                if found != one.verdict {
                    let name = path.file_stem().expect("a name").to_string_lossy();
                    wrong.push(format!(
                        "{name}, {}: {found}, not {} ({why}): {}",
                        tally.side.name(),
                        one.verdict,
                        one.query.trim()
                    ));
                }
            }
        }
        for note in &done.notes {
            println!("{}: {note}", path.display());
        }
    }
    println!("{queries} queries in {} cases", paths.len());
    assert!(queries >= 60, "{queries}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
