//! A table made anew: "Making Other Kinds Of Table Schema Changes" (lang_altertable.html). What is around these
//! statements, steps 1, 2 and 10 to 12, is in `script.rs`.

use super::{
    super::{Catalog, Column, ConstraintKind, Name, Object, Table, words::quoted},
    Alteration,
    definition::Renamed,
};
use crate::diff::Action;

/// A table, and what it is to be.
pub(super) struct Rebuild<'a> {
    pub(super) name: &'a Name,
    pub(super) from: &'a Table,
    pub(super) to: &'a Table,
    /// The name of the new table until the old one is gone.
    pub(super) meanwhile: Name,
    /// The new table's statement, under that name.
    pub(super) renamed: &'a Renamed,
    /// Whether views and triggers are there while it is renamed.
    pub(super) is_looked_at: bool,
}

impl Rebuild<'_> {
    /// The new table, its rows, and its name.
    pub(super) fn alteration(&self) -> Alteration {
        let (old, new) = (quoted(self.name), quoted(&self.meanwhile));
        let mut statements = vec![format!("{};", self.renamed.statement)];
        let copied = self.copied();
        if !copied.is_empty() {
            let columns = copied.join(", ");
            statements.push(format!(
                "INSERT INTO {new} ({columns}) SELECT {columns} FROM {old};"
            ));
        }
        statements.extend(self.sequence());
        statements.push(format!("DROP TABLE {old};"));
        statements.extend(self.rename(&new, &old));
        let object = Object::Table(self.name.clone());
        let mut alteration = Alteration::new(Action::Alter, object, statements);
        alteration.loses = self.loses(copied.is_empty());
        alteration.notes = self.notes();
        alteration
    }

    /// Columns that both tables have and that can be given a value; the rowid where it has no name of its own.
    fn copied(&self) -> Vec<String> {
        let mut copied: Vec<String> = self.common().map(|(_, to)| quoted(&to.name)).collect();
        copied.splice(0..0, self.rowid().map(str::to_owned));
        copied
    }

    fn common(&self) -> impl Iterator<Item = (&Column, &Column)> {
        let taken = self.to.columns.iter().filter(|to| to.generated.is_none());
        taken.filter_map(|to| {
            let from = self.from.columns.iter().find(|from| from.name == to.name)?;
            Some((from, to))
        })
    }

    /// The name of the rowid, which tables of full text search may refer to. Where a column of the new table is
    /// the rowid and is copied, that is enough.
    fn rowid(&self) -> Option<&'static str> {
        if self.from.without_rowid || self.to.without_rowid {
            return None;
        }
        let alias = alias_of_rowid(self.to);
        if alias.is_some_and(|alias| self.common().any(|(_, to)| to.name == *alias)) {
            return None;
        }
        let is_free = |name: &&str| {
            let name = Name::new(name);
            let mut columns = self.from.columns.iter().chain(&self.to.columns);
            columns.all(|column| column.name != name)
        };
        ["rowid", "_rowid_", "oid"].into_iter().find(is_free)
    }

    /// `AUTOINCREMENT` goes on behind rows that are no more (autoinc.html).
    fn sequence(&self) -> Vec<String> {
        let counts = |table: &Table| table.columns.iter().any(|column| column.autoincrement);
        if !counts(self.from) || !counts(self.to) {
            return Vec::new();
        }
        let (old, new) = (string(self.name), string(&self.meanwhile));
        vec![
            format!("DELETE FROM sqlite_sequence WHERE name = {new};"),
            format!(
                "INSERT INTO sqlite_sequence (name, seq) SELECT {new}, seq FROM sqlite_sequence WHERE name = {old};"
            ),
        ]
    }

    /// Views and triggers that speak of the table find none at this moment. SQLite refuses the `RENAME` for that,
    /// and without `legacy_alter_table` would look into them for the name that goes.
    fn rename(&self, new: &str, old: &str) -> Vec<String> {
        let rename = format!("ALTER TABLE {new} RENAME TO {old};");
        if self.renamed.names_itself || !self.is_looked_at {
            return vec![rename];
        }
        vec![
            "PRAGMA legacy_alter_table = ON;".to_owned(),
            rename,
            "PRAGMA legacy_alter_table = OFF;".to_owned(),
        ]
    }

    fn loses(&self, is_empty: bool) -> Option<String> {
        if is_empty {
            return Some(format!("all rows of `{}`", self.name));
        }
        let goes = |column: &&Column| {
            let mut stays = self.common().map(|(from, _)| &from.name);
            column.generated.is_none() && stays.all(|name| *name != column.name)
        };
        let gone = self.from.columns.iter().filter(goes);
        let gone: Vec<String> = gone.map(|column| values_of(self.name, column)).collect();
        (!gone.is_empty()).then(|| gone.join("; "))
    }

    fn notes(&self) -> Vec<String> {
        let alias = alias_of_rowid(self.to);
        let needs = |to: &&Column| to.not_null && alias != Some(&to.name);
        let of = |to: &Column| {
            let from = self.from.columns.iter().find(|from| from.name == to.name);
            let (table, name) = (self.name, &to.name);
            match from {
                Some(from) if !from.not_null => Some(format!(
                    "fails if a row has NULL in `{table}.{name}`, which becomes NOT NULL: set those first"
                )),
                None if to.default.is_none() && to.generated.is_none() => Some(format!(
                    "fails if `{table}` has rows: its new column `{name}` is NOT NULL and has no default"
                )),
                _ => None,
            }
        };
        self.to
            .columns
            .iter()
            .filter(needs)
            .filter_map(of)
            .collect()
    }
}

/// What a column that is dropped takes along.
pub(super) fn values_of(table: &Name, column: &Column) -> String {
    format!("the values of `{table}.{}`", column.name)
}

/// The column that is the rowid by another name (lang_createtable.html, "ROWIDs and the INTEGER PRIMARY KEY").
fn alias_of_rowid(table: &Table) -> Option<&Name> {
    if table.without_rowid {
        return None;
    }
    let key = table
        .constraints
        .iter()
        .find_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(keys) if keys.len() == 1 => keys[0].column.as_ref(),
            _ => None,
        })?;
    let column = table.columns.iter().find(|column| column.name == *key)?;
    column
        .data_type
        .eq_ignore_ascii_case("integer")
        .then_some(key)
}

/// A name for the new table that nothing has.
pub(super) fn meanwhile(name: &Name, from: &Catalog, to: &Catalog) -> Name {
    let taken = |name: &Name| {
        [from, to].iter().any(|catalog| {
            catalog.tables.contains_key(name)
                || catalog.views.contains_key(name)
                || catalog.indexes.contains_key(name)
        })
    };
    let mut free = Name::new(format!("segue_new_{name}"));
    while taken(&free) {
        free = Name::new(format!("{free}_"));
    }
    free
}

/// A name as a string.
fn string(name: &Name) -> String {
    crate::quote::plain_literal(name.as_str())
}
