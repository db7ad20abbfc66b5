//! What a database says of itself, in one round trip, before anything is decided.

use crate::{
    Facts, Place, ReadOnly, ServerError, Session,
    facts::{found, wanted_schema, wanted_table},
    history::{Format, POSTGRES},
    literal,
};

/// How many columns [`own_query`] has: more than the other queries.
const OWN: usize = 9;

/// What there is to know of the session and its database; last whether any of its schemas has a table of the user's.
fn own_query(histories: &[String]) -> String {
    format!(
        "SELECT current_database(), current_schema(), current_user, \
         current_setting('server_version_num'), pg_is_in_recovery(), \
         current_setting('default_transaction_read_only'), pg_backend_pid(), \
         to_regclass('segue.settings') IS NOT NULL, \
         EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
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

/// One row per history table that is there: its layout, schema, name, comment.
fn histories_query(place: &Place) -> String {
    let selects: Vec<String> = POSTGRES.iter().map(|f| history_query(f, place)).collect();
    selects.join(" UNION ALL ")
}

/// A table's comment. Where the role may not read comments it is as if there were none: what segue keeps there spares it
/// a question, and no more.
const COMMENT: &str = "CASE WHEN has_table_privilege('pg_catalog.pg_description', 'SELECT') \
     THEN coalesce(obj_description(c.oid, 'pg_class'), '') ELSE '' END";

fn history_query(format: &Format, place: &Place) -> String {
    let table = wanted_table(format, place);
    let regclass = match wanted_schema(format, place) {
        Some(schema) => format!("{}.{}", crate::identifier(schema), crate::identifier(table)),
        None => crate::identifier(table),
    };
    let column = |name: &str| {
        format!(
            "EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid \
             AND a.attname = {} AND NOT a.attisdropped)",
            literal(name)
        )
    };
    let mut query = format!(
        "SELECT {}, n.nspname, c.relname, {COMMENT} FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass({})",
        literal(format.layout.name),
        literal(&regclass)
    );
    if let Some(name) = format.marked_by {
        query = format!("{query} AND {}", column(name));
    }
    if let Some(name) = format.unmarked_by {
        query = format!("{query} AND NOT {}", column(name));
    }
    query
}

/// Asks the database.
///
/// # Errors
/// What the server refused, or that it is gone.
pub(crate) async fn facts(session: &Session, place: &Place) -> Result<Facts, ServerError> {
    let names: Vec<String> = POSTGRES
        .iter()
        .map(|format| literal(wanted_table(format, place)))
        .collect();
    let queries = [
        own_query(&names),
        histories_query(place),
        objects_query(&names),
    ];
    let rows = session.rows(&queries.join("; ")).await?;
    let (own, rest): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.len() == OWN);
    let (histories, objects): (Vec<_>, Vec<_>) = rest.into_iter().partition(|row| row.len() == 4);
    let row: Vec<Option<String>> = own.into_iter().next().unwrap_or_default();
    let text = |column: usize| row.get(column).cloned().flatten();
    let read_only = match (text(4).as_deref(), text(5).as_deref()) {
        (Some("t"), _) => Some(ReadOnly::Standby),
        (_, Some("on")) => Some(ReadOnly::Setting),
        _ => None,
    };
    // What is in another schema does not count where the wanted one is not there yet: nothing of the project's is.
    let wanted = place.default_schema.as_ref();
    let counts = wanted.is_none_or(|wanted| text(1).as_ref() == Some(wanted));
    Ok(Facts {
        user: text(2).unwrap_or_default(),
        database: text(0).unwrap_or_default(),
        schema: text(1),
        version: text(3).and_then(|v| v.parse().ok()).unwrap_or_default(),
        read_only,
        pid: text(6).unwrap_or_default(),
        histories: histories
            .iter()
            .filter_map(|row| found(row, POSTGRES))
            .collect(),
        has_own_schema: text(7).as_deref() == Some("t"),
        has_tables: counts && text(8).as_deref() == Some("t"),
        objects: objects
            .into_iter()
            .filter(|_| counts)
            .flatten()
            .flatten()
            .collect(),
    })
}

/// The database's name, and the first schema of the search path that is there.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn whereabouts(session: &Session) -> Result<(String, Option<String>), ServerError> {
    let rows = session
        .rows("SELECT current_database(), current_schema()")
        .await?;
    let mut row = rows.into_iter().next().unwrap_or_default().into_iter();
    let database = row.next().flatten().unwrap_or_default();
    Ok((database, row.next().flatten()))
}

/// The search path as SQL without its `"$user"`, for a user called like segue's own schema; `None`: the
/// server's default is good.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn safe_path(session: &Session) -> Result<Option<String>, ServerError> {
    let rows = session
        .rows("SELECT current_user, current_setting('search_path')")
        .await?;
    Ok(match rows.first().map(Vec::as_slice) {
        Some([Some(user), Some(path)]) if user == "segue" => Some(without_user(path)),
        _ => None,
    })
}

fn without_user(path: &str) -> String {
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
