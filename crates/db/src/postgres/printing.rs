//! Lets a server print expressions as it would store them, without leaving anything behind.
//!
//! Whether two expressions are the same shows when one server has printed both: it resolves names, adds casts and
//! spells out what was abbreviated. The server is a shadow that has the tables that the expressions are about.

mod settle;

use segue_catalog::{DataType, Name, QName};

use super::Session;
use crate::{ServerError, identifier, literal};

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
                let (setup, ask) = plan(expression, &path);
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

/// Names of columns in parentheses; nothing where there are none.
fn column_list(columns: &[Name]) -> String {
    let names: Vec<String> = columns.iter().map(Name::to_string).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" ({})", names.join(", ")),
    }
}

/// The statements that make an object with the expression, and the query that asks for it.
fn plan(expression: &ToPrint, path: &str) -> (String, String) {
    let text = &expression.text;
    let of_check = "SELECT pg_catalog.pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint \
                    WHERE conname = 'segue_printed'";
    let of_default = |column: &str| {
        format!(
            "SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum \
             JOIN pg_catalog.pg_class c ON c.oid = d.adrelid \
             WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND a.attname = {}",
            literal(column)
        )
    };
    let (schema, setup, ask) = match &expression.subject {
        Subject::Condition(table) => (
            Some(&table.schema),
            check(table, &format!("\n{text}\n")),
            of_check.to_owned(),
        ),
        Subject::Operand(table) => (
            Some(&table.schema),
            check(table, &format!("(\n{text}\n) IS NOT NULL")),
            of_check.to_owned(),
        ),
        Subject::Policy(table) => (
            Some(&table.schema),
            format!(
                "{}; CREATE POLICY segue_printed ON {} USING (\n{text}\n)",
                copy(table),
                temporary(table)
            ),
            "SELECT pg_catalog.pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy \
             WHERE polname = 'segue_printed'"
                .to_owned(),
        ),
        Subject::Rows(table) => (Some(&table.schema), trigger(table, text), of_trigger()),
        Subject::Default(table, column) => (
            Some(&table.schema),
            format!(
                "{}; ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {text}",
                copy(table),
                temporary(table),
                identifier(column)
            ),
            of_default(column),
        ),
        Subject::Generated(table, column) => (
            Some(&table.schema),
            generated(table, column, text),
            of_default("segue_printed"),
        ),
        Subject::Value(data_type) => (
            None,
            format!("CREATE TEMP TABLE segue_printed (segue_printed {data_type} DEFAULT {text})"),
            of_default("segue_printed"),
        ),
        Subject::Domain(base) => (
            None,
            format!(
                "CREATE DOMAIN pg_temp.segue_printed AS {base} CONSTRAINT segue_printed CHECK (\n{text}\n)"
            ),
            "SELECT pg_catalog.pg_get_expr(conbin, 0) FROM pg_catalog.pg_constraint \
             WHERE conname = 'segue_printed'"
                .to_owned(),
        ),
        Subject::Query(schema, columns) => (
            Some(schema),
            format!(
                "CREATE TEMP VIEW segue_printed{} AS {text}",
                column_list(columns)
            ),
            "SELECT pg_catalog.pg_get_viewdef('pg_temp.segue_printed'::pg_catalog.regclass)"
                .to_owned(),
        ),
        Subject::Bound(parent) => (
            Some(&parent.schema),
            bound(parent, text),
            "SELECT pg_catalog.pg_get_expr(relpartbound, oid) FROM pg_catalog.pg_class \
             WHERE oid = 'pg_temp.segue_printed'::pg_catalog.regclass"
                .to_owned(),
        ),
        Subject::Body(signature) => (
            Some(&signature.schema),
            routine(signature, text),
            "SELECT pg_catalog.pg_get_function_sqlbody(oid) FROM pg_catalog.pg_proc \
             WHERE proname = 'segue_printed' AND pronamespace = pg_catalog.pg_my_temp_schema()"
                .to_owned(),
        ),
    };
    // Temporary copies are found last, so that a query within the expression reads the table itself.
    let schema = schema.map(|schema| identifier(schema));
    let path: Vec<&str> = [schema.as_deref(), Some(path), Some("pg_temp")]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty() && *part != "\"\"")
        .collect();
    let path = literal(&path.join(", "));
    let setup = format!("SELECT pg_catalog.set_config('search_path', {path}, true); {setup}");
    (setup, ask)
}

/// A temporary copy of a table under its own name, so that `table.column` is found in it.
fn copy(table: &QName) -> String {
    format!("CREATE TEMP TABLE {} (LIKE {table})", temporary(table))
}

fn temporary(table: &QName) -> String {
    format!("pg_temp.{}", identifier(&table.name))
}

fn check(table: &QName, condition: &str) -> String {
    format!(
        "{}; ALTER TABLE {} ADD CONSTRAINT segue_printed CHECK ({condition})",
        copy(table),
        temporary(table)
    )
}

/// The new column has the type and collation of the one that is there already.
fn generated(table: &QName, column: &Name, text: &str) -> String {
    // Within a statement of `EXECUTE` a type cannot be computed, so the copy of the column is made by a query.
    format!(
        "{}; CREATE TEMP TABLE segue_type AS SELECT {} AS segue_type FROM {table} LIMIT 0; \
         DO $segue_do$ BEGIN EXECUTE (SELECT 'ALTER TABLE ' || {} || ' ADD COLUMN segue_printed ' \
         || pg_catalog.format_type(atttypid, atttypmod) || ' GENERATED ALWAYS AS (' || {} || ') STORED' \
         FROM pg_catalog.pg_attribute WHERE attrelid = 'pg_temp.segue_type'::pg_catalog.regclass AND attnum = 1); \
         END $segue_do$",
        copy(table),
        identifier(column),
        literal(&temporary(table)),
        literal(&format!("\n{text}\n"))
    )
}

/// After an UPDATE of a row both `old` and `new` are there.
fn trigger(table: &QName, text: &str) -> String {
    format!(
        "{}; CREATE FUNCTION pg_temp.segue_printed() RETURNS trigger LANGUAGE plpgsql \
         AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER segue_printed AFTER UPDATE ON {} FOR EACH ROW WHEN (\n{text}\n) \
         EXECUTE FUNCTION pg_temp.segue_printed()",
        copy(table),
        temporary(table)
    )
}

fn of_trigger() -> String {
    "SELECT pg_catalog.pg_get_triggerdef(oid) FROM pg_catalog.pg_trigger \
     WHERE tgname = 'segue_printed'"
        .to_owned()
}

/// A partition is not temporary unless its parent is.
fn bound(parent: &QName, text: &str) -> String {
    format!(
        "DO $segue_do$ BEGIN EXECUTE (SELECT 'CREATE TEMP TABLE segue_parent (LIKE ' || {} || ') PARTITION BY ' \
         || pg_catalog.pg_get_partkeydef({}::pg_catalog.regclass)); END $segue_do$; \
         CREATE TEMP TABLE segue_printed PARTITION OF pg_temp.segue_parent {text}",
        literal(&parent.to_string()),
        literal(&parent.to_string())
    )
}

fn routine(signature: &Signature, body: &str) -> String {
    let Signature {
        schema: _,
        kind,
        arguments,
        returns,
    } = signature;
    let returns = returns.as_ref().map(|returns| format!("RETURNS {returns}"));
    format!(
        "CREATE {kind} pg_temp.segue_printed({arguments}) {} LANGUAGE sql {body}",
        returns.unwrap_or_default()
    )
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
