//! Backups before what nothing takes back, and whether they can be restored.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use segue_cluster::Cluster;
use serde_json::Value;

use crate::{
    harness::{Database, Project, database, database_of_superuser, eventually},
    tools::Tool,
};

const FIRST: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok');\n\
     CREATE TABLE towns (id int PRIMARY KEY, name text);\n\
     CREATE TABLE users (id bigserial PRIMARY KEY, name text NOT NULL, nick text, mood mood, town int REFERENCES towns);\n\
     CREATE INDEX users_name ON users (name);\n\
     CREATE TABLE \"odd \"\"name\" (id int, t text CHECK (t IN ('a', 'b')));\n\
     CREATE VIEW named AS SELECT id, name FROM users;\n";
const SECOND: &str = "ALTER TABLE users DROP COLUMN nick;\n";

/// A database in use with a migration that drops a column, which is expanded.
fn expanded() -> Option<(Database, Project)> {
    let (db, project) = in_use()?;
    project.on(&db, &["deploy"]).exits(0);
    Some((db, project))
}

fn in_use() -> Option<(Database, Project)> {
    let db = database()?;
    let project = Tool::Segue.project();
    Tool::Segue.write(&project, 1, "first", FIRST);
    project.on(&db, &["deploy"]).exits(0);
    db.sql(
        "INSERT INTO towns VALUES (1, 'here'); \
         INSERT INTO users (name, nick, mood, town) SELECT E'line\\nbreak \\\\. ' || g, 'k' || g, 'ok', 1 FROM generate_series(1, 5000) g; \
         INSERT INTO \"odd \"\"name\" SELECT g, 'a' FROM generate_series(1, 7) g; ANALYZE",
    );
    Tool::Segue.write(&project, 2, "second", SECOND);
    Some((db, project))
}

/// Where the backups are that were finished.
fn finished(project: &Project) -> Vec<PathBuf> {
    let folder = project.root().join(".segue/backups");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    all.sort();
    all
}

fn manifest(backup: &std::path::Path) -> Value {
    let text = fs::read_to_string(backup.join("backup.json")).unwrap();
    let manifest = serde_json::from_str(&text).unwrap();
    crate::schemas::hold("backup.json", &manifest);
    manifest
}

#[test]
fn the_tables_that_lose_something_are_backed_up_before_contract() {
    let Some((db, project)) = expanded() else {
        return;
    };
    let document = project
        .on(&db, &["contract", "--backup", "--json"])
        .exits(0)
        .json();
    let [backup] = finished(&project).try_into().unwrap();
    assert_eq!(document["backup"]["rows"], 5000, "{document}");
    assert_eq!(document["backup"]["what"], "public.users");
    let kept = manifest(&backup);
    assert_eq!(kept["tables"].as_array().unwrap().len(), 1);
    assert_eq!(kept["left_out"][0][1], "users_town_fkey");
    let restore = document["backup"]["restore"].as_str().unwrap();
    assert!(
        restore.contains("createdb") && restore.contains("restore.list"),
        "{restore}"
    );
    assert_eq!(db.sql("SELECT restore FROM segue.backups"), restore);
    assert_eq!(db.sql("SELECT count(*) FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'nick'"), "0");
    project
        .on(&db, &["restore"])
        .exits(0)
        .prints("public.users, before the contract of")
        .prints("never restored by a rehearsal")
        .prints("createdb");
    project
        .on(&db, &["restore", "--rehearse"])
        .exits(0)
        .says("the foreign key users_town_fkey is not restored")
        .prints("it gave the same schema, and 1 table with 5000 rows");
    project.on(&db, &["restore"]).exits(0).prints(": same");
}

