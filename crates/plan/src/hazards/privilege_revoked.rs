//! `REVOKE`.

use segue_catalog::{Catalog, Change, Grantee, ObjectRef, Privileges};

use squawk_syntax::ast;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "privilege-revoked",
    title: "a role may no longer do what it could",
    class: Class::Compatibility,
    severity: Severity::Warning,
    trigger: "REVOKE of a membership in a role, or on an object that was there before the run, where it takes something away that the transaction does not give back.",
    harm: "If the running app connects as that role, or as a member of it, its queries fail at once: permission denied.",
    remedy: "find out who uses the privilege, give those who need it a grant of their own first, and revoke it in a later migration",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-revoke.html",
        "https://www.postgresql.org/docs/current/ddl-priv.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 GRANT SELECT, UPDATE ON users TO app;",
        sql: "REVOKE UPDATE ON users FROM app;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 GRANT SELECT, UPDATE ON users TO app;",
        sql: "GRANT UPDATE ON users TO app_writer;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    if let Some(ast::Stmt::Revoke(revoke)) = moment.statement()
        && revoke.on_privilege_objects_clause().is_none()
        && revoke.revoke_option_for().is_none()
    {
        report.finding("whoever was a member of the role may no longer do what it may");
    }
    for change in moment.changes() {
        let Change::Privileges { object, change } = change else {
            continue;
        };
        if change.grant || change.grant_option || moment.is_new(object) {
            continue;
        }
        let before = privileges(moment.before(), object);
        let after = privileges(moment.settled(), object);
        if let (Some(before), Some(after)) = (before, after)
            && before.granted.is_subset(&after.granted)
            && after.revoked.is_subset(&before.revoked)
        {
            continue;
        }
        let from = change.grantees.iter();
        let from: Vec<String> = from.map(called).collect();
        report.finding(format!(
            "{} may no longer do to {object} what it could: queries of an app that connects as it fail from this moment",
            from.join(", ")
        ));
    }
}

fn called(grantee: &Grantee) -> String {
    match grantee {
        Grantee::Owner => "the owner".to_owned(),
        Grantee::Public => "every role".to_owned(),
        Grantee::Role(name) => name.to_string(),
    }
}

/// The privileges on an object.
fn privileges<'c>(catalog: &'c Catalog, object: &ObjectRef) -> Option<&'c Privileges> {
    Some(match object {
        ObjectRef::Table(name) => &catalog.tables.get(name)?.privileges,
        ObjectRef::Column(of, column) => &catalog.tables.get(of)?.column(column)?.privileges,
        ObjectRef::View(name) => &catalog.views.get(name)?.privileges,
        ObjectRef::Sequence(name) => &catalog.sequences.get(name)?.privileges,
        ObjectRef::Routine(id) => &catalog.routines.get(id)?.privileges,
        ObjectRef::Type(name) => &catalog.types.get(name)?.privileges,
        ObjectRef::Schema(name) => &catalog.schemas.get(name)?.privileges,
        _ => return None,
    })
}
