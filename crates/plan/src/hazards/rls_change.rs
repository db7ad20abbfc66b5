//! Row-level security: on, off, forced, and its policies.

use segue_catalog::{
    Change, Object, ObjectRef, QName, TableChange,
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
        let Some(of) = subject(change).filter(|of| !moment.is_new_relation(of)) else {
            continue;
        };
        let tables = |catalog: &segue_catalog::Catalog| catalog.tables.get(of).cloned();
        let (Some(before), Some(after)) = (tables(moment.before()), tables(moment.after())) else {
            continue;
        };
        let settled = tables(moment.settled()).unwrap_or_else(|| after.clone());
        let known = tables(moment.known());
        let stays = known.as_ref().is_some_and(|known| {
            known.row_security == settled.row_security && known.policies == settled.policies
        });
        // the app that runs now is not subject to what the run has switched on
        let was_on = known.is_some_and(|known| known.row_security.enabled);
        match change {
            _ if stays => {}
            Change::Table { change, .. } => {
                switched(change, of, (&before, &after, &settled), report)
            }
            _ if was_on && before.row_security.enabled => policy(change, of, &before, report),
            _ => {}
        }
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
            object: ObjectRef::Policy(table, _),
            ..
        } => Some(table),
        _ => None,
    }
}

/// Row security is switched.
fn switched(
    change: &TableChange,
    of: &QName,
    (before, after, settled): (&Table, &Table, &Table),
    report: &mut Report<'_>,
) {
    let (was, now) = (before.row_security, after.row_security);
    match change {
        TableChange::EnableRowSecurity(true) if !was.enabled => enabled(of, settled, report),
        TableChange::EnableRowSecurity(false) if was.enabled => {
            report.finding(format!(
                "whoever may read {of} sees all of its rows from this moment"
            ));
        }
        TableChange::ForceRowSecurity(force) if now.enabled && was.forced != now.forced => {
            let message = format!("the policies of {of} no longer hold for its owner");
            let forced = format!(
                "the policies of {of} hold for its owner too from this moment: an app that connects as the owner sees fewer rows"
            );
            report.finding(if *force { forced } else { message });
        }
        _ => {}
    }
}

/// A policy comes, goes or changes.
fn policy(change: &Change, of: &QName, before: &Table, report: &mut Report<'_>) {
    let (how, rows) = match change {
        Change::Create(object) => match &**object {
            Object::Policy(_, name, policy) => {
                let rows = if policy.permissive { "more" } else { "fewer" };
                (format!("by the policy {name}"), rows)
            }
            _ => return,
        },
        Change::Policy { name, .. } => (format!("by the policy {name}"), "other"),
        Change::Drop {
            object: ObjectRef::Policy(_, name),
            ..
        } => {
            let policy = before.policies.get(name);
            let permissive = policy.is_none_or(|policy| policy.permissive);
            let rows = if permissive { "fewer" } else { "more" };
            (format!("without the policy {name}"), rows)
        }
        _ => return,
    };
    report.finding(format!(
        "{how}, roles see or write {rows} rows of {of} from this moment"
    ));
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
