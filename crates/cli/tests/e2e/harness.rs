//! A project in a temporary folder, the command run in it, and a database of its own for every test.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use segue_cluster::{
    Cluster, SUPERUSER,
    planted::{DEPLOYER, TEMPLATE, may_deploy},
};
use serde_json::Value;
use tempfile::TempDir;

use crate::planted::{self, Kept, PASSWORD, Written};
use crate::schemas;

/// Only for safety: nothing here is expected to take so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is so.
#[track_caller]
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it never happened: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The server that most tests share, with the role of docs/security.md, which has to know its password.
fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::for_deploys).as_ref()
}

/// A database that only this test uses.
#[derive(Clone)]
pub(crate) struct Database {
    /// With the planted password.
    pub(crate) url: String,
    pub(crate) cluster: &'static Cluster,
    kept: Arc<Kept>,
}

/// An empty database, unless there is no server to test with: of the role that docs/security.md has for deploys.
pub(crate) fn database() -> Option<Database> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cluster = shared()?;
    let name = format!("app_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let make = format!(
        "CREATE DATABASE {name} TEMPLATE {TEMPLATE}; {}",
        may_deploy(&name)
    );
    cluster.psql("postgres", &make).expect("a database");
    Some(Database::of(cluster, DEPLOYER, &name))
}

/// An empty database of the superuser, for what needs one: the test says why.
pub(crate) fn database_of_superuser() -> Option<Database> {
    database().map(|database| database.of_superuser())
}

impl Database {
    /// One that is there.
    pub(crate) fn of(cluster: &'static Cluster, user: &str, name: &str) -> Self {
        Self {
            url: cluster.planted_url(user, name),
            cluster,
            kept: Arc::new(Kept {
                cluster,
                database: name.to_owned(),
            }),
        }
    }

    /// The same one, for the superuser.
    pub(crate) fn of_superuser(&self) -> Self {
        Self {
            url: self.url_of(SUPERUSER, &self.name()),
            cluster: self.cluster,
            kept: Arc::clone(&self.kept),
        }
    }

    /// Its URL for the superuser and without the planted password: for what hands URLs on.
    pub(crate) fn bare_url(&self) -> String {
        self.cluster.url(&self.name())
    }

    /// What a script prints, without the last line's end.
    #[track_caller]
    pub(crate) fn sql(&self, script: &str) -> String {
        match self.cluster.psql(&self.url, script) {
            Ok(text) => text.trim_end().to_owned(),
            Err(error) => panic!("{script}: {error}"),
        }
    }

    /// The same, as the superuser: what a role that deploys may not.
    #[track_caller]
    pub(crate) fn as_superuser(&self, script: &str) -> String {
        self.of_superuser().sql(script)
    }

    /// The database's name.
    pub(crate) fn name(&self) -> String {
        self.url.rsplit('/').next().unwrap().to_owned()
    }

    /// The same server, as another user or with another database; the planted password is in it.
    pub(crate) fn url_of(&self, user: &str, database: &str) -> String {
        let (_, rest) = self.url.split_once('@').unwrap();
        let (host, _) = rest.rsplit_once('/').unwrap();
        format!("postgresql://{user}:{PASSWORD}@{host}/{database}")
    }

    /// Whether no migration is left half-way: segue's own schema may be gone altogether.
    #[track_caller]
    pub(crate) fn has_no_progress(&self) {
        if self.sql("SELECT to_regclass('segue.progress') IS NOT NULL") == "t" {
            assert_eq!(self.sql("SELECT count(*) FROM segue.progress"), "0");
        }
    }

    /// The tables, views and so on of a schema, sorted.
    #[track_caller]
    pub(crate) fn relations(&self, schema: &str) -> String {
        self.sql(&format!(
            "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class \
             WHERE relnamespace = to_regnamespace('{schema}') AND relkind IN ('r', 'p', 'v', 'm')"
        ))
    }

