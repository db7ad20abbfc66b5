//! `TRUNCATE … CASCADE`.

use segue_catalog::{Catalog, QName, model::ConstraintKind};
use squawk_syntax::ast;

use super::truncate;
use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, Weight, moment::listed};

pub(super) static RULE: Rule = Rule {
    id: "truncate-cascade",
    title: "tables that a TRUNCATE does not name are emptied with it",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "TRUNCATE … CASCADE of a table that others refer to by foreign keys, directly or through others, if one of those is not \
              known to be empty.",
    harm: "All rows of the referring tables are gone too, also those that refer to nothing. ACCESS EXCLUSIVE on all of them.",
    remedy: "name every table that has to be emptied, without CASCADE",
    sources: &["https://www.postgresql.org/docs/current/sql-truncate.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY);
                 CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
                 INSERT INTO users SELECT generate_series(1, 20000);
                 INSERT INTO orders SELECT g, g FROM generate_series(1, 20000) g;",
        sql: "TRUNCATE users CASCADE;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY);
                 CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);",
        sql: "TRUNCATE users, orders;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(ast::Stmt::Truncate(truncate)) = moment.statement() else {
        return;
    };
    if !matches!(
        truncate.drop_behavior(),
        Some(ast::DropBehavior::Cascade(_))
    ) {
        return;
    }
    let named = truncate::truncated(moment);
    let hit: Vec<String> = referring(moment.before(), &named)
        .into_iter()
        .filter(|table| !moment.is_new_relation(table) && moment.weight(table) != Weight::Empty)
        .map(ToString::to_string)
        .collect();
    if let (Some(list), Some(first)) = (listed(&hit), named.first()) {
        report.finding(format!("all rows of {list} are lost with those of {first}"));
    }
}

/// The tables that refer to these, directly or through others.
fn referring<'c>(catalog: &'c Catalog, named: &[&'c QName]) -> Vec<&'c QName> {
    let mut reached: Vec<&QName> = named.to_vec();
    let mut next = 0;
    while let Some(&referred) = reached.get(next) {
        next += 1;
        for (name, table) in &catalog.tables {
            let refers = table.constraints.values().any(|constraint| {
                matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if key.references == *referred)
            });
            if refers && !reached.contains(&name) {
                reached.push(name);
            }
        }
    }
    reached.split_off(named.len())
}
