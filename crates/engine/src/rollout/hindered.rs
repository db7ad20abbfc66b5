//! What keeps a step from being done, or taken back, looked for before anything is.

use segue_db::{ServerError, Session, postgres::reading::patiently};
use segue_plan::Step;

use crate::{Failure, Patience};

/// What a query names is not there, or is something else by now: `undefined_column`, `undefined_table`, `undefined_function`,
/// `datatype_mismatch` (errcodes-appendix.html). That rows may not be read is none of them.
const NOT_AS_IT_WAS: [&str; 4] = ["42703", "42P01", "42883", "42804"];

/// What is in the way of a step, in words.
pub(super) async fn hindered(
    session: &Session,
    step: &Step,
    patience: Patience,
) -> Result<Vec<String>, Failure> {
    let read = async |sql| patiently(session, sql, patience.steps).await;
    let mut found = Vec::new();
    for hindrance in &step.hindrances {
        let rows = match read(&hindrance.rows).await {
            // a later step has renamed what an earlier one made, and that goes as a whole; or has changed a function in it
            Err(error) if is_not_as_it_was(&error) => continue,
            rows => rows?,
        };
        let rows = match &hindrance.besides {
            Some(besides) if !rows.is_empty() => match read(besides).await {
                // the later step has not kept any yet
                Err(error) if is_not_as_it_was(&error) => rows,
                left => left?,
            },
            _ => rows,
        };
        let rows: Vec<String> = rows.into_iter().flatten().flatten().collect();
        if !rows.is_empty() {
            found.push(format!("{}: {}", hindrance.what, rows.join("; ")));
        }
    }
    Ok(found)
}

fn is_not_as_it_was(error: &ServerError) -> bool {
    error
        .code()
        .is_some_and(|code| NOT_AS_IT_WAS.contains(&code))
}
