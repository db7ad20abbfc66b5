//! The main job on the embedded PostgreSQL: real histories give the schema that they give on a server
//! that runs the same files, and a second deploy finds nothing to do.
#![cfg(feature = "embedded")]

use std::{
    env,
    path::{Path, PathBuf},
};

use segue::{Connected, Migrator};
use segue_cluster::Cluster;
use segue_embedded::Embedded;
use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

/// What a schema consists of, in texts that do not depend on the server's version.
const SCHEMA: &str = r"
SELECT format('column %s.%s.%s %s %s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm')
AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'segue', 'drizzle') AND c.relname NOT LIKE '\_%'
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes
WHERE schemaname NOT IN ('pg_catalog', 'segue', 'drizzle') AND tablename NOT LIKE '\_%'
UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype <> 'n' AND conrelid <> 0
AND connamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema', 'segue', 'drizzle'))
AND conrelid::regclass::text NOT LIKE '\_%'
UNION ALL SELECT format('enum %s %s', enumtypid::regtype, string_agg(enumlabel, ',' ORDER BY enumsortorder))
FROM pg_enum GROUP BY enumtypid
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT format('extension %s', extname) FROM pg_extension WHERE extname <> 'plpgsql'
ORDER BY 1";

async fn schema(config: &Config) -> Vec<String> {
    let (client, connection) = config.connect(NoTls).await.expect("connects");
    let task = tokio::spawn(connection);
    let messages = client.simple_query(SCHEMA).await.expect("the query runs");
    drop(client);
    let _ = task.await;
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect()
}

fn corpus(name: &str) -> Option<PathBuf> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return None;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = env::var("SEGUE_CORPUS").unwrap_or_else(|_| "../shared/corpus".to_owned());
    Some(root.join(corpus).join(name))
}

async fn is_up_to_date(connected: &Connected) -> bool {
    let (_, opened) = connected.history().await.expect("the history is read");
    connected.status(&opened).is_up_to_date()
}

async fn same_as_on_a_server(name: &str) {
    let (Some(corpus), Some(cluster)) = (corpus(name), Cluster::for_test()) else {
        return;
    };
    let data = tempfile::tempdir().expect("a temporary folder");
    let folder = data.path().join("postgres");
    let embedded = Migrator::new()
        .dir(&corpus)
        .url(format!("embedded:{}", folder.display()));
    let first = embedded.deploy().await.unwrap_or_else(|f| panic!("{f}"));
    assert!(!first.applied.is_empty());
    let second = embedded.deploy().await.unwrap_or_else(|f| panic!("{f}"));
    assert!(second.up_to_date && second.applied.is_empty());
    let connected = embedded.connect(&mut |_| {}).await.expect("connects");
    assert!(is_up_to_date(&connected).await);
    connected.close().await;

    let url = cluster.create_database().expect("a database");
    let server = Migrator::new().dir(&corpus).url(&url);
    server.deploy().await.unwrap_or_else(|f| panic!("{f}"));

    let opened = Embedded::open(&folder, &[]).expect("opens again");
    let endpoint = opened.endpoint();
    let mut config = Config::new();
    config
        .host(&endpoint.host)
        .port(endpoint.port)
        .user(&endpoint.user)
        .dbname(&endpoint.dbname);
    let here = schema(&config).await;
    let there = schema(&url.parse().expect("a URL")).await;
    assert!(here.len() > 20, "the query finds a schema");
    for (a, b) in here.iter().zip(&there) {
        assert_eq!(a, b);
    }
    assert_eq!(here.len(), there.len());
}

#[tokio::test]
async fn embedded_runs_the_history_of_langfuse() {
    same_as_on_a_server("langfuse-prisma").await;
}

#[tokio::test]
async fn embedded_runs_the_history_of_hoppscotch() {
    same_as_on_a_server("hoppscotch-prisma").await;
}

#[tokio::test]
async fn embedded_runs_the_history_of_crates_io_with_pgcrypto() {
    same_as_on_a_server("crates.io-diesel").await;
}

#[tokio::test]
async fn embedded_runs_the_history_of_docs_rs() {
    same_as_on_a_server("docs.rs-sqlx").await;
}

#[tokio::test]
async fn embedded_runs_the_history_of_homarr() {
    same_as_on_a_server("homarr-drizzle/postgresql").await;
}

#[cfg(feature = "testing")]
#[tokio::test]
async fn a_database_for_a_test_has_an_embedded_server_of_its_own() {
    use segue::testing::{TestDatabase, Way};

    let folder = tempfile::tempdir().expect("a folder");
    for (name, sql) in [
        (
            "1_users",
            "CREATE EXTENSION citext; CREATE TABLE users (email citext);",
        ),
        ("2_phone", "ALTER TABLE users ADD phone text;"),
    ] {
        let migration = folder.path().join("migrations").join(name);
        std::fs::create_dir_all(&migration).expect("made");
        std::fs::write(migration.join("migration.sql"), sql).expect("written");
    }
    let made = || {
        TestDatabase::builder()
            .dir(folder.path())
            .url("embedded")
            .create()
    };
    let (first, second) = (made().await, made().await);
    let first = first.unwrap_or_else(|failure| panic!("{failure}"));
    let second = second.unwrap_or_else(|failure| panic!("{failure}"));
    first
        .sql("INSERT INTO users VALUES ('A@example.com')")
        .await
        .expect("written");
    assert!(
        second
            .sql("SELECT FROM users")
            .await
            .expect("read")
            .is_empty()
    );
    let back = first
        .rollback()
        .await
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(
        (back.way, back.different.as_slice()),
        (Way::Derived, &[][..])
    );
    first
        .catalog()
        .await
        .expect("read")
        .assert_table("users")
        .has_no_column("phone");

    let (client, connection) = tokio_postgres::connect(first.url(), NoTls)
        .await
        .expect("connects");
    let task = tokio::spawn(connection);
    let found = client
        .query_one(
            "SELECT count(*) FROM users WHERE email = 'a@EXAMPLE.com'",
            &[],
        )
        .await;
    assert_eq!(found.expect("counted").get::<_, i64>(0), 1);
    drop(client);
    let _ = task.await;
}
