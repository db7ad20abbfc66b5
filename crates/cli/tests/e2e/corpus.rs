//! Real projects' migrations: the schema is what psql makes of the same files, and the history is what
//! the project's own tool would have written.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::harness::{Database, Project, database};

/// A folder of the corpus, unless the tests run without it.
pub(crate) fn corpus(folder: &str) -> Option<PathBuf> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = env::var_os("SEGUE_CORPUS").unwrap_or_else(|| "../shared/corpus".into());
    let folder = workspace.join(corpus).join(folder);
    Some(folder.canonicalize().expect("the folder of the corpus"))
}

/// One folder and what its tool makes of it.
struct History {
    dir: PathBuf,
    layout: &'static str,
    /// The files in the order in which the tool runs them.
    files: Vec<PathBuf>,
    /// Every column of the history that is not chance, one row per line.
    select: &'static str,
}

impl History {
    fn check(&self, expected_row: impl Fn(&Database, &Path) -> String) {
        let Some(database) = database() else { return };
        let project = Project::new();
        let dir = self.dir.to_str().unwrap();
        let count = self.files.len();
        project
            .on(&database, &["deploy", "--dir", dir])
            .exits(0)
            .says(&format!("(layout {}", self.layout))
            .prints(&format!("{count} migrations applied"));
        self.compare_schemas(&database);
        let expected: Vec<String> = self
            .files
            .iter()
            .map(|f| expected_row(&database, f))
            .collect();
        let rows = database.sql(self.select);
        assert_eq!(rows.lines().collect::<Vec<_>>(), expected);
        project
            .on(&database, &["status", "--dir", dir])
            .exits(0)
            .prints(&format!("up to date: {count} migrations applied"));
        let before = self.every_row(&database);
        project
            .on(&database, &["deploy", "--dir", dir])
            .exits(0)
            .prints("up to date");
        assert_eq!(self.every_row(&database), before);
    }

    fn compare_schemas(&self, database: &Database) {
        let other = crate::harness::database().unwrap();
        for file in &self.files {
            let ran = other.cluster.psql_file(&other.url, file);
            assert!(ran.is_ok(), "{}", ran.unwrap_err());
        }
        let options = [
            "--exclude-schema=segue",
            "--exclude-schema=drizzle",
            "--exclude-table=*._prisma_migrations",
            "--exclude-table=*.__diesel_schema_migrations",
            "--exclude-table=*._sqlx_migrations",
        ];
        let dump = |database: &Database| {
            database
                .cluster
                .dump_schema(&database.url, &options)
                .unwrap()
        };
        let (ours, theirs) = (dump(database), dump(&other));
        if ours != theirs {
            let differs = ours.lines().zip(theirs.lines()).find(|(a, b)| a != b);
            panic!("the schemas differ, first at {differs:?}");
        }
    }

    /// With ids and times: a second deploy may not touch them.
    fn every_row(&self, database: &Database) -> String {
        let (_, from) = self.select.split_once(" FROM ").unwrap();
        let table = from.split_whitespace().next().unwrap();
        database.sql(&format!("SELECT h::text FROM {table} h ORDER BY 1"))
    }
}

