//! Indexes over many columns.

use segue_catalog::{Change, Object};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, example::USERS};

/// From how many on an index helps no more than one over fewer of them.
const MANY: usize = 4;

pub(super) static RULE: Rule = Rule {
    id: "index-too-many-columns",
    title: "an index over many columns is large, and seldom faster than one over fewer",
    class: Class::Cost,
    severity: Severity::Warning,
    trigger: "CREATE INDEX with four key columns or more, not unique, by the method btree. On a table that is new, small or empty it \
              is only told.",
    harm: "Every write maintains the index, which grows with each column; a query that gives no value for the first column can hardly \
           use it.",
    remedy: "index the columns that tell rows apart best, and INCLUDE the others only if they make index-only scans possible",
    sources: &["https://www.postgresql.org/docs/current/indexes-multicolumn.html"],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "CREATE INDEX CONCURRENTLY users_all ON users (nick, email, score, id);",
    },
    good: Example {
        schema: USERS,
        sql: "CREATE INDEX CONCURRENTLY users_nick_email ON users (nick, email);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(Change::Create(object)) = moment.changes().first() else {
        return;
    };
    let Object::Index(name, index) = &**object else {
        return;
    };
    if index.unique || index.method != "btree" || index.keys.len() < MANY {
        return;
    }
    let count = index.keys.len();
    let table = &index.table;
    let finding = report.finding(format!("index {name} of {table} is over {count} columns"));
    if !moment.is_in_use(table) {
        finding.at_most(Severity::Info);
    }
}
