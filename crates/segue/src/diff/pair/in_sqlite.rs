//! Two schemas of SQLite's.

use segue_catalog::sqlite::{
    Catalog, Name, Object,
    diff::{Diff, Options, Rename},
};

use crate::{
    desired::{beyond_in_sqlite::keep_beyond, renames::renames_in_sqlite},
    diff::{DiffOptions, read::Read},
};

/// The two, and what was renamed between them.
#[derive(Clone)]
pub(crate) struct Catalogs {
    pub(crate) first: Catalog,
    pub(crate) second: Catalog,
    renames: Vec<Rename>,
}

impl Catalogs {
    pub(super) fn of(mut first: Catalog, mut second: Catalog, from: &Read, to: &Read) -> Self {
        if let Some(tool) = from.tool {
            keep_beyond(tool, &mut first, &second);
        }
        if let Some(tool) = to.tool {
            keep_beyond(tool, &mut second, &first);
        }
        let renames = renames_in_sqlite(&to.hints, &second);
        Self {
            first,
            second,
            renames,
        }
    }

    /// The way back.
    pub(super) fn reversed(&self) -> Self {
        let counts = |rename: &&Rename| has(&self.first, &rename.object);
        let back = |rename: &Rename| match &rename.object {
            Object::Table(name) => Some(Rename {
                object: Object::Table(rename.to.clone()),
                to: name.clone(),
            }),
            Object::Column(table, name) => Some(Rename {
                object: Object::Column(self.table_now(table), rename.to.clone()),
                to: name.clone(),
            }),
            Object::Index(_) | Object::View(_) | Object::Trigger(_) => None,
        };
        Self {
            first: self.second.clone(),
            second: self.first.clone(),
            renames: self
                .renames
                .iter()
                .filter(counts)
                .filter_map(back)
                .collect(),
        }
    }

    /// What a table of the first schema is called in the second.
    fn table_now(&self, table: &Name) -> Name {
        let mut renames = self.renames.iter();
        let found = renames.find(|rename| rename.object == Object::Table(table.clone()));
        found.map_or_else(|| table.clone(), |rename| rename.to.clone())
    }

    pub(super) fn diff(&self, options: DiffOptions) -> Diff {
        let options = Options {
            column_order: options.column_order,
            renames: self.renames.clone(),
        };
        segue_catalog::sqlite::diff(&self.first, &self.second, &options)
    }

    /// See [`Pair::ask`](super::Pair::ask).
    pub(super) fn maybe_renamed(&self, asked: &[(String, String)]) -> Option<(Object, Object)> {
        let is_renamed = |object: &Object| {
            let mut renames = self.renames.iter();
            renames.any(|rename| rename.object == *object)
        };
        let (first, second) = (&self.first.tables, &self.second.tables);
        let only = |in_this: &Catalog, not_in: &Catalog| -> Vec<Name> {
            let names = in_this.tables.keys();
            names
                .filter(|name| !not_in.tables.contains_key(name))
                .cloned()
                .collect()
        };
        let mut pairs = Vec::new();
        for gone in only(&self.first, &self.second) {
            for new in only(&self.second, &self.first) {
                pairs.push((Object::Table(gone.clone()), Object::Table(new)));
            }
        }
        for (name, table) in first {
            let Some(now) = second.get(name) else {
                continue;
            };
            let has = |columns: &[segue_catalog::sqlite::Column], name: &Name| {
                columns.iter().any(|column| column.name == *name)
            };
            for gone in table.columns.iter().filter(|c| !has(&now.columns, &c.name)) {
                for new in now.columns.iter().filter(|c| !has(&table.columns, &c.name)) {
                    pairs.push((
                        Object::Column(name.clone(), gone.name.clone()),
                        Object::Column(name.clone(), new.name.clone()),
                    ));
                }
            }
        }
        pairs
            .into_iter()
            .filter(|(gone, _)| !is_renamed(gone))
            .find(|(gone, new)| !asked.contains(&(gone.to_string(), new.to_string())))
    }

    /// A person has said that the first of the two is the second.
    pub(super) fn rename(&mut self, object: Object, new: &Object) {
        if let Object::Table(to) | Object::Column(_, to) = new {
            let to = to.clone();
            self.renames.push(Rename { object, to });
        }
    }
}

fn has(catalog: &Catalog, object: &Object) -> bool {
    match object {
        Object::Table(name) => catalog.tables.contains_key(name),
        Object::Column(table, name) => catalog
            .tables
            .get(table)
            .is_some_and(|table| table.columns.iter().any(|column| column.name == *name)),
        Object::Index(_) | Object::View(_) | Object::Trigger(_) => false,
    }
}
