//! A snapshot in words, the same for the view and for text.

use segue::{
    Follower, PlanState, Seen, StatementPace, Watched, WatchedPlan, WatchedRows, plan::Phase,
};

use crate::show::{clean, count, time};

/// How many characters a bar has.
const BAR: usize = 20;

/// What belongs together.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) lines: Vec<String>,
}

pub(super) fn sections(watched: &Watched) -> Vec<Section> {
    let mut plans: Vec<String> = watched.plans.iter().flat_map(plan).collect();
    if plans.is_empty() {
        plans.push("no plan is under way on this database".to_owned());
    }
    let all = [
        ("Rollout", plans),
        ("Locks", tree(&watched.locks)),
        (
            "Longest transactions",
            watched.transactions.iter().map(transaction).collect(),
        ),
        ("Replication", lags(watched)),
        ("Dead rows", dead_rows(watched)),
        ("Statements of the app", statements(watched)),
    ];
    let filled = all.into_iter().filter(|(_, lines)| !lines.is_empty());
    filled
        .map(|(title, lines)| Section { title, lines })
        .collect()
}

pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Expand => "expand",
        Phase::Contract => "contract",
    }
}

fn plan(plan: &WatchedPlan) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {}, {} of {} done",
        clean(&plan.migrations),
        plan.state.name(),
        plan.done,
        count(plan.of, "step")
    )];
    if let Some(step) = &plan.step {
        let back = if step.is_back { ", taken back" } else { "" };
        lines.push(format!(
            "  {} {}/{}: {}{back}",
            phase(step.phase),
            step.number,
            step.of,
            clean(&step.title)
        ));
        lines.extend(step.rows.as_ref().map(rows));
    }
    match plan.max_rate {
        None => {}
        Some(0) => {
            lines.push("  as fast as the database bears (`segue throttle --off`)".to_owned())
        }
        Some(rate) => lines.push(format!("  at most {rate} rows a second (`segue throttle`)")),
    }
    match (&plan.waits, &plan.by) {
        (Some(why), Some(_)) => lines.push(format!("  waits: {}", clean(why))),
        _ if plan.is_paused => lines.push("  paused: `segue resume` goes on".to_owned()),
        _ => {}
    }
    lines.push(carried_by(plan));
    let problem = plan.problem.as_ref().filter(|_| plan.by.is_none());
    lines.extend(problem.map(|why| format!("  stopped: {}", clean(why))));
    lines
}

fn rows(rows: &WatchedRows) -> String {
    let filled = ((rows.done * BAR as f64) as usize).min(BAR);
    let pace = rows.per_second.map(|pace| format!(", {pace:.0} a second"));
    let left = rows.left.map(|left| format!(", {} left", time(left)));
    format!(
        "  [{}{}] {:.0} % of {}, {} written{}{}",
        "#".repeat(filled),
        ".".repeat(BAR - filled),
        rows.done * 100.0,
        clean(&rows.table),
        count(usize::try_from(rows.rows).unwrap_or(usize::MAX), "row"),
        pace.unwrap_or_default(),
        left.unwrap_or_default()
    )
}

fn carried_by(plan: &WatchedPlan) -> String {
    let next = match (&plan.by, plan.state) {
        (Some(by), _) => {
            return format!(
                "  carried out by process {} of {}, connected since {}",
                clean(&by.pid),
                clean(&by.user),
                clean(&by.since)
            );
        }
        (None, PlanState::Expanded) => return "  waits for contract: `segue contract`".to_owned(),
        (None, PlanState::Contracting) => "segue contract",
        (None, PlanState::RollingBack) => "segue rollback",
        (None, _) => "segue deploy",
    };
    format!("  nobody goes on with it at present: `{next}` does")
}

/// Those who wait for nobody, and below each those who wait for it.
fn tree(locks: &[Seen]) -> Vec<String> {
    let mut lines = Vec::new();
    let is_there = |pid: &String| locks.iter().any(|one| one.pid == *pid);
    for root in locks
        .iter()
        .filter(|one| !one.blockers.iter().any(is_there))
    {
        branch(locks, root, &mut Vec::new(), &mut lines);
    }
    lines
}

