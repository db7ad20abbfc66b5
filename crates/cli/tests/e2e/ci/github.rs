//! What `segue ci init github` writes.

use serde_json::Value;

use super::{Repository, checked, text, yaml};
use crate::harness::{Database, Outcome, database};

const INSIDE: &str = "services/my billing/";
const WORKFLOW: &str = ".github/workflows/segue-services-my-billing.yml";
const INSTALL: &str = ".github/actions/install-segue/action.yml";

/// A monorepo whose folders have blanks in their names, with its pipeline.
fn proposed() -> Repository {
    let repository = Repository::new(INSIDE);
    let (folder, none) = (INSIDE.trim_end_matches('/'), []);
    repository
        .project
        .segue_in(folder, &none, &["ci", "init", "github"])
        .exits(0)
        .prints("segue-services-my-billing.yml")
        .prints("secret DATABASE_URL")
        .never_says("no remote");
    repository.propose(INSIDE);
    repository
}

/// The steps of a job that are commands.
fn commands(workflow: &Value, job: &str) -> Vec<Value> {
    let steps = workflow["jobs"][job]["steps"].as_array().expect("steps");
    let steps = steps.iter().filter(|step| step["run"].is_string());
    steps.cloned().collect()
}

/// Runs the command of a step as the runner does.
fn step(repository: &mut Repository, step: &Value, variables: &[(&str, &str)]) -> Outcome {
    let script = text(&step["run"]);
    assert!(!script.contains("${{"), "a shell would read it: {script}");
    let file = |name: &str| repository.stubs.path().join(name).display().to_string();
    let (env, summary, path) = (file("env"), file("summary"), file("path"));
    let own = [
        ("GITHUB_ENV", env.as_str()),
        ("GITHUB_STEP_SUMMARY", &summary),
        ("GITHUB_PATH", &path),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_REPOSITORY", "acme/shop"),
        ("NUMBER", "7"),
    ];
    let outcome = repository.bash(script, &[&own[..], variables].concat());
    let left = std::fs::read_to_string(&env).unwrap_or_default();
    let left = left.lines().filter_map(|line| line.split_once('='));
    let left = left.map(|(name, value)| (name.to_owned(), value.to_owned()));
    repository.variables.extend(left);
    outcome
}

/// Runs the commands of a job that touches the database.
#[track_caller]
fn job(repository: &mut Repository, workflow: &Value, job: &str, database: &Database) -> String {
    let mut said = String::new();
    assert_eq!(
        workflow["jobs"][job]["env"]["DATABASE_URL"],
        "${{ secrets.DATABASE_URL }}"
    );
    assert_eq!(workflow["jobs"][job]["environment"], "production");
    for command in commands(workflow, job) {
        let variables = [("DATABASE_URL", database.url.as_str())];
        let outcome = step(repository, &command, &variables).exits(0);
        said.push_str(&outcome.to_string());
    }
    said
}

#[test]
fn a_proposal_is_linted_tested_and_planned_with_paths_from_the_root() {
    let Some(database) = database() else { return };
    let mut repository = proposed();
    let workflow = yaml(&repository.project.root().join(WORKFLOW));
    let commands = commands(&workflow, "check");
    let names: Vec<&str> = commands.iter().map(|step| text(&step["name"])).collect();
    let all = [
        "Since when",
        "Lint",
        "Lint for code scanning",
        "Test",
        "Plan",
        "Comment",
    ];
    assert_eq!(names, all);
    let server = database.of_superuser();
    let shadow = [Repository::shadow(&server.url)];
    let file = format!("{INSIDE}migrations/0002_full_name/migration.sql");
    step(&mut repository, &commands[0], &[]).exits(0);
    let base = repository.bash("git rev-parse main", &[]).out;
    assert_eq!(repository.variables["SINCE"], base.trim());
    step(&mut repository, &commands[1], &[])
        .exits(2)
        .prints(&format!("::error file={file},line=1"));
    step(&mut repository, &commands[2], &[]).exits(0);
    let sarif: Value = serde_json::from_str(&repository.project.text("segue.sarif")).unwrap();
    let places = sarif["runs"][0]["results"].to_string();
    assert!(
        places.contains("0002_full_name") && !places.contains("0001_users/"),
        "{places}"
    );
    step(&mut repository, &commands[3], &shadow).exits(0);
    let junit = repository.project.text("segue.xml");
    assert!(
        junit.contains("tests=\"1\"") && junit.contains("0002_full_name"),
        "{junit}"
    );
    step(&mut repository, &commands[4], &[]).exits(0);
    let comment = repository.project.text("comment.md");
    assert!(
        comment.starts_with("<!-- segue-services-my-billing -->\n"),
        "{comment}"
    );
    for words in ["expand", "contract", "## Lint", &file, "## What comes next"] {
        assert!(comment.contains(words), "{words}: {comment}");
    }
    comment_is_written_in_place(&mut repository, &commands[5]);
}

