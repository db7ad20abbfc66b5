//! A dangerous migration that does not say why it is there.

use segue_catalog::{Change, TableChange};

use crate::{Class, Example, Judge, Line, Moment, Origin, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "missing-why",
    title: "a migration that takes something away does not say why",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "a migration that drops or renames something that was there before it, without any comment.",
    harm: "Whoever reads it later, or has to take it back, cannot know what it was for.",
    remedy: "write a comment above: why, and since when nothing uses it any more",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);",
        sql: "ALTER TABLE users DROP COLUMN nick;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);",
        sql: "-- nicks moved to profiles in 0042, no release since 3.1 reads them
              ALTER TABLE users ADD COLUMN note text;",
    },
    judge: Judge::Script(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let script = moment.script();
    let text = &script.source.text;
    if script.origin == Origin::Loose || text.contains("--") || text.contains("/*") {
        return;
    }
    if let Some(line) = script.lines.iter().find(|line| takes_away(line)) {
        report
            .finding("nothing says why this is done")
            .at(line.span.clone());
    }
}

fn takes_away(line: &Line) -> bool {
    line.changes.iter().any(|change| {
        matches!(
            change,
            Change::Drop { .. }
                | Change::Rename { .. }
                | Change::SetSchema { .. }
                | Change::Table {
                    change: TableChange::DropColumn { .. } | TableChange::DropConstraint { .. },
                    ..
                }
        )
    })
}
