//! Objects that are dropped and made again by a later statement of the same file: a view with other columns, a policy with
//! another condition, an identity in the place of a default, a default around a new type, a type under the name of another; and
//! policies that come with the row security of their table. An app finds them at any moment only where both are one transaction,
//! with the rights that are given behind, and with the number that is set; where they come again in contract, they go no sooner.
//! Whether a DROP waits is decided in `recipes/drop_object.rs`; constraints that come again as they were are in `made_again.rs`. What
//! stands between in contract and is moved out of the way is in the files below: builds of indexes, NOT NULL around keys, rights.

mod indexes;
mod keys;
mod rights;
mod types;

use std::collections::BTreeSet;

use segue_catalog::{Change, Name, Object, ObjectRef, QName, TableChange};

use super::{atoms::Atoms, planning::Planning, running::Later};

pub(super) use self::{indexes::cleared, keys::keys_first, rights::given_at_once};
use crate::{Action, Line, Phase, Served, Step, Undo, answering::answers};

/// From a statement that drops an object to the last that makes it what it is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    dropped: Served,
    made: Served,
    last: Served,
}

impl Span {
    fn of(atoms: &Atoms, statements: [usize; 3]) -> Self {
        let [dropped, made, last] = statements.map(|at| atoms.origins[at].served);
        Self {
            dropped,
            made,
            last,
        }
    }
}

/// Where that is so in all migrations.
pub(super) fn spans(all: &[Atoms]) -> Vec<Span> {
    let of_migration = |atoms| {
        let atoms: &Atoms = atoms;
        let lines = atoms.script.lines.iter().enumerate();
        let changes = lines.flat_map(|(at, line)| line.changes.iter().map(move |one| (at, one)));
        changes.filter_map(move |(at, change)| {
            let object = replaceable(change).and_then(|object| span(atoms, at, object));
            let object = object.or_else(|| identity(atoms, at, change));
            object.or_else(|| policies(atoms, at, change))
        })
    };
    all.iter().flat_map(of_migration).collect()
}

/// The same for contract, where columns get their new types.
pub(super) fn spans_of_contract(all: &[Atoms]) -> Vec<Span> {
    let of_types = all.iter().flat_map(types::spans);
    spans(all).into_iter().chain(of_types).collect()
}

/// What a change drops, if it can be replaced.
fn replaceable(change: &Change) -> Option<&ObjectRef> {
    match change {
        Change::Drop { object, .. } if can_be_replaced(object) => Some(object),
        _ => None,
    }
}

/// Whether an object can go and come again in one transaction: tables have rows, which do not come again.
pub(crate) fn can_be_replaced(object: &ObjectRef) -> bool {
    matches!(
        object,
        ObjectRef::View(_)
            | ObjectRef::Routine(_)
            | ObjectRef::Trigger(..)
            | ObjectRef::Policy(..)
            | ObjectRef::Rule(..)
    )
}

/// What the running app has, and would be without from the end of expand until contract makes it again.
pub(super) fn missing(planning: &Planning<'_>) -> BTreeSet<ObjectRef> {
    let all = planning.atoms.iter().flat_map(|atoms| &atoms.script.lines);
    let Some(last) = all.clone().last() else {
        return BTreeSet::new();
    };
    let dropped = all
        .flat_map(|line| &line.changes)
        .filter_map(|change| replaceable(change));
    let is_missing = |object: &&ObjectRef| {
        planning.known.has(object) && last.after.has(object) && !planning.now.has(object)
    };
    dropped.filter(is_missing).cloned().collect()
}

/// From the statement that drops an object to those behind it which make it, and say whose it is and who may use it.
fn span(atoms: &Atoms, dropped: usize, object: &ObjectRef) -> Option<Span> {
    let mut later = atoms.script.lines.iter().enumerate().skip(dropped + 1);
    // a part of a table that gets another name between comes again under that
    let mut object = object.clone();
    let (made, _) = later.find(|(_, line)| {
        for change in &line.changes {
            if let Change::Rename {
                object: ObjectRef::Table(from),
                to,
            } = change
                && object.part_of() == Some(from)
            {
                object = object.in_relation(&from.sibling(to.clone()));
            }
        }
        makes(line, &object)
    })?;
    let gives = |change: &Change| gives(change, &object);
    let given = later.filter(|(_, line)| line.changes.iter().any(gives));
    let last = given.map(|(at, _)| at).last().unwrap_or(made);
    Some(Span::of(atoms, [dropped, made, last]))
}

/// From the statement that drops a default to the one that makes its column an identity column, and to what sets its number.
fn identity(atoms: &Atoms, dropped: usize, change: &Change) -> Option<Span> {
    let Change::Table {
        table,
        change: TableChange::SetDefault {
            column,
            default: None,
        },
    } = change
    else {
        return None;
    };
    let makes = |change: &Change| {
        matches!(change, Change::Table {
            table: of,
            change: TableChange::SetIdentity { column: own, identity: Some(_) },
        } if of == table && own == column)
    };
    let mut later = atoms.script.lines.iter().enumerate().skip(dropped + 1);
    let (made, _) = later.find(|(_, line)| line.changes.iter().any(makes))?;
    let text = |line: &Line| &atoms.script.source.text[line.span.clone()];
    let last = later.filter(|(_, line)| sets_number(text(line), table, column));
    let last = last.map(|(at, _)| at).last().unwrap_or(made);
    Some(Span::of(atoms, [dropped, made, last]))
}

