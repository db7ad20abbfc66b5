//! A password that every URL of the tests carries, and the search for it in what segue lets out: what it prints, the files
//! that it writes, the rows that it keeps in a database, what it answers and sends.
//!
//! The role that most tests deploy as really has it; for others the server asks for none, and it stands in their URLs all
//! the same. Who finds it panics, so the test fails, and names the place. What a test itself writes down with it, such as
//! a `.env`, is told by [`Written`].

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

pub(crate) use segue_cluster::planted::{PASSWORD, is_not_in};
use segue_cluster::{Cluster, planted::is_not_kept_in};

/// Larger files are what tests make for their size.
const LARGEST: u64 = 64 << 20;

/// Files that a test has written with the password in them.
#[derive(Default)]
pub(crate) struct Written(Mutex<BTreeSet<PathBuf>>);

impl Written {
    /// A file gets this text from the test.
    pub(crate) fn note(&self, path: &Path, text: &[u8]) {
        let mut known = self.0.lock().unwrap();
        match memchr::memmem::find(text, PASSWORD.as_bytes()) {
            Some(_) => known.insert(path.to_owned()),
            None => known.remove(path),
        };
    }

    /// It is in no other file below a folder.
    #[track_caller]
    pub(crate) fn is_all_below(&self, folder: &Path) {
        let known = self.0.lock().unwrap_or_else(|error| error.into_inner());
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            // what a test has closed to everybody
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries.flatten() {
                let (path, Ok(facts)) = (entry.path(), entry.metadata()) else {
                    continue;
                };
                if facts.is_dir() {
                    folders.push(path);
                } else if facts.is_file() && facts.len() < LARGEST && !known.contains(&path) {
                    let bytes = fs::read(&path).unwrap_or_default();
                    is_not_in(&path.display().to_string(), bytes);
                }
            }
        }
    }
}

/// A database that is searched at the end: all rows of schema `segue`.
pub(crate) struct Kept {
    pub(crate) cluster: &'static Cluster,
    pub(crate) database: String,
}

impl Drop for Kept {
    fn drop(&mut self) {
        is_not_kept_in(self.cluster, &self.database);
    }
}

#[test]
fn it_is_found_wherever_it_is() {
    let found = |look: &dyn Fn()| {
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(look));
        let said = looked.expect_err("it was not found");
        said.downcast_ref::<String>().unwrap().clone()
    };
    let line = format!("deployed to postgres://deployer:{PASSWORD}@host/app");
    assert!(found(&|| is_not_in("stdout", &line)).contains("is in stdout: …deployed to"));
    // what a test writes is no fault, what stands beside it is
    let folder = tempfile::tempdir().unwrap();
    let (dotenv, plan) = (
        folder.path().join(".env"),
        folder.path().join("a/plan.json"),
    );
    fs::create_dir(folder.path().join("a")).unwrap();
    let written = Written::default();
    fs::write(&dotenv, &line).unwrap();
    written.note(&dotenv, line.as_bytes());
    written.is_all_below(folder.path());
    fs::write(&plan, &line).unwrap();
    assert!(found(&|| written.is_all_below(folder.path())).contains("a/plan.json"));
}

#[test]
fn it_is_found_in_what_the_command_says_writes_and_keeps() {
    use crate::harness::{Project, database};
    let Some(db) = database() else { return };
    let panicked = |run: Box<dyn FnOnce() + '_>| {
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        let said = ran.expect_err("it was not found");
        said.downcast_ref::<String>().unwrap().clone()
    };
    // plans quote the SQL of migrations: what stands there is as public as the file
    let project = Project::new();
    let migration = format!("UPDATE t SET a = '{PASSWORD}';");
    project
        .file("schema.sql", "CREATE TABLE t (a text);")
        .migration("0001_one", &migration);
    let plan = [
        "plan",
        "--schema",
        "schema.sql",
        "migrations/0001_one/migration.sql",
    ];
    let said = panicked(Box::new(|| drop(project.segue(&plan))));
    assert!(said.contains("segue plan --schema"), "{said}");
    let out = project.root().join("kept.txt");
    fs::write(out, PASSWORD).unwrap();
    assert!(panicked(Box::new(|| drop(project))).contains("app/kept.txt"));
    db.sql(&format!("CREATE SCHEMA segue CREATE TABLE notes (note jsonb); INSERT INTO segue.notes VALUES ('[\"{PASSWORD}\"]')"));
    assert!(panicked(Box::new(|| drop(db))).contains("segue.notes"));
}
