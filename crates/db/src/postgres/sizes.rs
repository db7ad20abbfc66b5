//! How large the tables of a database are, and who uses them: what lint and plans go by.

use crate::{Row, ServerError, Session};

/// What a database says of its sizes and settings at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sizes {
    /// When, in RFC 3339.
    pub taken_at: String,
    /// `server_version_num`.
    pub server_version: Option<u32>,
    /// Plain tables, and partitioned ones with what their partitions have together.
    pub tables: Vec<TableSize>,
    /// All indexes of them.
    pub indexes: Vec<IndexSize>,
    /// Settings by name.
    pub settings: Vec<(String, String)>,
    /// Extensions: name, installed version, the newest that the server has.
    pub extensions: Vec<(String, Option<String>, Option<String>)>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableSize {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Rows as the server estimates them; none where it has never looked.
    pub rows: Option<u64>,
    /// Bytes, with indexes and TOAST.
    pub bytes: Option<u64>,
    /// Scans since the statistics were reset.
    pub reads: Option<u64>,
    /// Rows written since then.
    pub writes: Option<u64>,
}

/// An index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexSize {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Whether a build of it failed.
    pub invalid: bool,
    /// Scans since the statistics were reset.
    pub scans: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
}

/// Sizes are asked for under a lock of each table, which may be held up: not for long.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                     SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '60s'";

/// Not the server's own, and no temporary ones.
const OURS: &str = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

/// `reltuples` is -1 where nobody has looked (catalog-pg-class.html): then the statistics may know. A file without a page
/// has no rows.
fn tables() -> String {
    format!(
        "WITH stats AS MATERIALIZED (SELECT * FROM pg_stat_user_tables) \
         SELECT n.nspname, c.relname, sums.rows::bigint, sums.bytes::bigint, sums.reads::bigint, sums.writes::bigint \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL ( \
           SELECT CASE WHEN bool_and(part.rows IS NOT NULL) OR count(*) = 0 THEN coalesce(sum(part.rows), 0) END AS rows, \
             coalesce(sum(part.bytes), 0) AS bytes, coalesce(sum(part.reads), 0) AS reads, coalesce(sum(part.writes), 0) AS writes \
           FROM ( \
             SELECT CASE WHEN pg_relation_size(p.oid) = 0 THEN 0 \
                 WHEN p.reltuples > 0 THEN p.reltuples WHEN s.n_live_tup > 0 THEN s.n_live_tup \
                 WHEN p.reltuples = 0 THEN 0 END AS rows, \
               pg_total_relation_size(p.oid) AS bytes, s.seq_scan + coalesce(s.idx_scan, 0) AS reads, \
               s.n_tup_ins + s.n_tup_upd + s.n_tup_del AS writes \
             FROM pg_class p LEFT JOIN stats s ON s.relid = p.oid \
             WHERE CASE c.relkind WHEN 'p' THEN p.relkind = 'r' AND p.oid IN (SELECT relid FROM pg_partition_tree(c.oid)) \
               ELSE p.oid = c.oid END \
           ) part \
         ) sums \
         WHERE c.relkind IN ('r', 'p') AND {OURS} ORDER BY 1, 2"
    )
}

fn indexes() -> String {
    format!(
        "SELECT n.nspname, c.relname, (NOT i.indisvalid)::int, \
           CASE c.relkind WHEN 'i' THEN coalesce(s.idx_scan, 0) END, pg_relation_size(c.oid) \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = c.oid WHERE {OURS} ORDER BY 1, 2"
    )
}

const SETTINGS: &str = "SELECT name, setting FROM pg_settings WHERE name IN ('TimeZone', 'DateStyle', 'IntervalStyle', 'bytea_output', 'extra_float_digits', 'wal_level', 'lock_timeout', \
     'statement_timeout', 'deadlock_timeout', 'max_connections', 'max_locks_per_transaction', 'maintenance_work_mem', \
     'idle_in_transaction_session_timeout', 'default_tablespace', 'default_table_access_method') ORDER BY 1";

const EXTENSIONS: &str = "SELECT e.extname, e.extversion, a.default_version FROM pg_extension e \
     LEFT JOIN pg_available_extensions a ON a.name = e.extname ORDER BY 1";

const MOMENT: &str = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), \
     current_setting('server_version_num')";

/// Asks a PostgreSQL server, in a transaction that only reads.
///
/// # Errors
/// What the server refused; a table that somebody keeps locked.
pub async fn sizes(session: &Session) -> Result<Sizes, ServerError> {
    session.execute(BEGIN).await?;
    let asked = asked(session).await;
    let ended = session.execute("ROLLBACK").await;
    let sizes = asked?;
    ended.map(|_| sizes)
}

async fn asked(session: &Session) -> Result<Sizes, ServerError> {
    let moment = session.rows(MOMENT).await?.into_iter().next();
    let mut moment = moment.unwrap_or_default().into_iter();
    let taken_at = moment.next().flatten().unwrap_or_default();
    let server_version = number(moment.next().flatten().as_ref());
    let tables = session.rows(&tables()).await?.iter().map(table).collect();
    let indexes = session.rows(&indexes()).await?.iter().map(index).collect();
    let settings = session.rows(SETTINGS).await?;
    let extensions = session.rows(EXTENSIONS).await?;
    Ok(Sizes {
        taken_at,
        server_version,
        tables,
        indexes,
        settings: settings
            .iter()
            .map(|row| (text(row, 0), text(row, 1)))
            .collect(),
        extensions: extensions
            .into_iter()
            .map(|mut row| {
                row.resize(3, None);
                let newest = row.pop().flatten();
                let version = row.pop().flatten();
                (text(&row, 0), version, newest)
            })
            .collect(),
    })
}

fn table(row: &Row) -> TableSize {
    TableSize {
        schema: text(row, 0),
        name: text(row, 1),
        rows: cell(row, 2),
        bytes: cell(row, 3),
        reads: cell(row, 4),
        writes: cell(row, 5),
    }
}

fn index(row: &Row) -> IndexSize {
    IndexSize {
        schema: text(row, 0),
        name: text(row, 1),
        invalid: cell(row, 2) == Some(1_u64),
        scans: cell(row, 3),
        bytes: cell(row, 4),
    }
}

fn text(row: &Row, at: usize) -> String {
    row.get(at).cloned().flatten().unwrap_or_default()
}

fn cell(row: &Row, at: usize) -> Option<u64> {
    number(row.get(at)?.as_ref())
}

fn number<N: std::str::FromStr>(text: Option<&String>) -> Option<N> {
    text?.parse().ok()
}
