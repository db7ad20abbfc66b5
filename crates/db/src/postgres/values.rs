//! What the server's statistics prove of the values in columns. They were true when a table was analysed; what has been
//! written since, nobody knows.

use crate::{Row, ServerError, Session};

/// How many of a column's values are asked for.
const VALUES: usize = 20;

/// What stands between values in an answer; values that have it in them are left out.
const SEPARATOR: char = '\u{1f}';

/// A column of which something is proven.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenColumn {
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// When the table was analysed, in RFC 3339; none where the server no longer knows.
    pub analysed_at: Option<String>,
    /// Whether a row held NULL.
    pub nulls: bool,
    /// Whether several rows held the same value.
    pub repeated: bool,
    /// Some whole numbers that were there.
    pub numbers: Vec<i64>,
    /// Some texts that were there.
    pub texts: Vec<String>,
}

/// Of one table alone; of a partitioned one, of all its partitions.
///
/// `null_frac` is the share of NULLs among the rows that were looked at: it is above zero only where there was one. Of a type
/// that can be sorted the list of most common values has only those that were seen more than once (`compute_scalar_stats`,
/// src/backend/commands/analyze.c); of others also what was seen once, so that they are left out. `n_distinct` is an
/// estimate, and proves nothing.
fn columns() -> String {
    format!(
        "SELECT n.nspname, c.relname, s.attname, \
           to_char(greatest(u.last_analyze, u.last_autoanalyze) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), \
           (s.null_frac > 0)::int, (s.most_common_vals IS NOT NULL AND sorted.yes)::int, \
           CASE WHEN a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN common.list END, \
           CASE WHEN a.atttypid IN ('text'::regtype, 'varchar'::regtype) THEN common.list END \
         FROM pg_stats s JOIN pg_namespace n ON n.nspname = s.schemaname \
         JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname \
         LEFT JOIN pg_stat_user_tables u ON u.relid = c.oid \
         CROSS JOIN LATERAL (SELECT a.atttypid = 'varchar'::regtype OR EXISTS ( \
           SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod \
           WHERE m.amname = 'btree' AND o.opcdefault AND o.opcintype = a.atttypid) AS yes) sorted \
         CROSS JOIN LATERAL (SELECT string_agg(value, chr(31)) AS list \
           FROM unnest((s.most_common_vals::text::text[])[1:{VALUES}]) value WHERE strpos(value, chr(31)) = 0) common \
         WHERE c.relkind IN ('r', 'p') AND s.inherited = (c.relkind = 'p') \
           AND (s.null_frac > 0 OR s.most_common_vals IS NOT NULL) \
           AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' ORDER BY 1, 2, 3"
    )
}

/// Asks a PostgreSQL server. Only tables are told of that the role may read.
///
/// # Errors
/// What the server refused.
pub async fn seen_columns(session: &Session) -> Result<Vec<SeenColumn>, ServerError> {
    Ok(session.rows(&columns()).await?.iter().map(seen).collect())
}

fn seen(row: &Row) -> SeenColumn {
    let cell = |at: usize| row.get(at).cloned().flatten();
    let text = |at: usize| cell(at).unwrap_or_default();
    let list = |at: usize| -> Vec<String> {
        let list = cell(at).map(|list| list.split(SEPARATOR).map(str::to_owned).collect());
        list.unwrap_or_default()
    };
    let numbers = list(6).into_iter();
    SeenColumn {
        schema: text(0),
        table: text(1),
        column: text(2),
        analysed_at: cell(3),
        nulls: text(4) == "1",
        repeated: text(5) == "1",
        numbers: numbers.filter_map(|text| text.parse().ok()).collect(),
        texts: list(7),
    }
}
