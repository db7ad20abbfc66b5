//! `DROP OWNED BY`.

use squawk_syntax::ast;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "drop-owned",
    title: "everything that a role owns is dropped",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP OWNED BY.",
    harm: "Every table, view and function of the role in this database is gone with its rows, and all its privileges are revoked; with \
           CASCADE also what depends on them. Which those are is not known before it runs.",
    remedy: "REASSIGN OWNED BY to another role first, or drop one by one what is not used any more",
    sources: &["https://www.postgresql.org/docs/current/sql-drop-owned.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "DROP OWNED BY former;",
    },
    good: Example {
        schema: "",
        sql: "REASSIGN OWNED BY former TO app;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    if let Some(ast::Stmt::DropOwned(_)) = moment.statement() {
        report.finding("everything that the role owns in this database is lost");
    }
}
