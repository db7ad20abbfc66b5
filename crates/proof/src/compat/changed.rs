//! What is not there under all three schemas, in words: a server says only that a name means nothing.

use segue_catalog::{Catalog, Name, ObjectRef, QName};

use super::{Moment, form::Form};

/// An object that is not the same under all schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    /// The names that a query has which needs it.
    names: Vec<Name>,
    /// What it is called.
    label: String,
    /// What it is, by [`Moment`]; none where it is not there.
    states: [Option<String>; 3],
}

/// What changes between three schemas.
pub(super) fn between(catalogs: &[Catalog; 3]) -> Vec<Changed> {
    let mut all: Vec<Changed> = Vec::new();
    for (number, catalog) in catalogs.iter().enumerate() {
        for (object, names, state) in objects(catalog) {
            let label = label(&object);
            let at = match all.binary_search_by(|known| known.label.cmp(&label)) {
                Ok(at) => at,
                Err(at) => {
                    let changed = Changed {
                        names,
                        label,
                        states: [None, None, None],
                    };
                    all.insert(at, changed);
                    at
                }
            };
            all[at].states[number] = Some(state);
        }
    }
    all.retain(|changed| {
        changed
            .states
            .iter()
            .any(|state| *state != changed.states[0])
    });
    all
}

/// What queries name, each with what it is.
fn objects(catalog: &Catalog) -> Vec<(ObjectRef, Vec<Name>, String)> {
    let mut found = Vec::new();
    let here = String::new;
    for (name, table) in catalog.tables.iter() {
        found.push((
            ObjectRef::Table(name.clone()),
            vec![name.name.clone()],
            here(),
        ));
        for column in &table.columns {
            found.push((
                ObjectRef::Column(name.clone(), column.name.clone()),
                vec![name.name.clone(), column.name.clone()],
                column.data_type.to_string(),
            ));
        }
    }
    for (name, view) in catalog.views.iter() {
        found.push((
            ObjectRef::View(name.clone()),
            vec![name.name.clone()],
            here(),
        ));
        for column in &view.columns {
            found.push((
                ObjectRef::Column(name.clone(), column.clone()),
                vec![name.name.clone(), column.clone()],
                here(),
            ));
        }
    }
    for id in catalog.routines.keys() {
        let object = ObjectRef::Routine(id.clone());
        found.push((object, vec![id.name.name.clone()], here()));
    }
    for name in catalog.sequences.keys() {
        found.push((
            ObjectRef::Sequence(name.clone()),
            vec![name.name.clone()],
            here(),
        ));
    }
    for (name, of) in catalog.types.iter() {
        let state = match &of.kind {
            segue_catalog::model::TypeKind::Enum(of) => of.values.join(", "),
            _ => here(),
        };
        found.push((ObjectRef::Type(name.clone()), Vec::new(), state));
    }
    found
}

/// The same for a table, a view of its name, and theirs columns: a rename puts the one in the place of the other.
fn label(object: &ObjectRef) -> String {
    let short = |name: &QName| match name.schema.as_str() {
        "public" => name.name.to_string(),
        _ => name.to_string(),
    };
    match object {
        ObjectRef::Table(name) | ObjectRef::View(name) => short(name),
        ObjectRef::Column(of, name) => format!("{}.{name}", short(of)),
        ObjectRef::Sequence(name) => format!("sequence {}", short(name)),
        ObjectRef::Type(name) => format!("type {}", short(name)),
        other => other.to_string(),
    }
}

impl Changed {
    fn is_named_by(&self, form: &Form) -> bool {
        self.names.iter().all(|name| form.mentions(name))
    }

    fn is_there(&self, moment: Moment) -> bool {
        self.states[moment as usize].is_some()
    }

    /// When it comes, goes or becomes another, for people.
    fn story(&self) -> String {
        let [before, expanded, contracted] = &self.states;
        let there = [before.is_some(), expanded.is_some(), contracted.is_some()];
        let label = &self.label;
        match there {
            [true, true, false] => format!("{label} is gone after contract"),
            [true, false, false] => format!("{label} is gone after expand"),
            [false, true, true] => format!("{label} comes with expand"),
            [false, false, true] => format!("{label} comes with contract"),
            [false, true, false] => format!("{label} is there between expand and contract only"),
            [true, false, true] => format!("{label} is not there between expand and contract"),
            _ => {
                let phase = if before != expanded {
                    "expand"
                } else {
                    "contract"
                };
                let show = |state: &Option<String>| match state.as_deref() {
                    Some("") | None => "another".to_owned(),
                    Some(text) => text.to_owned(),
                };
                format!(
                    "{label} becomes {} in {phase}, was {}",
                    show(if before == expanded {
                        contracted
                    } else {
                        expanded
                    }),
                    show(before)
                )
            }
        }
    }
}

/// What a query names and the last schema has not any more, in words.
pub(super) fn losses(changed: &[Changed], form: &Form) -> Vec<String> {
    let is_lost = |one: &&Changed| {
        one.is_there(Moment::Before) && !one.is_there(Moment::Contracted) && one.is_named_by(form)
    };
    let lost: Vec<&Changed> = changed.iter().filter(is_lost).collect();
    let tables: Vec<String> = lost
        .iter()
        .filter(|one| one.names.len() == 1)
        .map(|one| format!("{}.", one.label))
        .collect();
    // A column of a table that is gone says nothing new; a type is named by its columns, not by the query.
    lost.into_iter()
        .filter(|one| !one.names.is_empty())
        .filter(|one| !tables.iter().any(|table| one.label.starts_with(table)))
        .map(Changed::story)
        .collect()
}

/// Why a query that works at home does not work at another moment, as far as the schemas tell.
pub(super) fn stories(changed: &[Changed], form: &Form, home: Moment, at: Moment) -> Vec<String> {
    let named: Vec<&Changed> = changed
        .iter()
        .filter(|one| one.is_named_by(form) && one.states[home as usize] != one.states[at as usize])
        .collect();
    // A column of a table that is gone says nothing new.
    let gone = |one: &&&Changed| one.is_there(home) && !one.is_there(at);
    let (tables, rest): (Vec<&Changed>, Vec<&Changed>) =
        named.iter().partition(|one| one.names.len() == 1);
    let lost: Vec<&Changed> = tables.iter().filter(gone).copied().collect();
    let is_within = |one: &&Changed| {
        lost.iter()
            .any(|table| one.label.starts_with(&format!("{}.", table.label)))
    };
    let rest = rest.into_iter().filter(|one| !is_within(one));
    let mut told: Vec<&Changed> = lost.iter().copied().chain(rest).collect();
    if told.iter().any(|one| gone(&one)) {
        told.retain(|one| gone(&one));
    } else {
        // a type is named by its columns, not by the query
        told.retain(|one| !one.names.is_empty() || one.states.iter().all(Option::is_some));
    }
    told.into_iter().map(Changed::story).collect()
}
