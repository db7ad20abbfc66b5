//! Migrations there and back.

use segue::testing::Way;

use super::{Project, server, told};

#[tokio::test]
async fn migrations_are_taken_back_one_after_the_other() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    let database = project.on(&cluster).await;
    let all = database.catalog().await.expect("read");

    let phone = database
        .rollback()
        .await
        .unwrap_or_else(|f| panic!("{}", told(&f)));
    assert_eq!(
        (phone.migration.as_str(), phone.way),
        ("3_phone", Way::Down)
    );
    phone.assert_restored();
    let catalog = database.catalog().await.expect("read");
    catalog.assert_table("users").has_no_column("phone");

    let posts = database
        .rollback()
        .await
        .unwrap_or_else(|f| panic!("{}", told(&f)));
    assert_eq!(
        (posts.migration.as_str(), posts.way),
        ("2_posts", Way::Derived)
    );
    posts.assert_restored();
    database
        .catalog()
        .await
        .expect("read")
        .assert_no_table("posts");

    database.migrate().await.expect("applied again");
    assert!(database.catalog().await.expect("read") == all);
}

#[tokio::test]
async fn a_database_is_brought_to_a_migration_in_both_directions() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    let database = project.builder(&cluster).at("1_users").create().await;
    let database = database.expect("made");
    database
        .catalog()
        .await
        .expect("read")
        .assert_no_table("posts");
    let deployed = database
        .migrate_to("3_")
        .await
        .expect("the beginning is enough");
    assert_eq!(deployed.applied.len(), 2);
    database
        .sql("INSERT INTO users VALUES (1, 'a@example.com', '1')")
        .await
        .expect("written");
    database.migrate_to("1_users").await.expect("taken back");
    database
        .catalog()
        .await
        .expect("read")
        .assert_no_table("posts")
        .assert_table("users")
        .has_no_column("phone");
    let rows = database.sql("SELECT email FROM users").await.expect("read");
    assert_eq!(rows, [[Some("a@example.com".to_owned())]]);
}

#[tokio::test]
async fn a_way_back_that_leaves_something_behind_is_told() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    project.file(
        "4_notes/migration.sql",
        "CREATE TABLE notes (id int); CREATE INDEX notes_id ON notes (id); ALTER TABLE users ADD note text;",
    );
    project.file("4_notes/down.sql", "DROP TABLE notes;");
    let database = project.on(&cluster).await;
    let notes = database.rollback().await.expect("it runs");
    assert_eq!(notes.different.len(), 1, "{:?}", notes.different);
    assert!(
        notes.different[0].contains("ADD COLUMN note text"),
        "{:?}",
        notes.different
    );
}

#[tokio::test]
async fn a_way_back_that_the_server_refuses_is_told_with_its_place() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    project.file("3_phone/down.sql", "ALTER TABLE users DROP COLUMN fone;");
    let database = project.on(&cluster).await;
    let failure = database.rollback().await.expect_err("it is wrong");
    let text = format!("{failure}");
    assert!(text.contains("fone") && text.contains("down.sql"), "{text}");
}

#[tokio::test]
async fn with_nothing_applied_there_is_no_way_back() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    let database = project.builder(&cluster).empty().create().await;
    let failure = database
        .expect("made")
        .rollback()
        .await
        .expect_err("refused");
    assert!(
        told(&failure).contains("no migration is applied"),
        "{}",
        told(&failure)
    );
}

#[tokio::test]
async fn an_unknown_migration_is_told_with_the_one_that_was_meant() {
    let Some(cluster) = server() else {
        return;
    };
    let project = Project::new();
    let database = project.on(&cluster).await;
    for failure in [
        database.migrate_to("2_post_").await.expect_err("refused"),
        project
            .builder(&cluster)
            .at("2_post_")
            .create()
            .await
            .expect_err("refused"),
    ] {
        let text = told(&failure);
        assert!(text.contains("there is no migration `2_post_`"), "{text}");
        assert!(text.contains("did you mean 2_posts?"), "{text}");
    }
}
