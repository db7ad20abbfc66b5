//! Queries that are made from the columns of real schemas: those that the schema before a migration allows, and those that the
//! one behind it does. What `segue compat` says of each is compared with what a real server does with it, under schemas that
//! were deployed apart from it.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use segue::{
    CompatOptions, Compatibility, FailureKind, Migrator, Options,
    queries::{Moment, Side, Tally},
};
use segue_catalog::{
    Catalog, DataType, QName,
    model::{Column, Table, TypeKind},
};
use segue_cluster::{
    Cluster, SUPERUSER,
    planted::{TEMPLATE, is_not_in, is_not_kept_in, may_deploy},
};
use segue_db::{
    Refusal, ServerError, Session,
    postgres::{
        connect::connect,
        url::{self, Defaults},
    },
};
use segue_plan::Strategy;

use crate::server::shared;

/// All migrations are looked at, rather than a sample.
const ALL: &str = "SEGUE_COMPAT";
/// Only histories in whose names this is are looked at.
const OF: &str = "SEGUE_COMPAT_OF";
/// Otherwise one of so many is.
const SAMPLE: usize = 80;
/// So many queries of each side: fewer than are listed of one kind.
const QUERIES: usize = 100;

const HISTORIES: &[&str] = &[
    "langfuse-prisma/migrations",
    "crates.io-diesel",
    "hoppscotch-prisma/migrations",
    "docs.rs-sqlx",
    "homarr-drizzle/postgresql",
    "openfga-goose/postgres",
    "conductor-flyway/postgres",
];

fn corpus() -> Option<PathBuf> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = env::var_os("SEGUE_CORPUS").unwrap_or_else(|| "../shared/corpus".into());
    Some(workspace.join(corpus))
}

