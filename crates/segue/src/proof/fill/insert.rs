//! Rows of one table: many at a time, and by halves where the server refuses some.

use segue_catalog::QName;
use segue_db::{Refusal, ServerError, postgres::Session};
use segue_proof::rows::{Batch, Generated, Miss, Row};

/// So many rows are put in at once.
const AT_ONCE: usize = 500;
/// So many times others are tried in the place of those that were refused.
const ROUNDS: usize = 8;
/// After so many single rows that were refused, and none that was taken, the others would be too.
const HOPELESS: usize = 12;

/// What there is to be told of a table that has no rows.
#[derive(Debug, Clone)]
pub(super) enum Told {
    /// Nothing: it has as many as were wished for.
    Nothing,
    /// No row could be made.
    Missed(Miss),
    /// The server refused them.
    Refused(Refusal),
    /// The server took them, and they are not there: a rule does something else.
    Vanished,
}

/// The filling of one table.
pub(super) struct Filling<'a> {
    session: &'a Session,
    table: &'a QName,
    pub(super) told: Told,
}

/// What became of some rows.
#[derive(Default)]
struct Outcome {
    taken: Vec<Row>,
    refused: Vec<Row>,
    /// The constraints that were named.
    constraints: Vec<String>,
}

impl<'a> Filling<'a> {
    pub(super) fn new(session: &'a Session, table: &'a QName) -> Self {
        Self {
            session,
            table,
            told: Told::Nothing,
        }
    }

    /// Puts rows in until there are as many as were wished for, or it does not go on.
    pub(super) async fn run(&mut self, generated: &mut Generated) -> Result<(), ServerError> {
        let mut batch = generated.begin(self.table);
        for _ in 0..ROUNDS {
            if let Some(miss) = batch.miss.take() {
                self.told = Told::Missed(miss);
            }
            let mut outcome = Outcome::default();
            for rows in batch.rows.chunks(AT_ONCE) {
                self.put(&batch, rows, &mut outcome).await?;
            }
            generated.accept(self.table, &outcome.taken);
            if outcome.refused.is_empty() {
                break;
            }
            batch = generated.others(self.table, &outcome.refused, &outcome.constraints);
        }
        Ok(())
    }

    /// Puts rows in: all at once, and where the server does not take that, halves of them.
    async fn put(
        &mut self,
        batch: &Batch,
        rows: &[Row],
        outcome: &mut Outcome,
    ) -> Result<(), ServerError> {
        let mut left = vec![rows];
        while let Some(rows) = left.pop() {
            if outcome.taken.is_empty() && outcome.refused.len() >= HOPELESS {
                outcome.refused.extend_from_slice(rows);
                continue;
            }
            let insert = batch.insert(rows);
            let sql = format!("SAVEPOINT segue_rows; {insert}; RELEASE segue_rows");
            match self.session.counts(&sql).await {
                Ok(counts) if counts.iter().sum::<u64>() == 0 => self.told = Told::Vanished,
                Ok(_) => outcome.taken.extend_from_slice(rows),
                Err(ServerError::Refused(refusal)) => {
                    self.session.execute("ROLLBACK TO segue_rows").await?;
                    if refusal.is_cancelled {
                        return Err(ServerError::Refused(refusal));
                    }
                    match rows {
                        [row] => {
                            outcome.refused.push(row.clone());
                            outcome.constraints.extend(refusal.constraint.clone());
                            self.told = Told::Refused(*refusal);
                        }
                        rows => {
                            let (first, second) = rows.split_at(rows.len() / 2);
                            left.push(second);
                            left.push(first);
                        }
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
