//! Each rule finds its bad example, and nothing that counts is found in the good one.

use segue_plan::RULES;

use super::{counted, judge};

#[test]
fn every_rule_finds_its_bad_example() {
    let missed: Vec<&str> = RULES
        .iter()
        .filter(|rule| {
            let found = judge(rule.bad.schema, rule.bad.sql, &[]);
            !found.iter().any(|finding| finding.rule == rule.id)
        })
        .map(|rule| rule.id)
        .collect();
    assert_eq!(missed, Vec::<&str>::new());
}

#[test]
fn nothing_counts_in_a_good_example() {
    let disturbed: Vec<(&str, Vec<&str>)> = RULES
        .iter()
        .map(|rule| {
            (
                rule.id,
                counted(&judge(rule.good.schema, rule.good.sql, &[])),
            )
        })
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert_eq!(disturbed, Vec::new());
}