    /// Whether nothing was left behind: no relation and no schema of anybody.
    #[track_caller]
    pub(crate) fn is_untouched(&self) {
        let schemas = "SELECT coalesce(string_agg(nspname, ' '), '') FROM pg_namespace \
             WHERE nspname IN ('segue', 'drizzle')";
        assert_eq!(self.relations("public"), "");
        assert_eq!(self.sql(schemas), "");
    }

    /// The advisory locks and open transactions that sessions of segue have at this moment.
    #[track_caller]
    pub(crate) fn sessions_of_segue(&self) -> String {
        self.sql(
            "SELECT count(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'segue'",
        )
    }

    /// A session of psql that runs a script and stays until it is dropped, or until the script ends.
    pub(crate) fn session(&self, script: &str) -> Session {
        Session::start(&self.url, script)
    }

    /// A session of psql that has read a table, and keeps its transaction open.
    pub(crate) fn reading(&self, table: &str) -> Session {
        let session = self.session(&format!("BEGIN;\nSELECT count(*) FROM {table};\n"));
        let held = format!(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
             WHERE l.relation = '{table}'::regclass AND l.granted AND a.application_name = 'the blocker'"
        );
        eventually("the table is read", || self.sql(&held) == "1");
        session
    }
}

/// See [`Database::session`].
pub(crate) struct Session {
    child: Child,
    input: Option<std::process::ChildStdin>,
}

impl Session {
    /// In the database of a URL.
    pub(crate) fn start(url: &str, script: &str) -> Self {
        let mut child = Command::new("psql")
            .args(["--no-psqlrc", "--quiet", "--dbname", url])
            .env("PGAPPNAME", "the blocker")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("psql");
        let mut input = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut input, script.as_bytes()).unwrap();
        Self {
            child,
            input: Some(input),
        }
    }

    /// Ends it as if its user closed it.
    pub(crate) fn end(mut self) {
        self.input.take();
        self.child.wait().unwrap();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A project on disk.
pub(crate) struct Project {
    folder: TempDir,
    written: Written,
}

impl Project {
    /// An empty one, which is the root of a repository.
    pub(crate) fn new() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
            written: Written::default(),
        };
        fs::create_dir_all(project.path("home")).unwrap();
        fs::create_dir_all(project.path("app/.git")).unwrap();
        project
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The folder of the project.
    pub(crate) fn root(&self) -> PathBuf {
        self.path("app")
    }

    /// The URL of a file of SQLite's in the project, made when it is first used.
    pub(crate) fn sqlite(&self) -> String {
        format!(
            "sqlite:{}?mode=rwc",
            self.path("home/test.sqlite").display()
        )
    }

    /// Writes a file of the project, and the folders that it needs.
    pub(crate) fn file(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> &Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        self.written.note(&path, text.as_ref());
        fs::write(path, text).unwrap();
        self
    }

    /// A migration of segue's own layout.
    pub(crate) fn migration(&self, name: &str, sql: &str) -> &Self {
        self.file(format!("migrations/{name}/migration.sql"), sql)
    }

    /// Removes a file or folder.
    pub(crate) fn remove(&self, path: &str) -> &Self {
        let path = self.root().join(path);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
        self
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: impl AsRef<Path>) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// The command, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command
            .args(arguments)
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            // glibc keeps freed blocks of some megabytes, or not: so what is weighed is what is held.
            .env("MALLOC_MMAP_THRESHOLD_", "262144")
            .stdin(Stdio::null());
        command
    }

    /// Starts the command and does not wait for it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments))
    }

    /// Runs the command.
    pub(crate) fn segue(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).wait()
    }

    /// Runs the command with more variables.
    pub(crate) fn segue_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Running::of(command).wait()
    }

    /// Runs the command in a folder of the project.
    pub(crate) fn segue_in(
        &self,
        folder: &str,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> Outcome {
        let mut command = self.command(arguments);
        command.current_dir(self.root().join(folder));
        command.envs(variables.iter().copied());
        Running::of(command).wait()
    }

    /// Runs the command on a database.
    pub(crate) fn on(&self, database: &Database, arguments: &[&str]) -> Outcome {
        self.start_on(database, arguments).wait()
    }

    /// Starts the command on a database.
    pub(crate) fn start_on(&self, database: &Database, arguments: &[&str]) -> Running {
        self.start(&[arguments, &["--url", &database.url]].concat())
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        self.written.is_all_below(self.folder.path());
    }
}

