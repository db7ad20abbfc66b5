//! The model must equal the server, for far more of SQL than histories use: the scripts of three diff tools' own test
//! suites, and schemas with a migration each from the tests of linters. Each is run in the model and on a server.
//!
//! What is known to differ is listed in `known.rs`, with the reason; the list is exact, so it can only shrink.

mod case;
mod converge;
mod known;
mod outcome;
mod round_trip;
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
    if let Some((counted, _)) = run(async |worker, case| worker.run(case).await) {
        println!("{counted}");
        assert_eq!(
            counted.places(),
            among(known::PLACES),
            "the model is not what the server has"
        );
    }
}

#[test]
fn the_schemas_of_other_tools_come_back_from_sql() {
    if let Some((counted, major)) = run(async |worker, case| worker.come_back(case).await) {
        println!("{counted}");
        assert_eq!(
            counted.places(),
            among(&known::altered(major)),
            "what is rendered is not what was there"
        );
    }
}

#[test]
fn a_diff_makes_the_second_schema_of_the_first_and_finds_nothing_more() {
    let Some(pairs) = case::pairs() else { return };
    if let Some((counted, major)) =
        each_of(&pairs, async |worker, pair| worker.converge(pair).await)
    {
        println!("{counted}");
        assert_eq!(
            counted.places(),
            among(known::not_reached(major)),
            "a diff does not lead to the second schema"
        );
    }
}

/// The known places in the cases that are run.
fn among<'p>(known: &[&'p str]) -> Vec<&'p str> {
    let known = known.iter().copied();
    known.filter(|place| case::is_chosen(place)).collect()
}

/// Every case, on as many connections as there are workers, and the server's major version. `None`: skipped.
fn run(each: impl AsyncFn(&Worker<'_>, &Case) -> Outcome + Sync) -> Option<(Outcome, u32)> {
    each_of(&case::read()?, each)
}

fn each_of<C: Sync>(
    cases: &[C],
    each: impl AsyncFn(&Worker<'_>, &C) -> Outcome + Sync,
) -> Option<(Outcome, u32)> {
    let cluster = Cluster::for_test()?;
    let roles = cluster.psql("postgres", &case::roles());
    roles.expect("the roles are made");
    let next = AtomicUsize::new(0);
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let worker = Worker::new(&cluster).await;
            let mut outcomes = Vec::new();
            while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                outcomes.push(each(&worker, case).await);
            }
            outcomes
        })
    };
    let outcomes = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined
            .flat_map(|outcomes| outcomes.expect("a worker does not panic"))
            .collect()
    });
    Some((outcomes, cluster.version().major))
}
