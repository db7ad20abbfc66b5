//! `ALTER EXTENSION … UPDATE`.

use segue_catalog::{Change, Name, ObjectRef};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "extension-upgrade",
    title: "an extension is brought to another version",
    class: Class::Compatibility,
    severity: Severity::Warning,
    trigger: "ALTER EXTENSION … UPDATE of one that was there before the run and is, as far as is known, not yet at that version.",
    harm: "The extension's own scripts run: they may lock or rewrite what they please, change what functions do, and cannot be run \
           backwards. Without TO it depends on the server which version comes.",
    remedy: "name the version (UPDATE TO '…'), read the extension's notes on it, and try it on a copy of the database first",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-alterextension.html",
        "https://www.postgresql.org/docs/current/extend-extensions.html#EXTEND-EXTENSIONS-UPDATES",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE EXTENSION citext VERSION '1.4';",
        sql: "ALTER EXTENSION citext UPDATE TO '1.6';",
    },
    good: Example {
        schema: "CREATE EXTENSION citext VERSION '1.6';",
        sql: "ALTER EXTENSION citext UPDATE TO '1.6';",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::ExtensionVersion { extension, version } = change else {
            continue;
        };
        if moment.is_new(&ObjectRef::Extension(extension.clone())) {
            continue;
        }
        let facts = moment.facts().extensions.get(extension);
        let newest = facts.and_then(|facts| facts.newest.clone());
        let from = facts.and_then(|facts| facts.version.clone());
        let from = from.or_else(|| installed(moment, extension));
        let to = version.clone().or(newest);
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) if from == to => continue,
            // the newest of its server when it was made, and brought to the newest
            (None, None) => continue,
            (from, to) => (from, to),
        };
        let mut message = format!("{extension} is brought");
        if let Some(from) = from {
            message += &format!(" from {from}");
        }
        message += &match to {
            Some(to) => format!(" to {to}"),
            None => " to whatever version the server has".to_owned(),
        };
        report.finding(format!(
            "{message}: its scripts change what the running app uses"
        ));
    }
}

/// The version that the history has named.
fn installed(moment: &Moment<'_>, extension: &Name) -> Option<String> {
    let known = moment.before().extensions.get(extension)?;
    known.version.clone()
}