#[test]
fn everything_is_backed_up_and_restored_with_its_roles() {
    let Some((db, project)) = expanded() else {
        return;
    };
    project.file(
        "segue.toml",
        "[backup]\nwhat = \"all\"\njobs = 3\nfolder = \"kept\"\n",
    );
    db.as_superuser("CREATE ROLE reader");
    db.sql(
        "GRANT SELECT ON users TO reader; CREATE SCHEMA app; CREATE TABLE app.parts (id int) PARTITION BY RANGE (id); \
         CREATE TABLE app.low PARTITION OF app.parts FOR VALUES FROM (0) TO (10); INSERT INTO app.parts VALUES (1), (2); \
         CREATE TABLE \"a\nb\" (id int); INSERT INTO \"a\nb\" VALUES (1), (2); CREATE SEQUENCE app.counter; SELECT nextval('app.counter'); \
         SELECT lo_from_bytea(0, 'large'); CREATE TABLE app.nothing (); INSERT INTO app.nothing DEFAULT VALUES; \
         CREATE TABLE app.made (id int, twice int GENERATED ALWAYS AS (id * 2) STORED); INSERT INTO app.made VALUES (1); \
         CREATE MATERIALIZED VIEW app.much AS SELECT count(*) FROM users",
    );
    project
        .on(&db, &["contract"])
        .exits(0)
        .says("cannot be taken back: ")
        .says("backed up the database (")
        .says("to restore it into a database of its own: createdb");
    let folder = project.root().join("kept");
    let mut backups = fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .filter(|one| one.path().is_dir());
    let backup = backups.next().unwrap().path();
    let document = project
        .on(
            &db,
            &["restore", "--rehearse", backup.to_str().unwrap(), "--json"],
        )
        .exits(0)
        .json();
    assert_eq!(document["differences"], serde_json::json!([]), "{document}");
    assert_eq!(document["ok"], true);
    assert!(document["tables"].as_u64().unwrap() > 6, "{document}");
}

#[test]
fn the_restore_command_works_as_it_is_printed() {
    let Some((db, project)) = expanded() else {
        return;
    };
    // the command is for a role that may create databases
    let db = db.of_superuser();
    let document = project
        .on(&db, &["contract", "--backup=all", "--json"])
        .exits(0)
        .json();
    let restore = document["backup"]["restore"].as_str().unwrap();
    let programs = db
        .cluster
        .psql("postgres", "SHOW server_version_num")
        .unwrap();
    let folder = clients(programs.trim().parse::<u32>().unwrap() / 10000);
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let output = std::process::Command::new("sh")
        .args(["-c", restore])
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let restored = format!("{}_restored", db.name());
    let count = db
        .cluster
        .psql(&restored, "SELECT count(nick) FROM users")
        .unwrap();
    assert_eq!(count.trim(), "5000");
}

/// The folder of createdb and pg_restore of a version.
fn clients(major: u32) -> PathBuf {
    let all = segue_cluster::installed();
    let found = all.iter().find(|one| one.version.major == major).unwrap();
    let dump = fs::canonicalize(found.bin_dir.join("pg_dump")).unwrap();
    dump.parent().unwrap().to_owned()
}

#[test]
fn a_backup_that_was_damaged_does_not_pass_the_rehearsal() {
    let Some((db, project)) = expanded() else {
        return;
    };
    project.on(&db, &["contract", "--backup=all"]).exits(0);
    let [backup] = finished(&project).try_into().unwrap();
    let text = fs::read_to_string(backup.join("backup.json")).unwrap();
    fs::write(
        backup.join("backup.json"),
        text.replace("\"rows\": 5000", "\"rows\": 5001"),
    )
    .unwrap();
    project
        .on(&db, &["restore", "--rehearse"])
        .exits(1)
        .says("had 5001 rows, 5000 are there")
        .prints("does not give what was backed up: 1 difference");
    assert_eq!(
        db.sql("SELECT rehearsal FROM segue.backups"),
        "1 differences"
    );
    Tool::Segue.write(&project, 3, "third", "DROP TABLE towns CASCADE;\n");
    project
        .on(&db, &["check"])
        .prints("and was another one: 1 differences");
}

