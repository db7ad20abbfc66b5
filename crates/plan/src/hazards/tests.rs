//! The records themselves: every file is listed, every id is that of its file.

use std::{collections::BTreeSet, fs, path::Path};

use super::{FILES, RULES};

#[test]
fn every_file_of_a_hazard_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/hazards");
    let there: BTreeSet<String> = fs::read_dir(folder)
        .expect("the folder of hazards")
        .map(|entry| entry.expect("an entry").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "tests")
        .collect();
    let listed: BTreeSet<String> = FILES.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(there, listed);
}

#[test]
fn a_rule_is_called_as_its_file() {
    for (rule, file) in RULES.iter().zip(FILES) {
        assert_eq!(rule.id, file.replace('_', "-"));
    }
}

#[test]
fn every_rule_has_examples_sources_and_words() {
    for rule in RULES {
        for text in [
            rule.title,
            rule.trigger,
            rule.harm,
            rule.remedy,
            rule.bad.sql,
            rule.good.sql,
        ] {
            assert!(!text.trim().is_empty(), "{} lacks a text", rule.id);
        }
        assert!(!rule.sources.is_empty(), "{} has no source", rule.id);
    }
}
