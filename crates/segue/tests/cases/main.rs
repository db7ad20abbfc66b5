//! The model must equal the server, for far more of SQL than histories use: the scripts of three diff tools' own test
//! suites, and schemas with a migration each from the tests of linters. Each is run in the model and on a server.
//!
//! What is known to differ is listed in `known.rs`, with the reason; the list is exact, so it can only shrink.

mod case;
mod known;
mod outcome;
mod server;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use case::Case;
use outcome::Outcome;
use segue_cluster::Cluster;
use server::Worker;

/// How many connections run cases.
const WORKERS: usize = 2;

#[test]
fn the_model_tells_what_the_scripts_of_other_tools_lead_to() {
    let Some(cases) = case::read() else {
        return;
    };
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    cluster
        .psql("postgres", &case::roles())
        .expect("the roles are made");
    let outcomes = run(&cases, &cluster);
    let counted: Outcome = outcomes.into_iter().collect();
    println!("{counted}");
    assert_eq!(
        counted.places(),
        known::PLACES,
        "the model is not what the server has"
    );
}

/// Every case, on as many connections as there are workers.
fn run(cases: &[Case], cluster: &Cluster) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                scope.spawn(|| {
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .expect("a runtime");
                    runtime.block_on(async {
                        let worker = Worker::new(cluster).await;
                        let mut outcomes = Vec::new();
                        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                            outcomes.push(worker.run(case).await);
                        }
                        outcomes
                    })
                })
            })
            .collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined
            .flat_map(|outcomes| outcomes.expect("a worker does not panic"))
            .collect()
    })
}
