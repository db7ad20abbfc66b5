//! Domains with constraints of their own.

use segue_catalog::{Change, Object, model::TypeKind};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "create-domain-with-constraint",
    title: "a constraint of a domain is hard to change later",
    class: Class::Cost,
    severity: Severity::Info,
    trigger: "CREATE DOMAIN with CHECK or NOT NULL.",
    harm: "None now. A later constraint of the domain reads every table that uses it under a lock that blocks writes, a new column of the \
           domain makes its table be written anew, and NOT NULL does not hold in every place (outer joins give NULL).",
    remedy: "use the base type, with a CHECK of each table",
    sources: &["https://www.postgresql.org/docs/current/sql-createdomain.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE shares (id bigint PRIMARY KEY, share int CHECK (share BETWEEN 0 AND 100));",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Create(object) = change else {
            continue;
        };
        if let Object::Type(name, of) = &**object
            && let TypeKind::Domain(domain) = &of.kind
            && (domain.not_null.is_some() || !domain.constraints.is_empty())
        {
            report.finding(format!(
                "the constraint of domain {name} will be hard to change"
            ));
        }
    }
}