#[test]
fn a_deploy_that_can_be_taken_back_makes_no_backup() {
    let Some((db, project)) = in_use() else {
        return;
    };
    project.file("segue.toml", "[backup]\nwhat = \"tables\"\n");
    project
        .on(&db, &["deploy"])
        .exits(0)
        .never_says("backing up");
    assert!(finished(&project).is_empty());
    project
        .on(&db, &["contract", "--after", "1h"])
        .exits(0)
        .prints("too early");
    assert!(finished(&project).is_empty());
    project
        .on(&db, &["contract", "--backup=none"])
        .exits(0)
        .never_says("backing up");
    assert!(finished(&project).is_empty());
}

#[test]
fn what_runs_as_written_is_backed_up_where_it_loses_something() {
    let Some((db, project)) = in_use() else {
        return;
    };
    let deploy = ["deploy", "--strategy", "direct", "--backup"];
    Tool::Segue.write(
        &project,
        2,
        "second",
        "ALTER TABLE towns ADD COLUMN size int;\n",
    );
    project.on(&db, &deploy).exits(0).never_says("backing up");
    Tool::Segue.write(&project, 3, "third", SECOND);
    Tool::Segue.write(
        &project,
        4,
        "fourth",
        "DELETE FROM towns WHERE id = 9; DROP TABLE \"odd \"\"name\";\n",
    );
    project
        .on(&db, &deploy)
        .exits(0)
        .says("cannot be taken back: drops a column of public.users")
        .says("cannot be taken back: drops public.\"odd \"\"name\"");
    let [backup] = finished(&project).try_into().unwrap();
    let kept = manifest(&backup);
    let names: Vec<&str> = kept["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["odd \"name", "towns", "users"]);
    project.on(&db, &["restore", "--rehearse"]).exits(0);
}

#[test]
fn the_counts_are_those_of_the_archive_while_others_write() {
    let Some((db, project)) = expanded() else {
        return;
    };
    db.sql("INSERT INTO users (name) SELECT repeat('x', 200) FROM generate_series(1, 200000)");
    let writer = db.session(
        "DO $$ BEGIN FOR i IN 1..400 LOOP INSERT INTO users (name) SELECT 'w' FROM generate_series(1, 50); \
         DELETE FROM users WHERE id IN (SELECT id FROM users WHERE name LIKE 'x%' LIMIT 20); COMMIT; PERFORM pg_sleep(0.01); END LOOP; END $$;\n",
    );
    project.on(&db, &["contract", "--backup=all"]).exits(0);
    writer.end();
    project.on(&db, &["restore", "--rehearse"]).exits(0);
}

#[test]
fn a_program_of_the_users_has_to_succeed() {
    let Some((db, project)) = expanded() else {
        return;
    };
    project.file("segue.toml", "[backup]\ncommand = [\"sh\", \"-c\", \"echo $PGDATABASE for $SEGUE_BACKUP_BEFORE >&2; exit 3\"]\n");
    project
        .on(&db, &["contract"])
        .exits(1)
        .says("the backup by sh failed: exit status: 3")
        .says(&format!("it says: {} for contract of ", db.name()))
        .says("segue.toml:2")
        .says("nothing was deployed");
    assert_eq!(db.sql("SELECT state FROM segue.rollouts"), "expanded");
    project.file(
        "segue.toml",
        "[backup]\ncommand = [\"sh\", \"-c\", \"echo started; echo snap-42\"]\n",
    );
    project
        .on(&db, &["contract"])
        .exits(0)
        .says("backed up by sh in 1 s: snap-42");
    assert_eq!(db.sql("SELECT place FROM segue.backups"), "snap-42");
    project
        .on(&db, &["restore", "--rehearse"])
        .exits(1)
        .says("the database knows of no backup that can be restored");
}

