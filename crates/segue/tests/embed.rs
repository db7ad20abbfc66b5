//! Migrations in the program: a service that deploys them when it starts, without anything on disk; as the role that
//! docs/security.md has for deploys.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use segue::{Embedded, FailureKind, Migrator};
use segue_cluster::{Cluster, planted::is_not_kept_in};
use tokio_postgres::NoTls;

static SQLX: Embedded = segue_macros::embed!("tests/service/sqlx", layout = "sqlx");
static OWN: Embedded = segue_macros::embed!("tests/service/own");

/// Only for safety: nothing here is expected to take so long.
const PATIENCE: Duration = Duration::from_secs(60);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/service")
        .join(name)
}

/// The password of the URL is in nothing that is kept.
fn is_sealed(cluster: &Cluster, url: &str) {
    let (_, name) = url.rsplit_once('/').expect("it has a name");
    is_not_kept_in(cluster, name);
}

async fn count(url: &str, query: &str) -> i64 {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connects");
    let task = tokio::spawn(connection);
    let row = client.query_one(query, &[]).await.expect("the query runs");
    drop(client);
    let _ = task.await;
    row.get(0)
}

#[tokio::test]
async fn migrations_in_the_program_give_the_history_of_their_folder() {
    let Some(cluster) = Cluster::for_deploys() else {
        return;
    };
    let url = cluster.create_database_to_deploy().expect("a database");
    let first = Migrator::from(SQLX)
        .deploy_to(&url)
        .await
        .unwrap_or_else(|f| panic!("{f}"));
    let names: Vec<&str> = first.applied.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["1_users", "2_email"]);
    assert_eq!(count(&url, "SELECT count(email) FROM users").await, 0);
    // Windows line ends and a byte-order mark are in the files: the checksums would tell.
    let on_disk = Migrator::new().dir(folder("sqlx")).layout("sqlx").url(&url);
    let connected = on_disk
        .connect(&mut |_| {})
        .await
        .unwrap_or_else(|f| panic!("{f}"));
    let (_, opened) = connected.history().await.expect("the history is read");
    assert!(connected.status(&opened).is_up_to_date());
    connected.close().await;
    let again = Migrator::from(SQLX)
        .deploy_to(&url)
        .await
        .unwrap_or_else(|f| panic!("{f}"));
    assert!(again.up_to_date);
    is_sealed(&cluster, &url);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_at_once_apply_every_migration_once() {
    let Some(cluster) = Cluster::for_deploys() else {
        return;
    };
    let url = cluster.create_database_to_deploy().expect("a database");
    let replicas: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            // A spawned task has to be Send.
            tokio::spawn(async move { Migrator::from(SQLX).wait(PATIENCE).deploy_to(url).await })
        })
        .collect();
    let mut applied = 0;
    for replica in replicas {
        let deployed = replica.await.expect("no panic");
        applied += deployed.unwrap_or_else(|f| panic!("{f}")).applied.len();
    }
    assert_eq!(applied, 2);
    assert_eq!(
        count(&url, "SELECT count(*) FROM _sqlx_migrations").await,
        2
    );
    is_sealed(&cluster, &url);
}

#[test]
fn futures_of_the_library_can_move_between_threads() {
    fn is_send(_: &impl Send) {}
    let migrator = Migrator::from(SQLX);
    is_send(&migrator.deploy());
    is_send(&migrator.doctor(&mut |_| {}));
    is_send(&migrator.deploy_to("postgres://h/d"));
    is_send(&async {
        let (_, interrupt) = segue::interrupt();
        let mut connected = migrator.connect(&mut |_| {}).await?;
        let mut deployed = segue::Deployed::default();
        let result = connected
            .deploy(&interrupt, &mut |_| {}, &mut deployed)
            .await;
        let decision = segue::Resolution::Applied;
        connected
            .resolve("a", decision, &interrupt, &mut |_| {})
            .await?;
        connected.baseline(&interrupt, &mut |_| {}).await?;
        connected.history().await?;
        connected.close().await;
        result
    });
}

#[tokio::test]
async fn a_file_that_is_named_gives_settings_and_nothing_else_is_looked_for() {
    let Some(cluster) = Cluster::for_deploys() else {
        return;
    };
    let url = cluster.create_database_to_deploy().expect("a database");
    let place = tempfile::tempdir().expect("a temporary folder");
    let file = place.path().join("settings.toml");
    std::fs::write(&file, "schema = \"a\"\n[env.b]\nschema = \"b\"\n").expect("a file");
    let migrator = Migrator::from(OWN).config(&file).env("b");
    migrator
        .deploy_to(&url)
        .await
        .unwrap_or_else(|f| panic!("{f}"));
    assert_eq!(count(&url, "SELECT count(*) FROM b.users").await, 0);
    is_sealed(&cluster, &url);
    assert_eq!((OWN.layout(), OWN.folder()), ("segue", "tests/service/own"));
}

#[tokio::test]
async fn what_contradicts_migrations_in_the_program_is_refused() {
    let url = "postgres://nobody@127.0.0.1:1/none";
    for migrator in [
        Migrator::from(OWN).dir("migrations"),
        Migrator::from(OWN).layout("prisma"),
        Migrator::from(OWN).project("shop"),
        Migrator::from(OWN).env("production"),
    ] {
        let failure = migrator.deploy_to(url).await.expect_err("it is refused");
        assert_eq!(failure.kind, FailureKind::Input);
        assert!(
            failure.to_string().contains("that are in the program"),
            "{failure}"
        );
    }
}

/// The name under which applications have the macro.
#[cfg(feature = "macros")]
#[test]
fn the_macro_is_a_part_of_the_library() {
    const MIGRATIONS: Embedded = segue::embed!("tests/service/own",);
    assert_eq!(MIGRATIONS.layout(), "segue");
}
