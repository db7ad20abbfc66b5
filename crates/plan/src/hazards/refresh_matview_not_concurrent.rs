//! `REFRESH MATERIALIZED VIEW`.

use segue_catalog::{QName, model::Index};
use squawk_syntax::ast;

use crate::{Class, Example, Fix, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "refresh-matview-not-concurrent",
    title: "a materialized view is computed anew while nobody can read it",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "REFRESH MATERIALIZED VIEW without CONCURRENTLY, of a view that holds rows and was there before the run. WITH NO DATA is \
              spoken of too: the view cannot be read afterwards.",
    harm: "ACCESS EXCLUSIVE on the view until its query has run: whoever reads it waits.",
    remedy: "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on columns of the view, without WHERE",
    sources: &["https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, score int);
                 INSERT INTO users SELECT g, g FROM generate_series(1, 20000) g;
                 CREATE MATERIALIZED VIEW scores AS SELECT id, score FROM users;
                 CREATE UNIQUE INDEX scores_id ON scores (id);",
        sql: "REFRESH MATERIALIZED VIEW scores;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, score int);
                 INSERT INTO users SELECT g, g FROM generate_series(1, 20000) g;
                 CREATE MATERIALIZED VIEW scores AS SELECT id, score FROM users;
                 CREATE UNIQUE INDEX scores_id ON scores (id);",
        sql: "REFRESH MATERIALIZED VIEW CONCURRENTLY scores;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(ast::Stmt::Refresh(refresh)) = moment.statement() else {
        return;
    };
    let node = refresh.view_ref();
    let view = node.as_ref().and_then(|node| moment.relation(node));
    let (Some(node), Some(view)) = (node, view) else {
        return;
    };
    if refresh.concurrently_token().is_some() || moment.is_new_relation(&view) {
        return;
    }
    if !is_read(moment, &view) || crate::bounded::is_small(moment, &view) {
        return;
    }
    if matches!(refresh.data_option(), Some(ast::DataOption::WithNoData(_))) {
        report.finding(format!(
            "{view} is emptied: queries that read it fail until it is refreshed with data"
        ));
        return;
    }
    let has_key = has_key(moment, &view);
    let finding = report.finding(format!("nobody can read {view} until its query has run"));
    finding.note(format!(
        "ACCESS EXCLUSIVE on {view}: reads wait until it is filled"
    ));
    if has_key {
        let start = moment.line().span.start;
        let at = start
            + usize::from(
                squawk_syntax::ast::AstNode::syntax(&node)
                    .text_range()
                    .start(),
            );
        finding.fix(Fix {
            title: "refresh it while it can be read".to_owned(),
            span: at..at,
            text: "CONCURRENTLY ".to_owned(),
            outside_transaction: false,
        });
    } else {
        finding.help(format!(
            "build a unique index on {view} first, then REFRESH MATERIALIZED VIEW CONCURRENTLY"
        ));
    }
}

/// Whether it holds rows that somebody can read.
fn is_read(moment: &Moment<'_>, view: &QName) -> bool {
    use segue_catalog::model::ViewKind;
    let known = moment.before().views.get(view);
    known.is_some_and(|view| match view.kind {
        ViewKind::Materialized { populated, .. } => populated,
        ViewKind::Plain => false,
    })
}

/// Whether an index allows it to be refreshed concurrently (`refresh_by_match_merge`).
fn has_key(moment: &Moment<'_>, view: &QName) -> bool {
    let is_key = |index: &Index| {
        index.unique
            && index.valid
            && index.predicate.is_none()
            && index.keys.iter().all(|key| key.term.column().is_some())
    };
    let mut indexes = moment.before().indexes_of(view);
    indexes.any(|(_, index)| is_key(index))
}
