//! A migration that changes many tables at once.

use std::collections::BTreeSet;

use segue_catalog::{Change, ObjectRef, QName};

use crate::{Class, Example, Judge, Moment, Origin, Report, Rule, Severity, moment::listed};

pub(super) static RULE: Rule = Rule {
    id: "many-changes-per-migration",
    title: "a migration changes many tables that were there before",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "a migration that alters, renames or drops more than three tables that the run has not made itself.",
    harm: "In one transaction all of them stay locked until the last is done. Where one change fails or has to be taken back, all of them are.",
    remedy: "one migration for each change that can stand alone",
    sources: &["https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE a (id bigint); CREATE TABLE b (id bigint); CREATE TABLE c (id bigint); CREATE TABLE d (id bigint);",
        sql: "ALTER TABLE a ADD COLUMN note text;
              ALTER TABLE b ADD COLUMN note text;
              ALTER TABLE c ADD COLUMN note text;
              ALTER TABLE d ADD COLUMN note text;",
    },
    good: Example {
        schema: "CREATE TABLE a (id bigint);",
        sql: "ALTER TABLE a ADD COLUMN note text;",
    },
    judge: Judge::Script(judge),
};

/// More tables than this are many.
const MANY: usize = 3;

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let script = moment.script();
    if script.origin == Origin::Loose {
        return;
    }
    let changes = script.lines.iter().flat_map(|line| &line.changes);
    let tables: BTreeSet<&QName> = changes
        .filter_map(|change| match change {
            Change::Table { table, .. }
            | Change::Rename {
                object: ObjectRef::Table(table) | ObjectRef::Column(table, _),
                ..
            }
            | Change::Drop {
                object: ObjectRef::Table(table),
                ..
            } => Some(table),
            _ => None,
        })
        .filter(|table| moment.known().tables.contains_key(*table))
        .collect();
    if tables.len() <= MANY {
        return;
    }
    let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
    let list = listed(&names).unwrap_or_default();
    report
        .finding(format!(
            "it changes {} tables that were there before: {list}",
            tables.len()
        ))
        .of_script();
}
