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
            "--exclude-table=*.goose_db_version",
            "--exclude-table=*.flyway_schema_history",
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

/// By version, the places in the history, and the checksums that Flyway 8.5.13 wrote for these files.
const CONDUCTOR: &str = "\
    1 V1__initial_schema.sql 1899847952
    2 V2__1009_Fix_PostgresExecutionDAO_Index.sql -1672007158
    3 V3__correlation_id_index.sql -1477530519
    4 V4__new_qm_index_with_priority.sql 6887503
    5 V5__new_queue_message_pk.sql 1638999284
    6 V6__update_pk.sql -88978710
    7 V7__new_qm_index_desc_priority.sql 259619550
    8 V8__indexing.sql -1748499383
    9 V9__indexing_index_fix.sql -975282508
    10 V10__poll_data_check.sql -1263748020
    11 V11__locking.sql -290719659
    12 V12__task_index_columns.sql -829000543
    13.1 V13.1__workflow_index_columns.sql -1622156563
    14 V14__parent_workflow_id.sql 1729902635
    15 V15__file_metadata.sql -920687990
    16 V16__agentspan_skills.sql -869310472
    17 V17__workflow_index_classifier.sql 607649780
    18 V18__index_end_time.sql 1712325533";

#[test]
fn the_flyway_migrations_of_conductor_are_deployed_as_psql_and_flyway_would() {
    let Some(dir) = corpus("conductor-flyway/postgres/migration_postgres") else {
        return;
    };
    let expected = |file: &Path| {
        let name = file.file_name().unwrap().to_str().unwrap();
        let (place, line) = CONDUCTOR
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains(&format!(" {name} ")))
            .unwrap();
        format!("{} {} SQL t t", place + 1, line.trim())
    };
    let history = History {
        files: CONDUCTOR
            .lines()
            .map(|line| dir.join(line.split_whitespace().nth(1).unwrap()))
            .collect(),
        dir,
        layout: "flyway",
        select: "SELECT concat_ws(' ', installed_rank, version, script, checksum, type, success, \
                 description = replace(regexp_replace(script, '^V[0-9.]+__(.*)[.]sql$', '\\1'), '_', ' ')) \
                 FROM flyway_schema_history ORDER BY installed_rank",
    };
    history.check(|_, file| expected(file));
}

#[test]
fn folders_of_flyway_are_looked_through_from_the_one_above_them() {
    let (Some(dir), Some(database)) = (corpus("conductor-flyway/postgres"), database()) else {
        return;
    };
    let project = Project::new();
    let deploy = ["deploy", "--dir", dir.to_str().unwrap()];
    project
        .on(&database, &deploy)
        .exits(0)
        .prints("21 migrations applied");
    project.on(&database, &deploy).exits(0).prints("up to date");
}

/// The checksums are those that Flyway itself gave these files.
#[test]
fn the_flyway_migrations_of_conductor_for_sqlite_are_deployed_as_sqlite3_would() {
    let Some(dir) = corpus("conductor-flyway/sqlite") else {
        return;
    };
    let project = Project::new();
    let deploy = [
        "deploy",
        "--dir",
        dir.to_str().unwrap(),
        "--url",
        "sqlite:app.db",
    ];
    project
        .segue(&deploy)
        .exits(0)
        .prints("7 migrations applied");
    project.segue(&deploy).exits(0).prints("up to date");
    let folder = dir.join("migration_sqlite");
    let connection = |name: &str| rusqlite::Connection::open(project.root().join(name)).unwrap();
    let (ours, theirs) = (connection("app.db"), connection("other.db"));
    let mut names = entries(&folder);
    names.retain(|name| name.ends_with(".sql"));
    for name in &names {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        theirs.execute_batch(&text).unwrap();
    }
    assert_eq!(names.len(), 7);
    let lines = |connection: &rusqlite::Connection, sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let schema = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema \
                  WHERE tbl_name <> 'flyway_schema_history' ORDER BY type, name";
    assert_eq!(lines(&ours, schema), lines(&theirs, schema));
    let checksums = "SELECT checksum || '' FROM flyway_schema_history ORDER BY installed_rank";
    assert_eq!(
        lines(&ours, checksums),
        [
            "-1032654456",
            "-1858920708",
            "-920687990",
            "575198639",
            "2006326567",
            "-326448294",
            "-284443083"
        ]
    );
}

#[test]
fn the_goose_migrations_of_openfga_are_deployed_as_psql_and_goose_would() {
    let Some(dir) = corpus("openfga-goose/postgres") else {
        return;
    };
    // psql would run the Down parts too.
    let ups = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for name in entries(&dir) {
        let text = fs::read_to_string(dir.join(&name)).unwrap();
        let (_, rest) = text.split_once("-- +goose Up\n").unwrap();
        let (up, _) = rest.split_once("-- +goose Down").unwrap();
        let file = ups.path().join(&name);
        fs::write(&file, up).unwrap();
        files.push(file);
    }
    assert_eq!(files.len(), 6);
    let history = History {
        dir,
        layout: "goose",
        files: files.clone(),
        select: "SELECT concat_ws(' ', id, version_id, is_applied, tstamp IS NOT NULL) \
                 FROM goose_db_version WHERE id > 1 ORDER BY id",
    };
    // The row of version 0 is the first.
    history.check(|_, file| {
        let place = files.iter().position(|other| other == file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let version: u32 = name.split('_').next().unwrap().parse().unwrap();
        format!("{} {version} t t", place + 2)
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
