//! What the commands of the documentation find: a project and a database in the state that they are about.

use std::{
    fs,
    process::{Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use segue_cluster::{Cluster, SUPERUSER};

use crate::{
    gate::recording,
    harness::{Database, Outcome, Project, Running, Session, eventually},
};

const PRODUCTS: &str = "20260105090000_products";
const PHONE: &str = "20260112100000_add_phone";
const RENAME: &str = "20260119110000_full_name";

/// The history of the project: two migrations that the database has, and one that a branch proposes.
const TABLES: &str = "-- Why: the shop needs something to sell, and somebody who buys it.\n\
     CREATE TABLE products (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL);\n\
     CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, email text);\n";
const ADD_PHONE: &str = "ALTER TABLE users ADD COLUMN phone text;\n";
const FULL_NAME: &str =
    "-- Why: users have more names than one.\nALTER TABLE users RENAME COLUMN name TO full_name;\n";
/// As it shall be: what all three make, and a column more.
const SCHEMA: &str = "CREATE TABLE products (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL);\n\
     CREATE TABLE users (id bigint PRIMARY KEY, full_name text NOT NULL, email text, phone text, age int);\n";
const ROWS: &str = "INSERT INTO users SELECT n, 'name ' || n, 'e' || n FROM generate_series(1, 5000) n;\
     INSERT INTO products (title) VALUES ('one'); ANALYZE;";
/// Rows that take their time: a plan that writes them is looked at from elsewhere.
const SLOW: [&str; 3] = ["deploy", "--max-rate", "50"];

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Scene {
    /// A migration is pending on a table in use. For commands that change nothing: they share it.
    Looked,
    /// The same, for one command alone.
    Pending,
    /// Somebody has written a plan of it to `plan.json`.
    Reviewed,
    /// It is expanded.
    Expanded,
    /// The same, with a backup in the journal.
    BackedUp,
    /// Nothing but a repository.
    Empty,
    /// The tables are there, and no history.
    NoHistory,
    /// A migration has stopped in the middle.
    Partial,
    /// A dev database that has all migrations, and a schema that wants a column more.
    Desired,
    /// The same, before the schema was written down.
    Undescribed,
    /// A deploy writes rows.
    Writing,
    /// It was killed.
    Killed,
    /// A report has been reading the table for long.
    Read,
    /// The server refuses what is pending.
    Refused,
    /// Rows stand against what is pending.
    Duplicates,
    /// Expanded, and then changed by hand.
    OtherHand,
    /// The database takes no writes.
    ReadOnly,
    /// Rows that a program could not do.
    Quarantined,
    /// The server keeps a record of statements.
    Recorded,
    /// A file of SQLite's.
    Sqlite,
}

/// A scene that is set.
pub(super) struct Stage {
    project: Project,
    database: Database,
    deploy: Option<Running>,
    session: Option<Session>,
}

/// What stands for programs of others, the project as a repository, and its database.
struct Base {
    bin: tempfile::TempDir,
    project: Project,
    database: Database,
}

fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(|| Base::new(recording().expect("a server")))
}

impl Base {
    fn new(cluster: &'static Cluster) -> Self {
        let database = fresh(cluster);
        let project = Project::new();
        project
            .remove(".git")
            .migration(PRODUCTS, TABLES)
            .migration(PHONE, ADD_PHONE)
            .file(
                "segue.toml",
                format!(
                    "shadow_url = \"{}\"\n[contract]\nobserve = \"none\"\n[lint]\nlarge_rows = 1\n[seed]\nfile = \"seed.sql\"\n\
                     [env.staging]\nproduction = false\n[env.production]\nproduction = true\n",
                    cluster.url("postgres")
                ),
            )
            .file("seed.sql", "INSERT INTO products (title) VALUES ('two');")
            .file("schema.sql", SCHEMA)
            .file("migration.sql", "ALTER TABLE users ADD COLUMN nick text;")
            .file("queries/by_id.sql", "SELECT full_name FROM users WHERE id = $1;")
            .file(".sqlx/query-1.json", "{\"query\": \"SELECT full_name FROM users WHERE id = $1\"}")
            .file("old.jsonl", "{\"segue\":\"workload\",\"version\":1}\n{\"query\":\"SELECT name FROM users WHERE id = $1\",\"calls\":7}\n");
        project.on(&database, &["deploy"]).exits(0);
        database.sql(ROWS);
        let base = Self {
            bin: programs(),
            project,
            database,
        };
        base.bash(&base.project, &base.database, "segue facts > facts.json")
            .exits(0);
        let git = "git init -q -b main . && git add . && git commit -q -m one && git checkout -q -b proposal";
        base.bash(&base.project, &base.database, git).exits(0);
        base.project.migration(RENAME, FULL_NAME);
        let git = "git add . && git commit -q -m two";
        base.bash(&base.project, &base.database, git).exits(0);
        base
    }

    /// A project and a database of its own.
    fn copied(&self) -> Stage {
        let project = Project::new();
        let (from, to) = (self.project.root(), project.root());
        let copied = Command::new("cp")
            .args([
                "-a",
                &format!("{}/.", from.display()),
                &to.display().to_string(),
            ])
            .status();
        assert!(copied.expect("cp").success());
        // One at a time: nobody may be connected to a database that is copied.
        static COPYING: Mutex<()> = Mutex::new(());
        let _copying = COPYING.lock().expect("nobody panics there");
        let cluster = self.database.cluster;
        let name = format!(
            "of_{}",
            project
                .root()
                .parent()
                .unwrap()
                .file_name()
                .unwrap()
                .display()
        );
        let copy = format!(
            "CREATE DATABASE \"{name}\" TEMPLATE {}",
            self.database.name()
        );
        cluster.psql("postgres", &copy).expect("a copy");
        Stage {
            project,
            database: Database::of(cluster, SUPERUSER, &name),
            deploy: None,
            session: None,
        }
    }

    fn bash(&self, project: &Project, database: &Database, script: &str) -> Outcome {
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(project.root())
            .env_clear()
            .env("PATH", format!("{}:{path}", self.bin.path().display()))
            .env("HOME", self.bin.path())
            .env("EDITOR", "true")
            .env("DATABASE_URL", &database.url)
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "a")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@example.com")))
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Outcome::of(
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    }
}

fn fresh(cluster: &'static Cluster) -> Database {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("fresh_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let create = format!("CREATE DATABASE {name}");
    cluster.psql("postgres", &create).expect("a database");
    Database::of(cluster, SUPERUSER, &name)
}

/// The command, the server's own `pg_dump`, and what stands for the programs of other tools.
fn programs() -> tempfile::TempDir {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    symlink(env!("CARGO_BIN_EXE_segue"), folder.path().join("segue")).unwrap();
    let server = recording().expect("a server").version();
    let mut installed = segue_cluster::installed().into_iter();
    let own = installed.find(|one| one.version == server);
    let dump = own.expect("that one").bin_dir.join("pg_dump");
    symlink(dump, folder.path().join("pg_dump")).unwrap();
    for (name, script) in [
        (
            "npm",
            "test \"$1\" = test && exec psql -c 'SELECT full_name, phone FROM users' \"$DATABASE_URL\"",
        ),
        (
            "npx",
            "case \"$1\" in prisma|drizzle-kit) ;; *) exit 1;; esac",
        ),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

impl Scene {
    /// Sets it.
    pub(super) fn set(self) -> Stage {
        let mut stage = base().copied();
        match self {
            Self::Looked | Self::Pending => (),
            Self::Reviewed => stage.must(&["plan", "--out", "plan.json"]),
            Self::Expanded => stage.must(&["deploy"]),
            Self::BackedUp => {
                stage.must(&["deploy"]);
                stage.must(&["contract", "--backup"]);
            }
            Self::Empty => stage.project = Project::new(),
            Self::NoHistory => stage.sql("DROP SCHEMA segue CASCADE"),
            Self::Partial => {
                stage.database = fresh(stage.database.cluster);
                let broken = format!(
                    "{TABLES}CREATE INDEX CONCURRENTLY titles ON products (title);\nSELECT nowx();\n"
                );
                stage.project.migration(PRODUCTS, &broken);
                stage.project.on(&stage.database, &["deploy"]).exits(1);
            }
            Self::Desired => stage.must(&["deploy", "--strategy", "direct"]),
            Self::Undescribed => {
                stage.must(&["deploy", "--strategy", "direct"]);
                stage.project.remove("schema.sql");
            }
            Self::Writing => stage.writes(),
            Self::Killed => {
                stage.writes();
                let deploy = stage.deploy.take().expect("it runs");
                deploy.signal(libc::SIGKILL);
                deploy.wait();
                stage.gone();
            }
            Self::Read => {
                stage.session = Some(
                    stage
                        .database
                        .session("BEGIN; SELECT pg_sleep(0) FROM users LIMIT 1;\n"),
                )
            }
            Self::Refused => stage.pending("ALTER TABLE users ADD COLUMN x inet DEFAULT nowx();"),
            Self::Duplicates => {
                stage.sql("UPDATE users SET email = 'e1' WHERE id < 3");
                stage.pending("ALTER TABLE users ADD UNIQUE (email);");
            }
            Self::OtherHand => {
                stage.must(&["deploy"]);
                stage.sql("ALTER TABLE users ADD COLUMN by_hand int");
            }
            Self::ReadOnly => {
                let name = stage.database.name();
                stage.sql(&format!(
                    "ALTER DATABASE \"{name}\" SET default_transaction_read_only = on"
                ));
            }
            Self::Quarantined => stage.quarantined(),
            Self::Recorded => stage
                .sql("CREATE EXTENSION pg_stat_statements; SELECT name FROM users WHERE id = 1"),
            Self::Sqlite => stage.sqlite(),
        }
        stage.settled(self);
        stage
    }
}

impl Stage {
    fn must(&self, arguments: &[&str]) {
        self.project.on(&self.database, arguments).exits(0);
    }

    fn sql(&self, script: &str) {
        self.database.sql(script);
    }

    /// Another migration in the place of the pending one.
    fn pending(&self, sql: &str) {
        self.project.migration(RENAME, sql);
    }

    /// Waits until the scene's own sessions are where they have to be.
    fn settled(&self, scene: Scene) {
        let holds = "SELECT count(*) FROM pg_locks WHERE relation = 'users'::regclass AND pid <> pg_backend_pid()";
        if scene == Scene::Read {
            eventually("the report reads", || self.database.sql(holds) != "0");
        }
    }

    /// A deploy begins to write rows.
    fn writes(&mut self) {
        let deploy = self.project.start_on(&self.database, &SLOW);
        let some = "SELECT count(full_name) > 0 FROM users";
        let has = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'full_name'";
        eventually("rows are written", || {
            self.database.sql(has) == "1" && self.database.sql(some) == "t"
        });
        self.deploy = Some(deploy);
    }

    fn gone(&self) {
        eventually("its session is gone", || {
            self.database.sessions_of_segue() == "0"
        });
    }

    /// Every row goes through a program that refuses one of them.
    fn quarantined(&self) {
        let program = "#!/bin/sh\nwhile IFS= read -r line; do\n  key=${line#*:}; key=${key%%,*}\n\
             case $key in 7) printf '{\"key\":7,\"error\":\"no\"}\\n';; *) printf '{\"key\":%s,\"row\":{\"slug\":\"s\"}}\\n' \"$key\";; esac\ndone\n";
        self.pending("ALTER TABLE users ADD COLUMN slug text;");
        let file = |name: &str| format!("migrations/{RENAME}/{name}");
        let toml = "table = \"users\"\nselect = [\"name\"]\nwhere = \"slug IS NULL\"\nwrite = [\"slug\"]\nprogram = [\"sh\", \"./program\"]\nbad_rows = \"continue\"\n";
        self.project
            .file(file("transform.toml"), toml)
            .file(file("program"), program);
        self.must(&["deploy"]);
    }

    /// In the place of the project: one whose database is a file.
    fn sqlite(&mut self) {
        let table = "CREATE TABLE users (id integer PRIMARY KEY, name text);\n";
        self.project = Project::new();
        self.project.migration(PRODUCTS, table).file(
            "schema.sql",
            table.replace("name text", "name text, age int"),
        );
        for url in ["sqlite:app.db", "sqlite:dev.db"] {
            let deploy = ["deploy", "--create-database", "--url", url];
            self.project.segue(&deploy).exits(0);
        }
    }

    /// Runs a line as a shell does.
    pub(super) fn bash(&self, line: &str) -> Outcome {
        base().bash(&self.project, &self.database, line)
    }

    /// The URL of its database, and of an empty one beside it.
    pub(super) fn urls(&self) -> [String; 2] {
        let cluster = self.database.cluster;
        [self.database.url.clone(), fresh(cluster).url]
    }

    /// Writes a file of the project.
    pub(super) fn file(&self, path: &str, text: &str) {
        self.project.file(path, text);
    }
}
