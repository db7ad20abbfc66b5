//! Lets a server print expressions as it would store them, without leaving anything behind.
//!
//! Whether two expressions are the same shows when one server has printed both: it resolves names, adds casts and
//! spells out what was abbreviated. The server is a shadow that has the tables that the expressions are about.
//!
//! How an expression is brought to a server is in `printing/holder.rs`, which expressions of a schema are in
//! `printing/settle.rs`.

mod holder;
mod settle;

use segue_catalog::{DataType, Name, QName};

use super::Session;
use crate::{ServerError, literal};

pub use settle::settle;

/// An expression that a server shall print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToPrint {
    /// What it is for.
    pub subject: Subject,
    /// The expression as it was written.
    pub text: String,
}

/// What an expression is for, which decides how a server reads and prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A condition on the rows of a table: of a check, an index, an exclusion constraint, a publication.
    Condition(QName),
    /// What an index, extended statistics or a partition key are over.
    Operand(QName),
    /// `USING` or `WITH CHECK` of a policy.
    Policy(QName),
    /// `WHEN` of a trigger of a table.
    Rows(QName),
    /// The default of a column.
    Default(QName, Name),
    /// What a generated column is computed from.
    Generated(QName, Name),
    /// A default of this type: of a domain, an argument.
    Value(DataType),
    /// The check of a domain over this type.
    Domain(DataType),
    /// The query of a view, in this schema; the names of its columns, where it has its own.
    Query(Name, Vec<Name>),
    /// `FOR VALUES …` of a partition of this table.
    Bound(QName),
    /// The body of a routine in SQL's own syntax.
    Body(Signature),
}

/// What a routine's body depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The schema that names are looked for in first.
    pub schema: Name,
    /// `FUNCTION` or `PROCEDURE`.
    pub kind: &'static str,
    /// The arguments as they stand in parentheses.
    pub arguments: String,
    /// What stands behind `RETURNS`.
    pub returns: Option<String>,
}

/// What a server made of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Printed {
    /// As the server prints it under an empty `search_path`, without outer parentheses where the catalog keeps none.
    As(String),
    /// The server refuses it, with this message.
    Refused(String),
}

/// How many expressions go into one statement.
const BATCH: usize = 200;

/// Makes an object that holds an expression, asks for the expression, and undoes the object: an exception rolls
/// back what its block did, settings included, but not the variables.
const PRINTER: &str = "CREATE FUNCTION pg_temp.segue_print(setup text, ask text, OUT printed text, OUT refused text) \
     LANGUAGE plpgsql AS $segue$
BEGIN
    EXECUTE setup;
    PERFORM pg_catalog.set_config('search_path', '', true);
    EXECUTE ask INTO printed;
    RAISE EXCEPTION USING ERRCODE = 'SG000';
EXCEPTION
    WHEN SQLSTATE 'SG000' THEN NULL;
    WHEN OTHERS THEN
        printed := NULL;
        refused := SQLERRM;
END
$segue$";

/// Prints expressions, in the order that they are given in. What the server refuses is told and does not stop the
/// others.
///
/// Names without schema are looked for in the schema of the table (or view) and then along the session's own
/// `search_path`. Everything happens in one transaction, on temporary copies of the tables, and is rolled back; where
/// the session is in a transaction already, under a savepoint of that one.
///
/// # Errors
/// The connection is lost, or the server lets nobody create temporary tables.
pub async fn print(
    session: &Session,
    expressions: &[ToPrint],
) -> Result<Vec<Printed>, ServerError> {
    if expressions.is_empty() {
        return Ok(Vec::new());
    }
    let [begin, undo] = match is_in_transaction(session).await? {
        true => [
            "SAVEPOINT segue_print",
            "ROLLBACK TO SAVEPOINT segue_print; RELEASE SAVEPOINT segue_print",
        ],
        false => ["BEGIN", "ROLLBACK"],
    };
    session.execute(begin).await?;
    let printed = print_all(session, expressions).await;
    let undone = session.execute(undo).await;
    let printed = printed?;
    undone.map(|()| printed)
}

/// Only in an open transaction did it begin before this statement (functions-datetime.html, "Current Date/Time").
async fn is_in_transaction(session: &Session) -> Result<bool, ServerError> {
    let question = "SELECT pg_catalog.now() IS DISTINCT FROM pg_catalog.statement_timestamp()";
    let rows = session.rows(question).await?;
    Ok(rows.into_iter().flatten().flatten().next().as_deref() == Some("t"))
}

async fn print_all(
    session: &Session,
    expressions: &[ToPrint],
) -> Result<Vec<Printed>, ServerError> {
    session.execute(PRINTER).await?;
    let path = session.rows("SHOW search_path").await?;
    let path = path.into_iter().flatten().flatten().next();
    let path = path.unwrap_or_default();
    let mut printed = Vec::with_capacity(expressions.len());
    for batch in expressions.chunks(BATCH) {
        let rows: Vec<String> = batch
            .iter()
            .enumerate()
            .map(|(number, expression)| {
                let (setup, ask) = holder::plan(expression, &path);
                format!("({number}, {}, {})", literal(&setup), literal(&ask))
            })
            .collect();
        let sql = format!(
            "SELECT p.printed, p.refused FROM (VALUES {}) AS v (number, setup, ask), \
             LATERAL pg_temp.segue_print(v.setup, v.ask) AS p ORDER BY v.number",
            rows.join(", ")
        );
        let answers = session.rows(&sql).await?;
        let answers = answers.into_iter().zip(batch);
        printed.extend(answers.map(|(mut row, expression)| {
            let refused = row.pop().flatten();
            match (row.pop().flatten(), refused) {
                (Some(text), None) => Printed::As(bare(&expression.subject, &text)),
                (_, refused) => Printed::Refused(refused.unwrap_or_default()),
            }
        }));
    }
    Ok(printed)
}

/// The expression in what the server answered.
fn bare(subject: &Subject, text: &str) -> String {
    let text = text.trim().trim_end_matches(';');
    let within = match subject {
        Subject::Rows(_) => text
            .split_once(" WHEN (")
            .and_then(|(_, rest)| rest.rsplit_once(") EXECUTE "))
            .map(|(condition, _)| condition),
        Subject::Operand(_) => text
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(" IS NOT NULL)")),
        _ => None,
    };
    within.unwrap_or(text).to_owned()
}
