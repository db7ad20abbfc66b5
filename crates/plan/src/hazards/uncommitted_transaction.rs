//! `BEGIN` without an end.

use segue_sql::Kind;

use crate::{Class, Example, Judge, Line, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "uncommitted-transaction",
    title: "a transaction is begun and not ended",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "a script that ends while a transaction that it has begun itself is open, also by COMMIT AND CHAIN.",
    harm: "When the session ends, everything since BEGIN is rolled back without a word; while it is open, its locks stay.",
    remedy: "end the transaction with COMMIT, or leave out BEGIN",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-begin.html",
        "https://www.postgresql.org/docs/current/tutorial-transactions.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "BEGIN; CREATE TABLE users (id bigint PRIMARY KEY);",
    },
    good: Example {
        schema: "",
        sql: "BEGIN; CREATE TABLE users (id bigint PRIMARY KEY); COMMIT;",
    },
    judge: Judge::Script(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let mut open: Option<&Line> = None;
    for line in &moment.script().lines {
        match line.kind {
            Kind::Begin => open = open.or(Some(line)),
            Kind::Commit | Kind::Rollback => open = chains(moment, line).then_some(line),
            Kind::PrepareTransaction => open = None,
            _ => {}
        }
    }
    if let Some(begun) = open {
        report
            .finding(
                "the transaction that begins here is never committed: all of it is rolled back",
            )
            .at(begun.span.clone());
    }
}

/// Whether a new transaction begins with the end of the old one.
pub(super) fn chains(moment: &Moment<'_>, line: &Line) -> bool {
    let text = moment.script().source.text[line.span.clone()].to_ascii_uppercase();
    let words: Vec<&str> = text.trim_end_matches(';').split_whitespace().collect();
    words.ends_with(&["AND", "CHAIN"])
}
