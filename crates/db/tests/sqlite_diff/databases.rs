//! Databases in memory, and what has to hold of each after a diff was run on it.

use std::time::Duration;

use segue_catalog::{
    diff::Action,
    sqlite::{
        Catalog, Column, Difference, Name, compare, diff,
        diff::{Diff, Frame, Options},
        sql,
    },
};
use segue_db::{
    Row, Session, identifier,
    sqlite::{self, Open},
};

/// A database in memory, with foreign keys enforced, in which this has run.
pub(crate) async fn database(script: &str) -> Session {
    let location = sqlite::read("sqlite::memory:").expect("a URL of SQLite's");
    let open = Open {
        create: true,
        makes_folder: false,
        foreign_keys: true,
        busy: Duration::ZERO,
        patience: Duration::ZERO,
    };
    let session = sqlite::Session::open(&location, open);
    let session = Session::Sqlite(session.await.expect("opens"));
    session.execute(script).await.expect(script);
    session
}

pub(crate) async fn read(session: &Session) -> Catalog {
    sqlite::introspect(session).await.expect("is read")
}

pub(crate) async fn schema(script: &str) -> Catalog {
    let session = database(script).await;
    let catalog = read(&session).await;
    session.close().await;
    catalog
}

pub(crate) async fn rows(session: &Session, sql: &str) -> Vec<Row> {
    session.rows(sql).await.expect(sql)
}

/// The values of a query, as text: fields by commas, rows by semicolons.
pub(crate) async fn values(session: &Session, sql: &str) -> String {
    let rows = rows(session, sql).await;
    let row = |row: &Row| {
        let fields = row
            .iter()
            .map(|field| field.as_deref().unwrap_or("NULL").to_owned());
        fields.collect::<Vec<_>>().join(",")
    };
    rows.iter().map(row).collect::<Vec<_>>().join(";")
}

/// What is done, in short.
pub(crate) fn summary(diff: &Diff) -> String {
    let word = |action| match action {
        Action::Create => "create",
        Action::Alter => "alter",
        Action::Drop => "drop",
        Action::Recreate => "recreate",
        Action::Rename => "rename",
    };
    let changes = diff.changes.iter();
    let changes = changes.map(|change| format!("{} {}", word(change.action), change.object));
    changes.collect::<Vec<_>>().join(", ")
}

/// The statements as somebody runs them who does what the frame says.
pub(crate) fn as_run(diff: &Diff, frame: Frame) -> String {
    let script = diff.script(frame).join("\n");
    match frame {
        Frame::Script => script,
        Frame::Within => format!("BEGIN; {script} COMMIT;"),
        Frame::Deploy | Frame::Bare => {
            format!("PRAGMA foreign_keys = OFF; BEGIN; {script} COMMIT; PRAGMA foreign_keys = ON;")
        }
    }
}

/// Runs a diff, and looks at everything that has to hold after it.
pub(crate) async fn carry_out(
    session: &Session,
    to: &Catalog,
    options: &Options,
    frame: Frame,
) -> Diff {
    let from = read(session).await;
    let found = diff(&from, to, options);
    let kept = kept(session, &from, to, &found).await;
    let script = as_run(&found, frame);
    let ran = session.execute(&script).await;
    ran.unwrap_or_else(|error| panic!("{error:?}\n{script}"));
    let after = read(session).await;
    assert_eq!(differences(&after, to, options), [], "{script}");
    assert_eq!(diff(&after, to, options), Diff::default(), "{script}");
    for (query, before) in kept {
        assert_eq!(values(session, &query).await, before, "{query}\n{script}");
    }
    if found.keys.is_none_or(|keys| keys.after) {
        assert_eq!(
            values(session, "PRAGMA foreign_key_check").await,
            "",
            "{script}"
        );
    }
    for (question, answer) in [
        ("PRAGMA integrity_check", "ok"),
        ("PRAGMA foreign_keys", "1"),
        ("PRAGMA legacy_alter_table", "0"),
        ("SELECT count(*) FROM sqlite_temp_schema", "0"),
    ] {
        assert_eq!(
            values(session, question).await,
            answer,
            "{question}\n{script}"
        );
    }
    found
}

/// A database with this schema and two rows in every table, whose values are all the same number: so every foreign
/// key has its row.
pub(crate) async fn with_rows(catalog: &Catalog) -> Session {
    let session = database(&sql(catalog)).await;
    let mut script = "BEGIN; PRAGMA defer_foreign_keys = ON;".to_owned();
    for (name, table) in &catalog.tables {
        for number in ["1", "2"] {
            let columns = table.columns.iter();
            let columns = columns.filter(|column| column.generated.is_none());
            let columns: Vec<String> = columns.map(|column| quoted(&column.name)).collect();
            let values = vec![number; columns.len()].join(", ");
            let columns = columns.join(", ");
            let table = quoted(name);
            script += &format!("INSERT INTO {table} ({columns}) VALUES ({values});");
        }
    }
    script += "COMMIT;";
    session.execute(&script).await.expect(&script);
    session
}

/// In what two schemas differ, as far as the options let it count.
pub(crate) fn differences(first: &Catalog, second: &Catalog, options: &Options) -> Vec<Difference> {
    let mut found = compare(first, second);
    found.retain(|difference| options.column_order || !difference.is_order_of_columns());
    found
}

/// Queries for what both schemas have, and their answers before.
async fn kept(
    session: &Session,
    from: &Catalog,
    to: &Catalog,
    diff: &Diff,
) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    for (name, table) in &from.tables {
        let is_lost = diff
            .changes
            .iter()
            .any(|change| change.loses.as_deref() == Some(&format!("all rows of `{name}`")));
        let Some(other) = to.tables.get(name).filter(|_| !is_lost) else {
            continue;
        };
        let is_kept = |column: &&Column| {
            let mut others = other.columns.iter();
            let other = others.find(|other| other.name == column.name);
            let is_computed = |column: &Column| column.generated.is_some();
            !is_computed(column) && other.is_some_and(|other| !is_computed(other))
        };
        let columns = table.columns.iter().filter(is_kept);
        let columns: Vec<String> = columns.map(|column| quoted(&column.name)).collect();
        if !columns.is_empty() {
            let columns = columns.join(", ");
            let query = format!("SELECT {columns} FROM {} ORDER BY {columns}", quoted(name));
            let answer = values(session, &query).await;
            kept.push((query, answer));
        }
    }
    kept
}

fn quoted(name: &Name) -> String {
    identifier(name.as_str())
}
