use std::path::PathBuf;

use segue_catalog::{Name, QName};
use segue_project::Script;
use segue_sql::Source;

use super::*;

fn migration(name: &str, sql: &str) -> Migration {
    Migration {
        name: name.to_owned(),
        key: name.to_owned(),
        description: String::new(),
        checksum: None,
        up: Script::whole(
            PathBuf::from(format!("{name}.sql")),
            Source::new(format!("{name}.sql"), sql),
        ),
        down: None,
        transactional: true,
        repeatable: false,
        run_by: None,
        transform: None,
    }
}

fn replay(migrations: &[Migration]) -> Replay<'_> {
    let parts = migrations.iter().map(Part::from);
    Replay::new(parts, Catalog::empty(17), Session::default())
}

/// Replays all of it, and passes over every question.
fn steps(migrations: &[Migration]) -> Vec<Step<'_>> {
    let mut replay = replay(migrations);
    loop {
        match replay.go_on().expect("it can be read") {
            Next::Unknown(_) => replay.pass(),
            Next::Migrated(_) => {}
            Next::Done => return replay.finish().0,
        }
    }
}

fn tables(catalog: &Catalog) -> Vec<String> {
    catalog.tables.keys().map(QName::to_string).collect()
}

#[test]
fn every_migration_has_its_schema() {
    let migrations = [
        migration("a", "CREATE TABLE one (id int); CREATE TABLE two (id int)"),
        migration("b", "DROP TABLE one"),
    ];
    let steps = steps(&migrations);
    assert_eq!(tables(&steps[0].after), ["public.one", "public.two"]);
    assert_eq!(tables(&steps[1].after), ["public.two"]);
    assert_eq!((steps[0].statements, steps[0].effects.len()), (2, 2));
    assert!(steps.iter().all(|step| step.gaps.is_empty()));
}

#[test]
fn what_is_set_locally_ends_with_the_transaction_and_the_rest_with_the_migration() {
    let migrations = [
        migration(
            "a",
            "CREATE SCHEMA app; SET LOCAL search_path = app; CREATE TABLE one (id int); COMMIT; \
             CREATE TABLE two (id int); SET search_path = app; COMMIT; CREATE TABLE three (id int)",
        ),
        migration("b", "CREATE TABLE four (id int)"),
    ];
    let steps = steps(&migrations);
    assert_eq!(
        tables(&steps[1].after),
        ["app.one", "app.three", "public.four", "public.two"]
    );
}

#[test]
fn temporary_tables_end_with_their_migration() {
    let migrations = [migration(
        "a",
        "CREATE TEMPORARY TABLE one (id int); CREATE TABLE two (id int)",
    )];
    assert_eq!(tables(&steps(&migrations)[0].after), ["public.two"]);
}

#[test]
fn what_cannot_be_told_is_asked_at_its_place_and_learned() {
    let sql = "CREATE TABLE one (id int);\nDO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'two (id int)'; END $$;\n\
               ALTER TABLE two ADD COLUMN name text";
    let migrations = [migration("a", sql)];
    let mut replay = replay(&migrations);
    let next = replay.go_on().expect("it can be read");
    let at = Position {
        part: 0,
        statement: 1,
    };
    assert!(matches!(next, Next::Unknown(found) if found == at));
    let gap = replay.gap().expect("it is asked about");
    assert!(gap.reason.starts_with("a DO block"), "{}", gap.reason);
    assert!(sql[gap.place.span.clone()].starts_with("DO $$"));

    let mut learned = Catalog::empty(17);
    for name in ["one", "two"] {
        let table = segue_catalog::model::Table::new(Vec::new());
        let name = QName::new(Name::stored("public"), Name::stored(name));
        learned.tables.insert(name, Arc::new(table));
    }
    replay.learn(&learned);
    assert!(matches!(replay.go_on(), Ok(Next::Migrated(0))));
    assert!(matches!(replay.go_on(), Ok(Next::Done)));
    let (steps, _) = replay.finish();
    let table = &steps[0].after.tables[&QName::new("public", "two")];
    assert!(table.column("name").is_some());
    assert!(steps[0].gaps.len() == 1 && steps[0].gaps[0].learned);
}

#[test]
fn what_the_model_refuses_is_asked_about_with_its_place() {
    let migrations = [
        migration("a", "CREATE TABLE one (id int);\nDROP TABLE two"),
        migration("b", "CREATE TABLE three (id int)"),
    ];
    let steps = steps(&migrations);
    let gap = &steps[0].gaps[0];
    let problem = gap.problems.first().expect("it says why");
    assert!(problem.to_string().starts_with("a.sql:2:"), "{problem}");
    assert!(!gap.learned);
    assert_eq!(tables(&steps[1].after), ["public.one", "public.three"]);
}

#[test]
fn of_a_migration_that_is_committed_in_part_the_rest_does_not_count() {
    let migrations = [migration(
        "a",
        "CREATE TABLE one (id int); COMMIT; CREATE TABLE two (id int)",
    )];
    let parts = [Part {
        migration: &migrations[0],
        statements: Some(2),
    }];
    let mut replay = Replay::new(parts, Catalog::empty(17), Session::default());
    assert!(matches!(replay.go_on(), Ok(Next::Migrated(0))));
    assert_eq!(tables(replay.catalog()), ["public.one"]);
}

#[test]
fn a_migration_that_takes_itself_back_is_refused() {
    let migrations = [migration("a", "CREATE TABLE one (id int); ROLLBACK")];
    let problems = replay(&migrations).go_on().expect_err("it cannot be run");
    assert!(problems[0].message.contains("takes back"), "{problems:?}");
}

#[test]
fn every_moment_of_a_part_is_kept_where_that_is_asked_for() {
    let migrations = [
        migration("a", "CREATE TABLE one (id int)"),
        migration(
            "b",
            "ALTER TABLE one ADD b int; CREATE INDEX CONCURRENTLY i ON one (b); DROP TABLE none; DO $$ BEGIN EXECUTE 'CREATE ' || 'TABLE x ()'; END $$;",
        ),
    ];
    let mut replay = replay(&migrations).keeping([1]);
    while !matches!(replay.go_on().expect("it can be read"), Next::Done) {
        if replay.gap().is_some() {
            replay.pass();
        }
    }
    let steps = replay.finish().0;
    assert!(steps[0].script.is_none());
    let lines = &steps[1].script.as_ref().expect("it is kept").lines;
    let transactions: Vec<_> = lines.iter().map(|line| line.transaction).collect();
    assert_eq!(transactions, [Some(0), None, Some(2), Some(2)]);
    let has_index = |catalog: &Catalog| !catalog.indexes.is_empty();
    assert!(!has_index(&lines[1].before) && has_index(&lines[1].after));
    assert_eq!(lines[2].refused.len(), 1);
    assert!(lines[3].unknown.is_some() && lines[3].refused.is_empty());
}
