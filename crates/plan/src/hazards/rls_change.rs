//! Row-level security: on, off, forced, and its policies.

use segue_catalog::{
    Change, Object, QName, TableChange,
    model::{Policy, PolicyCommand, Table},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "rls-change",
    title: "which rows a role may see or write changes",
    class: Class::Compatibility,
    severity: Severity::Warning,
    trigger: "ENABLE, DISABLE, FORCE or NO FORCE ROW LEVEL SECURITY, and CREATE, ALTER or DROP POLICY, of a table that was there before \
              the run. Not of policies while row security is off, nor where the transaction leaves everything as it was; only a hint \
              where it is enabled with policies that are there already.",
    harm: "ENABLE without a policy hides all rows from everybody but the owner, roles with BYPASSRLS and superusers; DISABLE shows all \
           rows to whoever may read the table; a policy that changes hides or shows some. Nothing fails: rows are simply not there.",
    remedy: "create the policies first, for all that the app does, then ENABLE; replace a policy by creating the new one before the old \
             one is dropped, in one transaction",
    sources: &[
        "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
        "https://www.postgresql.org/docs/current/sql-createpolicy.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, tenant text);
                 INSERT INTO users SELECT g, 't' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users ENABLE ROW LEVEL SECURITY;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, tenant text);
                 INSERT INTO users SELECT g, 't' || g FROM generate_series(1, 20000) g;",
        sql: "CREATE POLICY own ON users USING (tenant = current_user);
              ALTER TABLE users ENABLE ROW LEVEL SECURITY;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Some(of) = subject(change) else {
            continue;
        };
        let known = moment.known().tables.get(of);
        let settled = moment.settled().tables.get(of);
        if moment.is_new_relation(of) {
            continue;
        }
        if let (Some(known), Some(settled)) = (known, settled)
            && known.row_security == settled.row_security
            && known.policies == settled.policies
        {
            continue;
        }
        let (Some(before), Some(after)) = (
            moment.before().tables.get(of),
            moment.after().tables.get(of),
        ) else {
            continue;
        };
        said(change, of, before, after, settled.map_or(&**after, |table| table), report);
    }
}

/// The table whose row security changes.
fn subject(change: &Change) -> Option<&QName> {
    match change {
        Change::Table {
            table,
            change: TableChange::EnableRowSecurity(_) | TableChange::ForceRowSecurity(_),
        }
        | Change::Policy { table, .. } => Some(table),
        Change::Create(object) => match &**object {
            Object::Policy(table, ..) => Some(table),
            _ => None,
        },
        Change::Drop {
            object: segue_catalog::ObjectRef::Policy(table, _),
            ..
        } => Some(table),
        _ => None,
    }
}

fn said(
    change: &Change,
    of: &QName,
    before: &Table,
    after: &Table,
    settled: &Table,
    report: &mut Report<'_>,
) {
    let is_on = before.row_security.enabled;
    let (on, forced) = (after.row_security.enabled, after.row_security.forced);
    match change {
        Change::Table { change, .. } => match change {
            TableChange::EnableRowSecurity(true) if !is_on => enabled(of, settled, report),
            TableChange::EnableRowSecurity(false) if is_on => {
                report.finding(format!("whoever may read {of} sees all of its rows from this moment"));
            }
            TableChange::ForceRowSecurity(force) if on && before.row_security.forced != forced => {
                report.finding(if *force {
                    format!("the policies of {of} hold for its owner too from this moment: an app that connects as the owner sees fewer rows")
                } else {
                    format!("the policies of {of} no longer hold for its owner")
                });
            }
            _ => {}
        },
        _ if !is_on => {}
        Change::Create(object) => {
            if let Object::Policy(_, name, policy) = &**object {
                let more = if policy.permissive { "more" } else { "fewer" };
                report.finding(format!("by the policy {name}, roles see or write {more} rows of {of} from this moment"));
            }
        }
        Change::Policy { name, .. } => {
            report.finding(format!("by the policy {name}, roles see or write other rows of {of} from this moment"));
        }
        Change::Drop {
            object: segue_catalog::ObjectRef::Policy(_, name),
            ..
        } => {
            let policy = before.policies.get(name);
            let less = policy.is_none_or(|policy| policy.permissive);
            let how = if less { "fewer" } else { "more" };
            report.finding(format!("without the policy {name}, roles see or write {how} rows of {of} from this moment"));
        }
        _ => {}
    }
}

fn enabled(of: &QName, settled: &Table, report: &mut Report<'_>) {
    let reads = |policy: &Policy| {
        policy.permissive && matches!(policy.command, PolicyCommand::All | PolicyCommand::Select)
    };
    if settled.policies.values().any(reads) {
        let finding = report.finding(format!(
            "roles other than the owner see and write only the rows of {of} that its policies allow"
        ));
        finding.at_most(Severity::Info);
        return;
    }
    report
        .finding(format!(
            "no policy lets anybody read {of}: for roles other than the owner it is empty from this moment"
        ))
        .note("the owner, superusers and roles with BYPASSRLS see all rows still");
}
