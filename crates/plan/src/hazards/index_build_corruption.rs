//! Concurrent builds on PostgreSQL 14.0 to 14.3.

use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, example::INDEXED_USERS};

pub(super) static RULE: Rule = Rule {
    id: "index-build-corruption",
    title: "PostgreSQL 14.0 to 14.3 build corrupt indexes concurrently",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY, where the server is known to be 14.0, 14.1, 14.2 or 14.3.",
    harm: "The index can lack rows that are updated while it is built: queries do not find them, and a unique index lets duplicates in.",
    remedy: "update the server to 14.4 or later first; then REINDEX what has been built so far",
    sources: &["https://www.postgresql.org/docs/release/14.4/"],
    since: Some(14),
    until: Some(14),
    bad: Example {
        schema: INDEXED_USERS,
        sql: "REINDEX TABLE CONCURRENTLY users;",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);\nCREATE INDEX users_nick ON users (nick);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(version) = moment.facts().server_version else {
        return;
    };
    let builds = match moment.statement() {
        Some(ast::Stmt::CreateIndex(create)) => create.concurrently_token().is_some(),
        Some(ast::Stmt::Reindex(reindex)) => {
            let mut tokens = reindex.syntax().descendants_with_tokens();
            tokens.any(|token| token.kind() == SyntaxKind::CONCURRENTLY_KW)
        }
        _ => false,
    };
    if builds && (140_000..140_004).contains(&version) {
        let patch = version % 100;
        report.finding(format!(
            "the index may be corrupt: the server is PostgreSQL 14.{patch}"
        ));
    }
}
