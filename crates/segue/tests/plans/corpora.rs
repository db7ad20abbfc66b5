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
/// Of the migrations that only run as they are written, one of so many is run.
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
    let only = env::var("SEGUE_PLANS_OF").unwrap_or_default();
    let all = env::var_os(ALL).is_some();
    let (mut refused, mut wrong) = (Vec::new(), Vec::new());
    for name in HISTORIES.iter().filter(|name| name.contains(&only)) {
        let Some(history) = History::read(&server, name).await else {
            return;
        };
        let (jobs, own) = jobs(&history);
        let refusals = own.len();
        refused.extend(own);
        let planned = jobs.len();
        let jobs: Vec<Job> = jobs
            .into_iter()
            .filter(|job| all || is_chosen(job))
            .collect();
        let counted = run(&server, &history, jobs).await;
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
    Known::read(include_str!("known.txt")).judge(&refused, &wrong, all && only.is_empty());
}

fn is_chosen(job: &Job) -> bool {
    let mut steps = job.plan.steps();
    job.from.is_multiple_of(SAMPLE) || steps.any(|step| step.recipe != "as_written")
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