#[track_caller]
fn comment_is_written_in_place(repository: &mut Repository, command: &Value) {
    repository.stub("gh", "");
    step(repository, command, &[]).exits(0);
    let called = repository.called();
    let made =
        "api --silent --method POST repos/acme/shop/issues/7/comments --field body=@comment.md";
    assert!(called.contains(made), "{called}");
    repository.stub("gh", "case \"$*\" in *paginate*) echo 41; echo 42;; esac");
    // Longer than GitHub takes.
    let long = "a line of the plan that goes on for a while\n".repeat(3000);
    let whole = format!("{}{long}", repository.project.text("comment.md"));
    repository.project.file("comment.md", whole);
    step(repository, command, &[]).exits(0);
    let called = repository.called();
    let again = "api --silent --method PATCH repos/acme/shop/issues/comments/41 --field";
    assert!(
        called.contains(again) && !called.contains("POST"),
        "{called}"
    );
    let cut = repository.project.text("comment.md");
    assert!(
        cut.len() < 65_536 && cut.contains("The rest is in the summary"),
        "{}",
        cut.len()
    );
}

#[test]
fn a_migration_without_a_plan_fails_and_the_comment_says_why() {
    let mut repository = proposed();
    let path = format!("{INSIDE}migrations/0003_wrong/migration.sql");
    repository
        .project
        .file(&path, "ALTER TABLE users ADD COLUM x int;");
    let workflow = yaml(&repository.project.root().join(WORKFLOW));
    let commands = commands(&workflow, "check");
    step(&mut repository, &commands[0], &[]).exits(0);
    step(&mut repository, &commands[4], &[]).exits(1);
    let comment = repository.project.text("comment.md");
    assert!(
        comment.contains("There is no plan:\n\n    error: "),
        "{comment}"
    );
    assert!(comment.contains(&format!("{path}:1:")), "{comment}");
}

#[test]
fn main_is_deployed_and_contracted_or_taken_back_by_hand() {
    let Some(database) = database() else { return };
    let mut repository = proposed();
    repository.deployed(&database, INSIDE);
    let workflow = yaml(&repository.project.root().join(WORKFLOW));
    let column = |name: &str| {
        database.sql(&format!(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = '{name}'"
        ))
    };
    let said = job(&mut repository, &workflow, "deploy", &database);
    assert!(said.contains("expanded"), "{said}");
    assert_eq!(
        (column("name"), column("full_name")),
        ("1".into(), "1".into())
    );
    let rollback = text(&workflow["jobs"]["rollback"]["steps"][2]["run"]).to_owned();
    let url = [("DATABASE_URL", database.url.as_str())];
    repository.bash(&rollback, &url).exits(0);
    assert_eq!(column("full_name"), "0");
    job(&mut repository, &workflow, "deploy", &database);
    job(&mut repository, &workflow, "contract", &database);
    assert_eq!(
        (column("name"), column("full_name")),
        ("0".into(), "1".into())
    );
}

#[test]
fn the_workflow_runs_for_these_paths_and_is_valid() {
    let repository = proposed();
    let path = repository.project.root().join(WORKFLOW);
    let workflow = yaml(&path);
    let paths = ["services/my billing/migrations/**/*", WORKFLOW].map(Value::from);
    assert_eq!(
        workflow["on"]["pull_request"]["paths"],
        Value::from(paths.to_vec())
    );
    assert_eq!(workflow["on"]["push"]["branches"][0], "main");
    assert_eq!(workflow["permissions"]["contents"], "read");
    checked("actionlint", &[], &path);
    checked(
        "check-jsonschema",
        &["--builtin-schema", "vendor.github-workflows"],
        &path,
    );
    let install = repository.project.root().join(INSTALL);
    checked(
        "check-jsonschema",
        &["--builtin-schema", "vendor.github-actions"],
        &install,
    );
}

#[test]
fn segue_is_built_from_the_repository_that_is_named() {
    let repository = proposed();
    let action = yaml(&repository.project.root().join(INSTALL));
    let steps = action["runs"]["steps"].as_array().unwrap();
    let build = text(&steps[1]["run"]);
    repository
        .bash(build, &[("SEGUE_GIT", ""), ("SEGUE_REV", "")])
        .exits(1)
        .prints("::error::The variable SEGUE_GIT");
    repository.stub("cargo", "");
    repository.stub("rustup", "");
    let variables = [
        ("SEGUE_GIT", "https://example.com/segue"),
        ("SEGUE_REV", "abc"),
    ];
    repository.bash(build, &variables).exits(0);
    let called = repository.called();
    assert!(
        called.contains("--git https://example.com/segue --rev abc segue-cli"),
        "{called}"
    );
    let path = repository.stubs.path().join("path");
    let path = path.display().to_string();
    repository
        .bash(text(&steps[2]["run"]), &[("GITHUB_PATH", &path)])
        .exits(0);
    assert!(
        std::fs::read_to_string(path)
            .unwrap()
            .ends_with(".segue-bin/bin\n")
    );
}
