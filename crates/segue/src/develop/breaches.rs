//! Rows of a dev database that break what a change demands: looked for before anything is run, within a time that is
//! bounded. What the server does not answer is said.

use std::time::{Duration, Instant};

use segue_catalog::diff::Demand;
use segue_db::Session;
use segue_engine::Failure;
use segue_sql::Problem;

/// How long one question may take, in milliseconds.
const ONE: u64 = 5_000;

/// How long all questions may take together.
const ALL: Duration = Duration::from_secs(20);

/// How many rows are told.
const SHOWN: usize = 3;

/// What was looked for.
#[derive(Debug, Default)]
pub(super) struct Breaches {
    /// One for each demand that rows break.
    pub(super) found: Vec<Problem>,
    /// What is not known, and why.
    pub(super) unknown: Vec<String>,
}

/// Looks for rows that break demands. Nothing is changed.
///
/// # Errors
/// That the server is gone.
pub(super) async fn breaches(session: &Session, demands: &[Demand]) -> Result<Breaches, Failure> {
    let mut breaches = Breaches::default();
    let begun = Instant::now();
    for demand in demands {
        if begun.elapsed() > ALL {
            breaches
                .unknown
                .push(unknown(demand, "the others took too long"));
            continue;
        }
        match ask(session, demand).await {
            Ok(problem) => breaches.found.extend(problem),
            Err(failure) if failure.kind == segue_engine::FailureKind::Connection => {
                return Err(failure);
            }
            Err(failure) => {
                let why = failure
                    .problems
                    .first()
                    .map(|problem| problem.message.as_str());
                breaches
                    .unknown
                    .push(unknown(demand, why.unwrap_or_default()));
            }
        }
    }
    Ok(breaches)
}

fn unknown(demand: &Demand, why: &str) -> String {
    format!(
        "{}: not known whether rows of {} break it: {why}",
        demand.object, demand.table
    )
}

/// Asks for the number of rows, and where there are any for the first few.
async fn ask(session: &Session, demand: &Demand) -> Result<Option<Problem>, Failure> {
    session
        .execute(&format!(
            "BEGIN READ ONLY; SET LOCAL statement_timeout = {ONE}; SET LOCAL lock_timeout = {ONE}"
        ))
        .await?;
    let answered = answer(session, demand).await;
    session.execute("ROLLBACK").await?;
    answered
}

async fn answer(session: &Session, demand: &Demand) -> Result<Option<Problem>, Failure> {
    let broken = format!("FROM ({}) AS broken (place, rows)", demand.broken);
    let number = session
        .rows(&format!("SELECT pg_catalog.sum(rows) {broken}"))
        .await?;
    let Some(number) = number.into_iter().flatten().flatten().next() else {
        return Ok(None);
    };
    let examples = session
        .rows(&format!(
            "SELECT place, rows {broken} ORDER BY rows DESC, place LIMIT {SHOWN}"
        ))
        .await?;
    let (rows, break_it) = match number.as_str() {
        "1" => ("row", "breaks"),
        _ => ("rows", "break"),
    };
    let mut problem = Problem::new(format!(
        "{number} {rows} of {} {break_it} {}",
        demand.table, demand.object
    ))
    .note(demand.breach.clone())
    .help(demand.help);
    for example in examples {
        let [Some(place), Some(rows)] = example.as_slice() else {
            continue;
        };
        problem.notes.push(match rows.as_str() {
            "1" => format!("at {place}"),
            rows => format!("at {place}: {rows} rows"),
        });
    }
    Ok(Some(problem))
}