/// From the statement that lets policies decide over the rows of a table to the last one that makes one: without any nobody sees
/// a row (ddl-rowsecurity.html).
fn policies(atoms: &Atoms, enabled: usize, change: &Change) -> Option<Span> {
    let Change::Table {
        table,
        change: TableChange::EnableRowSecurity(true),
    } = change
    else {
        return None;
    };
    let makes = |change: &Change| match change {
        Change::Create(made) => {
            matches!(made.reference(), ObjectRef::Policy(of, _) if of == *table)
        }
        _ => false,
    };
    let later = atoms.script.lines.iter().enumerate().skip(enabled + 1);
    let mut made = later.filter(|(_, line)| line.changes.iter().any(makes));
    let (first, _) = made.next()?;
    let last = made.map(|(at, _)| at).last().unwrap_or(first);
    Some(Span::of(atoms, [enabled, first, last]))
}

/// Whether a statement sets the number by which a column is counted (functions-sequence.html): by the name that its sequence has
/// unless somebody has given it another one, or by that of the table.
pub(super) fn sets_number(text: &str, table: &QName, column: &Name) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let table = table.name.as_str().to_lowercase();
    let sequence = format!("{table}_{}_seq", column.as_str().to_lowercase());
    text.contains("setval(") && words.any(|word| word == table || word == sequence)
}

/// Whether a statement makes an object, whatever was there, or a function that takes its place.
pub(crate) fn makes(line: &Line, object: &ObjectRef) -> bool {
    let takes_its_place = |made: &Object| match (object, made) {
        (ObjectRef::Routine(old), Object::Routine(new, routine)) => answers(old, new, routine),
        _ => false,
    };
    line.changes.iter().any(|change| match change {
        Change::Create(made) | Change::Replace(made) => {
            made.reference() == *object || takes_its_place(made)
        }
        _ => false,
    })
}

fn gives(change: &Change, of: &ObjectRef) -> bool {
    match change {
        Change::Privileges { object, .. }
        | Change::SetOwner { object, .. }
        | Change::Comment { object, .. } => object == of,
        // the rules and triggers of a view, by which it is written
        Change::Create(made) => match (made.reference().part_of(), of) {
            (Some(whole), ObjectRef::View(view)) => whole == view,
            _ => false,
        },
        _ => false,
    }
}

/// What a step is for, as it is written.
fn lines<'a>(later: &Later, all: &'a [Atoms]) -> impl Iterator<Item = &'a Line> {
    let served = later.served;
    let atoms = all.get(served.migration).into_iter();
    let lines = atoms.flat_map(|atoms| atoms.origins.iter().zip(&atoms.script.lines));
    lines.filter_map(move |(origin, line)| (origin.served == served).then_some(line))
}

/// The steps of a phase, those of each span in one transaction as far as they can be.
pub(super) fn whole(
    steps: Vec<Step>,
    spans: &[Span],
    is_small: impl Fn(&QName) -> bool,
    join: impl Fn(&mut Step, Step),
) -> Vec<Step> {
    let mut ends = Vec::new();
    while ends.last().is_none_or(|end| end + 1 < steps.len()) && !steps.is_empty() {
        let at = ends.last().map_or(0, |end| end + 1);
        ends.push(end(&steps, at, spans, &is_small));
    }
    let mut rest = steps.into_iter().enumerate();
    let mut whole = Vec::new();
    for end in ends {
        let Some((at, mut step)) = rest.next() else {
            break;
        };
        for _ in at..end {
            if let Some((_, next)) = rest.next() {
                join(&mut step, next);
            }
        }
        if at < end {
            step.undo = at_once(step.undo);
        }
        whole.push(step);
    }
    whole
}

/// The last step that belongs into the transaction of one.
fn end(steps: &[Step], at: usize, spans: &[Span], is_small: impl Fn(&QName) -> bool) -> usize {
    let fits = |step: &&Step| is_quick(step, &is_small) && step.settings == steps[at].settings;
    let reach = at + steps[at..].iter().take_while(fits).count();
    let (mut end, mut next) = (at, at);
    while next <= end && next < reach {
        let begins = |span: &&Span| steps[next].serves.contains(&span.dropped);
        for span in spans.iter().filter(begins) {
            let behind = next + 1..reach;
            let serves =
                |at: &usize, of: &dyn Fn(&Served) -> bool| steps[*at].serves.iter().any(of);
            let is_made = behind
                .clone()
                .any(|at| serves(&at, &|one| *one == span.made));
            let within = |one: &Served| span.dropped < *one && *one <= span.last;
            let last = behind.rev().find(|at| serves(at, &within));
            end = end.max(last.filter(|_| is_made).unwrap_or(at));
        }
        next += 1;
    }
    end
}

/// Whether a step can share its transaction: it takes no longer than its locks do. What sets a number may ask for the largest that
/// there is, which an index tells.
fn is_quick(step: &Step, is_small: impl Fn(&QName) -> bool) -> bool {
    let statements = step.action.statements();
    let mut statements = statements.iter();
    let sets_number = statements.all(|text| text.to_lowercase().contains("setval("));
    let is_brief = step.effect.work.iter().all(|work| is_small(&work.table))
        && step.effect.unknown.is_none()
        && !step.action.goes_through_rows()
        && (step.phase == Phase::Contract || !matches!(step.undo, Undo::Impossible(_)));
    matches!(step.action, Action::Transaction(_))
        && step.keep.is_none()
        && (sets_number || is_brief)
}

/// It is taken back in one transaction too.
fn at_once(undo: Undo) -> Undo {
    let Undo::Actions(actions) = &undo else {
        return undo;
    };
    let mut all = Vec::new();
    for action in actions {
        match action {
            Action::Transaction(statements) => all.extend(statements.iter().cloned()),
            _ => return undo,
        }
    }
    Undo::transaction(all)
}
