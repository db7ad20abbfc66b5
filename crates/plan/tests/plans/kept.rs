//! No recipe, and no limit of `docs/limits.md`, is without a case.

use std::{collections::BTreeSet, fs, path::Path};

use segue_plan::{Plan, RECIPES};

use super::case::Case;

#[test]
fn every_recipe_has_a_case() {
    let mut used: BTreeSet<String> = BTreeSet::new();
    for case in Case::all() {
        if let Ok(plan) = case.planned() {
            used.extend(plan.steps().map(|step| step.recipe.to_string()));
        }
    }
    let missing: Vec<&str> = (RECIPES.iter().map(|recipe| recipe.name))
        .filter(|name| !used.contains(*name))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn a_plan_that_is_kept_is_read_again_as_it_was() {
    for case in Case::all() {
        if let Ok(plan) = case.planned() {
            let kept = serde_json::to_string(&plan).expect("plans are data");
            let read: Plan = serde_json::from_str(&kept).expect("what was written");
            let again = serde_json::to_string(&read).expect("plans are data");
            assert_eq!(again, kept, "{}", case.name);
        }
    }
}

#[test]
fn every_limit_names_its_case_and_every_refusal_stands_among_the_limits() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/limits.md");
    let text = fs::read_to_string(path).expect("the limits");
    let named: BTreeSet<String> = text
        .split("../tests/cases/")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(".case")?.0.to_owned()))
        .collect();
    let cases = Case::all();
    let there: BTreeSet<String> = cases.iter().map(|case| case.name.clone()).collect();
    let missing: Vec<&String> = named.difference(&there).collect();
    assert!(missing.is_empty(), "no such cases: {missing:?}");
    let refused = cases.iter().filter(|case| case.planned().is_err());
    let untold: Vec<&str> = refused
        .filter(|case| !named.contains(&case.name))
        .map(|case| case.name.as_str())
        .collect();
    assert!(untold.is_empty(), "not in docs/limits.md: {untold:?}");
}

#[test]
fn every_rule_that_a_hazard_names_can_be_explained() {
    for case in Case::all() {
        let Ok(plan) = case.planned() else { continue };
        for hazard in plan.steps().flat_map(|step| &step.hazards) {
            let known = hazard
                .rule
                .as_deref()
                .is_none_or(|id| segue_plan::rule(id).is_some());
            assert!(known, "{}: {:?}", case.name, hazard.rule);
        }
    }
}
