//! The schema around each step of a plan: what it meets, what it changes, and what it leaves.

use std::borrow::Cow;

use segue_catalog::{Catalog, Session};
use segue_sql::{Problem, Source};

use crate::{Action, Line, Plan, Script};

/// Runs all steps of a plan on the model, from the schema that the first of them meets: each as one line.
///
/// # Errors
/// What the model refuses of a step.
pub fn walk(plan: &Plan, before: &Catalog, session: &Session) -> Result<Vec<Line>, Vec<Problem>> {
    let mut now = before.clone();
    let mut lines = Vec::new();
    for step in plan.steps() {
        let before = now.clone();
        let mut names = session.clone();
        let statements: Vec<Cow<'_, str>> = match &step.action {
            // rows are no part of the schema
            Action::Batches(_) | Action::Transform(_) => Vec::new(),
            action => action.statements(),
        };
        let settings = step.settings.iter().map(Cow::from);
        let all: Vec<Cow<'_, str>> = settings.chain(statements).collect();
        let mut read = Vec::new();
        for text in all {
            let source = Source::new("", text.as_ref());
            read.extend(Script::loose(&source, &mut now, &mut names)?.lines);
        }
        lines.push(one(read, step, (&before, &now), session)?);
    }
    Ok(lines)
}

/// The statements of a step as one line.
fn one(
    read: Vec<Line>,
    step: &crate::Step,
    (before, after): (&Catalog, &Catalog),
    session: &Session,
) -> Result<Line, Vec<Problem>> {
    let kind = match &step.action {
        Action::Alone(_) => segue_sql::Kind::OutsideTransaction("a step of a plan"),
        Action::Transaction(_) | Action::Batches(_) | Action::Transform(_) => {
            segue_sql::Kind::Plain
        }
    };
    let mut line = Line {
        span: 0..0,
        kind,
        changes: Vec::new(),
        unknown: None,
        refused: Vec::new(),
        before: before.clone(),
        after: after.clone(),
        session: session.clone(),
        parsed: None,
        transaction: None,
    };
    for one in read {
        if !one.refused.is_empty() {
            return Err(one.refused);
        }
        line.changes.extend(one.changes);
        line.unknown = line.unknown.or(one.unknown);
    }
    Ok(line)
}
