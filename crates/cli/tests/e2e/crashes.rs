//! The command is killed, or its server restarted, in the middle of a plan: it runs again, and everything ends where it would
//! have. At every statement of every recipe: `crates/segue/tests/rollouts`.

use segue_cluster::{Break, Breaker, Cluster, Side, Stop};

use crate::harness::{Project, Running, Session, eventually};

const FIRST: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text, nick text, label text, visits int NOT NULL);\n\
     CREATE INDEX users_label ON users (label);\n";
/// An index that is built, rows that are checked, a mirror that is filled, and a column that goes.
const SECOND: &str = "CREATE UNIQUE INDEX users_name ON users (name);\n\
     ALTER TABLE users ALTER COLUMN name SET NOT NULL;\n\
     ALTER TABLE users RENAME COLUMN label TO title;\n\
     ALTER TABLE users DROP COLUMN nick;\n";
/// Done twice, it shows.
const COUNTING: &str = "UPDATE users SET visits = visits + 1;\n";
const ROWS: &str = "INSERT INTO users SELECT g, 'n' || g, 'k', 'l' || g % 9, g % 7 FROM generate_series(1, 10000) g; ANALYZE";

const BUILD: &str = "CREATE UNIQUE INDEX CONCURRENTLY users_name";
const MIRROR: &str = "UPDATE /* segue */ ONLY public.users SET title";
const COUNT: &str = "WITH /* segue */ segue_old AS";
const VALIDATE: &str = "ALTER TABLE public.users VALIDATE CONSTRAINT";
const COMPARE: &str = "SELECT /* segue */ 'id' || ";
const DROP: &str = "ALTER TABLE public.users DROP COLUMN title";
const DROP_INDEX: &str = "DROP INDEX CONCURRENTLY";

/// A server, a line to it, and a project with a migration to deploy.
struct Stand {
    cluster: Cluster,
    breaker: Breaker,
    project: Project,
}

impl Stand {
    fn start(migration: &str) -> Option<Self> {
        let cluster = Cluster::for_test()?;
        let stand = Self {
            breaker: Breaker::start(&cluster).unwrap(),
            cluster,
            project: Project::new(),
        };
        stand.project.file("segue.toml", "[lint]\nlarge_rows = 1\n");
        stand.project.migration("0001_first", FIRST);
        stand.psql("postgres", "CREATE DATABASE before");
        stand.runs("deploy", "before");
        stand.psql("before", ROWS);
        stand.project.migration("0002_second", migration);
        Some(stand)
    }

    #[track_caller]
    fn psql(&self, database: &str, script: &str) -> String {
        let printed = self.cluster.psql(database, script);
        printed.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// How many sessions there are in a database that fulfil a condition.
    fn sessions(&self, database: &str, condition: &str) -> String {
        let query = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND {condition}"
        );
        self.psql("postgres", &query).trim().to_owned()
    }

    /// A server learns late that its client is gone.
    #[track_caller]
    fn quiet(&self, database: &str) {
        eventually("nobody is connected", || {
            self.sessions(database, "true") == "0"
        });
    }

    fn copy(&self, of: &str, name: &str) {
        self.quiet(of);
        self.psql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {of}"));
    }

    #[track_caller]
    fn runs(&self, command: &str, database: &str) {
        let url = self.cluster.url(database);
        self.project.segue(&[command, "--url", &url]).exits(0);
    }

    /// Schema and rows.
    fn state(&self, database: &str) -> String {
        let options = ["--exclude-schema=segue"];
        let dump = self.cluster.dump_schema(database, &options).unwrap();
        let lines = dump.lines().filter(|line| !line.starts_with("\\"));
        let dump: Vec<&str> = lines.collect();
        let rows = "SELECT count(*), sum(visits), md5(string_agg(to_jsonb(u)::text, ',' ORDER BY id)) FROM users u";
        format!("{}\n{}", dump.join("\n"), self.psql(database, rows))
    }

    /// Copies of what there is before, behind expand and behind contract, and what is in them.
    fn undisturbed(&self) -> Undisturbed {
        let before = self.state("before");
        self.copy("before", "expanded");
        self.runs("deploy", "expanded");
        let expanded = self.state("expanded");
        self.copy("expanded", "contracted");
        self.runs("contract", "contracted");
        Undisturbed {
            before,
            expanded,
            contracted: self.state("contracted"),
        }
    }