/// What came of it.
#[derive(Debug, Default)]
struct Counted {
    migrations: usize,
    queries: usize,
    broken: usize,
    not_judged: Vec<String>,
    refused: usize,
    wrong: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_of_generated_queries_is_what_a_server_does() {
    let (Some(cluster), Some(corpus)) = (shared(), corpus()) else {
        return;
    };
    let only = env::var(OF).unwrap_or_default();
    let mut wrong = Vec::new();
    for name in HISTORIES.iter().filter(|name| name.contains(&only)) {
        let counted = Box::pin(history(cluster, &corpus.join(name))).await;
        println!(
            "{name}: {} migrations, {} planned as written, {} queries, {} break somewhere, {} not judged, {} wrong",
            counted.migrations,
            counted.refused,
            counted.queries,
            counted.broken,
            counted.not_judged.len(),
            counted.wrong.len()
        );
        for one in &counted.not_judged {
            println!("  not judged: {one}");
        }
        wrong.extend(
            counted
                .wrong
                .into_iter()
                .map(|one| format!("{name}: {one}")),
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn migrator(cluster: &Cluster, folder: &Path, database: &str) -> Migrator {
    Migrator::new()
        .dir(folder)
        .url(cluster.deployer_url(database))
        .shadow_url(cluster.planted_url(SUPERUSER, "postgres"))
        .server_version(u16::try_from(cluster.version().major).expect("a version"))
}

async fn history(cluster: &'static Cluster, folder: &Path) -> Counted {
    let mut counted = Counted::default();
    let walked = made(cluster, TEMPLATE).await;
    let connected = migrator(cluster, folder, &walked)
        .connect(&mut |_| {})
        .await;
    let connected = connected.unwrap_or_else(|failure| panic!("{:?}", failure.problems));
    let names: Vec<String> = connected
        .project
        .migrations
        .iter()
        .map(|migration| migration.name.clone())
        .collect();
    connected.close().await;
    let step = if env::var_os(ALL).is_some() {
        1
    } else {
        SAMPLE
    };
    for number in (1..names.len()).step_by(step) {
        deployed(cluster, folder, &walked, &names[number - 1], None)
            .await
            .expect("it runs as written");
        let one = migration(cluster, folder, &walked, &names[number], &mut counted);
        Box::pin(one).await;
    }
    removed(cluster, &walked).await;
    counted
}

/// Deploys up to a migration; by a plan where a schema is given whose tables are said to be large.
async fn deployed(
    cluster: &Cluster,
    folder: &Path,
    database: &str,
    to: &str,
    planned_for: Option<&Catalog>,
) -> Result<(), FailureKind> {
    let mut config = "[lint.tables]\n".to_owned();
    for table in planned_for.iter().flat_map(|catalog| catalog.tables.keys()) {
        writeln!(config, "'{table}' = 100000000").expect("it is written");
    }
    let file = tempfile::NamedTempFile::with_suffix(".toml").expect("a file");
    fs::write(file.path(), config).expect("it is written");
    let options = Options {
        to: Some(to.to_owned()),
        ..Options::default()
    };
    let strategy = match planned_for {
        Some(_) => Strategy::Online,
        None => Strategy::Direct,
    };
    let migrator = migrator(cluster, folder, database).config(file.path());
    let done = migrator.options(options).strategy(strategy).deploy().await;
    is_not_in("what a deploy says", format!("{done:?}"));
    done.map(drop).map_err(|failure| failure.kind)
}

async fn migration(
    cluster: &'static Cluster,
    folder: &Path,
    walked: &str,
    name: &str,
    counted: &mut Counted,
) {
    let before = look(cluster, walked).await;
    let expanded = made(cluster, walked).await;
    match deployed(cluster, folder, &expanded, name, Some(&before)).await {
        Ok(()) => {}
        Err(FailureKind::Input | FailureKind::Refused) => {
            counted.refused += 1;
            deployed(cluster, folder, &expanded, name, None)
                .await
                .expect("it runs as written");
        }
        Err(kind) => panic!("{name}: {kind:?}"),
    }
    let contracted = made(cluster, &expanded).await;
    let connected = migrator(cluster, folder, &contracted)
        .connect(&mut |_| {})
        .await;
    let mut connected = connected.unwrap_or_else(|failure| panic!("{:?}", failure.problems));
    let never = segue::Interrupt::never();
    let done = connected
        .contract(&Default::default(), &never, &mut |_| {})
        .await;
    connected.close().await;
    done.unwrap_or_else(|failure| panic!("{name}: {:?}", failure.problems));
    let after = look(cluster, &contracted).await;
    let old = queries(&before, &after);
    let new = queries(&after, &before);
    if !(old.is_empty() && new.is_empty()) {
        counted.migrations += 1;
        let judged = judged(cluster, folder, name, &old, &new).await;
        let databases = [walked, expanded.as_str(), contracted.as_str()];
        for (tally, _) in &judged.apps {
            let texts = if tally.side == Side::Old { &old } else { &new };
            compared(cluster, name, tally, texts, databases, counted).await;
        }
    }
    removed(cluster, &expanded).await;
    removed(cluster, &contracted).await;
}

async fn judged(
    cluster: &Cluster,
    folder: &Path,
    name: &str,
    old: &[String],
    new: &[String],
) -> Compatibility {
    let files = tempfile::tempdir().expect("a folder");
    let put = |side: &str, texts: &[String]| {
        let path = files.path().join(format!("{side}.sql"));
        fs::write(&path, format!("{};\n", texts.join(";\n"))).expect("it is written");
        vec![path.display().to_string()]
    };
    let options = CompatOptions {
        migrations: vec![name.to_owned()],
        old: put("old", old),
        new: put("new", new),
        ..CompatOptions::default()
    };
    let judged = migrator(cluster, folder, "none_of_this_name")
        .compat(&options)
        .await;
    is_not_in("what is judged", format!("{judged:?}"));
    judged.unwrap_or_else(|failure| panic!("{name}: {:?}", failure.problems))
}

/// Runs every query under each schema, and compares.
async fn compared(
    cluster: &Cluster,
    name: &str,
    tally: &Tally,
    texts: &[String],
    databases: [&str; 3],
    counted: &mut Counted,
) {
    let line = |place: &str| {
        place
            .rsplit(':')
            .next()
            .and_then(|line| line.parse::<usize>().ok())
    };
    let broken: BTreeMap<usize, _> = tally
        .broken
        .iter()
        .filter_map(|one| Some((line(&one.place)?, &one.fares)))
        .collect();
    let unjudged: BTreeMap<usize, &str> = tally
        .not_judged
        .iter()
        .filter_map(|one| Some((line(&one.place)?, one.why.as_str())))
        .collect();
    assert_eq!(tally.left_out(), 0, "{name}");
    assert_eq!(tally.read, texts.len() as u64, "{name}");
    counted.queries += texts.len();
    counted.broken += broken.len();
    for (moment, database) in Moment::ALL.into_iter().zip(databases) {
        let session = session(cluster, database).await;
        for (number, text) in texts.iter().enumerate() {
            let number = number + 1;
            if let Some(why) = unjudged.get(&number) {
                if moment == Moment::Before {
                    counted.not_judged.push(format!("{name}: {why}: {text}"));
                }
                continue;
            }
            let fare = broken.get(&number).map(|fares| &fares[moment as usize]);
            let fails = fare.is_some_and(|fare| fare.verdict.name() == "fails");
            let Some(error) = run(&session, text).await else {
                continue;
            };
            if fails != error.is_some() {
                let reasons = fare.map(|fare| fare.reasons.join("; ")).unwrap_or_default();
                counted.wrong.push(format!(
                    "{name}, {} app, {}: said {}{reasons}, done {}: {text}",
                    tally.side.name(),
                    moment.name(),
                    if fails { "to fail: " } else { "to run " },
                    error.unwrap_or_else(|| "without an error".to_owned())
                ));
            }
        }
        session.close().await;
    }
}

/// A constant that is none of the type of its column: of a schema in which another column stands at its place.
const UNREADABLE: [&str; 2] = ["22P02", "22007"];

/// What a server has against a query because of the schema; rows that break a rule are another matter. `None`: it says nothing of
/// the schema, since a trigger was in the way before.
async fn run(session: &Session, text: &str) -> Option<Option<String>> {
    session.execute("BEGIN").await.expect("it begins");
    let done = session.execute(text).await;
    session.execute("ROLLBACK").await.expect("it is taken back");
    let Err(ServerError::Refused(refusal)) = done else {
        return Some(None);
    };
    let demands_a_value = refusal.code == "23514"
        && match &refusal.constraint {
            Some(name) => is_not_null(session, name).await,
            None => false,
        };
    if refusal.code == "23502" && is_left_null_by_a_trigger(session, &refusal.message).await {
        return None;
    }
    let is_of_rows = refusal.code.starts_with("23") && refusal.code != "23502"
        || refusal.code.starts_with("22") && !is_unreadable(&refusal)
        || refusal.code == "P0001"
        || is_within_a_function(&refusal);
    let told = || format!("{} {}", refusal.code, refusal.message);
    Some((demands_a_value || !is_of_rows).then(told))
}

/// A constant that is none of the type of its column has a place in the query; a value that is converted while it runs has none.
fn is_unreadable(refusal: &Refusal) -> bool {
    UNREADABLE.contains(&refusal.code.as_str()) && refusal.position.is_some()
}

/// Whether the column that must not be null is one that a trigger sets: what it makes of the values of a row is its own business.
async fn is_left_null_by_a_trigger(session: &Session, message: &str) -> bool {
    let mut quoted = message.split('"').skip(1).step_by(2);
    let (Some(column), Some(relation)) = (quoted.next(), quoted.next()) else {
        return false;
    };
    let query = format!(
        "SELECT count(*) FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid JOIN pg_class c ON c.oid = tgrelid \
         WHERE relname = {} AND strpos(prosrc, {}) > 0",
        segue_db::literal(relation),
        segue_db::literal(column)
    );
    let rows = session.rows(&query).await.expect("it is told");
    let count = rows.into_iter().flatten().flatten().next();
    count.is_some_and(|count| count != "0")
}

/// What functions and triggers do inside is not judged (docs/compat.md).
fn is_within_a_function(refusal: &Refusal) -> bool {
    let context = refusal.context.as_deref().unwrap_or_default();
    context.contains("PL/pgSQL function") || context.contains("SQL function")
}

async fn is_not_null(session: &Session, constraint: &str) -> bool {
    let query = format!(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = {}",
        segue_db::literal(constraint)
    );
    let rows = session.rows(&query).await.expect("it is told");
    let texts = rows.into_iter().flatten().flatten();
    texts.into_iter().any(|text| text.contains("IS NOT NULL"))
}

/// Queries of the tables of one schema that are otherwise in another one, and of some that are not.
fn queries(catalog: &Catalog, other: &Catalog) -> Vec<String> {
    let is_other = |name: &QName, table: &Table| {
        let there = other.tables.get(name);
        there.is_none_or(|there| there.as_ref() != table)
    };
    let tables = catalog.tables.iter();
    let (changed, same): (Vec<_>, Vec<_>) =
        tables.partition(|(name, table)| is_other(name, table.as_ref()));
    let some = same.into_iter().take(1);
    let mut found = Vec::new();
    for (name, table) in changed.into_iter().chain(some) {
        // A prefix of its own keeps the history's table out.
        if name.schema.as_str() != "segue" {
            found.extend(of_table(catalog, name, table));
        }
    }
    found.truncate(QUERIES);
    found
}

fn of_table(catalog: &Catalog, name: &QName, table: &Table) -> Vec<String> {
    let columns: Vec<&Column> = table.columns.iter().collect();
    let listed = |columns: &[&Column]| {
        let names: Vec<String> = columns
            .iter()
            .map(|column| column.name.to_string())
            .collect();
        names.join(", ")
    };
    let mut found = vec![
        format!("SELECT {} FROM {name}", listed(&columns)),
        format!("SELECT * FROM {name}"),
        format!("DELETE FROM {name}"),
    ];
    for column in &columns {
        let own = &column.name;
        found.push(format!(
            "SELECT count({own}) FROM {name} WHERE {own} IS NOT NULL"
        ));
        let is_made = column.generated.is_some() || column.identity.is_some();
        if !is_made && let Some(value) = value(catalog, &column.data_type) {
            found.push(format!(
                "UPDATE {name} SET {own} = {value} WHERE {own} = {value}"
            ));
        }
    }
    let written: Vec<&Column> = columns
        .iter()
        .filter(|column| column.generated.is_none() && column.identity.is_none())
        .copied()
        .collect();
    let needed: Vec<&Column> = written
        .iter()
        .filter(|column| column.not_null.is_some() && column.default.is_none())
        .copied()
        .collect();
    let values = |columns: &[&Column]| {
        let values = columns
            .iter()
            .map(|column| value(catalog, &column.data_type));
        values.collect::<Option<Vec<_>>>().map(|all| all.join(", "))
    };
    for columns in [&written, &needed] {
        if let (false, Some(values)) = (columns.is_empty(), values(columns)) {
            found.push(format!(
                "INSERT INTO {name} ({}) VALUES ({values})",
                listed(columns)
            ));
        }
    }
    if let (true, Some(values)) = (written.len() == columns.len(), values(&written)) {
        found.push(format!("INSERT INTO {name} VALUES ({values})"));
    }
    found
}

/// A value of a type, as SQL.
fn value(catalog: &Catalog, of: &DataType) -> Option<String> {
    if of.array {
        return Some("'{}'".to_owned());
    }
    if let Some(own) = catalog.types.get(&of.name) {
        return match &own.kind {
            TypeKind::Enum(of) => of.values.first().map(|value| segue_db::literal(value)),
            TypeKind::Domain(of) => value(catalog, &of.base),
            _ => None,
        };
    }
    let text = match of.name.name.as_str() {
        "boolean" => "true",
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => "1",
        "uuid" => "00000000-0000-0000-0000-000000000000",
        "date" => "2026-01-01",
        "json" | "jsonb" => "{}",
        "interval" => "1 day",
        "inet" => "127.0.0.1",
        "character varying" | "text" | "character" | "bytea" | "citext" => "a",
        name if name.starts_with("timestamp") => "2026-01-01",
        _ => return None,
    };
    Some(format!("'{text}'"))
}

async fn session(cluster: &Cluster, database: &str) -> Session {
    opened(&cluster.deployer_url(database)).await
}

async fn opened(url: &str) -> Session {
    let target = url::read(url, &Defaults::default()).expect("a URL");
    let connection = connect(&target, None, &mut |_| {}).await;
    let session = segue_db::postgres::Session::new(connection.expect("a connection"));
    Session::Postgres(Box::new(session))
}

async fn look(cluster: &Cluster, database: &str) -> Catalog {
    let session = session(cluster, database).await;
    let Session::Postgres(own) = &session else {
        panic!("it is a PostgreSQL server");
    };
    let read = segue_db::introspect(own).await.expect("it is read");
    session.close().await;
    read.catalog
}

/// A copy of a database.
async fn made(cluster: &Cluster, of: &str) -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("compat_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let admin = opened(&cluster.url("postgres")).await;
    for statement in [
        format!("CREATE DATABASE {name} TEMPLATE {of}"),
        may_deploy(&name),
    ] {
        admin.execute(&statement).await.expect("it is copied");
    }
    admin.close().await;
    name
}

async fn removed(cluster: &Cluster, name: &str) {
    is_not_kept_in(cluster, name);
    let admin = opened(&cluster.url("postgres")).await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.execute(&drop).await.expect("it is dropped");
    admin.close().await;
}
