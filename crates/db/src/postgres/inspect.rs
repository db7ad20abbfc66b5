//! What a database says of itself before anything is decided, asked in as few round trips as it takes.

use crate::{
    Contents, Facts, Found, Place, ReadOnly, Row, ServerError, Session,
    facts::{wanted_schema, wanted_table},
    history::{Format, POSTGRES, Table},
    identifier, literal, own,
};

/// What there is to know of the session and its database.
const OWN_QUERY: &str = "SELECT current_database(), current_schema(), current_user, \
     current_setting('server_version_num'), pg_is_in_recovery(), \
     current_setting('default_transaction_read_only'), pg_backend_pid(), \
     CASE WHEN has_schema_privilege(to_regnamespace('segue'), 'USAGE') THEN to_regclass('segue.settings') IS NOT NULL END, \
     CASE WHEN has_schema_privilege(to_regnamespace('segue'), 'USAGE') \
     THEN NOT has_table_privilege(to_regclass('segue.settings'), 'SELECT') ELSE to_regnamespace('segue') IS NOT NULL END";

/// Whether any schema has a table of the user's.
fn tables_query(histories: &[String]) -> String {
    format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'segue') \
         AND {})",
        of_the_user(histories)
    )
}

/// Whether the relation `c` is neither a history nor of an extension.
fn of_the_user(histories: &[String]) -> String {
    format!(
        "c.relname <> ALL (ARRAY[{}]) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass \
         AND d.objid = c.oid AND d.deptype = 'e')",
        histories.join(", ")
    )
}

/// Relations of the user's own in the first schema of the search path, as Prisma looks for them:
/// without the histories, and without what belongs to an extension.
fn objects_query(histories: &[String]) -> String {
    format!(
        "SELECT c.relname FROM pg_catalog.pg_class c \
         WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema()) \
         AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {} ORDER BY c.relname LIMIT 4",
        of_the_user(histories)
    )
}

/// One row per table that has the name of a history: the layout, its schema, its name.
///
/// Functions alone, and no table: a process of the server that was only just made reads each table of its catalog, and plans each
/// question to one, for the first time. A deploy that finds nothing to do waited for that longer than for all the rest.
fn names_query(place: &Place) -> String {
    let rows: Vec<String> = POSTGRES.iter().map(|f| name_row(f, place)).collect();
    let part = |field: &str| {
        format!(
            "(parse_ident((pg_identify_object('pg_catalog.pg_class'::regclass, w.table_, 0)).{field}))[1]"
        )
    };
    format!(
        "SELECT w.layout, {}, {} FROM (VALUES {}) w(layout, table_) WHERE w.table_ IS NOT NULL",
        part("schema"),
        part("name"),
        rows.join(", "),
    )
}

fn name_row(format: &Format, place: &Place) -> String {
    let table = wanted_table(format, place);
    let schema = wanted_schema(format, place);
    let name = match schema {
        Some(schema) => format!("{}.{}", crate::identifier(schema), crate::identifier(table)),
        None => crate::identifier(table),
    };
    let found = format!("to_regclass({})", literal(&name));
    // it fails where the schema may not be used; whoever needs segue's own is told of that
    let found = match schema {
        Some("segue") => format!(
            "CASE WHEN has_schema_privilege(to_regnamespace('segue'), 'USAGE') THEN {found} END"
        ),
        _ => found,
    };
    format!("({}, {found})", literal(format.layout.name))
}

/// Those that have the columns of their format, where tools use the same name.
async fn told_apart(session: &Session, found: Vec<Found>) -> Result<Vec<Found>, ServerError> {
    let marks = |found: &Found| [found.format.marked_by, found.format.unmarked_by];
    let is_marked = |found: &Found| marks(found).iter().flatten().next().is_some();
    if !found.iter().any(is_marked) {
        return Ok(found);
    }
    let questions: Vec<String> = found
        .iter()
        .flat_map(|found| marks(found).map(|column| has_column(&found.table, column)))
        .collect();
    let rows = session
        .rows(&format!("SELECT {}", questions.join(", ")))
        .await?;
    let answers = rows.into_iter().flatten();
    let answers: Vec<Option<String>> = answers.collect();
    let is_its_own = |answers: &[Option<String>]| match answers {
        [marked, unmarked] => marked.as_deref() != Some("f") && unmarked.as_deref() != Some("t"),
        _ => false,
    };
    let pairs = found.into_iter().zip(answers.chunks(2));
    let own = pairs.filter(|(_, answers)| is_its_own(answers));
    Ok(own.map(|(found, _)| found).collect())
}

/// Whether a table has a column; NULL where nobody wants to know.
fn has_column(table: &Table, column: Option<&str>) -> String {
    let Some(column) = column else {
        return "NULL".to_owned();
    };
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {}::regclass AND attname = {} AND NOT attisdropped)",
        literal(&table.quoted()),
        literal(column)
    )
}

