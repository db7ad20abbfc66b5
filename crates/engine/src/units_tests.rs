use std::path::PathBuf;

use segue_project::Script;

use super::*;

fn cut_as(sql: &str, transactional: bool) -> Result<Vec<(bool, Range<usize>)>, Vec<Problem>> {
    let source = Source::new("m.sql", sql);
    let up = Script::whole(PathBuf::from("m.sql"), Arc::clone(&source));
    let statements = up.statements().expect("splits");
    let migration = Migration {
        name: "m".to_owned(),
        key: "m".to_owned(),
        description: String::new(),
        checksum: None,
        up,
        down: None,
        transactional,
        repeatable: false,
        run_by: None,
        transform: None,
    };
    let units = units(&migration, &source, &statements)?;
    Ok(units
        .into_iter()
        .map(|unit| {
            let in_transaction = matches!(unit.kind, UnitKind::Transaction { .. });
            (in_transaction, unit.statements)
        })
        .collect())
}

fn cut(sql: &str) -> Vec<(bool, Range<usize>)> {
    cut_as(sql, true).expect("can be run")
}

#[test]
fn a_plain_file_is_one_transaction() {
    assert_eq!(cut("select 1; select 2"), [(true, 0..2)]);
    assert_eq!(cut("begin; select 1; commit"), [(true, 0..3)]);
    assert_eq!(cut("-- nothing\n"), []);
}

#[test]
fn a_begin_without_commit_ends_with_the_file() {
    assert_eq!(cut("select 1; begin; select 2"), [(true, 0..3)]);
}

#[test]
fn a_transaction_that_another_tool_is_left_with_is_none() {
    assert_eq!(
        cut("commit; begin; select 1; commit; begin"),
        [(true, 1..4)]
    );
    assert_eq!(cut("begin; commit"), []);
}

#[test]
fn the_files_own_commits_are_respected() {
    assert_eq!(
        cut("begin; select 1; commit; begin; select 2; commit; select 3"),
        [(true, 0..3), (true, 3..6), (true, 6..7)]
    );
    assert_eq!(
        cut("select 1; commit; create index concurrently i on t (a)"),
        [(true, 0..2), (false, 2..3)]
    );
}

#[test]
fn what_refuses_a_transaction_stands_alone() {
    assert_eq!(
        cut("select 1; create index concurrently i on t (a); select 2; select 3"),
        [(true, 0..1), (false, 1..2), (true, 2..4)]
    );
}

#[test]
fn without_a_transaction_every_statement_is_committed_by_itself() {
    assert_eq!(
        cut_as(
            "select 1; begin; select 2; select 3; commit; select 4",
            false
        ),
        Ok(vec![(true, 0..1), (true, 1..5), (true, 5..6)])
    );
}

#[test]
fn what_would_undo_or_leave_the_migration_is_refused() {
    for sql in [
        "begin; select 1; rollback",
        "begin; prepare transaction 'x'",
        "begin; vacuum t",
        "\\connect other",
        "discard all",
    ] {
        assert!(cut_as(sql, true).is_err(), "{sql}");
    }
    assert_eq!(cut("\\restrict x\nselect 1;\n\\unrestrict x").len(), 1);
}
