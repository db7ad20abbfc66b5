//! Values of enums, of which some have their names only in contract.

use segue_catalog::{
    Catalog, Change, Name, ObjectRef, QName, TableChange, TypeChange,
    model::{Enum, TypeKind},
    reached, render,
};

use squawk_syntax::ast::AstNode;

use super::{made_of_values, rows, words};
use crate::{
    Moment,
    planner::{Planning, bare},
};

/// A statement that adds a value to an enum, under the names that this and its other values have for now: the new app writes the value
/// before contract. None where it is no such statement, or where another value still has the name.
pub(super) fn added(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<String> {
    let [
        Change::Type {
            name,
            change: TypeChange::AddValue { value, at },
        },
    ] = moment.changes()
    else {
        return None;
    };
    let now = for_now(planning, name)?;
    let (there, said) = (values(&planning.now, &now)?, values(moment.before(), name)?);
    if there.len() != said.len() || there.contains(value) {
        return None;
    }
    if now == *name && !say_new(moment, planning, name) {
        return Some(bare(moment.text()));
    }
    let place = match there.get(*at) {
        Some(next) => format!(" BEFORE {}", render::literal(next)),
        None => String::new(),
    };
    let value = render::literal(value);
    Some(format!("ALTER TYPE {now} ADD VALUE {value}{place}"))
}

fn values<'a>(catalog: &'a Catalog, name: &QName) -> Option<&'a [String]> {
    match &catalog.types.get(name)?.kind {
        TypeKind::Enum(Enum { values, .. }) => Some(values),
        _ => None,
    }
}

/// A type, as it is called for now; none where it is another one than the type of that name.
fn for_now(planning: &Planning<'_>, said: &QName) -> Option<QName> {
    let mut name = said.clone();
    let earlier: Vec<_> = planning.earlier().map(|(line, _)| line).collect();
    let changes = earlier
        .iter()
        .rev()
        .flat_map(|line| line.changes.iter().rev());
    for change in changes {
        match change {
            Change::Rename {
                object: from @ ObjectRef::Type(of),
                to,
            } if from.renamed(to) == ObjectRef::Type(name.clone()) => {
                name = of.clone();
            }
            Change::SetSchema {
                object: ObjectRef::Type(of),
                schema,
            } if *schema == name.schema && of.name == name.name => {
                name = of.clone();
            }
            // one in the place of another is made when that goes
            Change::Create(made) if made.reference() == ObjectRef::Type(name.clone()) => {
                return (!planning.known.types.contains_key(&name)).then_some(name);
            }
            _ => {}
        }
    }
    Some(name)
}

/// Whether a statement adds a value to an enum that has one of that name, which gets another name in contract.
pub(super) fn meets_another(moment: &Moment<'_>, planning: &Planning<'_>) -> bool {
    moment.changes().iter().any(|change| match change {
        Change::Type {
            name,
            change: TypeChange::AddValue { value, .. },
        } => {
            let there = for_now(planning, name);
            there
                .and_then(|now| values(&planning.now, &now))
                .is_some_and(|there| there.contains(value))
        }
        _ => false,
    })
}

/// Whether a statement says a value of an enum that has its name only in contract, as one of that enum.
fn say_new(moment: &Moment<'_>, planning: &Planning<'_>, name: &QName) -> bool {
    let strings = strings(moment.text());
    let is_said = |to: &str| strings.iter().any(|string| says(string, to));
    renamed(planning, name).any(is_said) && is_about(moment, name)
}

/// The strings of a statement, with those in the body of a function.
fn strings(text: &str) -> Vec<String> {
    let tree = segue_catalog::parse(text).tree();
    let elements = tree.syntax().descendants_with_tokens();
    let tokens = elements.filter_map(|element| element.into_token());
    let mut all = Vec::new();
    for token in tokens {
        if let Some(string) = words::string(token.text()) {
            all.extend(strings(&string));
            all.push(string);
        }
    }
    all
}

/// Whether a string is a value, or an array with it (arrays.html).
fn says(string: &str, value: &str) -> bool {
    let elements = string.strip_prefix('{').and_then(|of| of.strip_suffix('}'));
    let mut elements = elements.into_iter().flat_map(|all| all.split(','));
    string == value || elements.any(|one| one.trim().trim_matches('"') == value)
}

