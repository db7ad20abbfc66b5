//! The object that holds an expression while a server prints it: the statements that make it, and the query that asks.

use segue_catalog::{Name, QName};

use super::{Signature, Subject, ToPrint};
use crate::{identifier, literal};

/// The statements that make an object with the expression, and the query that asks for it.
pub(super) fn plan(expression: &ToPrint, path: &str) -> (String, String) {
    let subject = &expression.subject;
    // Temporary copies are found last, so that a query within the expression reads the table itself.
    let schema = schema_of(subject).map(|schema| identifier(schema));
    let path: Vec<&str> = [schema.as_deref(), Some(path), Some("pg_temp")]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty() && *part != "\"\"")
        .collect();
    let path = literal(&path.join(", "));
    let setup = setup(subject, &expression.text);
    let setup = format!("SELECT pg_catalog.set_config('search_path', {path}, true); {setup}");
    (setup, ask(subject))
}

/// Where names without schema are looked for first.
fn schema_of(subject: &Subject) -> Option<&Name> {
    match subject {
        Subject::Condition(table)
        | Subject::Operand(table)
        | Subject::Policy(table)
        | Subject::Rows(table)
        | Subject::Default(table, _)
        | Subject::Generated(table, _)
        | Subject::Bound(table) => Some(&table.schema),
        Subject::Query(schema, _) => Some(schema),
        Subject::Body(signature) => Some(&signature.schema),
        Subject::Value(_) | Subject::Domain(_) => None,
    }
}

/// The statements that make an object with the expression in it.
fn setup(subject: &Subject, text: &str) -> String {
    match subject {
        Subject::Condition(table) => check(table, &format!("\n{text}\n")),
        Subject::Operand(table) => check(table, &format!("(\n{text}\n) IS NOT NULL")),
        Subject::Policy(table) => format!(
            "{}; CREATE POLICY segue_printed ON {} USING (\n{text}\n)",
            copy(table),
            temporary(table)
        ),
        Subject::Rows(table) => trigger(table, text),
        Subject::Default(table, column) => format!(
            "{}; ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {text}",
            copy(table),
            temporary(table),
            identifier(column)
        ),
        Subject::Generated(table, column) => generated(table, column, text),
        Subject::Value(data_type) => {
            format!("CREATE TEMP TABLE segue_printed (segue_printed {data_type} DEFAULT {text})")
        }
        Subject::Domain(base) => format!(
            "CREATE DOMAIN pg_temp.segue_printed AS {base} CONSTRAINT segue_printed CHECK (\n{text}\n)"
        ),
        Subject::Query(_, columns) => format!(
            "CREATE TEMP VIEW segue_printed{} AS {text}",
            column_list(columns)
        ),
        Subject::Bound(parent) => bound(parent, text),
        Subject::Body(signature) => routine(signature, text),
    }
}

/// The query that asks the object for its expression.
fn ask(subject: &Subject) -> String {
    let ask = match subject {
        Subject::Condition(_) | Subject::Operand(_) => {
            "SELECT pg_catalog.pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint \
             WHERE conname = 'segue_printed'"
        }
        Subject::Policy(_) => {
            "SELECT pg_catalog.pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy \
             WHERE polname = 'segue_printed'"
        }
        Subject::Rows(_) => {
            "SELECT pg_catalog.pg_get_triggerdef(oid) FROM pg_catalog.pg_trigger \
             WHERE tgname = 'segue_printed'"
        }
        Subject::Default(_, column) => return ask_for_default(column),
        Subject::Generated(..) | Subject::Value(_) => return ask_for_default("segue_printed"),
        Subject::Domain(_) => {
            "SELECT pg_catalog.pg_get_expr(conbin, 0) FROM pg_catalog.pg_constraint \
             WHERE conname = 'segue_printed'"
        }
        Subject::Query(..) => {
            "SELECT pg_catalog.pg_get_viewdef('pg_temp.segue_printed'::pg_catalog.regclass)"
        }
        Subject::Bound(_) => {
            "SELECT pg_catalog.pg_get_expr(relpartbound, oid) FROM pg_catalog.pg_class \
             WHERE oid = 'pg_temp.segue_printed'::pg_catalog.regclass"
        }
        Subject::Body(_) => {
            "SELECT pg_catalog.pg_get_function_sqlbody(oid) FROM pg_catalog.pg_proc \
             WHERE proname = 'segue_printed' AND pronamespace = pg_catalog.pg_my_temp_schema()"
        }
    };
    ask.to_owned()
}

fn ask_for_default(column: &str) -> String {
    format!(
        "SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum \
         JOIN pg_catalog.pg_class c ON c.oid = d.adrelid \
         WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND a.attname = {}",
        literal(column)
    )
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

/// Names of columns in parentheses; nothing where there are none.
fn column_list(columns: &[Name]) -> String {
    let names: Vec<String> = columns.iter().map(Name::to_string).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" ({})", names.join(", ")),
    }
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