/// The command while it runs.
pub(crate) struct Running {
    child: Child,
    folder: TempDir,
    /// As somebody would type it, without URLs.
    line: String,
}

impl Running {
    fn of(mut command: Command) -> Self {
        // Files and not pipes: they can be read while it runs, and are never full.
        let folder = tempfile::tempdir().unwrap();
        let file = |name| fs::File::create(folder.path().join(name)).unwrap();
        let child = command.stdout(file("out")).stderr(file("err")).spawn();
        let words = command.get_args().map(|word| word.to_string_lossy());
        let words = words.filter(|word| !word.contains(PASSWORD));
        Self {
            child: child.unwrap(),
            folder,
            line: words.fold("segue".to_owned(), |line, word| line + " " + &*word),
        }
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.folder.path().join(name)).unwrap()).expect("UTF-8")
    }

    /// What it has said on stderr so far.
    pub(crate) fn said(&self) -> String {
        self.read("err")
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it has said something.
    #[track_caller]
    pub(crate) fn until_it_says(&mut self, words: &str) {
        eventually(words, || {
            assert!(
                self.said().contains(words) || self.is_running(),
                "it ended without saying {words:?}: {}",
                self.said()
            );
            self.said().contains(words)
        });
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: i32) {
        let pid = libc::pid_t::try_from(self.child.id()).unwrap();
        // SAFETY: plain numbers go in; the child is not waited for yet, so its number is still its own.
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    }

    /// Waits for its end, and looks how much memory it had at most, in bytes.
    #[track_caller]
    pub(crate) fn wait_and_weigh(mut self) -> (Outcome, usize) {
        let status = format!("/proc/{}/status", self.child.id());
        let mut peak = 0;
        // `VmHWM` is the peak up to now; it is gone with the process.
        eventually("the command ends", || {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
            if let Some(kilobytes) = kilobytes {
                peak = kilobytes.parse::<usize>().unwrap() * 1024;
            }
            !self.is_running()
        });
        assert!(peak > 0, "it ended before it was looked at");
        (self.wait(), peak)
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Outcome {
        eventually("the command ends", || !self.is_running());
        Outcome::of(
            self.child.wait().unwrap().code(),
            self.read("out"),
            self.read("err"),
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for name in ["out", "err"] {
            let said = fs::read(self.folder.path().join(name)).unwrap_or_default();
            planted::is_not_in(&format!("std{name} of `{}`", self.line), said);
        }
    }
}

/// What the command did.
pub(crate) struct Outcome {
    /// `None`: ended by a signal.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, out, err } = self;
        write!(f, "exit {code:?}\n--- stdout\n{out}\n--- stderr\n{err}")
    }
}

impl Outcome {
    /// What was printed as JSON is held to the schemas of the documentation.
    #[track_caller]
    pub(crate) fn of(code: Option<i32>, out: String, err: String) -> Self {
        schemas::hold_printed(&out, &err);
        Self { code, out, err }
    }

    /// The exit code is this.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// These words are on stdout.
    #[track_caller]
    pub(crate) fn prints(self, words: &str) -> Self {
        assert!(self.out.contains(words), "no {words:?} on stdout:\n{self}");
        self
    }

    /// These words are on stderr.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.err.contains(words), "no {words:?} on stderr:\n{self}");
        self
    }

    /// These words are nowhere.
    #[track_caller]
    pub(crate) fn never_says(self, words: &str) -> Self {
        let all = format!("{}{}", self.out, self.err);
        assert!(!all.contains(words), "{words:?} is there:\n{self}");
        self
    }

    /// The JSON document that is all there is on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.out) {
            Ok(document) => document,
            Err(error) => panic!("{error}\n{self}"),
        }
    }
}
