//! What a statement is said to make a server do, against what PostgreSQL 15 was seen to do with the judged cases: rewrites,
//! scans, index builds, checks of foreign keys, and the strongest lock on every relation that was there before.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use segue_catalog::{Catalog, Change, Object, QName, Session};
use segue_plan::{Effect, Line, LockMode, Script, WorkKind, effect_of};
use segue_sql::{Kind, Source};
use serde_json::Value;
use squawk_syntax::SourceFile;

/// Cases in which what is said differs from what was seen, and why.
const KNOWN: &[(&str, &str)] = &[
    (
        "u-reindex-not-concurrent-004",
        "locks were not looked at, although it can run in a transaction",
    ),
    (
        "u-rewrite-maintenance-003",
        "locks were not looked at, although it can run in a transaction",
    ),
    (
        "u-alter-domain-add-constraint-001",
        "the server has no message for the scan",
    ),
    (
        "u-alter-domain-add-constraint-002",
        "the server has no message for the scan",
    ),
    (
        "u-attach-partition-scan-002",
        "the server has no message for the scan of a default partition",
    ),
];

/// The cases, unless the tests run without them.
fn cases() -> Option<Vec<Value>> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = env::var_os("SEGUE_CASES").map_or_else(|| "../shared/cases".into(), PathBuf::from);
    let text = fs::read_to_string(workspace.join(folder).join("lint.jsonl")).expect("the cases");
    let lines = text.lines();
    Some(
        lines
            .map(|line| serde_json::from_str(line).expect("a case"))
            .collect(),
    )
}

/// What is said of a whole migration.
#[derive(Default)]
struct Said {
    rewrites: BTreeSet<String>,
    scans: BTreeSet<String>,
    builds: BTreeSet<String>,
    keys: BTreeSet<String>,
    locks: BTreeMap<String, LockMode>,
    /// Indexes that may have been seen to be built: of new tables, rewritten ones, and emptied ones.
    passing: BTreeSet<String>,
}

fn printed(name: &QName) -> String {
    if name.schema == "public" || name.schema == "pg_temp" {
        name.name.as_str().to_owned()
    } else {
        format!("{}.{}", name.schema.as_str(), name.name.as_str())
    }
}

fn said(setup: &str, migration: &str) -> Said {
    let (mut catalog, mut session) = (Catalog::empty(15), Session::default());
    let schema = Source::new("schema.sql", setup);
    Script::loose(&schema, &mut catalog, &mut session).expect("the schema can be cut");
    let there = catalog.clone();
    let source = Source::new("migration.sql", migration);
    let mut session = Session::default();
    let script =
        Script::loose(&source, &mut catalog, &mut session).expect("the migration can be cut");
    let mut said = Said::default();
    for line in &script.lines {
        let parse = SourceFile::parse(&source.text[line.span.clone()]);
        let effect = effect_of(line, parse.tree().stmts().next().as_ref());
        said.add(line, &effect, &there);
    }
    said
}

impl Said {
    fn add(&mut self, line: &Line, effect: &Effect, there: &Catalog) {
        for work in &effect.work {
            let table = printed(&work.table);
            let of = work.reason.split(' ').nth(1).unwrap_or_default();
            match work.kind {
                WorkKind::Rewrite => {
                    // a materialized view or VACUUM FULL was not told as a rewrite
                    if line.before.tables.contains_key(&work.table) && !is_maintenance(&work.reason)
                    {
                        self.rewrites.insert(table.clone());
                    }
                    self.pass(&line.after, &work.table);
                }
                WorkKind::Scan => {
                    self.scans.insert(table);
                }
                WorkKind::Build | WorkKind::ConcurrentBuild => {
                    let suffix = match work.reason.starts_with("index") && is_reindex(line) {
                        true => "_ccnew",
                        false => "",
                    };
                    self.builds
                        .insert(format!("{}.{of}{suffix}", work.table.name.as_str()));
                }
                WorkKind::ForeignKeyCheck => {
                    self.keys.insert(of.to_owned());
                }
                WorkKind::Write => {}
            }
        }
        for change in &line.changes {
            match change {
                Change::Create(object) => {
                    if let Object::Table(name, _) = &**object {
                        self.pass(&line.after, name);
                    }
                }
                Change::Data {
                    statement: "TRUNCATE",
                    ..
                } => effect
                    .locks
                    .keys()
                    .for_each(|name| self.pass(&line.after, name)),
                _ => {}
            }
        }
        // those of statements that run outside of transactions were not seen
        if matches!(line.kind, Kind::OutsideTransaction(_)) {
            return;
        }
        for (name, mode) in &effect.locks {
            if there.relation(name).is_some() {
                let held = self.locks.entry(printed(name)).or_insert(*mode);
                *held = (*held).max(*mode);
            }
        }
    }

