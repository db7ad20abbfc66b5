//! Where test databases are made, what is shared, and what is left behind.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::{Duration, Instant},
};

use segue::{Embedded, FailureKind, testing::TestDatabase};
use segue_cluster::{Cluster, planted::DEPLOYER};
use tokio_postgres::NoTls;

use super::{Project, databases, server, told};

static SERVICE: Embedded = segue_macros::embed!("tests/service/sqlx", layout = "sqlx");

#[tokio::test]
async fn a_database_is_reached_by_url_and_goes_with_its_value() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    let database = project.on(&cluster).await;
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls)
        .await
        .expect("connects");
    tokio::spawn(connection);
    let count = client
        .query_one("SELECT count(*) FROM users", &[])
        .await
        .expect("it is migrated");
    assert_eq!(count.get::<_, i64>(0), 0);
    assert_eq!(databases(&cluster, "segue_test_"), 1);
    // The client is connected still.
    drop(database);
    assert_eq!(databases(&cluster, "segue_test_"), 0);
}

#[tokio::test]
async fn pieces_lead_to_the_same_database() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    let database = project.on(&cluster).await;
    let parts = database.parts();
    let mut config = tokio_postgres::Config::new();
    config
        .host(&parts.host)
        .port(parts.port)
        .user(&parts.user)
        .password(parts.password.as_deref().expect("one is needed"))
        .dbname(&parts.database);
    let (client, connection) = config.connect(NoTls).await.expect("connects");
    tokio::spawn(connection);
    let name = client
        .query_one("SELECT current_database()::text", &[])
        .await
        .expect("told");
    assert_eq!(name.get::<_, &str>(0), database.name());
}

#[tokio::test]
async fn a_panic_removes_the_database() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    let database = project.on(&cluster).await;
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let _held = database;
        panic!("the test fails");
    }));
    assert!(panicked.is_err());
    assert_eq!(databases(&cluster, "segue_test_"), 0);
}

#[tokio::test]
async fn databases_are_apart_and_share_one_template_until_the_migrations_change() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    let (first, second) = (project.on(&cluster).await, project.on(&cluster).await);
    first
        .sql("INSERT INTO users VALUES (1, 'a')")
        .await
        .expect("written");
    assert_eq!(
        second.sql("SELECT FROM users").await.expect("read").len(),
        0
    );
    assert_eq!(databases(&cluster, "segue_template_"), 1);
    // Another folder of the same content.
    let _third = Project::new().on(&cluster).await;
    assert_eq!(databases(&cluster, "segue_template_"), 1);
    let other = Project::new();
    other.file("4_more/migration.sql", "CREATE TABLE more ();");
    let fourth = other.on(&cluster).await;
    fourth.catalog().await.expect("read").assert_table("more");
    assert_eq!(databases(&cluster, "segue_template_"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tests_at_once_make_one_template() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    // Each has a server of its own, as processes that run at the same time have.
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let builder = project.builder(&cluster);
            tokio::spawn(async move {
                let server = builder
                    .server(segue::Interrupt::never())
                    .await
                    .expect("connects");
                server.create(None).await.expect("made")
            })
        })
        .collect();
    let mut made = Vec::new();
    for task in tasks {
        made.push(task.await.expect("it ends"));
    }
    assert_eq!(databases(&cluster, "segue_template_"), 1);
    assert_eq!(databases(&cluster, "segue_test_"), 4);
    drop(made);
    assert_eq!(databases(&cluster, "segue_test_"), 0);
}

#[tokio::test]
async fn what_killed_runs_have_left_behind_is_removed() {
    let Some(cluster) = server() else {
        return;
    };
    let sql = |script: &str| cluster.psql("postgres", script).expect("it runs");
    let now = sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
    let now: u64 = now.trim().parse().expect("a number");
    let old = now - 3_600_000_000;
    for name in [
        format!("segue_test_{old}_1_0"),
        format!("segue_test_{old}_2_0"),
        format!("segue_test_{now}_3_0"),
        "segue_template_00".to_owned(),
        "segue_template_01".to_owned(),
        "segue_test_of_somebody".to_owned(),
    ] {
        sql(&format!("CREATE DATABASE {name} OWNER {DEPLOYER}"));
    }
    sql("COMMENT ON DATABASE segue_template_00 IS 'made by segue for tests, last used at 1000'");
    sql("COMMENT ON DATABASE segue_template_01 IS 'somebody else''s'");
    // Its run lives.
    let url = format!(
        "{}?application_name=segue_test_{old}_2",
        cluster.deployer_url("postgres")
    );
    let (_alive, connection) = tokio_postgres::connect(&url, NoTls)
        .await
        .expect("connects");
    tokio::spawn(connection);
    let _database = Project::new().on(&cluster).await;
    let started = Instant::now();
    let left = || {
        sql(
            "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database \
             WHERE datname ~ '^segue_te(st_.*_[123]_0|st_of|mplate_0.$)'",
        )
    };
    let expected = format!(
        "segue_template_01 segue_test_{old}_2_0 segue_test_{now}_3_0 segue_test_of_somebody"
    );
    while left().trim() != expected && started.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(left().trim(), expected);
}

