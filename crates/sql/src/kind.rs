//! What kind a statement is, as far as running it is concerned: whether it controls a transaction,
//! whether it must stay out of one, whether data follows it. What it does to a schema is not asked here.
//!
//! The kind is read from a statement's leading words, not from a syntax tree: it must also be right for
//! syntax that is newer than our parser, and a word list is what PostgreSQL's own clients go by.

/// How a statement has to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Anything that may run inside a transaction.
    Plain,
    /// `BEGIN` or `START TRANSACTION`.
    Begin,
    /// `COMMIT` or `END`.
    Commit,
    /// `ROLLBACK` or `ABORT` of the whole transaction.
    Rollback,
    /// `PREPARE TRANSACTION`: hands the transaction to somebody else.
    PrepareTransaction,
    /// PostgreSQL refuses it inside a transaction block; the text names what it is.
    OutsideTransaction(&'static str),
    /// `COPY … FROM STDIN`; the data follow the statement in the file.
    CopyFromStdin,
    /// `CREATE EXTENSION` of this name.
    CreateExtension(String),
    /// SQLite's `PRAGMA foreign_keys`, on or off: it has an effect between transactions only.
    ForeignKeys(bool),
    /// What SQLite may do differently where foreign keys are enforced: a row or table goes, or a key changes.
    ActsOnForeignKeys,
    /// A line for psql, not for the server; the text is the command without its backslash.
    PsqlCommand(String),
}

/// How many words are enough to tell every kind apart; a cap because statements can be megabytes long.
pub(crate) const WORDS: usize = 24;

/// The kind of the statement that starts with these words (upper case, unquoted identifiers only).
pub(crate) fn of(words: &[String], last: Option<&str>) -> Kind {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["BEGIN", ..] | ["START", "TRANSACTION", ..] => Kind::Begin,
        ["COMMIT" | "ROLLBACK", "PREPARED", ..] => {
            Kind::OutsideTransaction("COMMIT or ROLLBACK PREPARED")
        }
        ["COMMIT" | "END", ..] => Kind::Commit,
        ["ROLLBACK", rest @ ..] if rest.contains(&"TO") => Kind::Plain,
        ["ROLLBACK" | "ABORT", ..] => Kind::Rollback,
        ["PREPARE", "TRANSACTION", ..] => Kind::PrepareTransaction,
        ["COPY", rest @ ..] if rest.windows(2).any(|pair| pair == ["FROM", "STDIN"]) => {
            Kind::CopyFromStdin
        }
        words => outside(words, last).map_or(Kind::Plain, Kind::OutsideTransaction),
    }
}

/// The statements that call `PreventInTransactionBlock` in PostgreSQL 14–18. Those for which it depends
/// on the object (REINDEX of a partitioned table, CALL of a committing procedure) are not here: only the
/// server knows.
fn outside(words: &[&str], last: Option<&str>) -> Option<&'static str> {
    let concurrently = words.iter().take(4).any(|w| *w == "CONCURRENTLY");
    match words {
        ["CREATE", "INDEX" | "UNIQUE", ..] if concurrently => Some("CREATE INDEX CONCURRENTLY"),
        ["DROP", "INDEX", "CONCURRENTLY", ..] => Some("DROP INDEX CONCURRENTLY"),
        ["REINDEX", rest @ ..] if rest.contains(&"CONCURRENTLY") => Some("REINDEX CONCURRENTLY"),
        ["REINDEX", rest @ ..]
            if rest
                .iter()
                .any(|w| matches!(*w, "SCHEMA" | "DATABASE" | "SYSTEM")) =>
        {
            Some("REINDEX of a schema or database")
        }
        ["ALTER", "TABLE", rest @ ..]
            if last == Some("CONCURRENTLY")
                && rest.windows(2).any(|pair| pair == ["DETACH", "PARTITION"]) =>
        {
            Some("DETACH PARTITION CONCURRENTLY")
        }
        ["VACUUM", ..] => Some("VACUUM"),
        ["CLUSTER"] | ["CLUSTER", "VERBOSE"] => Some("CLUSTER of every table"),
        ["CREATE" | "DROP", "DATABASE", ..] => Some("CREATE or DROP DATABASE"),
        ["CREATE" | "DROP", "TABLESPACE", ..] => Some("CREATE or DROP TABLESPACE"),
        ["ALTER", "DATABASE", rest @ ..]
            if rest.windows(2).any(|pair| pair == ["SET", "TABLESPACE"]) =>
        {
            Some("ALTER DATABASE SET TABLESPACE")
        }
        ["ALTER", "SYSTEM", ..] => Some("ALTER SYSTEM"),
        ["CREATE", "SUBSCRIPTION", ..] => Some("CREATE SUBSCRIPTION"),
        ["DROP", "SUBSCRIPTION", ..] => Some("DROP SUBSCRIPTION"),
        ["ALTER", "SUBSCRIPTION", rest @ ..]
            if rest.iter().any(|w| matches!(*w, "REFRESH" | "PUBLICATION")) =>
        {
            Some("ALTER SUBSCRIPTION")
        }
        ["DISCARD", "ALL"] => Some("DISCARD ALL"),
        _ => None,
    }
}