/// Whether a statement behind another name of a value of an enum has to do with that: it is about the enum itself, says the new name, or
/// makes something else of the values. None where that is not all that is put off of a type of this name.
pub(super) fn are_met(moment: &Moment<'_>, planning: &Planning<'_>, name: &QName) -> Option<bool> {
    let is_it = are_renamed(planning, name) && for_now(planning, name).as_ref() == Some(name);
    is_it.then(|| {
        let is_about = |change: &Change| match change {
            Change::Type { name: of, .. }
            | Change::Drop {
                object: ObjectRef::Type(of),
                ..
            }
            | Change::Rename {
                object: ObjectRef::Type(of),
                ..
            }
            | Change::SetSchema {
                object: ObjectRef::Type(of),
                ..
            } => of == name,
            Change::Table {
                table,
                change:
                    TableChange::SetType {
                        column, data_type, ..
                    },
            } => {
                let known = moment.before().tables.get(table);
                let column = known.and_then(|known| known.column(column));
                let was = column.is_some_and(|column| column.data_type.name == *name);
                was || data_type.name == *name
            }
            _ => false,
        };
        let makes_rows = rows::may_write(moment) || rows::are_asked_for(moment);
        moment.changes().iter().any(is_about)
            || say_new(moment, planning, name)
            || makes_rows && made_of_values::are_read(moment, name)
    })
}

/// Whether a statement names an attribute of a composite type that has its name only in contract, or makes something of its rows.
pub(super) fn attribute_is_met(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    (of, from): (&QName, &Name),
) -> bool {
    let is_composite = |of: &QName| {
        let known = planning.now.types.get(of).map(|of| &of.kind);
        matches!(known, Some(TypeKind::Composite(_)))
    };
    if !is_composite(of) {
        return false;
    }
    let changes = planning.earlier().flat_map(|(line, _)| &line.changes);
    let mut names = changes.filter_map(|change| match change {
        Change::Rename {
            object: ObjectRef::Column(table, own),
            to,
        } if table == of && own == from => Some(to),
        _ => None,
    });
    names.any(|to| words::says(moment.text(), to)) && is_about(moment, of)
        || rows::may_write(moment) && made_of_values::are_read(moment, of)
}

/// Whether values of an enum have other names in contract.
pub(super) fn are_renamed(planning: &Planning<'_>, name: &QName) -> bool {
    renamed(planning, name).next().is_some()
}

/// Whether a column that gets another type has an enum whose values have other names in contract.
pub(super) fn are_renamed_of_retyped(moment: &Moment<'_>, planning: &Planning<'_>) -> bool {
    moment.table_changes().any(|(table, change)| match change {
        TableChange::SetType { column, .. } => {
            let known = moment.before().tables.get(table);
            let column = known.and_then(|known| known.column(column));
            column.is_some_and(|column| are_renamed(planning, &column.data_type.name))
        }
        _ => false,
    })
}

/// The names that values of an enum have only in contract.
fn renamed<'p>(planning: &'p Planning<'_>, name: &'p QName) -> impl Iterator<Item = &'p str> {
    let changes = planning.earlier().flat_map(|(line, _)| &line.changes);
    changes.filter_map(move |change| match change {
        Change::Type {
            name: of,
            change: TypeChange::RenameValue { to, .. },
        } if of == name => Some(to.as_str()),
        _ => None,
    })
}

/// Whether a statement names an enum, or a table or view with a column of it.
fn is_about(moment: &Moment<'_>, name: &QName) -> bool {
    let catalog = moment.before();
    let object = ObjectRef::Type(name.clone());
    let with_it = reached(catalog, &object);
    let relations = with_it.iter().filter_map(|object| match object {
        ObjectRef::Table(name) | ObjectRef::View(name) => Some(name),
        part => part.part_of(),
    });
    // also in the body of a function
    let mut named = relations.chain(std::iter::once(name));
    named.any(|name| words::says(moment.text(), &name.name))
}