#[tokio::test]
async fn a_template_that_somebody_is_connected_to_is_told_with_who_that_is() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    drop(project.on(&cluster).await);
    let name = "SELECT datname FROM pg_database WHERE datname LIKE 'segue_template_%'";
    let name = cluster
        .psql("postgres", name)
        .expect("told")
        .trim()
        .to_owned();
    let open = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true");
    cluster.psql("postgres", &open).expect("opened");
    let url = format!(
        "{}?application_name=the%20curious",
        cluster.deployer_url(&name)
    );
    let (_client, connection) = tokio_postgres::connect(&url, NoTls)
        .await
        .expect("connects");
    tokio::spawn(connection);
    let failure = project
        .builder(&cluster)
        .create()
        .await
        .expect_err("it is in use");
    assert_eq!(failure.kind, FailureKind::Locked);
    let text = told(&failure);
    assert!(
        text.contains(&name) && text.contains("(the curious)"),
        "{text}"
    );
}

#[tokio::test]
async fn a_template_that_was_removed_is_made_again() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    drop(project.on(&cluster).await);
    let drops =
        "SELECT 'DROP DATABASE ' || datname FROM pg_database WHERE datname LIKE 'segue_template_%'";
    let drops = cluster.psql("postgres", drops).expect("told");
    cluster.psql("postgres", &drops).expect("dropped");
    let database = project.on(&cluster).await;
    database
        .catalog()
        .await
        .expect("read")
        .assert_table("users");
}

#[tokio::test]
async fn migrations_in_the_program_are_applied_too() {
    let Some(cluster) = server() else {
        return;
    };
    let builder = TestDatabase::builder()
        .migrations(SERVICE)
        .url(cluster.deployer_url("postgres"));
    let database = builder
        .create()
        .await
        .unwrap_or_else(|f| panic!("{}", told(&f)));
    database
        .catalog()
        .await
        .expect("read")
        .assert_table("users")
        .has_column("email", "text");
}

#[tokio::test]
async fn without_a_url_a_server_is_started_with_the_roles_that_are_missing() {
    if Cluster::for_test().is_none() {
        return;
    }
    let project = Project::new();
    project.file(
        "4_rights/migration.sql",
        "GRANT SELECT ON users TO reader; GRANT INSERT ON users TO \"The Writer\";",
    );
    let builder = TestDatabase::builder().dir(project.dir().join("migrations"));
    let first = builder
        .clone()
        .create()
        .await
        .unwrap_or_else(|f| panic!("{}", told(&f)));
    let second = builder.create().await.expect("the same server");
    assert_eq!(first.parts().host, second.parts().host);
    assert_ne!(first.name(), second.name());
    let may = second
        .sql("SELECT has_table_privilege('The Writer', 'users', 'INSERT')")
        .await;
    assert_eq!(may.expect("told"), [[Some("t".to_owned())]]);
}

#[tokio::test]
async fn a_migration_that_fails_is_told_and_leaves_nothing_behind() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    project.file("4_wrong/migration.sql", "SELECT 1;\nSELECT nonsense;");
    let failure = project
        .builder(&cluster)
        .create()
        .await
        .expect_err("it is wrong");
    assert_eq!(failure.kind, FailureKind::Statement);
    assert!(told(&failure).contains("nonsense"), "{}", told(&failure));
    assert_eq!(databases(&cluster, "segue_te"), 0);
}

#[tokio::test]
async fn the_projects_own_database_is_refused() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    let own = cluster.create_database_to_deploy().expect("a database");
    std::fs::write(
        project.dir().join("segue.toml"),
        format!("url = \"{own}\"\n"),
    )
    .expect("written");
    let failure = project
        .builder(&cluster)
        .url(&own)
        .create()
        .await
        .expect_err("refused");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(
        told(&failure).contains("the project's own database"),
        "{}",
        told(&failure)
    );
    // Beside it is another matter, unless that is production.
    drop(project.on(&cluster).await);
    let project = Project::new();
    let text = format!("url = \"{own}\"\nproduction = true\n");
    std::fs::write(project.dir().join("segue.toml"), text).expect("written");
    let failure = project
        .builder(&cluster)
        .create()
        .await
        .expect_err("refused");
    assert!(told(&failure).contains("production"), "{}", told(&failure));
}

#[tokio::test]
async fn a_role_that_may_not_create_databases_is_told() {
    let Some(cluster) = server() else {
        return;
    };
    cluster
        .psql("postgres", "CREATE ROLE guest LOGIN")
        .expect("made");
    let url = cluster.url("postgres").replace("tester@", "guest@");
    let failure = Project::new()
        .builder(&cluster)
        .url(url)
        .create()
        .await
        .expect_err("refused");
    assert!(
        told(&failure).contains("may not create databases"),
        "{}",
        told(&failure)
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_where_it_was_named() {
    let url = "postgres://nobody:hidden@127.0.0.1:1/postgres";
    let builder = TestDatabase::builder().dir(Project::new().dir()).url(url);
    let failure = builder.create().await.expect_err("nothing listens");
    assert_eq!(failure.kind, FailureKind::Connection);
    let text = told(&failure);
    assert!(
        text.contains("comes from --url") && !text.contains("hidden"),
        "{text}"
    );
}
