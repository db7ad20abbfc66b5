//! Steps that are run on the model: what they lock and do, what they leave, how they are taken back.

use segue_catalog::{Catalog, QName, Session};
use segue_sql::{Problem, Source};

use super::{atoms, draft::Draft, estimate, hindrance, settings, timeouts, undo, verify};
use crate::{Action, Effect, Facts, Line, Phase, Served, Step, Undo, WorkKind, effect};

/// A step of contract: the schema that it meets is known only when all of expand is.
#[derive(Debug, Clone)]
pub(super) struct Later {
    pub(super) draft: Draft,
    pub(super) served: Served,
    pub(super) recipe: &'static str,
    pub(super) session: Session,
    /// Settings that the file has made for it.
    pub(super) kept: Vec<String>,
}

/// A step that the model refuses: the plan is wrong, or the statement cannot be planned.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) statement: Box<str>,
    pub(crate) problem: Box<Problem>,
}

/// Why contract is not taken back.
const BEHIND_CONTRACT: &str = "behind contract, going back is a new migration";

/// What a draft comes to from a schema, which is afterwards what it leaves.
pub(super) fn finished(
    later: Later,
    now: &mut Catalog,
    (known, facts): (&Catalog, &Facts),
) -> Result<Step, Refused> {
    let Later {
        draft,
        served,
        recipe,
        session,
        kept,
    } = later;
    let before = now.clone();
    let mut effect = Effect::default();
    let mut lines = Vec::new();
    for statement in simulated(&draft.action) {
        let (line, own) = ran(&statement, now, &session)?;
        merge(&mut effect, own);
        lines.push(line);
    }
    if let Action::Batches(batches) = &draft.action {
        let (mode, work) = match batches.compares || batches.copies {
            true => (crate::LockMode::AccessShare, WorkKind::Scan),
            false => (crate::LockMode::RowExclusive, WorkKind::Write),
        };
        effect.lock(&batches.table, mode);
        // which partitions have come, and how large they are, is known only then
        if batches.besides.is_none() {
            effect.works(work, &batches.table, draft.title.clone());
        }
        if let Some(table) = &draft.writes {
            effect.lock(table, crate::LockMode::RowExclusive);
            effect.works(WorkKind::Write, table, draft.title.clone());
        }
    }
    // nobody uses what the deploy itself has made
    effect
        .locks
        .retain(|name, _| known.relation(name).is_some());
    let there = |name: &QName| known.tables.contains_key(name) || known.views.contains_key(name);
    effect.work.retain(|work| there(&work.table));
    let undo = match draft.undo {
        Some(undo) => undo,
        None if draft.phase == Phase::Contract => Undo::Impossible(BEHIND_CONTRACT.to_owned()),
        None => undo::of(now, &before, &lines, known),
    };
    let mut hindrances = draft.hindrances;
    if let (Phase::Expand, Undo::Actions(_)) = (draft.phase, &undo) {
        hindrances.extend(hindrance::of((&before, now), known));
    }
    let verify = draft.verify.or_else(|| verify::of(&lines, &before, now));
    Ok(Step {
        phase: draft.phase,
        serves: vec![served],
        recipe: recipe.into(),
        title: draft.title,
        timeouts: timeouts::of(&draft.action, &effect),
        estimate: estimate::of(&effect, facts),
        action: draft.action,
        settings: [settings::told(&session, &kept), draft.settings].concat(),
        effect,
        hazards: draft.hazards,
        verify,
        keep: draft.keep,
        undo,
        hindrances,
    })
}

/// The statements that change the schema, as the model can read them.
pub(super) fn simulated(action: &Action) -> Vec<String> {
    match action {
        Action::Transaction(statements) => statements.clone(),
        Action::Alone(statement) => vec![statement.clone()],
        Action::Batches(_) | Action::Transform(_) => Vec::new(),
    }
}

/// Runs a statement on the model.
///
/// # Errors
/// What the model refuses.
pub(crate) fn run_on_model(
    text: &str,
    now: &mut Catalog,
    session: &Session,
) -> Result<(), Refused> {
    ran(text, now, session).map(|_| ())
}

pub(super) fn ran(
    text: &str,
    now: &mut Catalog,
    session: &Session,
) -> Result<(Line, Effect), Refused> {
    let source = Source::new("", text);
    let mut session = session.clone();
    let refused = |problem: Problem| Refused {
        statement: text.into(),
        problem: Box::new(problem),
    };
    match atoms::of_text(&source, 0..text.len(), now, &mut session) {
        Ok(line) => {
            let tree = segue_catalog::parse(text).tree().stmts().next();
            let effect = effect::of(&line, tree.as_ref());
            Ok((line, effect))
        }
        Err(mut problems) => Err(refused(match problems.is_empty() {
            true => Problem::new("it is no statement"),
            false => problems.swap_remove(0),
        })),
    }
}

fn merge(all: &mut Effect, one: Effect) {
    for (relation, mode) in &one.locks {
        all.lock(relation, *mode);
    }
    all.work.extend(one.work);
    all.unknown = all.unknown.take().or(one.unknown);
}
