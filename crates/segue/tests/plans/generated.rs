//! Generated schemas and migrations: a case is numbers, which are read as tables and statements against the schema that
//! there is at that point, so that a case can be made smaller by leaving numbers out.

mod actions;
mod objects;
mod tables;
mod values;

use std::fmt;

use proptest::{collection::vec, prelude::*};
use segue_catalog::{Catalog, Name, QName, model::Table};

pub(crate) use tables::{TYPES, TableChoice};

/// A statement to be.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    kind: u8,
    picks: [u8; 6],
}

/// A case to be.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) tables: Vec<TableChoice>,
    /// What makes the schema richer.
    pub(crate) setup: Vec<Choice>,
    pub(crate) migrations: Vec<Vec<Choice>>,
}

/// Cases.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let statement =
        || (any::<u8>(), any::<[u8; 6]>()).prop_map(|(kind, picks)| Choice { kind, picks });
    let parts = (
        vec(tables::choices(), 1..4),
        vec(statement(), 0..6),
        vec(vec(statement(), 1..5), 1..4),
    );
    parts.prop_map(|(tables, setup, migrations)| Case {
        tables,
        setup,
        migrations,
    })
}

/// Statements that belong together: all of them, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group(pub(crate) Vec<String>);

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for statement in &self.0 {
            writeln!(f, "{statement};")?;
        }
        Ok(())
    }
}

impl Choice {
    /// What makes a schema richer: nothing that takes something away.
    pub(crate) fn setup(&self, catalog: &Catalog) -> Option<Group> {
        let mut picks = Picks::new(catalog, &self.picks);
        let kinds: &[Kind] = &[
            objects::index,
            objects::index,
            objects::view,
            objects::grant,
            objects::comment,
            objects::trigger,
            objects::policy,
            actions::constraint,
            actions::constraint,
        ];
        kinds[usize::from(self.kind) % kinds.len()](&mut picks).map(Group)
    }

    /// A statement of a migration.
    pub(crate) fn statement(&self, catalog: &Catalog) -> Option<Group> {
        let mut picks = Picks::new(catalog, &self.picks);
        let kinds: &[Kind] = &[
            actions::alter,
            actions::alter,
            actions::alter,
            actions::alter,
            actions::alter,
            actions::alter,
            actions::alter,
            actions::alter,
            actions::several,
            actions::several,
            actions::rename_column,
            actions::rename_column,
            actions::rename_table,
            actions::constraint,
            actions::constraint,
            actions::backfilled,
            objects::index,
            objects::index,
            objects::drop_index,
            objects::view,
            objects::drop_view,
            objects::grant,
            objects::comment,
            objects::label,
            objects::swapped_enum,
            objects::rows,
            objects::rows,
            objects::table,
            objects::drop_table,
            objects::rename_other,
            objects::trigger,
            objects::policy,
            objects::partition,
        ];
        kinds[usize::from(self.kind) % kinds.len()](&mut picks).map(Group)
    }
}

type Kind = fn(&mut Picks<'_>) -> Option<Vec<String>>;

/// Numbers that are read one after the other.
pub(crate) struct Picks<'a> {
    catalog: &'a Catalog,
    numbers: std::iter::Cycle<std::slice::Iter<'a, u8>>,
}

impl<'a> Picks<'a> {
    fn new(catalog: &'a Catalog, numbers: &'a [u8]) -> Self {
        Self {
            catalog,
            numbers: numbers.iter().cycle(),
        }
    }

    fn number(&mut self) -> usize {
        self.numbers.next().map_or(0, |number| usize::from(*number))
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.number() % many == many - 1
    }

    fn of<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        let number = self.number();
        (!all.is_empty()).then(|| &all[number % all.len()])
    }

    /// A table that is no partition.
    fn table(&mut self) -> Option<(&'a QName, &'a Table)> {
        let all: Vec<(&QName, &Table)> = (self.catalog.tables.iter())
            .filter(|(name, table)| name.schema == "public" && table.partition_of.is_none())
            .map(|(name, table)| (name, &**table))
            .collect();
        self.of(&all).copied()
    }

    fn column(&mut self, table: &'a Table) -> Option<&'a segue_catalog::model::Column> {
        self.of(&table.columns)
    }

    /// A name that a table does not have yet.
    fn new_column(&mut self, table: &Table) -> Name {
        const NAMES: &[&str] = &["n", "Nn", "order", "user", "x_1"];
        let at = self.number();
        let found = (0..NAMES.len()).map(|more| NAMES[(at + more) % NAMES.len()]);
        let mut free = found.filter(|name| table.column(name).is_none());
        Name::stored(free.next().unwrap_or("another"))
    }

    /// A name that no relation has yet.
    fn new_relation(&mut self, base: &str) -> Name {
        let mut names = (0..).map(|number| Name::stored(format!("{base}{number}")));
        let is_free = |name: &Name| {
            let name = QName::new("public", name.clone());
            self.catalog.relation(&name).is_none()
        };
        names.find(is_free).unwrap_or_else(|| Name::stored(base))
    }
}
