//! `action.yml`, the action for GitHub.

use serde_json::Value;

use super::{Repository, checked, ours, text, yaml};
use crate::harness::{Outcome, database};

/// Runs the last step of the action with these inputs, the others being as they are by themselves.
fn run(repository: &Repository, inputs: &[(&str, &str)]) -> Outcome {
    let action = yaml(&ours("action.yml"));
    let step = &action["runs"]["steps"][2];
    let root = ours("").canonicalize().unwrap();
    let summary = repository.stubs.path().join("summary");
    let (root, summary) = (root.display().to_string(), summary.display().to_string());
    let mut variables = vec![
        ("GITHUB_ACTION_PATH", root),
        ("GITHUB_STEP_SUMMARY", summary),
        ("GITHUB_BASE_REF", "main".to_owned()),
        ("GITHUB_REPOSITORY", "acme/shop".to_owned()),
    ];
    for (name, value) in step["env"].as_object().expect("variables") {
        let value = text(value)
            .trim_start_matches("${{ ")
            .trim_end_matches(" }}");
        let value = match value.strip_prefix("inputs.") {
            Some(input) => given(&action, inputs, input),
            None => "7".to_owned(),
        };
        variables.push((name, value));
    }
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    repository.bash(text(&step["run"]), &variables)
}

fn given(action: &Value, inputs: &[(&str, &str)], name: &str) -> String {
    let input = &action["inputs"][name];
    assert!(input.is_object(), "no input {name}");
    match inputs.iter().find(|(known, _)| *known == name) {
        Some((_, value)) => (*value).to_owned(),
        None => input["default"].as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn the_action_lints_tests_deploys_and_contracts() {
    let Some(database) = database() else { return };
    let inside = "my app/";
    let repository = Repository::new(inside);
    repository.propose(inside);
    repository.stub("gh", "");
    let dir = ("dir", "my app/migrations");
    run(&repository, &[dir, ("mode", "lint")])
        .exits(2)
        .prints("::error file=my app/migrations/0002_full_name/migration.sql");
    assert!(
        repository
            .called()
            .contains("--method POST repos/acme/shop/issues/7/comments")
    );
    assert!(
        repository
            .project
            .text("segue.sarif")
            .contains("0002_full_name")
    );
    run(
        &repository,
        &[
            dir,
            ("mode", "test"),
            ("shadow-url", &database.of_superuser().url),
        ],
    )
    .exits(0);
    assert!(
        repository
            .project
            .text("segue.xml")
            .contains("0002_full_name")
    );
    repository.deployed(&database, inside);
    let url = ("url", database.url.as_str());
    run(&repository, &[dir, url, ("mode", "deploy")])
        .exits(0)
        .prints("expanded");
    run(&repository, &[dir, url, ("mode", "contract")]).exits(0);
    assert_eq!(database.sql("SELECT count(full_name) FROM users"), "100");
    run(&repository, &[dir, ("mode", "other")])
        .exits(64)
        .prints("::error::");
}

#[test]
fn the_action_is_valid_and_builds_from_its_own_source() {
    let path = ours("action.yml");
    checked(
        "check-jsonschema",
        &["--builtin-schema", "vendor.github-actions"],
        &path,
    );
    let action = yaml(&path);
    let steps = action["runs"]["steps"].as_array().unwrap();
    for step in steps {
        assert!(
            !step["run"].to_string().contains("${{"),
            "a shell would read it: {step}"
        );
    }
    let repository = Repository::new("");
    repository.stub("cargo", "");
    repository.stub("rustup", "");
    let here = ours("").display().to_string();
    repository
        .bash(text(&steps[1]["run"]), &[("GITHUB_ACTION_PATH", &here)])
        .exits(0);
    let called = repository.called();
    let crates = called.split("--path ").nth(1).expect("a path").trim();
    assert!(
        std::path::Path::new(crates).join("Cargo.toml").is_file(),
        "{called}"
    );
}
