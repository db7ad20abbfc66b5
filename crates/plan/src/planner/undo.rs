//! How a step is taken back, where its recipe does not say: the schema behind it becomes the one before it again.

use segue_catalog::{Catalog, Change, Name, ObjectRef, Origin, QName, TypeChange, compare, diff};

use super::{draft::bare, running::run_on_model, unlike::unlike};
use crate::{Line, Undo};

/// What takes back what these statements did.
pub(super) fn of(after: &Catalog, before: &Catalog, lines: &[Line]) -> Undo {
    if lines.iter().any(adds_a_label) {
        let why = "a value cannot be taken out of an enum again: rows may have it".to_owned();
        return Undo::Impossible(why);
    }
    let writes = lines.iter().flat_map(|line| &line.changes).any(is_data);
    if writes {
        return Undo::Impossible("what the rows were before is not kept".to_owned());
    }
    if lines.iter().any(|line| line.unknown.is_some()) {
        return Undo::Impossible("what it does is not known".to_owned());
    }
    let is_back = |change: &Change| matches!(change, Change::Drop { object: ObjectRef::View(name), .. } if reads_all(before, name));
    if lines.iter().flat_map(|line| &line.changes).any(is_back) {
        let why =
            "its query reads all columns (`*`), and which those were when it was made is not known";
        return Undo::Impossible(why.to_owned());
    }
    // most steps change little of a large schema, and what else there is has no part in it
    let (little_after, little_before) = (unlike(after, before), unlike(before, after));
    let little = || back(&little_after, &little_before).ok();
    let leads = |statements: &Vec<String>| leads_back(statements, after, before, lines);
    if let Some(statements) = renamed_back(lines).or_else(little).filter(leads) {
        return told(statements);
    }
    match back(after, before) {
        Ok(statements) if leads(&statements) => told(statements),
        Ok(_) => Undo::Impossible("no statements are known that lead back".to_owned()),
        Err(why) => Undo::Impossible(why),
    }
}

/// The old names again, where nothing but names has changed: a difference between schemas does not tell that it is one.
fn renamed_back(lines: &[Line]) -> Option<Vec<String>> {
    let back = lines.iter().rev().filter_map(|line| {
        // what else has the name along with it, in partitions, follows
        let mut changes = (line.changes.iter()).filter(|change| **change != Change::Nothing);
        let first = changes.next()?;
        let rest = changes.all(|change| matches!(change, Change::Rename { .. }));
        Some(match first {
            Change::Rename { object, to } if rest => renamed_from(object, to),
            _ => None,
        })
    });
    let back: Vec<String> = back.collect::<Option<_>>()?;
    (!back.is_empty()).then_some(back)
}

fn renamed_from(object: &ObjectRef, to: &Name) -> Option<String> {
    let (kind, name) = match object {
        ObjectRef::Table(name) => ("TABLE", name),
        ObjectRef::View(name) => ("VIEW", name),
        ObjectRef::Index(name) => ("INDEX", name),
        ObjectRef::Sequence(name) => ("SEQUENCE", name),
        ObjectRef::Type(name) => ("TYPE", name),
        ObjectRef::Column(of, name) => {
            return Some(format!("ALTER TABLE {of} RENAME COLUMN {to} TO {name}"));
        }
        ObjectRef::Constraint(of, name) => {
            return Some(format!("ALTER TABLE {of} RENAME CONSTRAINT {to} TO {name}"));
        }
        ObjectRef::Trigger(of, name) => {
            return Some(format!("ALTER TRIGGER {to} ON {of} RENAME TO {name}"));
        }
        ObjectRef::Policy(of, name) => {
            return Some(format!("ALTER POLICY {to} ON {of} RENAME TO {name}"));
        }
        _ => return None,
    };
    let now = name.sibling(to.clone());
    Some(format!("ALTER {kind} {now} RENAME TO {}", name.name))
}

fn told(statements: Vec<String>) -> Undo {
    match statements.is_empty() {
        true => Undo::Nothing,
        false => Undo::transaction(statements),
    }
}

/// The statements that lead from one schema to another, or what they would leave different.
fn back(after: &Catalog, before: &Catalog) -> Result<Vec<String>, String> {
    let back = diff::diff(after, before, &diff::Options::default());
    if !back.remaining.is_empty() {
        let left: Vec<String> = back.remaining.iter().map(ToString::to_string).collect();
        return Err(left.join("; "));
    }
    let statements = back.changes.iter().flat_map(|change| &change.statements);
    Ok(statements.map(|text| bare(text)).collect())
}

/// Whether statements take one schema back to the other.
fn leads_back(statements: &[String], after: &Catalog, before: &Catalog, lines: &[Line]) -> bool {
    let session = lines
        .first()
        .map(|line| line.session.clone())
        .unwrap_or_default();
    let mut schema = after.clone();
    let ran = statements
        .iter()
        .all(|text| run_on_model(text, &mut schema, &session).is_ok());
    ran && compare(&unlike(&schema, before), &unlike(before, &schema)).is_empty()
}

/// Whether a view is known as it was written, with all columns of something: a server keeps those that there were.
fn reads_all(catalog: &Catalog, view: &QName) -> bool {
    let query = catalog.views.get(view).map(|view| &view.query);
    query.is_some_and(|query| query.origin != Origin::Printed && query.text.contains('*'))
}

fn adds_a_label(line: &Line) -> bool {
    line.changes.iter().any(|change| {
        matches!(
            change,
            Change::Type {
                change: TypeChange::AddValue { .. },
                ..
            }
        )
    })
}

fn is_data(change: &Change) -> bool {
    match change {
        Change::Data { statement, .. } => !matches!(*statement, "SELECT" | "LOCK"),
        _ => false,
    }
}
