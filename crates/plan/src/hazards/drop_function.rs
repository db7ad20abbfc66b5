//! `DROP FUNCTION`, `DROP PROCEDURE`, `DROP AGGREGATE`.

use segue_catalog::{
    Catalog, Change, DataType, ObjectRef, RoutineId,
    model::{Argument, ArgumentMode, Routine, RoutineKind},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, answering::answers};

pub(super) static RULE: Rule = Rule {
    id: "drop-function",
    title: "a function that the running app may call is dropped",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "DROP FUNCTION, PROCEDURE, ROUTINE or AGGREGATE of one that was there before the run. Not of a trigger function that no \
              trigger uses, and not where the same transaction makes one that takes the same calls and returns the same type.",
    harm: "Calls of the running app fail, and so do functions whose body is text and names it: the server does not know of those.",
    remedy: "CREATE OR REPLACE FUNCTION where the arguments stay; otherwise make a second one, and drop the old one in a later \
             migration, once no app calls it",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-dropfunction.html",
        "https://www.postgresql.org/docs/current/sql-createfunction.html",
        "https://www.postgresql.org/docs/current/ddl-depend.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE FUNCTION tax(amount numeric) RETURNS numeric LANGUAGE sql AS 'SELECT amount * 0.2';",
        sql: "DROP FUNCTION tax(numeric);",
    },
    good: Example {
        schema: "CREATE FUNCTION tax(amount numeric) RETURNS numeric LANGUAGE sql AS 'SELECT amount * 0.2';",
        sql: "CREATE OR REPLACE FUNCTION tax(amount numeric) RETURNS numeric LANGUAGE sql AS 'SELECT amount * 0.21';",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Drop {
            object: object @ ObjectRef::Routine(id),
            ..
        } = change
        else {
            continue;
        };
        let along = moment.goes_along(std::slice::from_ref(object));
        if moment.is_new(object) || (along.is_none() && is_trigger_function(moment, id)) {
            continue;
        }
        if along.is_none() && is_served(moment, id, moment.settled()) {
            continue;
        }
        let comes_back = is_served(moment, id, moment.in_the_end());
        let finding = report.finding(format!("whoever still calls {id} fails from this moment"));
        if let Some(along) = along {
            finding.note(along);
        } else if comes_back {
            finding.note("a later statement makes it again: until then, calls fail");
            finding.help("put both into one transaction, or write CREATE OR REPLACE");
            finding.at_most(Severity::Warning);
        }
    }
}

/// Whether it is a trigger function: only triggers can call it.
pub(super) fn is_trigger_function(moment: &Moment<'_>, id: &RoutineId) -> bool {
    let routine = moment.before().routines.get(id);
    let returns = routine.and_then(|routine| routine.returns.as_ref());
    returns.is_some_and(|returns| {
        matches!(
            returns.data_type.name.name.as_str(),
            "trigger" | "event_trigger"
        )
    })
}

/// Whether calls of a routine that was there find one in this schema that returns the same.
pub(super) fn is_served(moment: &Moment<'_>, id: &RoutineId, then: &Catalog) -> bool {
    let Some(old) = moment.before().routines.get(id) else {
        return false;
    };
    let named = then.routines.iter();
    let mut named = named.filter(|(new, _)| new.name == id.name);
    named.any(|(new, routine)| takes_calls(old, id, routine, new))
}

/// Whether every call of the old one is one of the new one too.
fn takes_calls(old: &Routine, old_id: &RoutineId, new: &Routine, new_id: &RoutineId) -> bool {
    let outputs = |routine: &Routine| -> Vec<DataType> {
        let arguments = routine.arguments.iter();
        let outputs = arguments.filter(|argument| !is_input(argument));
        outputs.map(|argument| argument.data_type.clone()).collect()
    };
    let same_kind = match (&old.kind, &new.kind) {
        (RoutineKind::Aggregate { .. }, RoutineKind::Aggregate { .. }) => true,
        (old, new) => old == new,
    };
    same_kind
        && old.returns == new.returns
        && outputs(old) == outputs(new)
        && answers(old_id, new_id, new)
}

fn is_input(argument: &Argument) -> bool {
    !matches!(argument.mode, ArgumentMode::Out | ArgumentMode::Table)
}
