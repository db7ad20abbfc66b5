//! As it is written: what blocks nobody for long and breaks nobody, what is of the same deploy, and whatever nobody knows
//! better.

use std::collections::BTreeSet;

use segue_catalog::{Change, ObjectRef, QName, Relation, TableChange};
use segue_sql::{Kind, Problem};
use squawk_syntax::ast;

use super::{
    change_type::trigger_functions::{self, stay_as_they_are},
    left_behind,
    rows::{
        fills_as_written,
        keeping::{self, Kept},
    },
};
use crate::{
    Class, Judge, Moment, RULES, Report, Severity, Undo, WorkKind,
    lint::severity_of,
    planner::{DIRECT, Draft, Planning, Refused, Stop},
    writing::{Watch, not_kept},
};

/// Runs the statement as it is; long work while others wait is refused.
pub(crate) fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<(), Stop> {
    with(moment, planning, Vec::new())
}

/// The same, with statements behind it that belong to it.
pub(crate) fn with(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    also: Vec<String>,
) -> Result<(), Stop> {
    planning.copies_once(moment);
    if !planning.direct
        && !planning.said().allowed
        && let Some(problem) = blocking(moment)
    {
        return Err(Stop::Refused(problem));
    }
    if moment.line().kind == Kind::CopyFromStdin {
        return Err(Stop::Refused(
            Problem::new("COPY … FROM stdin has no place in a plan: its rows stand in the file")
                .help("write the rows as INSERT, or load them by a migration that is deployed by itself"),
        ));
    }
    let text = moment.text();
    let mut draft = match &moment.line().kind {
        Kind::OutsideTransaction(_) => Draft::alone(title(moment), text),
        _ => {
            let (read_anew, stale) = read_anew(moment);
            let all = std::iter::once(text.to_owned())
                .chain(also)
                .chain(read_anew);
            Draft::transaction(title(moment), all).notices(stay_as_they_are(stale))
        }
    };
    if planning.is_deferring() {
        draft = draft.notices(old_types(moment));
    } else if !planning.direct {
        draft = draft.notices(narrowed_back(moment));
    }
    if let Some(reason) = &moment.line().unknown {
        draft = draft.hazard(
            Some("trace-opaque"),
            format!("what it does and locks is not known: it is {reason}"),
        );
    }
    let mut seen = None;
    if writes_what_is_new(moment) {
        draft = draft.undo(Undo::Nothing);
    } else if let Some(kept) = keeping::of_statement(moment, planning) {
        draft = match kept {
            Kept::Rows(keep, undo, rows) => draft.keeping(*keep, undo).putting_back(rows),
            Kept::Seen(watch) => {
                let watch = seen.insert(watch);
                let draft = draft.keeping(watch.keep(), watch.undo());
                draft.with_setting(watch.setting())
            }
            Kept::New => draft.undo(Undo::Nothing),
            Kept::Not(why) => draft.undo(Undo::Impossible(not_kept(&why))),
        };
    }
    if matches!(
        moment.statement(),
        Some(ast::Stmt::DropRole(_) | ast::Stmt::DropUser(_) | ast::Stmt::DropGroup(_))
    ) {
        let why = "what else the role was and had is not kept, in this database and in others";
        draft = draft.undo(Undo::Impossible(why.to_owned()));
    }
    if !planning.direct {
        draft = draft.notices(left_behind(moment));
        draft = draft.notices(names_constraint(moment).filter(|_| !planning.is_deferring()));
        draft = draft.notices(fills_as_written(moment, planning));
        for hazard in hazards(moment) {
            draft = draft.hazard(Some(hazard.0), hazard.1);
        }
    }
    match seen {
        Some(watch) => Ok(between(planning, &watch, draft)?),
        None => Ok(planning.step(draft)?),
    }
}

/// The functions of triggers that have met the old type of a column.
fn read_anew(moment: &Moment<'_>) -> (BTreeSet<String>, BTreeSet<QName>) {
    let retyped = moment.table_changes().filter_map(|(table, change)| {
        let is_it = matches!(change, TableChange::SetType { .. }) && !moment.is_new_relation(table);
        is_it.then_some(table)
    });
    trigger_functions::read_anew(moment, retyped)
}

/// What an app meets that names the constraint which a statement renames at once, by itself or by its index.
fn names_constraint(moment: &Moment<'_>) -> Option<String> {
    moment.changes().iter().find_map(|change| {
        let Change::Rename { object, to } = change else {
            return None;
        };
        let (table, name) = match object {
            ObjectRef::Constraint(table, name) => (table.clone(), name),
            ObjectRef::Index(index) => match moment.before().relation(index)? {
                Relation::ConstraintIndex(table) => (table, &index.name),
                _ => return None,
            },
            _ => return None,
        };
        let constraint = moment.before().tables.get(&table)?.constraints.get(name)?;
        let is_met = constraint.index().is_some() && moment.is_in_use(&table);
        let is_new = moment.is_new(&ObjectRef::Constraint(table.clone(), name.clone()));
        (is_met && !is_new).then(|| {
            format!(
                "an app that says ON CONFLICT ON CONSTRAINT {name} of {table} fails from here on, and can say {to}"
            )
        })
    })
}