fn branch<'a>(locks: &'a [Seen], one: &'a Seen, path: &mut Vec<&'a str>, lines: &mut Vec<String>) {
    // what waits in a circle is ended by the server soon
    if path.contains(&one.pid.as_str()) {
        return;
    }
    let indent = "  ".repeat(path.len());
    lines.push(match one.waiting_for {
        None => format!("{indent}{}", session(one)),
        Some(waiting) => {
            let relation = one
                .relation
                .as_ref()
                .map(|name| format!(" for {}", clean(name)));
            format!(
                "{indent}{} waits {}{}",
                who(one),
                time(waiting),
                relation.unwrap_or_default()
            )
        }
    });
    path.push(&one.pid);
    for waiter in locks
        .iter()
        .filter(|waiter| waiter.blockers.contains(&one.pid))
    {
        branch(locks, waiter, path, lines);
    }
    path.pop();
}

/// A session in a few words.
pub(super) fn who(one: &Seen) -> String {
    let application = match one.application.as_str() {
        "" => String::new(),
        name => format!(" ({})", clean(name)),
    };
    format!(
        "process {} of {}{application}",
        clean(&one.pid),
        clean(&one.user)
    )
}

fn session(one: &Seen) -> String {
    format!("{}: {}{}", who(one), clean(&one.state), open(one))
}

fn open(one: &Seen) -> String {
    one.open_for
        .map_or_else(String::new, |open| format!(", open for {}", time(open)))
}

fn transaction(one: &Seen) -> String {
    session(one)
}

fn lags(watched: &Watched) -> Vec<String> {
    let mut lines: Vec<String> = watched
        .lags
        .lags
        .iter()
        .map(|lag| {
            let whose = match &lag.follower {
                Follower::Replica(name) => format!("replica {}", clean(name)),
                Follower::Slot { name, is_active } => {
                    let idle = if *is_active {
                        ""
                    } else {
                        ", which nobody reads,"
                    };
                    format!("slot {}{idle}", clean(name))
                }
            };
            let late = lag.time.map(|late| format!(", {}", time(late)));
            format!(
                "{whose} is {} kB behind{}",
                lag.bytes / 1024,
                late.unwrap_or_default()
            )
        })
        .collect();
    if watched.lags.hidden > 0 {
        lines.push(format!(
            "{} hidden from this role, which is not in pg_read_all_stats",
            count(watched.lags.hidden, "replica")
        ));
    }
    lines
}

fn dead_rows(watched: &Watched) -> Vec<String> {
    let tables = watched.tables.iter();
    tables
        .map(|table| {
            let all = (table.live + table.dead).max(1);
            let share = table.dead as f64 / all as f64 * 100.0;
            format!(
                "{}: {} dead, {share:.0} % of all",
                clean(&table.table),
                table.dead
            )
        })
        .collect()
}

fn statements(watched: &Watched) -> Vec<String> {
    let Some(statements) = &watched.statements else {
        return Vec::new();
    };
    let mut lines = vec![pace(&statements.pace)];
    let before = statements.before.as_ref();
    lines.extend(before.map(|before| format!("{} before the deploy", pace(before))));
    lines.extend(statements.times.map(|times| {
        format!("the same statements take {times:.1} times as long as before the deploy")
    }));
    if statements.hidden > 0 {
        let many = usize::try_from(statements.hidden).unwrap_or(usize::MAX);
        lines.push(format!(
            "{} of other roles hidden from this role, which is not in pg_read_all_stats",
            count(many, "statement")
        ));
    }
    lines
}

fn pace(pace: &StatementPace) -> String {
    let mean = pace
        .mean_milliseconds
        .map(|mean| format!(", {mean:.2} ms each"));
    format!(
        "{:.0} a second{}",
        pace.per_second,
        mean.unwrap_or_default()
    )
}
