//! What is read of a SQLite schema, on databases in memory.
#![cfg(feature = "sqlite")]

use std::{env, fs, path::Path, time::Duration};

use segue_catalog::{
    Disparity,
    sqlite::{Catalog, ConstraintKind, Name, TableKind, Text, compare, sql, tree},
};
use segue_db::{
    Session,
    sqlite::{self, Open},
};

async fn database(script: &str) -> Session {
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
    session.execute(script).await.expect("runs");
    session
}

async fn schema(script: &str) -> Catalog {
    let session = database(script).await;
    let catalog = sqlite::introspect(&session).await.expect("is read");
    session.close().await;
    catalog
}

const SHOP: &str = "
    CREATE TABLE \"Users\" (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        email VARCHAR(100) NOT NULL COLLATE NOCASE CONSTRAINT one_each UNIQUE ON CONFLICT IGNORE,
        born date DEFAULT (date('now')),
        name_length int AS (length(email)) STORED,
        [group] text DEFAULT 'it''s', -- why
        CONSTRAINT grown CHECK (length(email) > 3 AND born IS NOT NULL)
    );
    CREATE TABLE orders (
        shop int, number int, user int, note,
        PRIMARY KEY (shop, number DESC),
        FOREIGN KEY (user) REFERENCES \"Users\" (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
    ) WITHOUT ROWID;
    CREATE TABLE strict_one (a INT NOT NULL REFERENCES \"Users\", b ANY) STRICT;
    CREATE UNIQUE INDEX by_note ON orders (note COLLATE NOCASE, shop DESC);
    CREATE INDEX partial ON orders (user) WHERE note IS NOT NULL;
    CREATE INDEX expression ON orders (lower(note));
    CREATE VIEW names (e) AS SELECT email FROM \"Users\";
    CREATE TRIGGER gone AFTER DELETE ON \"Users\" BEGIN DELETE FROM orders WHERE user = old.id; SELECT 1; END;
    CREATE VIRTUAL TABLE texts USING fts5(title, body);
";

#[tokio::test]
async fn every_part_of_a_schema_is_read() {
    let catalog = schema(SHOP).await;
    let tables: Vec<&str> = catalog.tables.keys().map(Name::as_str).collect();
    assert_eq!(
        tables,
        ["orders", "strict_one", "texts", "Users"],
        "no shadow table, nothing of SQLite's own"
    );
    let users = &catalog.tables[&Name::new("users")];
    assert!(users.unparsed.is_none(), "{:?}", users.unparsed);
    assert!(users.columns[0].autoincrement);
    assert_eq!(users.columns[1].collation, Some(Name::new("nocase")));
    assert_eq!(users.columns[2].default, Some(Text::new("date('now')")));
    let generated = users.columns[3].generated.as_ref().expect("is generated");
    assert!(generated.stored);
    assert_eq!(generated.expression, Some(Text::new("length(email)")));
    assert!(users.constraints.iter().any(|found| {
        found.name == Some(Name::new("one_each")) && found.on_conflict.as_deref() == Some("IGNORE")
    }));
    let orders = &catalog.tables[&Name::new("orders")];
    assert!(orders.without_rowid && catalog.tables[&Name::new("strict_one")].strict);
    assert!(orders.constraints.iter().any(|found| match &found.kind {
        ConstraintKind::ForeignKey(key) => key.deferred && key.on_delete == "SET NULL",
        _ => false,
    }));
    assert!(matches!(
        &catalog.tables[&Name::new("texts")].kind,
        TableKind::Virtual(_)
    ));
    assert_eq!(catalog.indexes.len(), 3);
    assert!(catalog.indexes[&Name::new("by_note")].definition.is_none());
    assert!(catalog.indexes[&Name::new("partial")].definition.is_some());
    assert_eq!(catalog.views[&Name::new("names")].columns, [Name::new("e")]);
    assert_eq!(catalog.triggers.len(), 1);
}

#[tokio::test]
async fn the_statements_make_the_same_schema_again() {
    let first = schema(SHOP).await;
    let second = schema(&sql(&first)).await;
    assert_eq!(compare(&first, &second), []);
    assert_eq!(first, second);
}

#[tokio::test]
async fn the_tree_has_every_object_with_what_makes_it() {
    let tree = tree(&schema(SHOP).await);
    let text = serde_json::to_string(&tree).expect("is JSON");
    for part in [
        "4 tables",
        "without rowid",
        "generated as (length(email))",
        "FOREIGN KEY (user) REFERENCES Users (id) ON DELETE SET NULL",
        "PRIMARY KEY (shop, number DESC)",
        "unique (note COLLATE NOCASE, shop DESC)",
        "virtual, using fts5(title, body)",
        "1 trigger",
        "1 view",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn the_way_to_a_schema_does_not_matter() {
    let by_steps = schema(
        "CREATE TABLE a (id integer primary key, old text);
         ALTER TABLE a RENAME COLUMN old TO new;
         ALTER TABLE a ADD COLUMN more INT NOT NULL DEFAULT 0 CHECK (more >= 0);
         CREATE INDEX i ON a(new);
         ALTER TABLE a RENAME TO b;",
    )
    .await;
    let at_once = schema(
        "CREATE TABLE B (Id INTEGER PRIMARY KEY, new TEXT, more int DEFAULT 0 not null, check(more>=0));
         CREATE INDEX I ON b (new)",
    )
    .await;
    assert_eq!(compare(&by_steps, &at_once), []);
}

#[tokio::test]
async fn every_difference_is_told() {
    for (other, object, property) in [
        ("CREATE TABLE t (a INT, b TEXT)", "column t.c", None),
        (
            "CREATE TABLE t (a INT, c TEXT, b TEXT NOT NULL)",
            "column t.b",
            Some("NOT NULL"),
        ),
        (
            "CREATE TABLE t (a INT, c TEXT, b VARCHAR)",
            "column t.b",
            Some("type"),
        ),
        (
            "CREATE TABLE t (a INT DEFAULT 1, c TEXT, b TEXT)",
            "column t.a",
            Some("default"),
        ),
        (
            "CREATE TABLE t (c TEXT, a INT, b TEXT)",
            "table t",
            Some("order of columns"),
        ),
        (
            "CREATE TABLE t (a INT, c TEXT, b TEXT) STRICT",
            "table t",
            Some("STRICT"),
        ),
        (
            "CREATE TABLE t (a INT UNIQUE, c TEXT, b TEXT)",
            "constraint UNIQUE (a) on t",
            None,
        ),
        (
            "CREATE TABLE t (a INT, c TEXT COLLATE nocase, b TEXT)",
            "column t.c",
            Some("collation"),
        ),
    ] {
        let first = schema("CREATE TABLE t (a INT, c TEXT, b TEXT)").await;
        let found = compare(&first, &schema(other).await);
        let [difference] = found.as_slice() else {
            panic!("{other}: {found:?}");
        };
        assert_eq!(difference.object, object, "{other}");
        match &difference.disparity {
            Disparity::Changed {
                property: found, ..
            } => assert_eq!(Some(*found), property),
            _ => assert_eq!(property, None, "{other}"),
        }
    }
}

#[tokio::test]
async fn a_statement_that_cannot_be_taken_apart_is_kept_and_compared_as_text() {
    let of = |check: &str| format!("CREATE TABLE t (a INT, UNIQUE (a) ON CONFLICT {check})");
    let (first, second) = (schema(&of("REPLACE")).await, schema(&of("FAIL")).await);
    let table = &first.tables[&Name::new("t")];
    assert!(
        table.unparsed.is_some(),
        "then this test needs another statement"
    );
    assert_eq!(table.constraints.len(), 1, "what the pragmas tell is there");
    assert_eq!(compare(&first, &second).len(), 1);
    assert_eq!(compare(&first, &schema(&of("replace")).await), []);
}

/// The files of a folder of the corpus, in the order of their numbers; none where the tests run without it.
fn history(folder: &str) -> Vec<String> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return Vec::new();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = env::var_os("SEGUE_CORPUS").unwrap_or_else(|| "../shared/corpus".into());
    let files = fs::read_dir(workspace.join(corpus).join(folder)).expect("the corpus has it");
    let mut files: Vec<_> = files.map(|file| file.expect("is read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let read = |file| fs::read_to_string(file).expect("is text");
    files.iter().map(read).collect()
}

#[tokio::test]
async fn after_every_migration_of_real_histories_everything_is_modelled_and_can_be_made_again() {
    for folder in [
        "homarr-drizzle/sqlite",
        "conductor-flyway/sqlite/migration_sqlite",
    ] {
        let session = database("").await;
        for migration in history(folder) {
            // As their tools run them: some files end the transaction and begin another.
            let transaction = format!("BEGIN; {migration}; COMMIT;");
            session.execute(&transaction).await.expect("runs");
            let catalog = sqlite::introspect(&session).await.expect("is read");
            for (name, table) in &catalog.tables {
                assert!(
                    table.unparsed.is_none(),
                    "{folder}: {name}: {:?}",
                    table.unparsed
                );
            }
            let again = schema(&sql(&catalog)).await;
            assert_eq!(compare(&catalog, &again), [], "{folder}");
        }
        session.close().await;
    }
}
