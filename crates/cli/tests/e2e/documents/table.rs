//! Which scene a command of the documentation needs, and which commands are not run here, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use super::scene::Scene;

/// By how a command begins; the first that fits counts. What is not here finds a pending migration, in a project of its own.
const NEEDS: &[(&str, Scene)] = &[
    ("segue init", Scene::Empty),
    ("segue status --url file:", Scene::Sqlite),
    ("segue deploy --url sqlite:", Scene::Sqlite),
    ("segue diff --from app.db", Scene::Sqlite),
    ("segue deploy --dry-run --plan", Scene::Reviewed),
    ("segue deploy --plan", Scene::Reviewed),
    ("segue deploy --env production --plan", Scene::Reviewed),
    ("segue plan --out", Scene::Pending),
    ("segue compat record", Scene::Recorded),
    ("segue compat --old database", Scene::Recorded),
    (
        "segue compat 20260119110000_full_name --old database",
        Scene::Recorded,
    ),
    ("segue backfill status", Scene::Writing),
    ("segue contract", Scene::Expanded),
    ("segue rollback", Scene::Expanded),
    ("segue restore", Scene::BackedUp),
    ("segue pause", Scene::Writing),
    ("segue resume", Scene::Writing),
    ("segue throttle", Scene::Writing),
    ("segue quarantine", Scene::Quarantined),
    ("segue resolve", Scene::Partial),
    ("segue baseline", Scene::NoHistory),
    ("segue dev", Scene::Desired),
    ("segue generate", Scene::Desired),
    ("segue revert", Scene::Desired),
    ("segue push", Scene::Desired),
    ("segue reset", Scene::Desired),
    ("segue pull", Scene::Undescribed),
    ("segue status", Scene::Looked),
    ("segue schema", Scene::Looked),
    ("segue lint", Scene::Looked),
    ("segue plan", Scene::Looked),
    ("segue explain", Scene::Looked),
    ("segue facts", Scene::Looked),
    ("segue diff", Scene::Looked),
    ("segue test", Scene::Looked),
    ("segue testdb", Scene::Looked),
    ("segue check", Scene::Looked),
    ("segue compat", Scene::Looked),
    ("segue doctor", Scene::Looked),
    ("segue backfill try", Scene::Looked),
    ("segue completions", Scene::Looked),
    ("segue man", Scene::Looked),
];

/// Blocks whose lines are one story: page, heading, and the scene in which each block under it begins.
const STORIES: &[(&str, &str, &[Scene])] = &[
    (
        "docs/approvals.md",
        "Plans that are looked at first",
        &[Scene::Pending],
    ),
    ("docs/dev.md", "Development", &[Scene::Undescribed]),
    (
        "docs/getting-started.md",
        "A new project",
        &[Scene::Empty, Scene::Pending],
    ),
    (
        "docs/switching.md",
        "The steps",
        &[Scene::Empty, Scene::NoHistory],
    ),
    (
        "docs/runbook.md",
        "It is stuck",
        &[Scene::Writing, Scene::Writing],
    ),
    (
        "docs/runbook.md",
        "A deploy says that another one is running",
        &[Scene::Writing],
    ),
    (
        "docs/runbook.md",
        "It failed",
        &[Scene::Refused, Scene::Duplicates, Scene::OtherHand],
    ),
    (
        "docs/runbook.md",
        "Roll back",
        &[Scene::Expanded, Scene::Expanded],
    ),
    (
        "docs/runbook.md",
        "Queues behind a lock",
        &[Scene::Read, Scene::Read],
    ),
    (
        "docs/runbook.md",
        "Failover, a restart, a killed pod",
        &[Scene::Killed, Scene::ReadOnly],
    ),
];

/// What is not run, by how it begins, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    (
        "./examples/run",
        "takes the embedded PostgreSQL, which these tests are built without",
    ),
    (
        "segue deploy --url embedded",
        "takes the embedded PostgreSQL, which these tests are built without",
    ),
    (
        "examples/",
        "builds; what they deploy: e2e/examples.rs, .ci/run",
    ),
    ("./test", "these tests"),
    (".ci/", "these tests and more"),
    ("SEGUE_", "these tests, more of them"),
    ("cargo ", "builds"),
    ("bench/", "takes minutes, and other tools"),
    ("npm install", "fetches packages; ./test runs it"),
    ("pip install", "fetches packages; ./test runs it"),
    (
        "segue testdb serve",
        "serves until it is ended: e2e/testdb/serve.rs",
    ),
    (
        "segue watch",
        "shows a view until it is ended: e2e/watch.rs",
    ),
    (
        "segue deploy --metrics",
        "names a port, which may be taken: e2e/monitoring/metrics.rs",
    ),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "names a host that is not there: e2e/monitoring/traces.rs",
    ),
];

/// Commands that may end otherwise than with 0, and why.
const ENDS: &[(&str, &[i32], &str)] = &[
    ("segue status", &[0, 2], "2: something is pending"),
    ("segue lint", &[0, 2], "2: an error was found"),
    ("segue doctor", &[0, 2], "2: a deploy would fail"),
    ("segue quarantine", &[0, 2], "2: there are rows"),
    ("segue diff", &[0, 2], "2: they differ"),
    ("segue reset", &[0, 1], "1: it asks, and nobody is there"),
    ("segue check", &[0, 1], "1: a line forbids"),
];

/// The scene of a command that is in no story.
pub(super) fn need(command: &str) -> Scene {
    let fits = NEEDS.iter().find(|(begin, _)| command.starts_with(begin));
    fits.map_or(Scene::Pending, |(_, scene)| *scene)
}

/// The scenes of the blocks below a heading, where they are stories.
pub(super) fn story(page: &str, heading: &str) -> Option<&'static [Scene]> {
    let fits = STORIES
        .iter()
        .find(|(of, under, _)| *of == page && *under == heading);
    fits.map(|(_, _, scenes)| *scenes)
}

/// Why a command is not run.
pub(super) fn left_out(command: &str) -> Option<&'static str> {
    let fits = LEFT_OUT
        .iter()
        .find(|(begin, _)| command.starts_with(begin));
    fits.map(|(begin, _)| *begin)
}

/// The exit codes that a command may have.
pub(super) fn ends(command: &str) -> &'static [i32] {
    let fits = ENDS.iter().find(|(begin, ..)| command.starts_with(begin));
    fits.map_or(&[0], |(_, codes, _)| codes)
}

/// Nothing here speaks of what is in no document any more.
pub(super) fn is_used_up(left_out: &BTreeSet<&str>, told: &BTreeMap<(String, String), usize>) {
    let all = LEFT_OUT.iter().map(|(begin, _)| *begin).collect();
    assert_eq!(*left_out, all, "commands that are not run");
    for (page, heading, scenes) in STORIES {
        let told = told.get(&((*page).to_owned(), (*heading).to_owned()));
        let of = format!("the blocks of {page}, {heading}");
        assert_eq!(told.copied(), Some(scenes.len()), "{of}");
    }
}
