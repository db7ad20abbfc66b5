//! Whatever the form, it has what a step runs byte for byte.

use std::borrow::Cow;

use segue_catalog::Session;
use segue_plan::{
    Action,
    shown::{self, Detail, Role},
};
use serde_json::Value;

use super::case::Case;

#[test]
fn every_form_has_the_statements_of_the_steps_byte_for_byte() {
    for case in Case::all() {
        let Ok(plan) = case.planned() else { continue };
        let sql = shown::sql(&plan, &Session::default());
        let markdown = shown::markdown(&plan);
        let document = serde_json::to_value(&plan).expect("it is data");
        let page = shown::text(&plan, Detail::Full);
        let shown: String = (page.pieces.iter())
            .filter(|piece| piece.role == Role::Sql)
            .map(|piece| piece.text.as_str())
            .collect();
        for step in plan.steps() {
            let before: Vec<Cow<'_, str>> = match &step.action {
                Action::Batches(batches) => batches.before.iter().map(Cow::from).collect(),
                _ => Vec::new(),
            };
            for statement in step.sent().into_iter().chain(before) {
                let name = &case.name;
                assert!(
                    sql.contains(&*statement),
                    "{name}: as SQL, no {statement}\n{sql}"
                );
                assert!(markdown.contains(&*statement), "{name}: no {statement}");
                assert!(
                    shown.contains(&*statement),
                    "{name}: no {statement}\n{shown}"
                );
                assert!(has(&document, &statement), "{name}: no {statement}");
            }
        }
    }
}

fn has(value: &Value, text: &str) -> bool {
    match value {
        Value::String(own) => own == text,
        Value::Array(values) => values.iter().any(|value| has(value, text)),
        Value::Object(values) => values.values().any(|value| has(value, text)),
        _ => false,
    }
}

#[test]
fn nothing_of_a_comment_in_a_script_is_outside_of_it() {
    for case in Case::all() {
        let Ok(plan) = case.planned() else { continue };
        let sql = shown::sql(&plan, &Session::default());
        let source = segue_sql::Source::new("plan.sql", sql);
        let statements = segue_sql::split(&source).expect("it can be cut");
        let whole: usize = plan
            .steps()
            .map(|step| match &step.action {
                Action::Transaction(_) => {
                    2 + step.writes().len()
                        + usize::from(step.timeouts.lock.is_some())
                        + usize::from(step.timeouts.statement.is_some())
                        + step.settings.len()
                }
                Action::Alone(_) => 1 + 2 * step.settings.len(),
                Action::Batches(_) => 1,
                // it is said in a comment
                Action::Transform(_) => 0,
            } + step.keep.as_ref().map_or(0, |keep| 1 + keep.make.len()))
            .sum();
        let kept = plan.expand.iter().filter(|step| step.keep.is_some());
        let forgotten = match plan.contract.is_empty() {
            true => 0,
            false => kept.count(),
        };
        assert_eq!(
            statements.iter().count(),
            whole + forgotten,
            "{}",
            case.name
        );
    }
}
