//! Data migrations in Rust: rows that go through a function of the program that deploys, also where it carries its migrations in itself.
//!
//! As the role that docs/security.md has for deploys, whose password is in no failure and no row of segue's.

use std::{path::Path, time::Duration};

use segue::{DataMigration, Embedded, Migrator, Outcome};
use segue_cluster::{
    Cluster,
    planted::{is_not_in, is_not_kept_in},
};
use serde::{Deserialize, Serialize};

static EMBEDDED: Embedded = segue_macros::embed!("tests/service/function");

#[derive(Deserialize)]
struct User {
    id: i64,
    name: String,
}

#[derive(Serialize)]
struct Slug {
    slug: String,
}

/// Does what the name says.
struct Slugify;

impl DataMigration for Slugify {
    type Row = User;
    type Values = Slug;

    fn row(&self, User { id, name }: User) -> Outcome<Slug> {
        match name.as_str() {
            "bad" => Outcome::Bad("a bad name".to_owned()),
            "panic" => panic!("a name that nobody thought of"),
            "slow" => {
                std::thread::sleep(Duration::from_secs(3));
                Outcome::Bad("slow".to_owned())
            }
            name => Outcome::Write(Slug {
                slug: format!("{name}-{id}"),
            }),
        }
    }
}

/// A database with so many users, and the folder of the migrations.
async fn stand(names: &str) -> Option<(Cluster, String)> {
    let cluster = Cluster::for_deploys()?;
    let url = cluster.create_database_to_deploy().expect("a database");
    let first = connected(&url, Some("1_users")).await;
    assert!(first.is_ok(), "{first:?}");
    cluster
        .psql(
            &url,
            &format!("INSERT INTO users SELECT row_number() OVER (), name FROM {names} n(name)"),
        )
        .expect("rows");
    Some((cluster, url))
}

async fn connected(url: &str, to: Option<&str>) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/service/function");
    let options = segue::Options {
        to: to.map(str::to_owned),
        ..segue::Options::default()
    };
    let migrator = Migrator::new()
        .dir(folder)
        .url(url)
        .options(options)
        .function("slugify", Slugify);
    migrator.deploy().await.map(|_| ()).map_err(|failure| {
        is_not_in("a failure", format!("{failure} {failure:?}"));
        failure.to_string()
    })
}

fn slugs(cluster: &Cluster, url: &str) -> String {
    let (_, name) = url.rsplit_once('/').expect("it has a name");
    is_not_kept_in(cluster, name);
    let count = "SELECT count(*) FROM users WHERE slug = name || '-' || id";
    cluster.psql(url, count).expect("a count").trim().to_owned()
}

#[tokio::test]
async fn rows_go_through_a_function_from_a_folder_and_from_the_program_itself() {
    let Some((cluster, url)) = stand("(SELECT 'n' FROM generate_series(1, 3000))").await else {
        return;
    };
    connected(&url, None).await.expect("it is deployed");
    assert_eq!(slugs(&cluster, &url), "3000");
    let (cluster, url) = stand("(VALUES ('a'), ('b'))").await.expect("a server");
    let migrator = Migrator::from(EMBEDDED);
    let unknown = migrator
        .clone()
        .function("slugfy", Slugify)
        .deploy_to(&url)
        .await;
    let unknown = unknown.expect_err("it has another name");
    let help = unknown.problems[0].help.clone().unwrap_or_default();
    let unknown = unknown.to_string();
    assert!(
        unknown.contains("the function slugify is not known here"),
        "{unknown}"
    );
    assert_eq!(help, "did you mean slugfy?");
    migrator
        .function("slugify", Slugify)
        .deploy_to(&url)
        .await
        .expect("it is deployed");
    assert_eq!(slugs(&cluster, &url), "2");
}

#[tokio::test]
async fn what_a_function_cannot_do_stops_the_deploy_and_is_gone_on_with() {
    let Some((cluster, url)) = stand("(VALUES ('a'), ('bad'), ('c'))").await else {
        return;
    };
    let failure = connected(&url, None).await.expect_err("a bad row");
    assert!(
        failure.contains("with the key 2 could not be done: a bad name"),
        "{failure}"
    );
    cluster
        .psql(&url, "UPDATE users SET name = 'b' WHERE id = 2")
        .expect("mended");
    connected(&url, None).await.expect("it goes on");
    assert_eq!(slugs(&cluster, &url), "3");
}

#[tokio::test]
async fn one_that_panics_or_takes_too_long_stops_it() {
    for (name, says) in [
        ("panic", "panicked, twice"),
        ("slow", "gave no answer within 1s, twice"),
    ] {
        let Some((cluster, url)) = stand(&format!("(VALUES ('{name}'))")).await else {
            return;
        };
        let failure = connected(&url, None).await.expect_err("it does not answer");
        assert!(failure.contains(says), "{failure}");
        cluster
            .psql(&url, "UPDATE users SET name = 'a'")
            .expect("mended");
        connected(&url, None).await.expect("it goes on");
        assert_eq!(slugs(&cluster, &url), "1");
    }
}
