use super::*;

fn texts(sql: &str) -> Vec<(String, Kind)> {
    let source = Source::new("t.sql", sql);
    split(&source)
        .expect("splits")
        .iter()
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
    let statements: Vec<_> = split(&source).expect("splits").iter().collect();
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
    assert_eq!(
        &source.text[statements.span(0).expect("is there")],
        "select 1"
    );
}

/// Numbers that look random and are the same in every run (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("below end")
    }
}

const SCRAPS: &[&str] = &[
    ";",
    "'",
    "''",
    "\"",
    "\\",
    "E'",
    "e'\\''",
    "U&'",
    "$$",
    "$a$",
    "$a",
    "$1",
    "--",
    "\n",
    "\r",
    "\r\n",
    "/*",
    "*/",
    "(",
    ")",
    " ",
    "\t",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "ž",
    "\u{1f980}",
    "select",
    "create function f()",
    "begin atomic",
    "begin",
    "case",
    "end",
    "copy t from stdin",
    "\n\\.\n",
    "\\echo x",
    "create extension",
    "1e",
    "0x",
    "1.5",
    "::",
    ":=",
    "x'1f'",
    "b'",
    "`",
    "{",
    "end;",
    "concurrently",
    "\u{1b}[2J",
];

#[test]
fn any_mix_of_quotes_comments_and_semicolons_is_cut_in_order_and_nothing_is_lost() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut good = 0;
    for _ in 0..20_000 {
        let count = 1 + numbers.below(24);
        let sql: String = (0..count)
            .map(|_| SCRAPS[numbers.below(SCRAPS.len())])
            .collect();
        match split(&Source::new("t.sql", sql.as_str())) {
            Ok(statements) => {
                good += 1;
                check(&sql, &statements);
            }
            Err(problems) => {
                assert!(!problems.is_empty(), "{sql:?}");
                for place in problems.iter().filter_map(|problem| problem.place.as_ref()) {
                    assert!(sql.get(place.span.clone()).is_some(), "{sql:?}: {place:?}");
                }
            }
        }
    }
    assert!(good > 2_000, "only {good} of the mixes are whole scripts");
}

/// Spans are in order, apart, on character boundaries, and all between them is blank, comment or semicolon.
fn check(sql: &str, statements: &Statements) {
    let mut end = 0;
    let mut gaps = Vec::new();
    for statement in statements.iter() {
        assert!(!statement.span.is_empty(), "{sql:?}");
        gaps.push(end..statement.span.start);
        end = statement.span.end;
        if let Some(data) = statement.data {
            // Behind the semicolon and the rest of its line, before the line that ends the data.
            gaps.push(
                end..sql[end..data.start]
                    .find(';')
                    .map_or(data.start, |at| end + at),
            );
            end = data.end + sql[data.end..].find('\n').map_or(0, |n| n + 1);
            assert!(sql.get(data).is_some(), "{sql:?}");
        }
    }
    gaps.push(end..sql.len());
    for gap in gaps {
        let gap = sql
            .get(gap.clone())
            .unwrap_or_else(|| panic!("{gap:?} is not between statements of {sql:?}"));
        // A byte-order mark at the start of a statement is that of a file which was joined to another.
        let lost = tokenize(&gap.replace('\u{feff}', "")).find(|token| {
            !matches!(
                token.kind,
                TokenKind::Whitespace
                    | TokenKind::LineComment
                    | TokenKind::BlockComment { .. }
                    | TokenKind::Semi
            )
        });
        assert!(lost.is_none(), "{gap:?} of {sql:?} is lost");
    }
}

#[test]
fn what_is_nested_deeply_is_cut_without_recursion() {
    let depth = 100_000;
    let sql = format!(
        "select {}1{}; {}{} select 2",
        "(".repeat(depth),
        ")".repeat(depth),
        "/*".repeat(depth),
        "*/".repeat(depth)
    );
    assert_eq!(texts(&sql).len(), 2);
    let bodies = "CASE ".repeat(depth) + &"END ".repeat(depth);
    let sql = format!("create procedure p() begin atomic {bodies}; end; select 2");
    assert_eq!(texts(&sql).len(), 2);
    let sql = format!("do $a${}$a$; select 2", "$$;$b$".repeat(depth));
    assert_eq!(texts(&sql).len(), 2);
    assert!(split(&Source::new("t.sql", "/*".repeat(depth))).is_err());
}

#[test]
fn semicolons_alone_are_no_statements() {
    assert_eq!(texts(&"; ;\n".repeat(100_000)), []);
}

#[test]
fn a_lone_carriage_return_ends_a_comment_as_in_postgresql() {
    assert_eq!(texts("-- one\rselect 1;\r\nselect 2\r").len(), 2);
}