    /// A command by the line that holds within the so-manieth statement that begins with these words.
    #[track_caller]
    fn held(&self, command: &str, database: &str, (words, at): (&'static str, usize)) -> Running {
        self.breaker.mend(Some(Break {
            at,
            words,
            side: Side::Meanwhile,
            holds: true,
        }));
        let url = self.breaker.url(database);
        let mut running = self.project.start(&[command, "--url", &url]);
        let is_held = self.breaker.wait(|| running.is_running());
        assert!(is_held, "never {words} #{at}: {}", running.said());
        running
    }

    /// Kills a command within a statement.
    #[track_caller]
    fn killed(&self, command: &str, database: &str, at: (&'static str, usize)) {
        let running = self.held(command, database, at);
        running.signal(libc::SIGKILL);
        assert_eq!(running.wait().code, None);
        self.breaker.mend(None);
        self.quiet(database);
    }

    /// From wherever it is, to the end.
    #[track_caller]
    fn goes_on(&self, database: &str, undisturbed: &Undisturbed) {
        self.runs("deploy", database);
        assert_eq!(self.state(database), undisturbed.expanded, "{database}");
        self.ends(database, undisturbed);
    }

    #[track_caller]
    fn ends(&self, database: &str, undisturbed: &Undisturbed) {
        self.runs("contract", database);
        assert_eq!(self.state(database), undisturbed.contracted, "{database}");
        let open = "SELECT count(*) FROM segue.steps WHERE state NOT IN ('done', 'undone')";
        assert_eq!(self.psql(database, open).trim(), "0", "{database}");
    }

    #[track_caller]
    fn is_back(&self, database: &str, undisturbed: &Undisturbed) {
        self.runs("rollback", database);
        assert_eq!(self.state(database), undisturbed.before, "{database}");
    }
}

struct Undisturbed {
    before: String,
    expanded: String,
    contracted: String,
}

#[test]
fn a_deploy_that_was_killed_goes_on_and_ends_as_undisturbed() {
    let Some(stand) = Stand::start(&format!("{SECOND}{COUNTING}")) else {
        return;
    };
    let undisturbed = stand.undisturbed();
    for (name, at) in [
        ("index", (BUILD, 1)),
        ("mirror", (MIRROR, 2)),
        ("rows", (COUNT, 2)),
        ("checked", (VALIDATE, 1)),
    ] {
        stand.copy("before", name);
        stand.killed("deploy", name, at);
        stand.goes_on(name, &undisturbed);
    }
}

#[test]
fn a_contract_that_was_killed_goes_on_and_as_long_as_it_compares_can_be_taken_back() {
    let Some(stand) = Stand::start(SECOND) else {
        return;
    };
    let undisturbed = stand.undisturbed();
    for (name, at) in [("compared", (COMPARE, 1)), ("dropped", (DROP, 1))] {
        stand.copy("expanded", name);
        stand.killed("contract", name, at);
        let back = format!("{name}_back");
        stand.copy(name, &back);
        stand.ends(name, &undisturbed);
        stand.is_back(&back, &undisturbed);
    }
}

#[test]
fn a_rollback_that_was_killed_goes_on_and_leaves_what_there_was() {
    let Some(stand) = Stand::start(SECOND) else {
        return;
    };
    let undisturbed = stand.undisturbed();
    for (name, at) in [("index", (DROP_INDEX, 1)), ("mirror", (DROP, 1))] {
        stand.copy("expanded", name);
        stand.killed("rollback", name, at);
        stand.is_back(name, &undisturbed);
    }
    // and where it was not expanded yet
    stand.copy("before", "rows");
    stand.killed("deploy", "rows", (MIRROR, 2));
    stand.killed("rollback", "rows", (DROP, 1));
    stand.is_back("rows", &undisturbed);
}

/// An app's transaction keeps the index from being done.
#[test]
fn a_deploy_whose_server_restarts_goes_on_and_ends_as_undisturbed() {
    let Some(mut stand) = Stand::start(&format!("{SECOND}{COUNTING}")) else {
        return;
    };
    let undisturbed = stand.undisturbed();
    for (name, at, how) in [
        ("index_immediate", (BUILD, 1), Stop::Immediate),
        ("index_fast", (BUILD, 1), Stop::Fast),
        ("rows_immediate", (COUNT, 2), Stop::Immediate),
        ("rows_fast", (COUNT, 2), Stop::Fast),
    ] {
        stand.copy("before", name);
        let url = stand.cluster.url(name);
        let app = Session::start(&url, "BEGIN;\nDELETE FROM users WHERE id = 1;\n");
        eventually("a row is deleted", || {
            stand.sessions(name, "state = 'idle in transaction'") == "1"
        });
        if at.0 == COUNT {
            app.end();
        }
        let running = stand.held("deploy", name, at);
        eventually("the server is at it", || {
            let query = "(state = 'active' AND query LIKE 'CREATE UNIQUE INDEX%' OR state = 'idle in transaction' AND query LIKE '%UPDATE%ONLY%')";
            stand.sessions(name, query) == "1"
        });
        stand.cluster.restart(how).unwrap();
        stand.breaker.mend(None);
        let outcome = running.wait();
        assert_ne!(outcome.code, Some(0), "{outcome}");
        stand.quiet(name);
        stand.goes_on(name, &undisturbed);
    }
}
