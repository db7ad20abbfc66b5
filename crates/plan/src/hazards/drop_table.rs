//! `DROP TABLE`.

use segue_catalog::{Change, ObjectRef, QName, model::TableKind};

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, Weight, cost::size, moment::Stand,
};

pub(super) static RULE: Rule = Rule {
    id: "drop-table",
    title: "a table that the running app may use is dropped with its rows",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP TABLE or DROP FOREIGN TABLE of a table that was there before the run, also where a new one takes its name. Not with \
              IF EXISTS where there is none; only a hint where the table is known to be empty and unused.",
    harm: "The rows are gone, and every query of the running app that names the table fails. ACCESS EXCLUSIVE on the table, and \
           shortly on those that its foreign keys refer to.",
    remedy: "rename it to a name that nobody uses, wait until nothing has missed it, and drop it in a later migration; acknowledge \
             the finding there",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-droptable.html",
        "https://www.postgresql.org/docs/current/ddl-depend.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "DROP TABLE users;",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE staged (id bigint PRIMARY KEY); DROP TABLE staged;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let dropped: Vec<&QName> = moment
        .changes()
        .iter()
        .filter_map(|change| match change {
            Change::Drop {
                object: ObjectRef::Table(table),
                ..
            } => Some(table),
            _ => None,
        })
        .collect();
    if dropped.is_empty() {
        return;
    }
    let objects: Vec<ObjectRef> = dropped
        .iter()
        .map(|table| ObjectRef::Table((*table).clone()))
        .collect();
    let mut along = moment.goes_along(&objects);
    for table in dropped {
        if moment.is_new_relation(table) {
            continue;
        }
        let serves = moment.stand(table, moment.settled()) == Some(Stand::Whole);
        if moment.weight(table) == Weight::Empty && moment.seems_unused(table) {
            let message = format!(
                "{table} is empty and nobody is known to use it; who does, fails from this moment"
            );
            report.finding(message).at_most(Severity::Info);
            continue;
        }
        let finding = report.finding(message(moment, table, serves));
        if let Some(size) = size(moment, table) {
            finding.note(size);
        }
        if let Some(along) = along.take() {
            finding.note(along);
        }
    }
}

fn message(moment: &Moment<'_>, table: &QName, serves: bool) -> String {
    let known = moment.before().tables.get(table);
    let parent = known.and_then(|table| table.partition_of.as_ref());
    let is_foreign = known.is_some_and(|table| matches!(table.kind, TableKind::Foreign(_)));
    if let Some(partition) = parent {
        let parent = &partition.parent;
        format!(
            "the rows of {table} are lost, and the running app no longer finds them in {parent}"
        )
    } else if is_foreign {
        format!("the running app may use {table}: its queries fail from this moment")
    } else if serves {
        format!("the rows of {table} are lost; the running app finds what takes its place instead")
    } else {
        format!(
            "the rows of {table} are lost, and every query of the running app that names it fails from this moment"
        )
    }
}
