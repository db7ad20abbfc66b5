//! Lint beside the truth: what a shadow database showed of the statements, as findings.

use std::sync::Arc;

use segue_engine::trace::Traced;
use segue_plan::{Finding, Policy, Script, TracedPlace};
use segue_sql::Problem;

use super::{Masks, mask};
use crate::Tracing;

/// What a trace adds to what is said of scripts.
#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) findings: Vec<Finding>,
    /// What the server refused.
    pub(super) refused: Vec<Problem>,
    pub(super) notes: Vec<String>,
}

/// What a trace has shown of scripts.
pub(super) fn told(tracing: Tracing, scripts: &[Script], policy: &Policy, masks: &Masks) -> Truth {
    let mut truth = Truth {
        notes: tracing.notes,
        ..Truth::default()
    };
    truth.notes.push(format!(
        "traced on {}: {} did what is said of them",
        tracing.database,
        match tracing.agreeing {
            1 => "1 statement".to_owned(),
            number => format!("{number} statements"),
        }
    ));
    for one in tracing.others {
        let statement = scripts
            .iter()
            .find(|script| Arc::ptr_eq(&script.source, &one.source))
            .and_then(|script| script.lines.iter().position(|line| line.span == one.span));
        let place = TracedPlace {
            source: one.source,
            span: one.span,
            statement: statement.unwrap_or_default(),
        };
        match one.outcome {
            Traced::Disagrees(_, found) => {
                truth.findings.extend(place.disagreement(&found, policy));
            }
            Traced::Opaque(seen) => truth.findings.extend(place.opaque(&seen, policy)),
            Traced::Refused(why) => truth.refused.push(refused(place, &why, masks)),
            Traced::Agrees(_) | Traced::Passed => {}
        }
    }
    truth
}

/// A statement that the server refuses. What it says may quote the text, so it is not repeated where that is masked.
fn refused(place: TracedPlace, why: &str, masks: &Masks) -> Problem {
    let (source, message) = match mask(masks, &place.source) {
        Some(shown) => (shown, "the server refuses this statement".to_owned()),
        None => (
            &place.source,
            format!("the server refuses this statement: {why}"),
        ),
    };
    Problem::new(message)
        .at(source, place.span, "here")
        .note("the shadow database has the schema, and no rows")
}