/// The layout that segue deployed with to this history, and why. Where the role may not read comments it is as if there were none:
/// what segue keeps there spares it a question, and no more.
pub(crate) async fn kept_layout(
    session: &Session,
    table: &Table,
) -> Result<Option<(String, String)>, ServerError> {
    let sql = format!(
        "SELECT CASE WHEN has_table_privilege('pg_catalog.pg_description', 'SELECT') \
         THEN obj_description({}::regclass, 'pg_class') END",
        literal(&table.quoted())
    );
    let rows = session.rows(&sql).await?;
    let comment = rows.into_iter().flatten().flatten().next();
    Ok(comment.as_deref().and_then(own::kept_layout))
}

/// A row of [`names_query`].
fn found(row: &Row) -> Option<Found> {
    let [Some(layout), Some(schema), Some(name)] = row.as_slice() else {
        return None;
    };
    let mut formats = POSTGRES.iter().copied();
    Some(Found {
        format: formats.find(|format| format.layout.name == layout)?,
        table: Table {
            schema: schema.clone(),
            name: name.clone(),
        },
    })
}

/// Asks the database.
///
/// # Errors
/// What the server refused, or that it is gone.
pub(crate) async fn facts(session: &Session, place: &Place) -> Result<Facts, ServerError> {
    let queries = [OWN_QUERY, &names_query(place)];
    let rows = session.rows(&queries.join("; ")).await?;
    let mut rows = rows.into_iter();
    let row = rows.next().unwrap_or_default();
    let text = |column: usize| row.get(column).cloned().flatten();
    let read_only = match (text(4).as_deref(), text(5).as_deref()) {
        (Some("t"), _) => Some(ReadOnly::Standby),
        (_, Some("on")) => Some(ReadOnly::Setting),
        _ => None,
    };
    let own_is_closed = text(8).as_deref() == Some("t");
    Ok(Facts {
        user: text(2).unwrap_or_default(),
        database: text(0).unwrap_or_default(),
        schema: text(1),
        version: text(3).and_then(|v| v.parse().ok()).unwrap_or_default(),
        read_only,
        pid: text(6).unwrap_or_default(),
        histories: told_apart(session, rows.filter_map(|row| found(&row)).collect()).await?,
        has_own_schema: text(7).as_deref() == Some("t") || own_is_closed,
        own_is_closed,
    })
}

/// Looks into the database.
///
/// # Errors
/// What the server refused, or that it is gone.
pub(crate) async fn contents(
    session: &Session,
    facts: &Facts,
    place: &Place,
) -> Result<Contents, ServerError> {
    // What is in another schema does not count where the wanted one is not there yet: nothing of the project's is.
    let wanted = place.default_schema.as_ref();
    if wanted.is_some_and(|wanted| facts.schema.as_ref() != Some(wanted)) {
        return Ok(Contents {
            has_tables: false,
            objects: Vec::new(),
        });
    }
    let names: Vec<String> = POSTGRES
        .iter()
        .map(|format| literal(wanted_table(format, place)))
        .collect();
    let queries = [tables_query(&names), objects_query(&names)];
    let rows = session.rows(&queries.join("; ")).await?;
    let mut values = rows.into_iter().flatten().flatten();
    Ok(Contents {
        has_tables: values.next().as_deref() == Some("t"),
        objects: values.collect(),
    })
}

/// The database's name, and the first schema of the search path that is there.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn whereabouts(session: &Session) -> Result<(String, Option<String>), ServerError> {
    let rows = session
        .rows("SELECT pg_catalog.current_database(), pg_catalog.current_schema()")
        .await?;
    let mut row = rows.into_iter().next().unwrap_or_default().into_iter();
    let database = row.next().flatten().unwrap_or_default();
    Ok((database, row.next().flatten()))
}

/// The schema of the table of this name that the search path leads to.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn schema_of(session: &Session, table: &str) -> Result<Option<String>, ServerError> {
    let sql = format!(
        "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid = pg_catalog.to_regclass({})",
        literal(&identifier(table))
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().flatten().flatten().next())
}

/// The user, and the search path that the server gives its sessions, as SQL.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn search_path(session: &Session) -> Result<(String, String), ServerError> {
    let rows = session
        .rows("SELECT current_user, pg_catalog.current_setting('search_path')")
        .await?;
    let mut row = rows.into_iter().next().unwrap_or_default().into_iter();
    let user = row.next().flatten().unwrap_or_default();
    Ok((user, row.next().flatten().unwrap_or_default()))
}

/// A search path as SQL without its `"$user"`, for a user called like segue's own schema.
pub fn without_user(path: &str) -> String {
    let rest: Vec<&str> = path
        .split(',')
        .map(str::trim)
        .filter(|schema| *schema != "\"$user\"")
        .collect();
    if rest.is_empty() {
        "public".to_owned()
    } else {
        rest.join(", ")
    }
}
