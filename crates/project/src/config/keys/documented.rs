//! The guide has every key, and no other.

use std::{collections::BTreeSet, fs, path::Path};

use super::KEYS;

#[test]
fn every_key_stands_in_the_table_of_the_guide() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let page = fs::read_to_string(path).expect("the page");
    let table = page.split("\n## ").find(|part| part.starts_with("Keys\n"));
    let rows = table.expect("the table").lines();
    let rows = rows.filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
    let told: BTreeSet<&str> = rows
        .flat_map(|(names, _)| names.split('`').step_by(2))
        .filter(|name| !name.is_empty())
        .collect();
    let there: BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
    assert_eq!(told, there);
}