    fn pass(&mut self, catalog: &Catalog, table: &QName) {
        let own = catalog.tables.get(table).into_iter();
        let own = own.flat_map(|own| own.constraints.keys());
        let free = catalog
            .indexes
            .iter()
            .filter(|(_, index)| index.table == *table);
        for index in own.chain(free.map(|(name, _)| &name.name)) {
            self.passing
                .insert(format!("{}.{}", table.name.as_str(), index.as_str()));
        }
    }
}

fn is_maintenance(reason: &str) -> bool {
    ["VACUUM FULL", "CLUSTER"].contains(&reason)
}

fn is_reindex(line: &Line) -> bool {
    matches!(line.kind, Kind::OutsideTransaction("REINDEX CONCURRENTLY"))
}

fn texts(value: &Value) -> BTreeSet<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|text| text.as_str().map(str::to_owned))
        .filter(|text| !text.starts_with("pg_toast"))
        .collect()
}

fn differences(said: &Said, seen: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, said: &BTreeSet<String>, seen: BTreeSet<String>| {
        if *said != seen {
            found.push(format!("{what}: said {said:?}, seen {seen:?}"));
        }
    };
    compare("rewrites", &said.rewrites, texts(&seen["rewrites"]));
    compare("scans", &said.scans, texts(&seen["verify_scans"]));
    compare("keys", &said.keys, texts(&seen["fk_checks"]));
    let builds = texts(&seen["index_builds"]);
    let expected = builds
        .iter()
        .filter(|build| !said.passing.contains(*build) || said.builds.contains(*build));
    compare("builds", &said.builds, expected.cloned().collect());
    let locks = seen["locks_on_preexisting"]
        .as_object()
        .into_iter()
        .flatten();
    let seen: BTreeMap<&str, LockMode> = locks
        .map(|(name, mode)| {
            let mode = mode
                .as_str()
                .and_then(LockMode::named)
                .expect("a lock mode");
            (name.as_str(), mode)
        })
        .collect();
    let strong = LockMode::ShareUpdateExclusive;
    for (name, mode) in &said.locks {
        if *mode >= strong && seen.get(name.as_str()) != Some(mode) {
            found.push(format!(
                "{name}: said {mode}, seen {:?}",
                seen.get(name.as_str())
            ));
        }
    }
    for (name, mode) in &seen {
        let expected = said.locks.get(*name);
        let is_index = name.contains("_pkey") || name.ends_with("_i") || name.ends_with("_idx");
        if expected.is_none_or(|said| said < mode) && !(*mode < strong && is_index) {
            found.push(format!("{name}: seen {mode}, said {expected:?}"));
        }
    }
    found
}

#[test]
fn what_is_said_is_what_a_server_was_seen_to_do() {
    let Some(cases) = cases() else { return };
    let mut wrong = Vec::new();
    for case in &cases {
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        let seen = &case["observed_pg15"];
        if seen["error"].is_string() || seen.is_null() {
            continue;
        }
        let found = differences(&said(text("setup"), text("migration")), seen);
        let is_known = KNOWN.iter().any(|(id, _)| *id == text("id"));
        if found.is_empty() == is_known {
            wrong.push(format!(
                "{}: {}\n  {}",
                text("id"),
                text("migration"),
                found.join("\n  ")
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
