//! `DROP TYPE` and `DROP DOMAIN`.

use segue_catalog::{
    Catalog, Change, ObjectRef, QName,
    model::{Type, TypeKind},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "drop-type",
    title: "a type that the running app may use is dropped",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP TYPE or DROP DOMAIN of one that was there before the run. Not where the same transaction leaves a type of the name \
              that the app knows it by, with at least the same values or attributes.",
    harm: "Casts of the running app to the type fail, and drivers that look the type up by its name do too. With CASCADE every column \
           of the type goes with its values.",
    remedy: "drop it in a later migration, once no column and no app uses it, and without CASCADE",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-droptype.html",
        "https://www.postgresql.org/docs/current/sql-dropdomain.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TYPE mood AS ENUM ('sad', 'happy');",
        sql: "DROP TYPE mood;",
    },
    good: Example {
        schema: "CREATE TYPE mood AS ENUM ('sad', 'happy');",
        sql: "BEGIN;
              ALTER TYPE mood RENAME TO old_mood;
              CREATE TYPE mood AS ENUM ('sad', 'calm', 'happy');
              DROP TYPE old_mood;
              COMMIT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Drop {
            object: object @ ObjectRef::Type(name),
            ..
        } = change
        else {
            continue;
        };
        let along = moment.goes_along(std::slice::from_ref(object));
        let is_known = moment.known().types.contains_key(name) && !moment.is_new(object);
        if along.is_none() && (!is_known || is_served(moment, name, moment.settled())) {
            continue;
        }
        let loses_values = moment
            .gone()
            .iter()
            .any(|gone| matches!(gone, ObjectRef::Column(..)));
        let finding = report.finding(if loses_values {
            format!("columns of the type {name} are lost with their values")
        } else {
            format!("the running app may use the type {name}: its queries fail from this moment")
        });
        if let Some(along) = along {
            finding.note(along);
        } else {
            finding.at_most(Severity::Warning);
        }
    }
}

/// Whether a type of this name can do in that schema what the known one can.
pub(super) fn is_served(moment: &Moment<'_>, name: &QName, then: &Catalog) -> bool {
    match (moment.known().types.get(name), then.types.get(name)) {
        (Some(old), Some(new)) => covers(new, old),
        _ => false,
    }
}

fn covers(new: &Type, old: &Type) -> bool {
    match (&new.kind, &old.kind) {
        (TypeKind::Enum(new), TypeKind::Enum(old)) => {
            old.values.iter().all(|value| new.values.contains(value))
        }
        (TypeKind::Composite(new), TypeKind::Composite(old)) => {
            new.attributes.starts_with(&old.attributes)
        }
        (TypeKind::Domain(new), TypeKind::Domain(old)) => new.base == old.base,
        (TypeKind::Range(new), TypeKind::Range(old)) => new == old,
        _ => false,
    }
}
