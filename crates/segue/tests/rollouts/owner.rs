//! What docs/security.md gives the role that deploys is enough: every recipe there, back, there again and to its end, on tables
//! that the role owns. (All other tests here run as that role too; they break off, and look at less of the recipes at a time.)

use crate::{
    points::Points,
    recipes::{Recipe, all},
    stand::{BEFORE, Command, Ended, Project, Stand},
};

async fn carried_out(stand: &Stand, recipe: &Recipe) {
    let project = Project::of(recipe.migrations);
    let database = stand.copy(BEFORE).await;
    let go = async |command| {
        let done = stand.segue(&project, command, &database).await;
        done.map_err(|failure| format!("{}: {command:?}: {failure}", recipe.name))
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
    let rights = "SELECT bool_or(rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls) FROM pg_roles \
        WHERE pg_has_role(current_user, oid, 'MEMBER')";
    assert_eq!(stand.sql(BEFORE, rights).await, [[Some("f".to_owned())]]);
    for (_, recipe) in all()
        .enumerate()
        .filter(|(number, recipe)| Points::wants(*number, recipe.name))
    {
        carried_out(&stand, recipe).await;
    }
}
