//! What `segue ci init gitlab` writes.

use serde_json::Value;

use super::{Repository, checked, text, yaml};
use crate::harness::{Outcome, database};

const PIPELINE: &str = ".gitlab/segue.yml";

fn proposed() -> Repository {
    let repository = Repository::new("");
    repository
        .project
        .segue(&["ci", "init", "gitlab", "--secret", "PRODUCTION_URL"])
        .exits(0)
        .prints("variable PRODUCTION_URL");
    repository.propose("");
    repository
}

/// The lines of a job, which one shell reads.
fn script(pipeline: &Value, job: &str) -> String {
    let lines = pipeline[job]["script"].as_array().expect("a script");
    let before = pipeline[".segue"]["before_script"]
        .as_array()
        .expect("a script");
    let lines: Vec<&str> = before.iter().chain(lines).map(text).collect();
    lines.join("\n")
}

/// Runs a job. Those of merge requests see no database: its variable is protected.
fn run(repository: &Repository, pipeline: &Value, job: &str, more: &[(&str, &str)]) -> Outcome {
    let base = repository.bash("git merge-base HEAD origin/main", &[]).out;
    let root = repository.project.root().display().to_string();
    let own = [
        ("CI_PROJECT_DIR", root.as_str()),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.trim()),
        ("CI_API_V4_URL", "https://gitlab.example.com/api/v4"),
        ("CI_PROJECT_ID", "3"),
        ("CI_MERGE_REQUEST_IID", "7"),
    ];
    repository.bash(&script(pipeline, job), &[&own[..], more].concat())
}

#[test]
fn a_proposal_is_linted_tested_and_planned() {
    let Some(database) = database() else { return };
    let repository = proposed();
    let pipeline = yaml(&repository.project.root().join(PIPELINE));
    let server = database.of_superuser();
    let run = |job: &str, token: &str| {
        let more = [
            ("SEGUE_COMMENT_TOKEN", token),
            Repository::shadow(&server.url),
        ];
        run(&repository, &pipeline, job, &more)
    };
    run("segue-lint", "")
        .exits(2)
        .prints("migrations/0002_full_name/migration.sql:1");
    run("segue-test", "").exits(0);
    assert!(
        repository
            .project
            .text("segue.xml")
            .contains("0002_full_name")
    );
    run("segue-plan", "").exits(0).prints("is not set");
    let comment = repository.project.text("comment.md");
    assert!(comment.starts_with("<!-- segue -->\n"), "{comment}");
    let has_jq = repository.bash("command -v jq", &[]).code == Some(0);
    if !has_jq {
        eprintln!("!! SKIPPED: jq is not on the PATH, so no comment was written");
        return;
    }
    repository.stub(
        "curl",
        "case \"$*\" in *per_page*) echo '[{\"id\": 1, \"body\": \"x\"}]';; esac",
    );
    run("segue-plan", "a-token").exits(0).never_says("a-token");
    let called = repository.called();
    assert!(
        called.contains("--request POST") && called.contains("/projects/3/merge_requests/7/notes"),
        "{called}"
    );
    repository.stub(
        "curl",
        "case \"$*\" in *per_page*) echo '[{\"id\": 5, \"body\": \"<!-- segue --> x\"}]';; esac",
    );
    run("segue-plan", "a-token").exits(0);
    let called = repository.called();
    assert!(
        called.contains("--request PUT") && called.contains("/notes/5"),
        "{called}"
    );
    assert!(!called.contains("a-token"), "{called}");
}

#[test]
fn main_is_deployed_and_contracted_or_taken_back_by_hand() {
    let Some(database) = database() else { return };
    let repository = proposed();
    repository.deployed(&database, "");
    let pipeline = yaml(&repository.project.root().join(PIPELINE));
    let url = [("DATABASE_URL", database.url.as_str())];
    let run = |job: &str| run(&repository, &pipeline, job, &url);
    run("segue-deploy").exits(0);
    run("segue-rollback").exits(0);
    run("segue-deploy").exits(0);
    run("segue-contract").exits(0);
    let columns = database.sql("SELECT count(full_name) FROM users");
    assert_eq!(columns, "100");
    assert_eq!(
        pipeline[".segue-production"]["variables"]["DATABASE_URL"],
        "$PRODUCTION_URL"
    );
    let by_hand = &pipeline[".segue-by-hand"]["rules"][0];
    assert_eq!(by_hand["when"], "manual");
}

#[test]
fn the_pipeline_is_included_and_valid_and_one_that_is_there_is_left_alone() {
    let repository = proposed();
    let root = repository.project.root();
    let pipeline = yaml(&root.join(PIPELINE));
    let paths = &pipeline[".segue-check"]["rules"][0]["changes"]["paths"];
    assert_eq!(paths[0], "migrations/**/*");
    assert_eq!(
        yaml(&root.join(".gitlab-ci.yml"))["include"][0]["local"],
        PIPELINE
    );
    let schema = ["--builtin-schema", "vendor.gitlab-ci"];
    checked("check-jsonschema", &schema, &root.join(PIPELINE));
    checked("check-jsonschema", &schema, &root.join(".gitlab-ci.yml"));
    repository
        .project
        .file(".gitlab-ci.yml", "stages: [test, deploy]\n");
    repository
        .project
        .segue(&["ci", "init", "gitlab", "--force"])
        .exits(0)
        .says("add `- local: .gitlab/segue.yml` to its `include`");
    assert_eq!(
        repository.project.text(".gitlab-ci.yml"),
        "stages: [test, deploy]\n"
    );
}

#[test]
fn segue_is_built_from_the_repository_that_is_named() {
    let repository = proposed();
    let pipeline = yaml(&repository.project.root().join(PIPELINE));
    let build = text(&pipeline[".segue"]["before_script"][0]);
    let bin = repository.stubs.path().join("bin/segue");
    std::fs::remove_file(bin).unwrap();
    let root = repository.project.root().display().to_string();
    let here = ("CI_PROJECT_DIR", root.as_str());
    repository.bash(build, &[here]).exits(1).says("SEGUE_GIT");
    repository.stub("cargo", "");
    let git = ("SEGUE_GIT", "https://example.com/segue");
    repository.bash(build, &[here, git]).exits(0);
    let called = repository.called();
    assert!(
        called.contains("--git https://example.com/segue segue-cli"),
        "{called}"
    );
}
