//! How a step is taken back, where its recipe does not say: the schema behind it becomes the one before it again.

mod own;
mod owners;
mod plain;

use segue_catalog::{
    Catalog, Change, Name, ObjectRef, Origin, QName, Relation, Session, TableChange, TypeChange,
    compare, diff, model::Table,
};

use super::{draft::singly, running::run_on_model, unlike::unlike};
use crate::{Action, Line, Undo};

/// What takes back what these statements did; `known` is the schema before the deploy.
pub(super) fn of(after: &Catalog, before: &Catalog, lines: &[Line], known: &Catalog) -> Undo {
    let back = of_shape(after, before, lines, known);
    let owners = owners::again(lines, before);
    match back {
        back if owners.is_empty() => back,
        Undo::Nothing => Undo::transaction(owners),
        Undo::Actions(mut actions) => {
            actions.insert(0, Action::Transaction(owners));
            Undo::Actions(actions)
        }
        other => other,
    }
}

fn of_shape(after: &Catalog, before: &Catalog, lines: &[Line], known: &Catalog) -> Undo {
    if lines.iter().any(adds_a_label) {
        let why = "a value cannot be taken out of an enum again: rows may have it".to_owned();
        return Undo::Impossible(why);
    }
    let writes = lines.iter().flat_map(|line| &line.changes).any(is_data);
    if writes {
        return Undo::Impossible("what the rows were before is not kept".to_owned());
    }
    if let Some(undo) = own::of(lines, before, known) {
        return undo;
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
    let before = &without_own_not_null(lines, before, known);
    let mut changes = lines.iter().flat_map(|line| &line.changes);
    if let Some((table, column)) = changes.find_map(|change| required(change, before)) {
        return Undo::Impossible(format!(
            "{column} of {table} takes no NULL, and what was in it is not kept"
        ));
    }
    if let Some(statement) = plain::of(lines) {
        return told(vec![statement], after, known);
    }
    let options = diff::Options {
        renames: renames(lines),
        ..diff::Options::default()
    };
    let session = lines.first().map(|line| &line.session);
    match between(after, before, &options, session) {
        Ok(Some(statements)) => told(statements, after, known),
        Ok(None) => Undo::Impossible("no statements are known that lead back".to_owned()),
        Err(why) => Undo::Impossible(why),
    }
}

const DROP_CONSTRAINT: &str = " DROP CONSTRAINT ";
const IF_THERE: &str = " DROP CONSTRAINT IF EXISTS ";

fn told(mut statements: Vec<String>, after: &Catalog, known: &Catalog) -> Undo {
    // what is temporary is gone by then
    statements.retain(|text| !text.contains("pg_temp."));
    // a table that the deploy has made may have lost a key already that would have kept another step from being taken back
    let is_new = |name: &&QName| !known.tables.contains_key(*name);
    for text in statements
        .iter_mut()
        .filter(|text| text.contains(DROP_CONSTRAINT) && !text.contains(IF_THERE))
    {
        let mut new = after.tables.keys().filter(is_new);
        if new.any(|name| text.starts_with(&format!("ALTER TABLE {name}{DROP_CONSTRAINT}"))) {
            *text = text.replacen(DROP_CONSTRAINT, IF_THERE, 1);
        }
    }
    match statements.is_empty() {
        true => Undo::Nothing,
        false => Undo::transaction(statements),
    }
}

/// The statements that lead from one schema to another, or what they would leave different; none where they lead somewhere
/// else.
pub(crate) fn between(
    from: &Catalog,
    to: &Catalog,
    options: &diff::Options,
    session: Option<&Session>,
) -> Result<Option<Vec<String>>, String> {
    let session = session.cloned().unwrap_or_default();
    let leads = |statements: &Vec<String>| leads(statements, from, to, &session);
    // most steps change little of a large schema, and what else there is has no part in it
    let little = alterations(&unlike(from, to), &unlike(to, from), options);
    if let Some(statements) = little.ok().filter(leads) {
        return Ok(Some(statements));
    }
    alterations(from, to, options).map(|statements| Some(statements).filter(leads))
}

fn alterations(
    from: &Catalog,
    to: &Catalog,
    options: &diff::Options,
) -> Result<Vec<String>, String> {
    let back = diff::diff(from, to, options);
    if !back.remaining.is_empty() {
        let left: Vec<String> = back.remaining.iter().map(ToString::to_string).collect();
        return Err(left.join("; "));
    }
    let statements = back.changes.iter().flat_map(|change| &change.statements);
    Ok(statements.flat_map(|text| singly(text)).collect())
}

/// Whether statements take one schema to the other, the order of columns included: what depends on that may be there to stay.
fn leads(statements: &[String], from: &Catalog, to: &Catalog, session: &Session) -> bool {
    let mut schema = from.clone();
    let ran = statements
        .iter()
        .all(|text| run_on_model(text, &mut schema, session).is_ok());
    ran && compare(&unlike(&schema, to), &unlike(to, &schema)).is_empty()
}

/// What the statements have renamed, the way back: else it would be taken for one thing that goes, and another that comes.
fn renames(lines: &[Line]) -> Vec<diff::Rename> {
    let mut renames: Vec<diff::Rename> = Vec::new();
    let all = lines
        .iter()
        .flat_map(|line| line.changes.iter().map(move |change| (line, change)));
    for (line, change) in all {
        let Change::Rename { object, to } = change else {
            continue;
        };
        let object = &of_key(object, &line.before);
        let now = object.renamed(to);
        match renames.iter_mut().find(|known| known.object == *object) {
            Some(known) => known.object = now,
            None => renames.extend(own_name(object).map(|name| diff::Rename {
                object: now,
                to: name.clone(),
            })),
        }
    }
    renames
}

/// The index of a key is called as that, and is renamed with it (sql-altertable.html, "RENAME").
fn of_key(object: &ObjectRef, before: &Catalog) -> ObjectRef {
    let ObjectRef::Index(index) = object else {
        return object.clone();
    };
    match before.relation(index) {
        Some(Relation::ConstraintIndex(table)) => ObjectRef::Constraint(table, index.name.clone()),
        _ => object.clone(),
    }
}

fn own_name(object: &ObjectRef) -> Option<&Name> {
    match object {
        ObjectRef::Column(_, name) | ObjectRef::Constraint(_, name) => Some(name),
        ObjectRef::Table(name)
        | ObjectRef::Type(name)
        | ObjectRef::View(name)
        | ObjectRef::Index(name)
        | ObjectRef::Sequence(name) => Some(&name.name),
        _ => None,
    }
}

/// Whether a view is known as it was written, with all columns of something: a server keeps those that there were.
fn reads_all(catalog: &Catalog, view: &QName) -> bool {
    let query = catalog.views.get(view).map(|view| &view.query);
    query.is_some_and(|query| query.origin != Origin::Printed && query.text.contains('*'))
}

/// The column that a change drops, if rows cannot have it again without a value.
fn required<'a>(change: &'a Change, before: &Catalog) -> Option<(&'a QName, &'a Name)> {
    let Change::Table {
        table,
        change: TableChange::DropColumn { name, .. },
    } = change
    else {
        return None;
    };
    let column = before.tables.get(table)?.column(name)?;
    let has_value =
        column.default.is_some() || column.identity.is_some() || column.generated.is_some();
    (column.not_null.is_some() && !has_value).then_some((table, name))
}

/// A schema in which columns that the deploy has added, and that these statements drop, may be NULL: going back they are on their way out.
fn without_own_not_null(lines: &[Line], before: &Catalog, known: &Catalog) -> Catalog {
    let mut relaxed = before.clone();
    for change in lines.iter().flat_map(|line| &line.changes) {
        let Change::Table {
            table,
            change: TableChange::DropColumn { name, .. },
        } = change
        else {
            continue;
        };
        let is_new = |known: &Table| known.column(name).is_none();
        let is_own = known.tables.get(table).is_some_and(|known| is_new(known));
        if is_own
            && let Some(table) = relaxed.table_mut(table)
            && let Some(column) = table.column_mut(name)
        {
            column.not_null = None;
        }
    }
    relaxed
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
