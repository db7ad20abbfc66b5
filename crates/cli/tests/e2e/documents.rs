//! The documentation: every command in it is run, every configuration is read, every link leads somewhere. A block that is added
//! is covered without more; what cannot be run is named in `documents/table.rs`, with the reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
};

use serde_json::Value;

use crate::{gate::recording, harness::Outcome};

mod pages;
mod scene;
mod table;

use pages::{Command, pages};
use scene::{Scene, Stage};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Commands that are run one after the other on one stage.
struct Run {
    page: String,
    scene: Scene,
    commands: Vec<Command>,
}

/// All commands of the documentation; those that stand there twice, for the same scene, once.
fn runs() -> Vec<Run> {
    let (mut runs, mut seen, mut left_out) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut told: BTreeMap<(String, String), usize> = BTreeMap::new();
    for page in pages() {
        for block in page.blocks() {
            let mut commands = block.commands();
            commands.retain(|command| {
                let reason = table::left_out(&command.text);
                left_out.extend(reason);
                reason.is_none()
            });
            if commands.is_empty() {
                continue;
            }
            let run = |scene, commands| Run {
                page: page.path.clone(),
                scene,
                commands,
            };
            let place = (page.path.clone(), block.heading.clone());
            if let Some(scenes) = table::story(&place.0, &place.1) {
                let number = told.entry(place).or_default();
                let scene = scenes.get(*number).unwrap_or_else(|| {
                    panic!("{}:{}: which scene has this block?", page.path, block.line)
                });
                *number += 1;
                runs.push(run(*scene, commands));
                continue;
            }
            for command in commands {
                let scene = table::need(&command.text);
                if seen.insert((scene, command.text.clone())) {
                    runs.push(run(scene, vec![command]));
                }
            }
        }
    }
    table::is_used_up(&left_out, &told);
    runs
}

/// A command as it is run here: servers, folders and backups that documents name are the test's.
fn on_stage(command: &str, stage: &Stage) -> String {
    let [own, other] = stage.urls();
    let mut text = command.to_owned();
    for (named, url) in [
        ("postgres://app@db.example.com/app", &own),
        ("postgres://app@localhost/app", &own),
        ("postgres://localhost/app", &own),
        ("postgres://localhost/new", &other),
    ] {
        text = text.replace(named, &format!("'{url}'"));
    }
    text.replace("/etc/bash_completion.d/", "")
        .replace("backups/20260105T101500-app", "backups/2*")
}

impl Run {
    /// What went otherwise than it may.
    fn play(&self, shared: &Stage) -> Option<String> {
        let own = (self.scene != Scene::Looked).then(|| self.scene.set());
        let stage = own.as_ref().unwrap_or(shared);
        for command in &self.commands {
            let text = on_stage(&command.text, stage);
            let outcome = stage.bash(&text);
            let printed = command.printed.as_deref().unwrap_or_default();
            let fails = printed.lines().any(|line| line.starts_with("error"));
            let may = if fails {
                &[1]
            } else {
                table::ends(&command.text)
            };
            if !outcome.code.is_some_and(|code| may.contains(&code)) {
                return Some(format!(
                    "{}:{}: {text} ({:?}): {may:?} was expected\n{outcome}",
                    self.page, command.line, self.scene
                ));
            }
        }
        None
    }
}

