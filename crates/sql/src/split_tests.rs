use super::*;

fn texts(sql: &str) -> Vec<(String, Kind)> {
    let source = Source::new("t.sql", sql);
    split(&source)
        .expect("splits")
        .into_iter()
        .map(|s| (s.text(sql).to_owned(), s.kind))
        .collect()
}

fn kinds(sql: &str) -> Vec<Kind> {
    texts(sql).into_iter().map(|(_, kind)| kind).collect()
}

#[test]
fn semicolons_in_quotes_comments_and_bodies_do_not_split() {
    let sql = "select ';' /* ; /* ; */ */, $x$;$x$, \";\"; -- ;\nselect E'\\';'; ;; select 3";
    let found: Vec<String> = texts(sql).into_iter().map(|(t, _)| t).collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[2], "select 3");
}

#[test]
fn begin_atomic_bodies_are_one_statement() {
    let sql = "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC \
               SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END; SELECT 3; END; SELECT 1;";
    assert_eq!(texts(sql).len(), 2);
}

#[test]
fn transaction_control_is_told_from_savepoints() {
    assert_eq!(
        kinds(
            "begin; start transaction read only; commit; end; rollback; abort; rollback to a; savepoint a"
        ),
        [
            Kind::Begin,
            Kind::Begin,
            Kind::Commit,
            Kind::Commit,
            Kind::Rollback,
            Kind::Rollback,
            Kind::Plain,
            Kind::Plain,
        ]
    );
}

#[test]
fn statements_that_refuse_a_transaction_are_known() {
    for sql in [
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        "create unique index concurrently if not exists i on t (a)",
        "DROP INDEX CONCURRENTLY IF EXISTS \"i\"",
        "REINDEX (CONCURRENTLY) TABLE t",
        "REINDEX SCHEMA public",
        "ALTER TABLE a DETACH PARTITION b CONCURRENTLY",
        "VACUUM (ANALYZE) t",
        "CLUSTER",
        "ALTER SYSTEM SET work_mem = '1GB'",
        "CREATE DATABASE x",
        "DISCARD ALL",
    ] {
        assert!(
            matches!(kinds(sql).as_slice(), [Kind::OutsideTransaction(_)]),
            "{sql}: {:?}",
            kinds(sql)
        );
    }
    for sql in [
        "CREATE INDEX i ON t (a)",
        "DROP INDEX i",
        "REINDEX TABLE t",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
        "CLUSTER t USING i",
        "ALTER TABLE a DETACH PARTITION b",
        "DISCARD TEMP",
        "CREATE TABLE vacuum (concurrently int)",
    ] {
        assert_eq!(kinds(sql), [Kind::Plain], "{sql}");
    }
}

#[test]
fn extensions_are_named_as_the_server_knows_them() {
    for (sql, name) in [
        ("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"", "uuid-ossp"),
        ("create extension PgCrypto with schema x", "pgcrypto"),
        ("CREATE EXTENSION IF NOT EXISTS citext", "citext"),
    ] {
        assert_eq!(
            kinds(sql),
            [Kind::CreateExtension(name.to_owned())],
            "{sql}"
        );
    }
}

#[test]
fn dumps_with_psql_lines_and_copy_data_are_cut_like_psql_cuts_them() {
    let sql =
        "\\restrict abc\nCOPY t (a) FROM stdin;\n1;'\n2\n\\.\n\nSELECT 1;\n\\unrestrict abc\n";
    let source = Source::new("t.sql", sql);
    let statements = split(&source).expect("splits");
    assert_eq!(
        statements[0].kind,
        Kind::PsqlCommand("restrict abc".to_owned())
    );
    assert_eq!(statements[1].kind, Kind::CopyFromStdin);
    let data = statements[1].data.clone().expect("has data");
    assert_eq!(&sql[data], "1;'\n2\n");
    assert_eq!(statements[2].text(sql), "SELECT 1");
    assert_eq!(statements.len(), 4);
}

#[test]
fn what_is_never_closed_is_shown_where_it_opens() {
    for (sql, at) in [("select 'a", 7), ("select 1; /* x", 10), ("do $$ x", 3)] {
        let problems = split(&Source::new("t.sql", sql)).expect_err("not closed");
        assert_eq!(
            problems[0].place.as_ref().map(|p| p.span.start),
            Some(at),
            "{sql}"
        );
    }
}

#[test]
fn pieces_end_statements_without_a_semicolon() {
    let source = Source::new("t.sql", "select 1 | select 2; select 3");
    let statements = split_pieces(&source, [0..9, 10..29]).expect("splits");
    assert_eq!(statements.len(), 3);
    assert_eq!(statements[0].text(&source.text), "select 1");
}
