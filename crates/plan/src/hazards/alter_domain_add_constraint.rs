//! Constraints of a domain that columns have.

use segue_catalog::Change;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, fix};

pub(super) static RULE: Rule = Rule {
    id: "alter-domain-add-constraint",
    title: "every table that uses a domain is read while nobody can write it",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ALTER DOMAIN … ADD CONSTRAINT without NOT VALID, SET NOT NULL, or up to PostgreSQL 17 VALIDATE CONSTRAINT, where a column \
              of the domain is in a table that is large or in use.",
    harm: "SHARE lock on every such table, all of them until the last one is read: INSERT, UPDATE and DELETE wait.",
    remedy: "ADD CONSTRAINT … NOT VALID, which holds for new values at once; from PostgreSQL 18 on VALIDATE CONSTRAINT then blocks \
             nobody, before that what is there is checked best by a CHECK of each table, NOT VALID and then validated",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-alterdomain.html",
        "validateDomainCheckConstraint, src/backend/commands/typecmds.c",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE DOMAIN percent AS int;
CREATE TABLE shares (id bigint PRIMARY KEY, share percent);
INSERT INTO shares SELECT g, 1 FROM generate_series(1, 20000) g;",
        sql: "ALTER DOMAIN percent ADD CONSTRAINT percent_range CHECK (VALUE <= 100);",
    },
    good: Example {
        schema: "CREATE DOMAIN percent AS int;
CREATE TABLE shares (id bigint PRIMARY KEY, share percent);
INSERT INTO shares SELECT g, 1 FROM generate_series(1, 20000) g;",
        sql: "ALTER DOMAIN percent ADD CONSTRAINT percent_range CHECK (VALUE <= 100) NOT VALID;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let domain = moment.changes().iter().find_map(|change| match change {
        Change::Type { name, .. } => Some(name),
        _ => None,
    });
    for cost in moment.costs_of(|cause| *cause == Cause::Domain) {
        let (Some(domain), true) = (domain, cost.is_own()) else {
            continue;
        };
        let message = format!(
            "nobody can write to {} until its values of domain {domain} are checked",
            cost.locked()
        );
        report.cost(moment, &cost, message).fix = fix::domain_not_valid(moment);
    }
}