#[test]
fn what_would_make_it_fail_is_said_before_anything_begins() {
    let Some((db, project)) = expanded() else {
        return;
    };
    let refused = |toml: &str, words: &str| {
        project.file("segue.toml", toml);
        project
            .on(&db, &["contract", "--backup"])
            .exits(1)
            .says(words);
        assert_eq!(
            db.sql("SELECT state FROM segue.rollouts"),
            "expanded",
            "{toml}"
        );
        assert_eq!(db.sql("SELECT count(nick) FROM users"), "5000", "{toml}");
    };
    refused(
        "[backup]\nbin_dir = \".\"\n",
        "there are no pg_dump and pg_restore in ",
    );
    project.file(
        "old/pg_dump",
        "#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n",
    );
    project.file(
        "old/pg_restore",
        "#!/bin/sh\necho 'pg_restore (PostgreSQL) 9.6.1'\n",
    );
    make_runnable(&project, "old");
    refused(
        "[backup]\nbin_dir = \"old\"\n",
        "pg_dump is older than the server: it has version 9, the server ",
    );
    project.file("file", "");
    refused(
        "[backup]\nfolder = \"file/backups\"\n",
        "no backup can be written into ",
    );
    refused("[backup]\nwhat = \"some\"\n", "`backup.what` is `some`");
    refused(
        "[backup]\njobs = 0\n",
        "`backup.jobs` must be a whole number from 1 to 64",
    );
    refused(
        "[backup]\nwhat = \"all\"\ncommand = [\"x\"]\n",
        "both `backup.what` and `backup.command` are set",
    );
    refused("[backup]\ncompress = \"nonsense\"\n", "pg_dump failed");
    assert!(finished(&project).is_empty());
}

#[test]
fn a_role_that_may_not_read_all_backs_up_what_it_may() {
    let Some((db, project)) = expanded() else {
        return;
    };
    db.as_superuser("CREATE TABLE secrets (id int); INSERT INTO secrets VALUES (1)");
    let on = |arguments: &[&str]| project.on(&db, arguments);
    on(&["contract", "--backup=all"])
        .exits(1)
        .says("the role may not read all of what is to be backed up: \"public\".\"secrets\"");
    db.as_superuser(
        "ALTER TABLE secrets ENABLE ROW LEVEL SECURITY; GRANT SELECT ON secrets TO deployer",
    );
    on(&["contract", "--backup=all"])
        .exits(1)
        .says("row security hides rows of it");
    on(&["contract", "--backup=tables"])
        .exits(0)
        .says("nothing of \"public\".\"secrets\" is in the backup");
    let [backup] = finished(&project).try_into().unwrap();
    assert_eq!(manifest(&backup)["unread"][0], "\"public\".\"secrets\"");
}

/// A `pg_dump` that waits for a file called `go` once it has begun; `started` says that it has.
fn slow_programs(db: &Database, project: &Project) {
    let major = db.sql("SELECT current_setting('server_version_num')::int / 10000");
    let real = clients(major.parse().unwrap());
    let root = project.root();
    let (root, real) = (root.display(), real.display());
    let dump = format!(
        "#!/bin/sh\ncase $1 in --version) exec {real}/pg_dump --version;; esac\n\
         touch {root}/started; while [ ! -e {root}/go ]; do sleep 0.05; done\nexec {real}/pg_dump \"$@\"\n"
    );
    project.file("slow/pg_dump", dump);
    project.file(
        "slow/pg_restore",
        format!("#!/bin/sh\nexec {real}/pg_restore \"$@\"\n"),
    );
    make_runnable(project, "slow");
    project.file("segue.toml", "[backup]\nbin_dir = \"slow\"\n");
}

