//! What is told of statements that contract would break and that still run, and whether it goes on all the same.

use std::time::Duration;

use segue_db::own::evidence;
use segue_engine::{Event, Failure, FailureKind, Gate, Underway};
use segue_sql::Problem;

use super::{Events, Suspect};
use crate::Connected;

/// Refuses, unless somebody has said why it is to go on.
pub(super) async fn decide(
    connected: &Connected,
    underway: &Underway,
    gate: &Gate,
    (grown, time): (&[Suspect], Duration),
    events: Events<'_>,
) -> Result<(), Failure> {
    let told = |one: &Suspect| {
        format!(
            "`{}`: its calls grew by {} in {} s; {}",
            one_line(&one.text),
            one.calls,
            time.as_secs_f64(),
            one.why.join("; ")
        )
    };
    if let Some(reason) = &gate.force {
        let keep = evidence::keep_reason(underway.kept.id, reason);
        connected.link.session.execute(&keep).await?;
        events(Event::Notice(format!(
            "{} that will break still run, and contract goes on: {reason}",
            count(grown.len())
        )));
        return Ok(());
    }
    let mut problem = Problem::new(format!(
        "{} still {} that will break: the old app has not ended",
        count(grown.len()),
        if grown.len() == 1 { "runs" } else { "run" }
    ))
    .help("wait until the old app has ended; or go on with --force REASON");
    for one in grown.iter().take(SHOWN) {
        problem = problem.note(told(one));
    }
    if let Some(more) = grown.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        problem = problem.note(format!("and {} more", count(more)));
    }
    Err(Failure::new(FailureKind::Refused, problem))
}

/// So many statements are named.
const SHOWN: usize = 10;
/// So many bytes of a text are shown.
const LONGEST: usize = 200;

pub(super) fn count(many: usize) -> String {
    match many {
        1 => "1 statement".to_owned(),
        many => format!("{many} statements"),
    }
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.len() > LONGEST {
        true => format!("{} …", &line[..line.floor_char_boundary(LONGEST)]),
        false => line,
    }
}
