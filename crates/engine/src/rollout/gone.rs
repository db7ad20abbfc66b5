//! What another hand has dropped: where that was said to be right, what a plan would do with it is left out.

use segue_db::{ServerError, literal};
use segue_plan::{Action, Batches};

use super::{carry::Carrier, course::plan_step, told};
use crate::{Event, Failure};

/// errcodes-appendix.html
const UNDEFINED_COLUMN: &str = "42703";

/// What a statement names is not there: beside a column `undefined_object`, `undefined_table`, `undefined_function`,
/// `invalid_schema_name`.
const NOT_THERE: [&str; 5] = [UNDEFINED_COLUMN, "42704", "42P01", "42883", "3F000"];

/// Whether a statement was refused since what it names is not there.
pub(super) fn is_not_there(error: &ServerError) -> bool {
    error.code().is_some_and(|code| NOT_THERE.contains(&code))
}

impl Carrier<'_, '_> {
    /// Whether a refused statement is left out: what it names is gone, and the user has said that this is right. On the way to the
    /// end of expand nothing is: there it is the user's own statement that would not be done. Nor is anything in contract since a
    /// column is gone: the other form of it may be the last that has its values.
    pub(super) fn may_leave_out(&self, error: &ServerError) -> bool {
        let of_column = error.code() == Some(UNDEFINED_COLUMN);
        self.accepts_gone && is_not_there(error) && !(self.contracts && of_column)
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