/// A type that is made wider at once is made narrower only by writing all rows anew.
fn narrowed_back(moment: &Moment<'_>) -> Vec<String> {
    let wider = moment.table_changes().filter_map(|(table, change)| match change {
        TableChange::SetType { column, .. } if moment.is_in_use(table) => Some(format!(
            "a rollback of the type of {column} of {table} may write all rows anew while others wait"
        )),
        _ => None,
    });
    wider.collect()
}

/// What the new app meets where a column gets its new type in contract only.
fn old_types(moment: &Moment<'_>) -> Vec<String> {
    let late = moment.table_changes().filter_map(|(table, change)| match change {
        TableChange::SetType { column, .. } if moment.is_in_use(table) => Some(format!(
            "until contract {column} of {table} has its old type for the new app too, and a value that this does not take is refused"
        )),
        _ => None,
    });
    late.collect()
}

/// A step between those that put triggers in place and take them away: neither is as it is written.
fn between(planning: &mut Planning<'_>, watch: &Watch, draft: Draft) -> Result<(), Refused> {
    let own = std::mem::replace(&mut planning.recipe, super::rows::RECIPE.name);
    planning.step(watch.put())?;
    planning.recipe = own;
    planning.step(draft)?;
    planning.recipe = super::rows::RECIPE.name;
    planning.step(watch.taken_away())?;
    planning.recipe = own;
    Ok(())
}

/// Whether it only writes rows of tables that the deploy itself has made: going back, those go. Temporary ones are gone by then.
fn writes_what_is_new(moment: &Moment<'_>) -> bool {
    let is_new = |change: &Change| match change {
        Change::Data { table, .. } => {
            let table = table.as_ref();
            table.is_some_and(|table| moment.is_new_relation(table) && table.schema != "pg_temp")
        }
        _ => false,
    };
    !moment.changes().is_empty() && moment.changes().iter().all(is_new)
}

/// What the apps may notice, as the rules have it that are about them: each rule, and what it says.
fn hazards(moment: &Moment<'_>) -> Vec<(&'static str, String)> {
    let mut hazards = Vec::new();
    for rule in RULES {
        let Judge::Statement(judge) = rule.judge else {
            continue;
        };
        let severity = severity_of(rule, moment.policy());
        let (Class::Compatibility, Some(severity), true) =
            (rule.class, severity, rule.applies_to(moment.major()))
        else {
            continue;
        };
        let mut findings = Vec::new();
        judge(
            moment,
            &mut Report::new(rule, severity, *moment, &mut findings),
        );
        // what is only worth knowing is for lint to say
        findings.retain(|finding| finding.severity >= Severity::Warning);
        hazards.extend(
            findings
                .into_iter()
                .map(|finding| (finding.rule, finding.message)),
        );
    }
    hazards
}

/// Why it would keep others waiting; none where it does not, or the file says that this is meant.
pub(super) fn blocking(moment: &Moment<'_>) -> Option<Problem> {
    let cost = moment.costs().iter().find(|cost| cost.is_own())?;
    let work = cost.work();
    let what = match work.kind {
        WorkKind::Rewrite => format!("all rows of {} are written anew", work.table),
        WorkKind::Scan => format!("all rows of {} are read", work.table),
        WorkKind::Build | WorkKind::ConcurrentBuild => {
            format!("an index of all rows of {} is built", work.table)
        }
        WorkKind::ForeignKeyCheck => format!("all rows of {} are looked up elsewhere", work.table),
        WorkKind::Write => format!("rows of {} are written", work.table),
    };
    let blocked = cost.blocked.first()?;
    let who = blocked.lock.blocked().unwrap_or("nobody");
    Some(
        Problem::new(format!(
            "{who} of {} would wait while {what}, and there is no way around that",
            blocked.table
        ))
        .note(work.reason.clone())
        .help(DIRECT),
    )
}

/// The statement's first words.
fn title(moment: &Moment<'_>) -> String {
    const WORDS: usize = 6;
    let text = moment.text();
    let words: Vec<&str> = text.split_whitespace().take(WORDS + 1).collect();
    let first = words.iter().take(WORDS);
    let shown: Vec<&str> = first.copied().collect();
    let more = if words.len() > WORDS { " …" } else { "" };
    format!("{}{more}", shown.join(" "))
}
