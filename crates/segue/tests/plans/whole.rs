//! Histories whose migrations are planned together: all of them as one deploy of an empty database, and slices of them as one
//! expand and one contract.

use std::sync::Arc;

use segue_plan::{Plan, Script};

use crate::{
    corpora::{self, Counted, Job, planned},
    histories::{HISTORIES, History},
    server::Server,
};

/// So many migrations are planned together.
const SLICE: usize = 10;
/// A slice that is refused is planned again without its last migration, and so on; what is left comes with the next one.
const LEAST: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_history_in_one_deploy_runs_as_it_is_written() {
    let Some(server) = Server::start().map(Arc::new) else {
        return;
    };
    let mut wrong = Vec::new();
    for name in corpora::chosen(HISTORIES) {
        let Some(history) = History::read(&server, name).await else {
            return;
        };
        let Some(plan) = plan_of(&history.scripts) else {
            wrong.push(format!("{name}: it is refused"));
            continue;
        };
        let deviating = plan.steps().find(|step| step.recipe != "as_written");
        wrong.extend(deviating.map(|step| format!("{name}: [{}] {}", step.recipe, step.title)));
        let job = Job {
            from: 0,
            name: (*name).to_owned(),
            plan,
        };
        let counted = corpora::run(&server, &history, vec![job]).await;
        tell(name, &counted);
        wrong.extend(counted.wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_migrations_in_one_deploy_end_where_they_would_as_written() {
    let Some(server) = Server::start().map(Arc::new) else {
        return;
    };
    let mut wrong = Vec::new();
    for name in corpora::chosen(HISTORIES) {
        let Some(history) = History::read(&server, name).await else {
            return;
        };
        let (jobs, alone) = slices(&history);
        let barriers = jobs.iter().filter(|job| job.plan.barrier.is_some()).count();
        println!(
            "{name}: {} slices, {barriers} with a barrier, {alone} migrations left out",
            jobs.len()
        );
        let counted = corpora::run(&server, &history, corpora::sampled(jobs)).await;
        tell(name, &counted);
        wrong.extend(counted.wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn tell(name: &str, counted: &Counted) {
    println!(
        "{name}: {} plans run, {} of them with rows, {} steps, {} undos impossible, {} wrong",
        counted.plans,
        counted.with_rows,
        counted.steps,
        counted.impossible.len(),
        counted.wrong.len()
    );
}

/// The migrations of a history, so many at a time, and how many can be planned with no other.
fn slices(history: &History) -> (Vec<Job>, usize) {
    let (mut jobs, mut alone) = (Vec::new(), 0);
    let mut from = 0;
    while from < history.scripts.len() {
        let most = SLICE.min(history.scripts.len() - from);
        let found = (LEAST..=most).rev().find_map(|many| {
            let scripts = &history.scripts[from..from + many];
            plan_of(scripts).filter(|plan| plan.migrations.len() >= LEAST)
        });
        let Some(plan) = found else {
            alone += 1;
            from += 1;
            continue;
        };
        let next = from + plan.migrations.len();
        let name = format!("{}/{}…", history.name, history.scripts[from].name);
        jobs.push(Job { from, name, plan });
        from = next;
    }
    (jobs, alone)
}

/// A plan; a fault of segue's is none of the reasons for which there may be none.
fn plan_of(scripts: &[Script]) -> Option<Plan> {
    match planned(scripts) {
        Ok(plan) => Some(plan),
        Err(problems) => {
            for problem in problems {
                let fault = problem.message.contains("fault of segue's");
                assert!(!fault, "{problem}\n{}", problem.notes.join("\n"));
                if scripts.len() > SLICE {
                    println!("refused: {problem}");
                }
            }
            None
        }
    }
}
