//! `REPLICA IDENTITY`.

use segue_catalog::{TableChange, model::ReplicaIdentity};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, writing::publications};

pub(super) static RULE: Rule = Rule {
    id: "replica-identity-change",
    title: "whoever decodes changes of a table gets other old values",
    class: Class::Compatibility,
    severity: Severity::Warning,
    trigger: "REPLICA IDENTITY on a table that is in use or in a publication, where it changes something.",
    harm: "Subscribers and change data capture get other old values with each UPDATE and DELETE. With NOTHING, updates and deletes of a \
           published table fail; with FULL, the log holds every old row whole. ACCESS EXCLUSIVE lock on the table, for a moment.",
    remedy: "agree with whoever subscribes to the table; take an index of NOT NULL columns where there is no primary key",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY",
        "https://www.postgresql.org/docs/current/logical-replication-publication.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE PUBLICATION events FOR TABLE users;
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users REPLICA IDENTITY NOTHING;",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE users (id bigint PRIMARY KEY, email text);\nALTER TABLE users REPLICA IDENTITY FULL;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for (table, change) in moment.table_changes() {
        let TableChange::ReplicaIdentity(to) = change else {
            continue;
        };
        let before = moment.before().tables.get(table);
        let changes = before.is_some_and(|table| table.replica_identity != *to);
        let published = publications(moment.before(), table).next().is_some();
        let counts = moment.is_in_use(table) || published;
        if !changes || !counts || moment.is_new_relation(table) {
            continue;
        }
        let message = match to {
            ReplicaIdentity::Nothing if published => {
                format!(
                    "updates and deletes of {table} fail: it is published, and nothing tells its rows apart"
                )
            }
            _ => format!("whoever decodes changes of {table} gets other old values"),
        };
        report.finding(message);
    }
}