fn entries(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn folders_with(dir: &Path, file: &str) -> Vec<PathBuf> {
    entries(dir)
        .iter()
        .map(|name| dir.join(name).join(file))
        .filter(|path| path.is_file())
        .collect()
}

fn parent(file: &Path) -> String {
    let folder = file.parent().unwrap().file_name().unwrap();
    folder.to_str().unwrap().to_owned()
}

/// The server's own opinion of a file's checksum.
fn hash(database: &Database, function: &str, file: &Path) -> String {
    let hex: String = fs::read(file)
        .unwrap()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    database.sql(&format!(
        "SELECT encode({function}(decode('{hex}', 'hex')), 'hex')"
    ))
}

fn check_prisma(folder: &str) {
    let Some(dir) = corpus(folder) else { return };
    let files = folders_with(&dir.join("migrations"), "migration.sql");
    let history = History {
        dir,
        layout: "prisma",
        files,
        select: "SELECT concat_ws(' ', migration_name, checksum, applied_steps_count, \
                 logs IS NULL, rolled_back_at IS NULL, finished_at >= started_at, \
                 id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$') \
                 FROM _prisma_migrations ORDER BY started_at, migration_name",
    };
    history.check(|database, file| {
        format!(
            "{} {} 1 t t t t",
            parent(file),
            hash(database, "sha256", file)
        )
    });
}

#[test]
fn the_prisma_migrations_of_langfuse_are_deployed_as_psql_and_prisma_would() {
    check_prisma("langfuse-prisma");
}

#[test]
fn the_prisma_migrations_of_hoppscotch_are_deployed_as_psql_and_prisma_would() {
    check_prisma("hoppscotch-prisma");
}

#[test]
fn the_diesel_migrations_of_crates_io_are_deployed_as_psql_and_diesel_would() {
    let Some(dir) = corpus("crates.io-diesel") else {
        return;
    };
    let version = |file: &Path| parent(file).split('_').next().unwrap().replace('-', "");
    let mut files = folders_with(&dir, "up.sql");
    files.sort_by_key(|file| version(file));
    let history = History {
        dir,
        layout: "diesel",
        files,
        select: "SELECT concat_ws(' ', version, run_on IS NOT NULL) \
                 FROM __diesel_schema_migrations ORDER BY version",
    };
    history.check(|_, file| format!("{} t", version(file)));
}

#[test]
fn the_sqlx_migrations_of_docs_rs_are_deployed_as_psql_and_sqlx_would() {
    let Some(dir) = corpus("docs.rs-sqlx") else {
        return;
    };
    let files = entries(&dir)
        .iter()
        .filter(|name| name.ends_with(".up.sql"))
        .map(|name| dir.join(name))
        .collect();
    let history = History {
        dir,
        layout: "sqlx",
        files,
        select: "SELECT concat_ws(' ', version, description, success, encode(checksum, 'hex'), \
                 execution_time > 0, installed_on IS NOT NULL) FROM _sqlx_migrations ORDER BY version",
    };
    history.check(|database, file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        let (version, rest) = name.split_once('_').unwrap();
        let description = rest.trim_end_matches(".up.sql").replace('_', " ");
        let hash = hash(database, "sha384", file);
        format!("{version} {description} t {hash} t t")
    });
}

#[test]
fn the_drizzle_migrations_of_homarr_are_deployed_as_psql_and_drizzle_would() {
    let Some(dir) = corpus("homarr-drizzle/postgresql") else {
        return;
    };
    let journal = fs::read_to_string(dir.join("meta/_journal.json")).unwrap();
    let journal: serde_json::Value = serde_json::from_str(&journal).unwrap();
    let whens: Vec<(PathBuf, i64)> = journal["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let tag = entry["tag"].as_str().unwrap();
            (
                dir.join(format!("{tag}.sql")),
                entry["when"].as_i64().unwrap(),
            )
        })
        .collect();
    let history = History {
        dir,
        layout: "drizzle",
        files: whens.iter().map(|(file, _)| file.clone()).collect(),
        select: "SELECT concat_ws(' ', id, hash, created_at) \
                 FROM drizzle.__drizzle_migrations ORDER BY id",
    };
    history.check(|database, file| {
        let place = whens.iter().position(|(other, _)| other == file).unwrap();
        let hash = hash(database, "sha256", file);
        format!("{} {hash} {}", place + 1, whens[place].1)
    });
}

#[test]
fn what_lies_beside_the_migrations_of_crates_io_is_reported() {
    let (Some(dir), Some(database)) = (corpus("crates.io-diesel"), database()) else {
        return;
    };
    Project::new()
        .on(&database, &["status", "--dir", dir.to_str().unwrap()])
        .exits(2)
        .says("note: README.md:")
        .says("note: data_oauth_github.sql:");
}

#[test]
fn folders_of_tools_that_segue_does_not_read_are_refused_by_name() {
    for (folder, tool) in [
        ("openfga-goose/postgres", "goose"),
        ("conductor-flyway/postgres/migration_postgres", "Flyway"),
    ] {
        let (Some(dir), Some(database)) = (corpus(folder), database()) else {
            return;
        };
        Project::new()
            .on(&database, &["deploy", "--dir", dir.to_str().unwrap()])
            .exits(1)
            .says(tool);
        database.is_untouched();
    }
}
