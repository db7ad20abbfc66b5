//! SQLite's histories are not told, but run: on a database in memory, which costs less than telling would.

use std::sync::atomic::AtomicBool;

use segue_db::{Piece, Session};
use segue_sql::Dialect;

use super::Part;
use crate::{
    Failure, UnitKind,
    report::{self, Known},
    work::{Attempt, Work, piece},
};

/// Runs migrations on an empty database of SQLite's; gives the number of their statements.
///
/// # Errors
/// A migration that cannot be read, or that SQLite refuses.
pub async fn run_in_sqlite(session: &Session, parts: &[Part<'_>]) -> Result<usize, Failure> {
    let mut statements = 0;
    for part in parts {
        statements += run(session, *part).await?;
    }
    Ok(statements)
}

async fn run(session: &Session, part: Part<'_>) -> Result<usize, Failure> {
    let mut work = Work::of(Dialect::Sqlite, part.migration, None)?;
    let all = work.statements.len();
    let count = part.statements.map_or(all, |count| count.min(all));
    let mut units = work.units.clone();
    units.retain(|unit| unit.statements.end <= count);
    for unit in &units {
        let never = AtomicBool::new(false);
        let batch = if let UnitKind::Transaction { .. } = unit.kind {
            let tail = "COMMIT";
            let mut attempt = Attempt::Transaction {
                work: &mut work,
                unit: Some(unit),
                tail,
            };
            let mut pieces = attempt.pieces(session)?;
            session.batch(&mut *pieces, &mut |_| {}, &never).await
        } else {
            let index = unit.statements.start;
            let source = work.source()?;
            let statement = work.statements.get(index);
            let piece = statement.and_then(|statement| piece(&source, statement));
            let mut pieces = piece.into_iter().map(|piece: Piece| (index + 1, piece));
            session.batch(&mut pieces, &mut |_| {}, &never).await
        };
        if let Err(error) = batch {
            let known = Known {
                migration: part.migration,
                source: work.source().ok(),
                statements: &work.statements,
                done: 0,
                statement: error.number.checked_sub(1),
            };
            return Err(report::server(&known, &error.error));
        }
    }
    Ok(count)
}
