//! Migrations that cannot be planned together, but one after the other: what comes first is a deploy of its own, through its contract.
//! Both are planned before it is said, so that the way leads somewhere.

use segue_sql::{Problem, Source};

use super::{
    barrier::{in_one_file, up_to},
    stop::Unplanned,
    written::waiting,
};
use crate::{Barrier, Plan, Script, Served};

/// Plans scripts that begin where the first of them does.
type Planned<'p> = &'p dyn Fn(&[Script]) -> Result<Plan, Unplanned>;

/// The plan of as many migrations as can be planned together, where the next one can be planned behind their contract.
///
/// # Errors
/// What is wrong with all of them together, where that is no way: with the advice to part a file, if that is one.
pub(super) fn planned(
    scripts: &[Script],
    problems: Vec<Problem>,
    plan: Planned<'_>,
) -> Result<Plan, Vec<Problem>> {
    let together = most(scripts.len(), |most| plan(&scripts[..most]).is_ok());
    let failing = &scripts[together..=together];
    if together == 0 || plan(failing).is_err() {
        return Err(match in_parts(&failing[0], plan) {
            Some((cut, first)) => with_parts(scripts, together, (cut, first), problems),
            None => problems,
        });
    }
    let second = Served {
        migration: together,
        statement: 0,
    };
    let Some(why) = problems.first().map(why) else {
        return Err(problems);
    };
    let before = plan(&scripts[..together]).map_err(|unplanned| unplanned.problems)?;
    let Some(first) = last_in_contract(&before) else {
        return Err(problems);
    };
    let left = scripts[together..].iter().map(|it| it.name.clone());
    let barrier = Barrier {
        first,
        second,
        waiting: waiting(&scripts[together], second),
        why,
        left: left.collect(),
    };
    up_to(barrier, scripts, |_| Ok(before))
}

/// The greatest number, below one for which it is not so, for which it is; zero for none.
fn most(not: usize, is_so: impl Fn(usize) -> bool) -> usize {
    let (mut yes, mut no) = (0, not);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        match is_so(middle) {
            true => yes = middle,
            false => no = middle,
        }
    }
    yes
}

/// Why all of it cannot be planned. What has no place is about where the plan would end.
fn why(problem: &Problem) -> String {
    let what = match (&problem.place, problem.notes.first()) {
        (None, Some(note)) => note,
        _ => &problem.message,
    };
    // nobody has written what is there for a while only
    match what.contains("segue") {
        true => "together they cannot be planned".to_owned(),
        false => format!("together they cannot be planned: {what}"),
    }
}

/// The statement that is the last one to be finished in contract, of those that are in it.
fn last_in_contract(plan: &Plan) -> Option<Served> {
    let serves = plan.contract.iter().flat_map(|step| &step.serves);
    serves.max().copied()
}

/// The statement of a migration in front of which it can be parted, and the one in front of it that is finished in contract.
fn in_parts(script: &Script, plan: Planned<'_>) -> Option<(usize, usize)> {
    // what is said in comments before a part is not of it
    let part = |lines: std::ops::Range<usize>| {
        let before = lines.start.checked_sub(1);
        let behind = before.map_or(0, |last| script.lines[last].span.end);
        let text = &script.source.text;
        let blank = " ".repeat(behind);
        Script {
            source: Source::new(script.source.name.clone(), blank + &text[behind..]),
            lines: script.lines[lines].to_vec(),
            ..script.without_lines()
        }
    };
    let all = script.lines.len();
    let cut = most(all, |most| plan(&[part(0..most)]).is_ok());
    let before = plan(&[part(0..cut)]).ok().filter(|_| cut > 0)?;
    plan(&[part(cut..all)]).ok()?;
    Some((cut, last_in_contract(&before)?.statement))
}

/// The first problem with the advice to part the file.
fn with_parts(
    scripts: &[Script],
    migration: usize,
    (cut, first): (usize, usize),
    mut problems: Vec<Problem>,
) -> Vec<Problem> {
    let of = |statement| Served {
        migration,
        statement,
    };
    let script = &scripts[migration];
    let why = why(&problems[0]);
    let span = script.lines[cut].span.clone();
    let advised = in_one_file(scripts, (of(first), of(cut)), &why);
    problems[0] = advised.at(&script.source, span, "here");
    problems
}
