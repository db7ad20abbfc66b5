//! Every migration of the corpora by itself, as if every table were large and in use.

use std::{env, sync::Arc};

use segue_plan::{Facts, Plan, Policy, Script, Strategy, plan};
use segue_sql::{Problem, line_column};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    histories::{HISTORIES, History},
    known::Known,
    oracle::{self, Checked, Naive},
    server::Server,
};

/// All migrations are run, rather than a sample.
const ALL: &str = "SEGUE_PLANS";
/// Only histories in whose names this is are looked at.
const OF: &str = "SEGUE_PLANS_OF";
/// Otherwise one of so many is run, and of those that only run as they are written fewer still.
const SAMPLE: usize = 10;
/// So many plans are checked at a time.
const AT_A_TIME: usize = 2;

/// Migrations that are planned together, and what became of them.
pub(crate) struct Job {
    pub(crate) from: usize,
    pub(crate) name: String,
    pub(crate) plan: Plan,
}

/// What came of a history.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) plans: usize,
    pub(crate) with_rows: usize,
    pub(crate) steps: usize,
    pub(crate) impossible: Vec<String>,
    pub(crate) wrong: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_migration_of_the_corpora_ends_where_it_would_as_written() {
    let Some(server) = Server::start().map(Arc::new) else {
        return;
    };
    let all = env::var_os(ALL).is_some();
    let (mut refused, mut wrong) = (Vec::new(), Vec::new());
    let histories = chosen(HISTORIES);
    let whole = histories.len() == HISTORIES.len();
    for name in histories {
        let Some(history) = History::read(&server, name).await else {
            return;
        };
        let (jobs, own) = jobs(&history);
        let refusals = own.len();
        refused.extend(own);
        let planned = jobs.len();
        let counted = run(&server, &history, sampled(jobs)).await;
        println!(
            "{name}: {planned} planned, {refusals} problems; {} run, {} of them with rows, {} steps, {} undos impossible, {} wrong",
            counted.plans,
            counted.with_rows,
            counted.steps,
            counted.impossible.len(),
            counted.wrong.len()
        );
        for one in &counted.impossible {
            println!("  undo impossible: {one}");
        }
        wrong.extend(counted.wrong);
    }
    Known::read(include_str!("known.txt")).judge(&refused, &wrong, all, whole);
}

/// The histories that are asked for: all of them, unless it is said otherwise.
pub(crate) fn chosen<'a>(all: &[&'a str]) -> Vec<&'a str> {
    let only = env::var(OF).unwrap_or_default();
    let chosen = all.iter().filter(|name| name.contains(&only));
    chosen.copied().collect()
}

/// What is run: every plan, or one in so many. Those that only run as they are written are the least of it.
pub(crate) fn sampled(jobs: Vec<Job>) -> Vec<Job> {
    if env::var_os(ALL).is_some() {
        return jobs;
    }
    let (mut plain, mut other) = (0, 0);
    let mut is_chosen = |job: &Job| {
        let (number, many) = match job.plan.steps().all(|step| step.recipe == "as_written") {
            true => (&mut plain, 10 * SAMPLE),
            false => (&mut other, SAMPLE),
        };
        *number += 1;
        (*number - 1) % many == 0
    };
    jobs.into_iter().filter(|job| is_chosen(job)).collect()
}

/// A plan for each migration, and why there is none.
fn jobs(history: &History) -> (Vec<Job>, Vec<String>) {
    let (mut jobs, mut refused) = (Vec::new(), Vec::new());
    for (from, script) in history.scripts.iter().enumerate() {
        let name = format!("{}/{}", history.name, script.name);
        match planned(std::slice::from_ref(script)) {
            Ok(plan) => jobs.push(Job { from, name, plan }),
            Err(problems) => {
                let told = problems.iter().map(|problem| told(&name, script, problem));
                refused.extend(told);
            }
        }
    }
    (jobs, refused)
}

pub(crate) fn planned(scripts: &[Script]) -> Result<Plan, Vec<Problem>> {
    let (facts, policy) = (Facts::default(), Policy::default());
    plan(scripts, &facts, &policy, Strategy::Online)
}

/// A refusal in one line.
pub(crate) fn told(name: &str, script: &Script, problem: &Problem) -> String {
    let line = problem.place.as_ref().map_or(0, |place| {
        line_column(&script.source.text, place.span.start).0
    });
    let fault = problem.message.contains("fault of segue's");
    let notes = if fault {
        format!(" ({})", problem.notes.join("; "))
    } else {
        String::new()
    };
    format!("{name}:{line}: {}{notes}", problem.message)
}

/// Runs plans, each from the schema that it meets.
pub(crate) async fn run(server: &Arc<Server>, history: &History, jobs: Vec<Job>) -> Counted {
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    let walked = history.beginning(server).await;
    let mut at = 0;
    let mut counted = Counted::default();
    for job in jobs {
        history.go_on(server, &walked, at, job.from).await;
        at = job.from;
        let permit = Arc::clone(&permits).acquire_owned().await;
        let permit = permit.expect("it is never closed");
        let before = server.copy(&walked).await;
        let (server, project) = (Arc::clone(server), Arc::clone(&history.project));
        running.spawn(async move {
            let naive = Naive::Project(project, job.from);
            let checked = oracle::check(&server, &before, &naive, &job.plan).await;
            server.remove(&before).await;
            drop(permit);
            (job, checked)
        });
        while let Some(done) = running.try_join_next() {
            counted.add(done.expect("it is checked"));
        }
    }
    while let Some(done) = running.join_next().await {
        counted.add(done.expect("it is checked"));
    }
    server.remove(&walked).await;
    counted
}

impl Counted {
    fn add(&mut self, (job, checked): (Job, Checked)) {
        self.plans += 1;
        self.with_rows += usize::from(checked.had_rows);
        self.steps += job.plan.steps().count();
        let named = |text: String| format!("{}: {}", job.name, text.replace('\n', " "));
        for wrong in &checked.wrong {
            println!("WRONG {}", named(wrong.clone()));
        }
        self.wrong.extend(checked.wrong.into_iter().map(named));
        self.impossible
            .extend(checked.impossible.into_iter().map(named));
    }
}
