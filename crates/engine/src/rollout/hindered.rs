//! What keeps a step from being done, or taken back, looked for before anything is.

use segue_db::Session;
use segue_plan::Step;

use crate::Failure;

/// A column or a table that is not there (`undefined_column`, `undefined_table`; errcodes-appendix.html).
const RENAMED: [&str; 2] = ["42703", "42P01"];

/// What is in the way of a step, in words.
pub(super) async fn hindered(session: &Session, step: &Step) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for hindrance in &step.hindrances {
        let rows = match session.rows(&hindrance.rows).await {
            // a later step has renamed what an earlier one made: it goes as a whole
            Err(error) if error.code().is_some_and(|code| RENAMED.contains(&code)) => continue,
            rows => rows?,
        };
        let rows: Vec<String> = rows.into_iter().flatten().flatten().collect();
        if !rows.is_empty() {
            found.push(format!("{}: {}", hindrance.what, rows.join("; ")));
        }
    }
    Ok(found)
}
