//! Pipelines: every command line of what `segue ci init` writes, of `action.yml`, of the pre-commit hooks and of the
//! examples for Kubernetes is run here, in a real repository and on a real server. What stands for a system that is not
//! there (`gh`, `curl`, `cargo`) writes down how it was called.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    harness::{Database, Outcome, Project},
    planted,
};

mod action;
mod examples;
mod github;
mod gitlab;
mod refusals;

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);";
const RENAME: &str = "ALTER TABLE users RENAME COLUMN name TO full_name;";

/// A repository with a remote, and a branch that proposes a migration.
struct Repository {
    project: Project,
    /// What stands for commands that are not there, and what they were called with.
    stubs: tempfile::TempDir,
    /// The variables that a step has left for those behind it.
    variables: BTreeMap<String, String>,
}

impl Repository {
    /// With a migration in a folder below `inside`, on the branch `main` of the remote.
    fn new(inside: &str) -> Self {
        let project = Project::new();
        project.remove(".git");
        let first = format!("{inside}migrations/0001_users/migration.sql");
        project.file(first, USERS);
        let repository = Self {
            project,
            stubs: tempfile::tempdir().unwrap(),
            variables: BTreeMap::new(),
        };
        let remote = repository.stubs.path().join("remote.git");
        let remote = remote.display();
        repository.must(&format!(
            "git init -q -b main . && git add . && git commit -q -m one && git init -q --bare -b main '{remote}' && \
             git remote add origin '{remote}' && git push -q origin main && git remote set-head origin main"
        ));
        let bin = repository.stubs.path().join("bin");
        fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_segue"), bin.join("segue")).unwrap();
        repository
    }

    /// Proposes a migration on a branch.
    fn propose(&self, inside: &str) {
        self.must(
            "git add . && git commit -q --allow-empty -m pipeline && git push -q origin main",
        );
        let second = format!("{inside}migrations/0002_full_name/migration.sql");
        self.project.file(second, RENAME);
        self.must("git checkout -q -b proposal && git add . && git commit -q -m two");
    }

    fn log(&self) -> PathBuf {
        self.stubs.path().join("log")
    }

    /// What stands for a command: its arguments are written down, and `script` is run.
    fn stub(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.stubs.path().join("bin").join(name);
        let log = self.log();
        let text = format!(
            "#!/bin/sh\nprintf '{name} %s\\n' \"$*\" >> '{}'\n{script}\n",
            log.display()
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// How the stubs were called since it was asked last.
    fn called(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let _ = fs::remove_file(self.log());
        text
    }

    /// Runs a script as GitHub and GitLab do, in the root of the repository.
    fn bash(&self, script: &str, variables: &[(&str, &str)]) -> Outcome {
        let path = std::env::var("PATH").unwrap();
        let bin = self.stubs.path().join("bin");
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.project.root())
            .env_clear()
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("HOME", self.stubs.path())
            .envs([
                ("GIT_AUTHOR_NAME", "a"),
                ("GIT_AUTHOR_EMAIL", "a@example.com"),
                ("GIT_COMMITTER_NAME", "a"),
                ("GIT_COMMITTER_EMAIL", "a@example.com"),
            ])
            .envs(&self.variables)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        for said in [&output.stdout, &output.stderr] {
            planted::is_not_in(script, said);
        }
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Outcome::of(
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    #[track_caller]
    fn must(&self, script: &str) {
        self.bash(script, &[]).exits(0);
    }

    /// The server for tests, as the pipelines name it.
    fn shadow(url: &str) -> (&'static str, &str) {
        ("SHADOW_URL", url)
    }

    /// A database that has the first migration and rows, so that an app counts as using it.
    fn deployed(&self, database: &Database, inside: &str) {
        let folder = format!("{inside}migrations");
        let first = ["deploy", "--to", "0001_users", "--dir", &folder];
        self.project.on(database, &first).exits(0);
        database.sql("INSERT INTO users SELECT n, 'x' FROM generate_series(1, 100) AS n; SELECT pg_stat_force_next_flush();");
    }
}

/// A file as YAML.
#[track_caller]
fn yaml(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    match serde_saphyr::from_str(&text) {
        Ok(value) => value,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// A text of a value, which has to be one.
#[track_caller]
fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text and not {value}"))
}

/// A file of the repository that this is.
fn ours(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// Asks a checker of pipelines where this machine has it, and says so where it has not.
fn checked(program: &str, arguments: &[&str], file: &Path) {
    match Command::new(program).args(arguments).arg(file).output() {
        Ok(output) => assert!(
            output.status.success(),
            "{program}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(_) => eprintln!(
            "!! SKIPPED: {program} is not on the PATH, so {} was only read as YAML",
            file.display()
        ),
    }
}
