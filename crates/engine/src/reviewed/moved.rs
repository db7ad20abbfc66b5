//! Whether the schema is still one that the plan comes from, and what of it is not.

use std::{collections::BTreeSet, time::Duration};

use segue_db::{Facts, Session, own::shapes};
use segue_plan::{Plan, Policy, Script, Step};
use segue_sql::Problem;
use serde_json::Value;

use super::{AGAIN, Basis, Origin, Reviewed};
use crate::{
    Failure, FailureKind, Options,
    rollout::{self, Waiting, planned},
    work::Due,
};

/// How many changes are told one by one.
const TOLD: usize = 12;

/// Makes the plan once more, from what is kept with it and the schema as it is, and stops where it is another one. Gives what it is for.
pub(super) async fn refuse(
    reviewed: &Reviewed,
    basis: &Basis,
    (session, facts): (&Session, &Facts),
    dues: &[Due<'_>],
    options: &Options,
    waiting: &mut Waiting<'_>,
) -> Result<Vec<Script>, Failure> {
    let Session::Postgres(server) = session else {
        return Ok(Vec::new());
    };
    let major = |version: u32| version / 10_000;
    let (before, now) = (major(reviewed.server_version), major(facts.version));
    if before != now {
        let problem = Problem::new(format!(
            "the plan is for PostgreSQL {before}, and this server has version {now}"
        ));
        return super::refused(vec![problem]).map(|()| Vec::new());
    }
    let Some(origin) = &basis.origin else {
        let problem =
            Problem::new("the plan was written while it was under way, and is not any more");
        return super::refused(vec![problem]).map(|()| Vec::new());
    };
    let kept = segue_plan::Facts::read(&origin.facts.to_string()).map_err(|error| {
        Failure::refused(
            Problem::new(format!("the facts in the plan cannot be read: {error}")).help(AGAIN),
        )
    })?;
    let (catalog, _) = planned::known((session, server), options, waiting).await?;
    let then = as_then(origin, options);
    let made = planned::planned((catalog, kept), dues, facts, &then, reviewed.strategy);
    let problem = match made {
        Ok((plan, scripts)) => match difference(&basis.plan, &plan) {
            None => return Ok(scripts),
            Some(difference) => Problem::new(format!(
                "the schema has moved since the plan was made: {difference}"
            )),
        },
        Err(failure) => {
            let first = failure.problems.into_iter().next();
            let first = first.unwrap_or_else(|| Problem::new("it cannot be planned any more"));
            let message = format!(
                "the schema has moved since the plan was made: {}",
                first.message
            );
            Problem {
                message,
                help: None,
                ..first
            }
        }
    };
    let names = rollout::relations(&basis.plan);
    let now = shapes::described(session, &names).await?;
    let mut problem = problem.help(AGAIN);
    problem.notes.extend(told(&basis.relations, &now));
    Err(Failure::new(FailureKind::Refused, problem))
}

/// The options that the plan was made with, in what it comes from.
fn as_then(origin: &Origin, options: &Options) -> Options {
    let limits = &origin.limits;
    Options {
        declared: origin.declared.clone(),
        policy: Policy {
            large_rows: limits.large_rows,
            large_bytes: limits.large_bytes,
            longest_blocking: Duration::from_millis(limits.longest_blocking_milliseconds),
            levels: options.policy.levels.clone(),
        },
        ..options.clone()
    }
}

/// What of the relations has changed.
fn told(before: &[(String, String)], now: &[(String, String)]) -> Vec<String> {
    let (before, now): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), now.iter().collect());
    let line =
        |(relation, part): &(String, String), what: &str| format!("{relation}: {part} {what}");
    let new = now.difference(&before).map(|one| line(one, "is new"));
    let gone = before.difference(&now).map(|one| line(one, "is gone"));
    let mut told: Vec<String> = gone.chain(new).collect();
    let more = told.len().saturating_sub(TOLD);
    told.truncate(TOLD);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    if told.is_empty() {
        told.push(
            "the relations that it touches are as they were; what stands around them is not"
                .to_owned(),
        );
    }
    told
}

/// In what two plans differ first, for people. They are compared as they are kept, which leaves parts of milliseconds out, and
/// without what was written: that has its checksum, and may stand in other lines by now.
fn difference(before: &Plan, now: &Plan) -> Option<String> {
    let same = value(&before.expand) == value(&now.expand)
        && value(&before.contract) == value(&now.contract)
        && before.differences == now.differences;
    if same {
        return None;
    }
    for (phase, before, now) in [
        ("expand", &before.expand, &now.expand),
        ("contract", &before.contract, &now.contract),
    ] {
        let differs =
            |number: &usize| before.get(*number).map(value) != now.get(*number).map(value);
        let first = (0..before.len().max(now.len())).find(differs);
        if let Some(first) = first {
            let number = first + 1;
            return Some(match (before.get(first), now.get(first)) {
                (Some(before), Some(now)) => {
                    format!(
                        "{phase} {number} ({}) would be {}",
                        before.title,
                        other(before, now)
                    )
                }
                (Some(before), None) => {
                    format!("{phase} {number} ({}) would not be there", before.title)
                }
                (None, now) => {
                    let title = now.map_or("", |now| now.title.as_str());
                    format!("there would be {phase} {number} ({title}) too")
                }
            });
        }
    }
    Some("its end would be another one".to_owned())
}

fn other(before: &Step, now: &Step) -> String {
    if before.title != now.title {
        return format!("another step now: {}", now.title);
    }
    let (before, now) = (value(before), value(now));
    let parts = before.as_object().into_iter().flatten();
    let parts = parts.filter(|(name, value)| now.get(name.as_str()) != Some(*value));
    let parts: Vec<&str> = parts.map(|(name, _)| name.as_str()).collect();
    match parts.is_empty() {
        true => "another one now".to_owned(),
        false => format!("another one now, in its {}", parts.join(", ")),
    }
}

fn value<T: serde::Serialize>(of: &T) -> Value {
    // plain data: where they could not be written, neither could the file
    serde_json::to_value(of).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(all: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(one, other): &(&str, &str)| ((*one).to_owned(), (*other).to_owned());
        all.iter().map(owned).collect()
    }

    #[test]
    fn what_has_moved_is_named_with_its_relation() {
        let before = parts(&[
            ("public.t", "column a integer"),
            ("public.t", "column b text"),
        ]);
        let now = parts(&[
            ("public.t", "column a bigint"),
            ("public.t", "column b text"),
        ]);
        assert_eq!(
            told(&before, &now),
            [
                "public.t: column a integer is gone",
                "public.t: column a bigint is new"
            ]
        );
        assert!(told(&now, &now)[0].contains("as they were"));
    }
}