fn make_runnable(project: &Project, folder: &str) {
    for program in ["pg_dump", "pg_restore"] {
        let path = project.root().join(folder).join(program);
        fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
}

fn has_started(project: &Project) {
    let started = project.root().join("started");
    eventually("pg_dump has begun", || started.exists());
    fs::remove_file(started).unwrap();
}

#[test]
fn of_two_backups_at_once_one_works_and_the_other_says_so() {
    let Some((db, project)) = expanded() else {
        return;
    };
    slow_programs(&db, &project);
    let first = project.start_on(&db, &["contract", "--backup"]);
    has_started(&project);
    project
        .on(&db, &["contract", "--backup"])
        .exits(1)
        .says("another backup of this database is being made")
        .says("process ");
    project.file("go", "");
    first.wait().exits(0);
    assert_eq!(finished(&project).len(), 1);
    assert_eq!(db.sql("SELECT count(*) FROM segue.backups"), "1");
}

#[test]
fn a_deploy_that_is_killed_leaves_nothing_that_passes_for_a_backup() {
    let Some((db, project)) = expanded() else {
        return;
    };
    slow_programs(&db, &project);
    for signal in [9, 15] {
        let running = project.start_on(&db, &["contract", "--backup"]);
        has_started(&project);
        running.signal(signal);
        let outcome = running.wait();
        assert_ne!(outcome.code, Some(0));
        let left = finished(&project);
        assert_eq!(left.len(), if signal == 9 { 1 } else { 0 }, "{outcome}");
        for path in &left {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(name.starts_with("unfinished-"), "{name}");
            project
                .on(&db, &["restore", "--rehearse", path.to_str().unwrap()])
                .exits(1)
                .says("there is no backup in ");
        }
        assert_eq!(db.sql("SELECT state FROM segue.rollouts"), "expanded");
        assert_eq!(db.sql("SELECT to_regclass('segue.backups')"), "");
        eventually("segue is gone", || db.sessions_of_segue() == "0");
    }
    project.file("go", "");
    project.on(&db, &["contract", "--backup"]).exits(0);
    assert_eq!(finished(&project).len(), 1, "what was left is removed");
}

#[test]
fn a_contract_that_goes_on_is_not_backed_up_again() {
    let Some((db, project)) = in_use() else {
        return;
    };
    Tool::Segue.write(
        &project,
        2,
        "second",
        &format!("{SECOND}ALTER TABLE towns DROP COLUMN name;\n"),
    );
    project.on(&db, &["deploy"]).exits(0);
    let reader = db.reading("towns");
    project
        .on(&db, &["contract", "--backup", "--lock-budget", "300ms"])
        .exits(1)
        .says("gave up after");
    assert_eq!(db.sql("SELECT state FROM segue.rollouts"), "contracting");
    reader.end();
    project
        .on(&db, &["contract", "--backup"])
        .exits(0)
        .says("it is under way already: the backup of before is ");
    assert_eq!(finished(&project).len(), 1);
}

#[test]
fn a_restore_point_is_made_where_that_is_allowed() {
    let Some((db, project)) = expanded() else {
        return;
    };
    project.file("segue.toml", "[backup]\nrestore_point = true\n");
    db.as_superuser("GRANT EXECUTE ON FUNCTION pg_create_restore_point(text) TO deployer");
    let minimal = db.sql("SHOW wal_level") == "minimal";
    let outcome = project.on(&db, &["contract"]).exits(0);
    match minimal {
        true => drop(outcome.says("no restore point is made: wal_level is minimal")),
        false => {
            outcome.says("restore point: segue ");
            assert_eq!(
                db.sql("SELECT restore_point LIKE 'segue %contract of%' FROM segue.backups"),
                "t"
            );
        }
    }
    let Ok(cluster) = Cluster::builder().setting("wal_level", "replica").start() else {
        return;
    };
    cluster.psql("postgres", "CREATE DATABASE app").unwrap();
    let on = |arguments: &[&str]| {
        project.segue(
            &[
                arguments,
                &["--url", &cluster.url("app"), "--strategy", "direct"],
            ]
            .concat(),
        )
    };
    on(&["deploy", "--to", &Tool::Segue.name(1, "first")]).exits(0);
    cluster
        .psql("app", "INSERT INTO users (name) VALUES ('x')")
        .unwrap();
    on(&["deploy"]).exits(0).says("restore point: segue ");
}

#[test]
fn the_checklist_says_what_is_known_of_backups() {
    let Some((db, project)) = expanded() else {
        return;
    };
    Tool::Segue.write(&project, 3, "third", "DROP TABLE towns CASCADE;\n");
    let line = |project: &Project| {
        let document = project.on(&db, &["check", "--json"]).json();
        let lines = document["lines"].as_array().unwrap().clone();
        let line = lines
            .into_iter()
            .find(|line| line["name"] == "backed-up")
            .unwrap();
        (
            line["known"].as_str().unwrap_or_default().to_owned(),
            line["evidence"].to_string(),
        )
    };
    let (known, evidence) = line(&project);
    assert!(
        known == "unknown" && evidence.contains("has made no backup of this database yet"),
        "{known} {evidence}"
    );
    project.file("segue.toml", "[backup]\nwhat = \"tables\"\n");
    let (known, evidence) = line(&project);
    assert!(
        known == "yes" && evidence.contains("segue.toml:2: a backup (tables) is made and verified"),
        "{known} {evidence}"
    );
    project.file(
        "segue.toml",
        "[backup]\nwhat = \"tables\"\nbin_dir = \"none\"\n",
    );
    let (known, evidence) = line(&project);
    assert!(
        known == "no" && evidence.contains("none can be made from here"),
        "{known} {evidence}"
    );
    project.file("segue.toml", "");
    project.on(&db, &["contract", "--backup"]).exits(0);
    let (known, evidence) = line(&project);
    assert!(
        known == "yes" && evidence.contains("the last backup was made and verified at 2"),
        "{known} {evidence}"
    );
    assert!(evidence.contains("none was ever restored"), "{evidence}");
}

#[test]
fn sqlite_is_backed_up_by_its_online_backup() {
    let project = Tool::Segue.project();
    Tool::Segue.write(
        &project,
        1,
        "first",
        "CREATE TABLE one (id int, name text);\nCREATE INDEX one_id ON one (id);\n",
    );
    let url = project.sqlite();
    let on = |arguments: &[&str]| project.segue(&[arguments, &["--url", &url]].concat());
    on(&["deploy", "--backup"])
        .exits(0)
        .never_says("backing up");
    Tool::Segue.write(
        &project,
        2,
        "second",
        "INSERT INTO one VALUES (1, 'a'), (2, 'b');\n",
    );
    on(&["deploy"]).exits(0);
    Tool::Segue.write(&project, 3, "third", "DROP TABLE one;\n");
    on(&["deploy", "--backup"]).exits(0).says("backed up ");
    let [backup] = finished(&project).try_into().unwrap();
    let kept = manifest(&backup);
    let one = kept["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "one")
        .unwrap()
        .clone();
    assert_eq!(one["rows"], 2);
    on(&["restore"]).exits(0).prints("cp ");
    on(&["restore", "--rehearse"])
        .exits(0)
        .prints("can be restored");
    on(&["status"]).exits(0);
    fs::write(backup.join("backup.db"), "nonsense").unwrap();
    on(&["restore", "--rehearse"])
        .exits(1)
        .says("the backup cannot be used");
}

#[test]
fn a_backup_is_rehearsed_on_a_server_that_is_named() {
    let Some((db, project)) = expanded() else {
        return;
    };
    db.as_superuser(
        "CREATE ROLE owner_of_towns; GRANT owner_of_towns TO deployer; ALTER TABLE towns OWNER TO owner_of_towns",
    );
    project.on(&db, &["contract", "--backup=all"]).exits(0);
    let shadow = database_of_superuser().unwrap();
    let before = shadow.sql("SELECT count(*) FROM pg_database");
    project
        .on(&db, &["restore", "--rehearse", "--shadow-url", &shadow.url])
        .exits(0)
        .says("owners and rights were not restored")
        .prints("it gave the same schema");
    assert_eq!(shadow.sql("SELECT count(*) FROM pg_database"), before);
    project
        .on(&db, &["restore", "--rehearse", "20200101T000000-x"])
        .exits(1)
        .says("there is no backup `20200101T000000-x`");
    project.on(&db, &["restore", "20200101T000000-x"]).exits(64);
}
