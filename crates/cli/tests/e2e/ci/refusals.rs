//! Where no pipeline is written, and what is never overwritten.

use super::Repository;
use crate::harness::Project;

#[test]
fn a_folder_in_no_repository_is_refused() {
    let project = Project::new();
    project.remove(".git").migration("0001_users", super::USERS);
    project
        .segue(&["ci", "init", "github"])
        .exits(1)
        .says("is in no git repository")
        .says("git init");
    assert!(!project.root().join(".github").exists());
}

#[test]
fn a_repository_without_a_remote_gets_its_pipeline_and_is_told() {
    let repository = Repository::new("");
    repository.must("git remote remove origin && git checkout -q -b trunk");
    repository
        .project
        .segue(&["ci", "init", "github"])
        .exits(0)
        .says("has no remote yet")
        .says("deploys are made from `trunk`");
    let text = repository.project.text(".github/workflows/segue.yml");
    assert!(text.contains("    branches:\n      - 'trunk'\n"), "{text}");
}

#[test]
fn what_says_something_else_is_overwritten_by_force_only() {
    let repository = Repository::new("");
    let path = ".github/workflows/segue.yml";
    repository.project.file(path, "mine");
    let init = ["ci", "init", "github"];
    repository
        .project
        .segue(&init)
        .exits(1)
        .says("is there already")
        .says("--force");
    assert_eq!(repository.project.text(path), "mine");
    assert!(!repository.project.root().join(".github/actions").exists());
    repository
        .project
        .segue(&["ci", "init", "github", "--force"])
        .exits(0);
    assert_ne!(repository.project.text(path), "mine");
    let again = repository
        .project
        .segue(&[&init[..], &["--json"]].concat())
        .exits(0)
        .json();
    assert_eq!(again["made"].as_array().unwrap().len(), 0);
    assert_eq!(again["unchanged"].as_array().unwrap().len(), 2);
}

#[test]
fn secrets_are_names_and_sqlite_has_no_pipeline() {
    let repository = Repository::new("");
    let value = "postgres://app:hunter2@db/app";
    repository
        .project
        .segue(&["ci", "init", "github", "--secret", value])
        .exits(1)
        .says("this is no name of a secret")
        .never_says("hunter2");
    repository
        .project
        .segue(&["ci", "init", "gitlab", "--url", "sqlite:app.db"])
        .exits(1)
        .says("SQLite");
    repository
        .project
        .file("a ${{ x }}/migrations/0001_a/migration.sql", super::USERS);
    repository
        .project
        .segue(&["ci", "init", "github", "--dir", "a ${{ x }}/migrations"])
        .exits(1)
        .says("for an expression");
    repository
        .project
        .segue(&["ci", "init", "jenkins"])
        .exits(64)
        .says("github");
}

#[test]
fn several_projects_of_one_file_have_pipelines_of_their_own() {
    let repository = Repository::new("apps/shop/");
    repository.project.file("apps/mail/migrations/0001_a/migration.sql", super::USERS).file(
        "segue.toml",
        "[[project]]\nname = \"shop\"\ndir = \"apps/shop\"\n[[project]]\nname = \"mail\"\ndir = \"apps/mail\"\n",
    );
    repository
        .project
        .segue(&["ci", "init", "github"])
        .exits(1)
        .says("shop");
    for name in ["shop", "mail"] {
        let init = ["ci", "init", "github", "--project", name];
        repository.project.segue(&init).exits(0);
        let text = repository
            .project
            .text(format!(".github/workflows/segue-{name}.yml"));
        assert!(
            text.contains(&format!("segue lint --project {name} --since")),
            "{text}"
        );
        assert!(text.contains("- 'segue.toml'\n"), "{text}");
    }
}
