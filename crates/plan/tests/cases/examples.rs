//! Each rule finds its bad example, and nothing that counts is found in the good one.

use segue_plan::{Class, Example, Finding, Judge, Kept, Level, Policy, RULES, Rule, Severity};

use super::{counted, review_on};

#[test]
fn every_rule_finds_its_bad_example() {
    let missed: Vec<&str> = RULES
        .iter()
        // what a trace finds, a server has to show
        .filter(|rule| !matches!(rule.judge, Judge::Trace))
        .filter(|rule| {
            let found = judged(rule, &rule.bad, carelessly_kept());
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
                counted(&judged(rule, &rule.good, carefully_kept())),
            )
        })
        .filter(|(_, found)| !found.is_empty())
        .collect();
    assert_eq!(disturbed, Vec::new());
}

#[test]
fn no_process_rule_speaks_of_its_own_good_example() {
    let disturbed: Vec<&str> = RULES
        .iter()
        .filter(|rule| rule.class == Class::Process)
        .filter(|rule| {
            let found = judged(rule, &rule.good, carefully_kept());
            found.iter().any(|finding| finding.rule == rule.id)
        })
        .map(|rule| rule.id)
        .collect();
    assert_eq!(disturbed, Vec::<&str>::new());
}

/// What lint says of an example, on a server that the rule is true of; rules of how migrations are kept speak only of those,
/// and those of style only where they are raised.
fn judged(rule: &Rule, example: &Example, kept: Kept) -> Vec<Finding> {
    let mut majors = [15, 14, 16, 17, 18].into_iter();
    let major = majors.find(|major| rule.applies_to(*major));
    let major = major.unwrap_or(15);
    let kept = (rule.class == Class::Process).then_some(kept);
    let mut policy = Policy::default();
    if rule.level() == Level::Off {
        let raised = Level::At(Severity::Warning);
        policy.levels.insert(rule.id.to_owned(), raised);
    }
    review_on(major, example.schema, example.sql, &[], kept, &policy).findings
}

fn carelessly_kept() -> Kept {
    Kept {
        has_down: Some(false),
        is_edited: true,
        applied_before_it: Some("20260101_later".to_owned()),
        has_timeouts: false,
    }
}

fn carefully_kept() -> Kept {
    Kept {
        has_down: Some(true),
        ..Kept::default()
    }
}