#[test]
fn every_command_of_the_documentation_runs() {
    let runs = runs();
    assert!(runs.len() > 80, "only {} were found", runs.len());
    if recording().is_none() {
        return;
    }
    let shared = Scene::Looked.set();
    let (next, wrong) = (Mutex::new(runs.iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let run = next.lock().unwrap().next();
                    let Some(run) = run else { break };
                    let found = run.play(&shared);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        runs.len(),
        wrong.join("\n")
    );
}

/// What a command says against a file, by its place in it.
fn against(file: &str, outcome: &Outcome) -> Vec<String> {
    let document: Value =
        serde_json::from_str(&outcome.out).unwrap_or_else(|_| panic!("{outcome}"));
    let problems = document["error"]["problems"].as_array();
    let problems = problems.into_iter().flatten();
    let there = problems.filter(|problem| {
        let named = problem["place"]["file"].as_str();
        named.is_some_and(|named| named.ends_with(file))
    });
    there
        .map(|problem| format!("{}: {}", problem["place"]["line"], problem["message"]))
        .collect()
}

#[test]
fn every_configuration_of_the_documentation_is_read() {
    if recording().is_none() {
        return;
    }
    let stage = Scene::Pending.set();
    let (mut read, mut wrong) = (0, Vec::new());
    for page in pages() {
        for block in page.blocks() {
            let is_cargos = block.text.contains("dependencies]");
            if block.language != "toml" || is_cargos {
                continue;
            }
            read += 1;
            let (file, command) = match block.text.starts_with("# transform.toml") {
                true => transform(&stage, &block.text),
                false => configuration(&stage, &block.text),
            };
            let found = against(file, &stage.bash(&command));
            let place = format!("{}:{}", page.path, block.line);
            wrong.extend(found.iter().map(|one| format!("{place}: {command}: {one}")));
        }
    }
    assert!(read > 10, "only {read} were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A `segue.toml`, and a command that reads it to its end.
fn configuration(stage: &Stage, text: &str) -> (&'static str, String) {
    let file = "documented.toml";
    stage.file(file, text);
    // Its variables have values, so that what names them is read too.
    let set: String = variables(text)
        .map(|name| format!("{name}=http://localhost/{name} "))
        .collect();
    // The policy of lint is read by lint alone.
    let command = match text.contains("lint") {
        true => "lint",
        false => "deploy --dry-run",
    };
    (file, format!("{set}segue {command} --config {file} --json"))
}

/// A `transform.toml` beside a migration that it fits.
fn transform(stage: &Stage, text: &str) -> (&'static str, String) {
    let (folder, file) = ("migrations/20260119110000_full_name", "transform.toml");
    let in_folder = |name: &str| format!("{folder}/{name}");
    stage.file(&in_folder("slugify.py"), "#!/bin/sh\n");
    stage.file(
        &in_folder("migration.sql"),
        "ALTER TABLE users ADD COLUMN slug text;",
    );
    stage.file(&in_folder(file), text);
    let plan = "segue plan --json".to_owned();
    stage
        .bash(&format!("chmod +x {folder}/slugify.py && {plan}"))
        .exits(0);
    (file, plan)
}

/// The names in `${…}`.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split("${").skip(1);
    after.filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

#[test]
fn every_link_of_the_documentation_leads_somewhere() {
    let pages = pages();
    let anchors: BTreeMap<&str, Vec<String>> = pages
        .iter()
        .map(|page| (page.path.as_str(), page.anchors()))
        .collect();
    let mut wrong = Vec::new();
    for page in &pages {
        for (line, link) in page.links() {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (to, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = Path::new(&page.path).parent().expect("a folder");
            let to = match to {
                "" => page.path.clone(),
                to => plain(&folder.join(to)),
            };
            let leads = match anchors.get(to.as_str()) {
                Some(there) => anchor.is_empty() || there.iter().any(|one| one == anchor),
                None => anchor.is_empty() && root().join(&to).exists(),
            };
            if !leads {
                wrong.push(format!("{}:{line}: {link}", page.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A path without `..`.
fn plain(path: &Path) -> String {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(parts.pop()),
            other => parts.push(other.as_os_str().to_string_lossy()),
        }
    }
    parts.join("/")
}

/// The book has every page of the guide, once.
#[test]
fn every_page_of_the_guide_is_in_the_book() {
    let pages = pages();
    let summary = pages.iter().find(|page| page.path == "docs/SUMMARY.md");
    let links = summary.expect("the summary").links();
    let mut told: Vec<String> = links
        .into_iter()
        .map(|(_, link)| format!("docs/{link}"))
        .chain(["docs/SUMMARY.md".to_owned()])
        .collect();
    told.sort();
    let guide = pages.iter().map(|page| page.path.clone());
    let guide: Vec<String> = guide.filter(|path| path.starts_with("docs/")).collect();
    assert_eq!(told, guide, "docs/SUMMARY.md");
}
