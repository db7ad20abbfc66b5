//! A role that is no superuser: it owns the tables, and may make a schema in the database. Nothing else is needed.

use segue_db::{
    Session,
    postgres::{
        connect::connect,
        url::{self, Defaults},
    },
};

use crate::{
    points::Points,
    recipes::{
        COLUMNS, CONSTRAINTS, FILLING, FILLINGS, INDEXES, PARTITIONS, ROWS, Recipe, SEVERAL,
    },
    stand::{Command, Ended, Project, Stand, run},
};

const OWNER: &str = "app_owner";
const OWNED: &str = "owned";

fn url(stand: &Stand, database: &str) -> String {
    let (_, rest) = stand.cluster.url(database).split_once('@').map_or_else(
        || panic!("it has a user"),
        |(user, rest)| (user.to_owned(), rest.to_owned()),
    );
    format!("postgresql://{OWNER}@{rest}")
}

/// A database whose tables that role owns.
async fn owned(stand: &Stand) {
    stand
        .admin(&format!(
            "CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"
        ))
        .await;
    stand
        .admin(&format!("CREATE DATABASE {OWNED} TEMPLATE template0"))
        .await;
    grant(stand, OWNED).await;
    let done = run(Project::new().migrator(&url(stand, OWNED)), Command::Deploy).await;
    done.unwrap_or_else(|failure| panic!("{failure}"));
    let target = url::read(&url(stand, OWNED), &Defaults::default()).expect("a URL");
    let connection = connect(&target, None, &mut |_| {})
        .await
        .expect("a connection");
    let session = Session::Postgres(Box::new(segue_db::postgres::Session::new(connection)));
    session
        .rows(&FILLING.replace("$n", &ROWS.to_string()))
        .await
        .expect("there are rows");
    session.close().await;
}

/// Rights on a database are not copied with it.
async fn grant(stand: &Stand, database: &str) {
    stand
        .admin(&format!("GRANT CREATE ON DATABASE {database} TO {OWNER}"))
        .await;
    stand
        .sql(
            database,
            &format!("GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}"),
        )
        .await;
}

async fn carried_out(stand: &Stand, recipe: &Recipe) {
    let project = Project::of(recipe.migrations);
    let database = stand.copy(OWNED).await;
    grant(stand, &database).await;
    let go = async |command| {
        let done = run(project.migrator(&url(stand, &database)), command).await;
        done.map_err(|failure| format!("{} as owner: {command:?}: {failure}", recipe.name))
    };
    assert_eq!(
        go(Command::Deploy).await,
        Ok(Ended::Done),
        "{}",
        recipe.name
    );
    match go(Command::Rollback).await {
        Ok(Ended::Done) => assert_eq!(go(Command::Deploy).await, Ok(Ended::Done)),
        Ok(Ended::Nothing) => {}
        Err(why) => assert!(why.contains("cannot be taken back"), "{why}"),
    }
    go(Command::Contract)
        .await
        .unwrap_or_else(|why| panic!("{why}"));
    let left = stand.left(&database, "contracted").await;
    let left: Vec<&String> = left
        .iter()
        .filter(|left| !left.ends_with("rolled back"))
        .collect();
    assert!(left.is_empty(), "{}: {left:?}", recipe.name);
    stand.remove(&database).await;
}

#[tokio::test]
async fn the_owner_of_the_tables_needs_no_more_than_to_make_a_schema() {
    let Some(stand) = Stand::start().await else {
        return;
    };
    owned(&stand).await;
    let all = [INDEXES, COLUMNS, CONSTRAINTS, FILLINGS, PARTITIONS, SEVERAL];
    let all = all.into_iter().flatten();
    let all = all
        .filter(|recipe| stand.major() < recipe.below)
        .enumerate();
    for (_, recipe) in all.filter(|(number, recipe)| Points::wants(*number, recipe.name)) {
        carried_out(&stand, recipe).await;
    }
}
