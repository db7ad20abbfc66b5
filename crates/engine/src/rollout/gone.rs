//! What another hand has dropped: where that was said to be right, what a plan would do with it is left out.

use segue_db::{ServerError, literal};
use segue_plan::{Action, Batches};

use super::{carry::Carrier, course::plan_step, told};
use crate::{Event, Failure};

/// errcodes-appendix.html
const UNDEFINED_TABLE: &str = "42P01";

/// What a statement names is not there: beside a table `undefined_column`, `undefined_object`, `undefined_function`,
/// `invalid_schema_name`.
const NOT_THERE: [&str; 5] = [UNDEFINED_TABLE, "42703", "42704", "42883", "3F000"];

/// Whether a statement was refused since what it names is not there.
pub(super) fn is_not_there(error: &ServerError) -> bool {
    error.code().is_some_and(|code| NOT_THERE.contains(&code))
}

impl Carrier<'_, '_> {
    /// Whether a refused statement is left out: what it names is gone, and the user has said that this is right. On the way to the
    /// end of expand nothing is: there it is the user's own statement that would not be done. In contract it is only what changes,
    /// drops or indexes a table that is not there: of anything else, what is gone may be what carried the values that go next.
    pub(super) fn may_leave_out(&self, statement: &str, error: &ServerError) -> bool {
        let is_of_table = || {
            let changes = ["ALTER", "DROP", "CREATE INDEX", "CREATE UNIQUE INDEX"];
            let begins = |with: &&str| {
                let mut said = statement.split_whitespace();
                with.split(' ').all(|word| {
                    said.next()
                        .is_some_and(|own| own.eq_ignore_ascii_case(word))
                })
            };
            changes.iter().any(begins) && error.code() == Some(UNDEFINED_TABLE)
        };
        self.accepts_gone && is_not_there(error) && (!self.contracts || is_of_table())
    }

    /// Says that a statement of a step is left out.
    pub(super) fn tell_left_out(&mut self, number: usize, statement: &str, error: &ServerError) {
        let notice = told::left_out(self.plan, number, statement, error);
        (self.run.events)(Event::Notice(notice));
    }

    /// Whether the table is gone, and may be, whose rows are written; or put back, from another table with what was kept of them.
    /// Says so.
    pub(super) async fn are_rows_left_out(
        &mut self,
        number: usize,
        batches: &Batches,
    ) -> Result<bool, Failure> {
        if !self.accepts_gone {
            return Ok(false);
        }
        let of_step = match &plan_step(self.plan, number).action {
            Action::Batches(batches) => Some(&batches.table),
            _ => None,
        };
        for table in [Some(&batches.table), of_step].into_iter().flatten() {
            let table = table.to_string();
            let asked = format!("SELECT pg_catalog.to_regclass({}) IS NULL", literal(&table));
            let rows = self.run.session.rows(&asked).await?;
            if rows.into_iter().flatten().flatten().next().as_deref() == Some("t") {
                let notice = told::table_left_out(self.plan, number, &table);
                (self.run.events)(Event::Notice(notice));
                return Ok(true);
            }
        }
        Ok(false)
    }
}
