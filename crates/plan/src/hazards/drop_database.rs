//! `DROP DATABASE`.

use squawk_syntax::ast::{self, AstNode};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "drop-database",
    title: "a whole database is dropped",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP DATABASE, unless the same run has created that database. Also with IF EXISTS: what other databases the server has \
              is not known.",
    harm: "Everything in it is gone at once, and cannot be taken back. It fails while somebody is connected; WITH (FORCE) ends their \
           sessions.",
    remedy: "drop databases by hand, with a backup at hand, and not in a migration",
    sources: &["https://www.postgresql.org/docs/current/sql-dropdatabase.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "DROP DATABASE reporting;",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE reports (id bigint PRIMARY KEY);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(ast::Stmt::DropDatabase(drop)) = moment.statement() else {
        return;
    };
    let Some(node) = drop.database_ref() else {
        return;
    };
    let name = node.syntax().text().to_string();
    if moment
        .earlier()
        .iter()
        .any(|line| creates(moment, line, &name))
    {
        return;
    }
    report.finding(format!(
        "everything in the database {} is lost",
        name.trim()
    ));
}

fn creates(moment: &Moment<'_>, line: &crate::Line, name: &str) -> bool {
    let text = &moment.script().source.text[line.span.clone()];
    let mut words = text.split_whitespace();
    let begins =
        |word: Option<&str>, with: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(with));
    begins(words.next(), "create")
        && begins(words.next(), "database")
        && begins(
            words.next().map(|word| word.trim_end_matches(';')),
            name.trim(),
        )
}
