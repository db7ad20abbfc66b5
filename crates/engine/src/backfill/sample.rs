//! A few batches of a step, written and rolled back: what they do to rows, and how long all of them would take.

use std::time::{Duration, Instant};

use segue_db::{ServerError, Session, own};
use segue_plan::{Action, Batches, Plan, Step};
use segue_sql::Problem;

use super::batch::joined;
use crate::{Failure, FailureKind, Settings, failure::describe};

/// How many places of the table are tried.
const PLACES: u32 = 8;
/// How many blocks each of them has.
const BLOCKS: u32 = 8;
/// How long a statement may work, where the steps before it lock the table: as long as the app waits.
const HELD: Duration = Duration::from_millis(400);
/// How long it may work otherwise.
const FREE: Duration = Duration::from_secs(10);
/// How long is waited for a lock.
const LOCK: Duration = Duration::from_millis(100);

/// What a sample of a step came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// What the step does.
    pub title: String,
    /// The table.
    pub table: String,
    /// How many rows were written, and rolled back.
    pub rows: u64,
    /// How many blocks of the table were tried.
    pub blocks: u32,
    /// How many it has.
    pub of: u32,
    /// How long that took.
    pub took: Duration,
    /// Some of the rows.
    pub changes: Vec<RowChange>,
}

/// What a step makes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// What the row is called.
    pub row: String,
    /// The values that it had.
    pub before: Option<String>,
    /// The values that it gets; none: it is deleted.
    pub after: Option<String>,
}

impl Sampled {
    /// How many rows all of the table would be.
    pub fn all_rows(&self) -> u64 {
        let share = f64::from(self.of) / f64::from(self.blocks.max(1));
        (self.rows as f64 * share).round() as u64
    }

    /// How long all of the table would take one worker that waits for nobody.
    pub fn estimate(&self) -> Duration {
        self.took
            .mul_f64(f64::from(self.of) / f64::from(self.blocks.max(1)))
    }
}

/// Tries the steps of a plan's first phase that write rows in batches. All is rolled back.
///
/// # Errors
/// What the server refused; steps that need what cannot be rolled back.
pub async fn sample(
    session: &Session,
    plan: &Plan,
    settings: &Settings,
) -> Result<Vec<Result<Sampled, Failure>>, Failure> {
    let mut all = Vec::new();
    for (number, step) in plan.expand.iter().enumerate() {
        let batches = match &step.action {
            Action::Batches(batches) => batches,
            Action::Transform(transform) => {
                all.push(Err(Problem::new(format!(
                    "rows of {} go through a program, which is not tried",
                    transform.table
                ))
                .help("`segue test` runs it on a throwaway database with rows")
                .into()));
                continue;
            }
            Action::Transaction(_) | Action::Alone(_) => continue,
        };
        if batches.compares || batches.besides.is_some() {
            continue;
        }
        let tried = one(session, &plan.expand[..number], step, batches).await;
        // settings of the steps are gone with the transaction, but for those of the session
        settings.renew(session).await?;
        match tried {
            Err(failure) if failure.kind == FailureKind::Connection => return Err(failure),
            tried => all.push(tried),
        }
    }
    Ok(all)
}

async fn one(
    session: &Session,
    earlier: &[Step],
    step: &Step,
    batches: &Batches,
) -> Result<Sampled, Failure> {
    let about = |problem: Problem| problem.note(format!("it is: {}", step.title));
    let mut script = vec![
        "BEGIN".to_owned(),
        format!("SET LOCAL lock_timeout = {}", LOCK.as_millis()),
    ];
    let before = needed(earlier, batches).map_err(|problem| Failure::from(about(problem)))?;
    let limit = if before.is_empty() { FREE } else { HELD };
    script.push(format!(
        "SET LOCAL statement_timeout = {}",
        limit.as_millis()
    ));
    script.push("CREATE SCHEMA IF NOT EXISTS segue".to_owned());
    script.extend(before);
    script.extend(step.keep.iter().flat_map(|keep| keep.make.iter().cloned()));
    let tried = tried(session, &joined(&script), step, batches).await;
    let alive = !matches!(&tried, Err(error) if error.ends_connection());
    if alive {
        session.execute("ROLLBACK").await?;
    }
    tried.map_err(|error| {
        let problem = Problem::new(format!("it cannot be tried: {error}"));
        Failure::new(
            match alive {
                true => FailureKind::Statement,
                false => FailureKind::Connection,
            },
            describe(about(problem), &error),
        )
    })
}

/// What the earlier steps have to have done to the table before: as long as that is in one transaction.
fn needed(earlier: &[Step], batches: &Batches) -> Result<Vec<String>, Problem> {
    let mut statements = Vec::new();
    for step in earlier {
        if !step.effect.locks.keys().any(|name| *name == batches.table) {
            continue;
        }
        match &step.action {
            Action::Transaction(own) => {
                statements.extend(step.settings.iter().cloned());
                statements.extend(own.iter().cloned());
            }
            Action::Alone(_) | Action::Batches(_) | Action::Transform(_) => {
                return Err(Problem::new(format!(
                    "it cannot be tried: it comes behind `{}`, which cannot be rolled back with it",
                    step.title
                ))
                .help("`segue test` tries it on a throwaway database with rows"));
            }
        }
    }
    Ok(statements)
}

async fn tried(
    session: &Session,
    opening: &str,
    step: &Step,
    batches: &Batches,
) -> Result<Sampled, ServerError> {
    session.execute(opening).await?;
    let of = own::batches::blocks(session, &batches.table.to_string()).await?;
    for setting in step.settings.iter().chain(&batches.before) {
        session.execute(setting).await?;
    }
    let (mut rows, mut blocks, mut took) = (0, 0, Duration::ZERO);
    for (from, to) in places(of) {
        let statement = batches.between(&format!("({from},0)"), &format!("({to},0)"));
        let begun = Instant::now();
        let counts = session.counts(&statement).await?;
        took += begun.elapsed();
        rows += counts.last().copied().unwrap_or_default();
        blocks += to - from;
    }
    let changes = match &step.keep {
        Some(keep) => session.rows(&keep.sample).await?,
        None => Vec::new(),
    };
    Ok(Sampled {
        title: step.title.clone(),
        table: batches.table.to_string(),
        rows,
        blocks,
        of,
        took,
        changes: changes.into_iter().filter_map(change).collect(),
    })
}

fn change(row: Vec<Option<String>>) -> Option<RowChange> {
    let [row, before, after] = <[Option<String>; 3]>::try_from(row).ok()?;
    Some(RowChange {
        row: row?,
        before,
        after,
    })
}

/// Places of a table with so many blocks, evenly over it, each from a block to the one behind its last.
fn places(blocks: u32) -> Vec<(u32, u32)> {
    if blocks <= PLACES * BLOCKS {
        return if blocks == 0 {
            Vec::new()
        } else {
            vec![(0, blocks)]
        };
    }
    let apart = blocks / PLACES;
    let first = (0..PLACES).map(|number| number * apart);
    first.map(|first| (first, first + BLOCKS)).collect()
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn places_are_all_over_a_large_table_and_all_of_a_small_one() {
        assert_eq!(places(0), []);
        assert_eq!(places(5), [(0, 5)]);
        assert_eq!(places(64), [(0, 64)]);
        let many = places(10_000);
        assert_eq!(many.len(), 8);
        assert_eq!(many[0], (0, 8));
        assert_eq!(many[7], (8750, 8758));
    }
}
