//! The pre-commit hooks and the examples for Kubernetes.

use super::{Repository, ours, text, yaml};
use crate::harness::database;

#[test]
fn the_pre_commit_hooks_judge_what_is_new() {
    let hooks = yaml(&ours(".pre-commit-hooks.yaml"));
    let repository = Repository::new("");
    let entry = |at: usize| text(&hooks[at]["entry"]).to_owned();
    let lint = entry(0);
    repository.bash(&lint, &[]).exits(0);
    let new = "migrations/0002_full_name/migration.sql";
    repository.project.file(new, super::RENAME);
    repository.bash(&lint, &[]).exits(2).prints(new);
    repository.bash(&entry(1), &[]).exits(0);
    repository.project.file(new, "ALTER TABL users;");
    repository.bash(&entry(1), &[]).exits(1);
    for hook in hooks.as_array().unwrap() {
        assert_eq!(hook["language"], "system");
        assert_eq!(hook["pass_filenames"], false);
    }
}

#[test]
fn the_containers_of_kubernetes_deploy() {
    let Some(database) = database() else { return };
    let repository = Repository::new("");
    let job = yaml(&ours("examples/kubernetes/job.yaml"));
    let app = yaml(&ours("examples/kubernetes/init-container.yaml"));
    assert_eq!(
        (text(&job["kind"]), text(&app["kind"])),
        ("Job", "Deployment")
    );
    let containers = [
        &job["spec"]["template"]["spec"]["containers"][0],
        &app["spec"]["template"]["spec"]["initContainers"][0],
    ];
    for container in containers {
        assert_eq!(container["securityContext"]["runAsNonRoot"], true);
        let variable = &container["env"][0];
        assert_eq!(variable["name"], "DATABASE_URL");
        assert_eq!(variable["valueFrom"]["secretKeyRef"]["key"], "url");
        let arguments: Vec<&str> = container["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect();
        assert!(arguments.contains(&"/migrations"), "{arguments:?}");
        let here = arguments.iter().map(|word| match *word {
            "/migrations" => "migrations",
            word => word,
        });
        let here: Vec<&str> = here.collect();
        let url = [("DATABASE_URL", database.url.as_str())];
        repository.project.segue_with(&url, &here).exits(0);
    }
    assert_eq!(database.relations("public"), "users");
}
