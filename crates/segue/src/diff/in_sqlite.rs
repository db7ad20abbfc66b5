//! What turns one schema of SQLite's into another.

use segue_catalog::sqlite::{
    self, Catalog, Name, Object,
    diff::{Alteration, Diff, Options, Rename},
};
use segue_db::history::Table as HistoryTable;
use segue_sql::{Dialect, Problem};

use super::{DiffOptions, Move, Transition};
use crate::{
    Departure, Model,
    bookkeeping::forget_in_sqlite,
    desired::{
        beyond_in_sqlite::keep_beyond,
        renames::{Hint, Target},
    },
};

/// What is said of the two sides beside their schemas.
pub(super) struct Said<'a> {
    /// Names that the second one had before.
    pub(super) hints: &'a [Hint],
    /// The tools whose languages they were printed from.
    pub(super) tools: [Option<&'static str>; 2],
    /// The histories that were found in them.
    pub(super) histories: [&'a [HistoryTable]; 2],
}

/// The schema, which is not one of PostgreSQL's.
pub(super) fn catalog(model: Option<Model>) -> Catalog {
    match model {
        Some(Model::Sqlite(catalog)) => *catalog,
        Some(Model::Postgres(_)) | None => Catalog::default(),
    }
}

/// Nothing turns a schema of PostgreSQL's into one of SQLite's.
pub(super) fn of_two_kinds(transition: &Transition) -> Problem {
    Problem::new("one side is of PostgreSQL, the other of SQLite")
        .note(format!("from: {}", transition.from))
        .note(format!("to: {}", transition.to))
        .help("give two sides of one kind")
}

/// Adds what is done, and what stays different.
pub(super) fn fill(
    transition: &mut Transition,
    mut sides: [Catalog; 2],
    said: &Said<'_>,
    options: DiffOptions,
) {
    for catalog in &mut sides {
        for table in said.histories.into_iter().flatten() {
            forget_in_sqlite(catalog, table);
        }
    }
    let [mut first, mut second] = sides;
    if let Some(tool) = said.tools[0] {
        keep_beyond(tool, &mut first, &second);
    }
    if let Some(tool) = said.tools[1] {
        keep_beyond(tool, &mut second, &first);
    }
    let options = Options {
        column_order: options.column_order,
        renames: renames(said.hints, &second),
    };
    let Diff {
        changes,
        remaining,
        keys,
    } = sqlite::diff(&first, &second, &options);
    transition.dialect = Dialect::Sqlite;
    transition.keys = keys;
    transition.moves = changes.into_iter().map(Move::from).collect();
    transition.remaining = remaining.into_iter().map(Departure::from).collect();
}

impl From<Alteration> for Move {
    fn from(alteration: Alteration) -> Self {
        Self {
            action: alteration.action,
            kind: alteration.object.kind().to_owned(),
            object: alteration.object.to_string(),
            part_of: match &alteration.object {
                Object::Column(table, _) => Some(table.to_string()),
                _ => None,
            },
            statements: alteration.statements,
            loses: alteration.loses,
            notes: alteration.notes,
        }
    }
}

/// What the hints say of tables and columns; the rest has no rows, and is made again. A hint whose old name is
/// somebody else's now is history.
fn renames(hints: &[Hint], second: &Catalog) -> Vec<Rename> {
    hints
        .iter()
        .filter_map(|hint| rename(hint, second))
        .collect()
}

fn rename(hint: &Hint, second: &Catalog) -> Option<Rename> {
    let old = Name::new(hint.old.as_str());
    match &hint.target {
        Target::Object { kind, name } if kind == "TABLE" => {
            let is_due = !second.tables.contains_key(&old);
            let to = Name::new(name.last()?.as_str());
            is_due.then_some(Rename {
                object: Object::Table(old),
                to,
            })
        }
        Target::Column(of, name) => {
            let table = Name::new(of.last()?.as_str());
            let columns = &second.tables.get(&table)?.columns;
            let is_due = columns.iter().all(|column| column.name != old);
            is_due.then(|| Rename {
                object: Object::Column(table, old),
                to: Name::new(name.as_str()),
            })
        }
        _ => None,
    }
}
