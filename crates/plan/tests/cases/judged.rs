//! The cases that come from other linters' tests, with what a real server showed.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{counted, judge};

struct Case {
    id: String,
    setup: String,
    migration: String,
    stats: Vec<(String, u64)>,
    is_unsafe: bool,
    is_contested: bool,
    pair: Option<String>,
}

/// The cases, unless the tests run without them.
fn cases() -> Option<Vec<Case>> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = env::var_os("SEGUE_CASES").map_or_else(|| "../shared/cases".into(), PathBuf::from);
    let text = fs::read_to_string(workspace.join(folder).join("lint.jsonl")).expect("the cases");
    Some(text.lines().map(case).collect())
}

fn case(line: &str) -> Case {
    let value: Value = serde_json::from_str(line).expect("a case");
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let stats = value["stats"].as_object().into_iter().flatten();
    Case {
        id: text("id"),
        setup: text("setup"),
        migration: text("migration"),
        stats: stats
            .filter_map(|(table, facts)| Some((table.clone(), facts["reltuples"].as_u64()?)))
            .collect(),
        is_unsafe: value["unsafe"].as_bool().expect("a verdict"),
        is_contested: value["contested"].as_bool().unwrap_or(false),
        pair: value["pair"].as_str().map(str::to_owned),
    }
}

#[test]
fn unsafe_migrations_are_found_and_safe_ones_left_alone() {
    let Some(cases) = cases() else { return };
    let mut wrong = Vec::new();
    let mut pairs: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    let (mut bad, mut found, mut good, mut disturbed) = (0, 0, 0, 0);
    for case in &cases {
        let rules = counted(&judge(&case.setup, &case.migration, &case.stats));
        let is_right = rules.is_empty() != case.is_unsafe;
        if let Some(pair) = &case.pair {
            let (members, all_right) = pairs.entry(pair.clone()).or_insert((0, true));
            *members += 1;
            *all_right &= is_right;
        }
        if !is_right {
            let kind = if case.is_unsafe {
                "missed"
            } else {
                "disturbed"
            };
            let contested = if case.is_contested { ", contested" } else { "" };
            wrong.push(format!(
                "{kind}{contested}: {} {rules:?}\n    {}",
                case.id, case.migration
            ));
        }
        if case.is_contested {
            continue;
        }
        if case.is_unsafe {
            bad += 1;
            found += usize::from(is_right);
        } else {
            good += 1;
            disturbed += usize::from(!is_right);
        }
    }
    let groups = pairs.values().filter(|(members, _)| *members > 1);
    let (right, all) = groups.fold((0, 0), |(right, all), (_, is_right)| {
        (right + usize::from(*is_right), all + 1)
    });
    let score = format!(
        "found {found} of {bad} unsafe, {disturbed} of {good} safe ones disturbed, {right} of {all} pairs right"
    );
    println!("{score}\n{}", wrong.join("\n"));
    assert!(found * 100 >= bad * 98, "{score}\n{}", wrong.join("\n"));
    assert!(disturbed * 100 <= good * 3, "{score}\n{}", wrong.join("\n"));
}
