//! What is done to the tables, and the order of everything: what hangs on tables goes first and comes last.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use super::{
    super::{Catalog, Column, Difference, Name, Object, TableKind, Text, words::quoted},
    Alteration, Diff, Options,
    attached::{Attached, Tables},
    definition, gone,
    in_place::{self, InPlace, Side},
    rebuild::{self, Rebuild, values_of},
    rename::{self, Renamed},
    script::KeyCheck,
    strings,
    texts::{self, Rows},
};
use crate::{Disparity, diff::Action};

/// How a table becomes what it is to be.
enum Way {
    Create,
    InPlace(InPlace),
    Rebuild(definition::Renamed),
    /// A virtual table: dropped and made again. Whether its rows are those of another table.
    Replace {
        is_filled: bool,
    },
}

struct Plan<'a> {
    from: &'a Catalog,
    to: &'a Catalog,
    renamed: Renamed,
    made_by: HashMap<&'a Object, &'a Text>,
    ways: BTreeMap<Name, Way>,
    remaining: Vec<Difference>,
    has_strings: OnceCell<bool>,
}

pub(super) fn diff(from: &Catalog, to: &Catalog, options: &Options) -> Diff {
    let mut plan = Plan {
        from,
        to,
        renamed: rename::carry_out(from, to, &options.renames),
        made_by: statements(to),
        ways: BTreeMap::new(),
        remaining: Vec::new(),
        has_strings: OnceCell::new(),
    };
    plan.choose(options);
    plan.carried_out()
}

fn statements(catalog: &Catalog) -> HashMap<&Object, &Text> {
    let statements = catalog.statements.iter();
    statements
        .map(|statement| (&statement.object, &statement.text))
        .collect()
}

impl Plan<'_> {
    /// Chooses a way for each table that is to be.
    fn choose(&mut self, options: &Options) {
        let before = statements(self.from);
        for (name, to) in &self.to.tables {
            let object = Object::Table(name.clone());
            let statement = self.made_by.get(&object).copied();
            let Some(from) = self.renamed.catalog.tables.get(name) else {
                if statement.is_some() {
                    self.ways.insert(name.clone(), Way::Create);
                } else {
                    self.remaining.push(without_statement(&object));
                }
                continue;
            };
            let found = in_place::differences(name, from, to, options.column_order);
            if found.is_empty() {
                continue;
            }
            let is_renamed = self.renamed.after.contains(name);
            let now = Side {
                table: from,
                statement: before.get(&object).copied().filter(|_| !is_renamed),
            };
            let then = Side {
                table: to,
                statement,
            };
            match self.way(name, now, then, options) {
                Some(way) => {
                    self.ways.insert(name.clone(), way);
                }
                None => self.remaining.extend(found),
            }
        }
    }

    fn way(&self, name: &Name, from: Side<'_>, to: Side<'_>, options: &Options) -> Option<Way> {
        let statement = to.statement?;
        if [from, to]
            .iter()
            .any(|side| side.table.kind != TableKind::Plain)
        {
            return match texts::rows(from.table, to.table, self.to) {
                Rows::Move => definition::under(statement, &self.meanwhile(name)).map(Way::Rebuild),
                rows => Some(Way::Replace {
                    is_filled: rows == Rows::AreElsewhere,
                }),
            };
        }
        match in_place::in_place(name, from, to, options.column_order) {
            Some(change) if change.dropped.is_empty() || !self.has_strings() => {
                Some(Way::InPlace(change))
            }
            _ => definition::under(statement, &self.meanwhile(name)).map(Way::Rebuild),
        }
    }

    /// Whether `DROP COLUMN` would change what it is not about.
    fn has_strings(&self) -> bool {
        *self.has_strings.get_or_init(|| {
            let mut sides = [self.from, self.to].into_iter();
            sides.any(strings::are_in_tables)
        })
    }

    fn meanwhile(&self, name: &Name) -> Name {
        rebuild::meanwhile(name, self.from, self.to)
    }

    fn carried_out(mut self) -> Diff {
        let gone = gone::in_order(&self.renamed.catalog.tables, &self.to.tables);
        let attached = Attached::of(
            self.from,
            &self.renamed.catalog,
            self.to,
            &self.tables(&gone),
        );
        let keys = self.keys(&gone);
        let mut changes = attached.go.clone();
        changes.append(&mut self.renamed.changes);
        let order: Vec<&Object> = self.to.statements.iter().map(|made| &made.object).collect();
        for object in &order {
            if let Object::Table(name) = object
                && let Some(way) = self.ways.get(name)
            {
                changes.extend(self.alterations(name, way, attached.outlive(name)));
            }
        }
        changes.extend(gone.iter().map(|name| self.drop(name)));
        let place: HashMap<&Object, usize> = order.into_iter().zip(0..).collect();
        let mut come = attached.come;
        come.sort_by_key(|(_, object)| (rank(object), place.get(object).copied()));
        for (action, object) in come {
            match self.made_by.get(&object) {
                Some(statement) => {
                    changes.push(Alteration::new(action, object, vec![ended(statement)]));
                }
                None => self.remaining.push(without_statement(&object)),
            }
        }
        changes.extend(self.filled());
        Diff {
            changes,
            remaining: self.remaining,
            keys,
        }
    }

    /// What happens to the tables, for what hangs on them.
    fn tables(&self, gone: &[Name]) -> Tables {
        let mut looked_at = self.renamed.before.clone();
        let mut rewrites_strings = self.renamed.columns;
        let mut made_anew = BTreeSet::new();
        for (name, way) in &self.ways {
            match way {
                Way::InPlace(change) if !change.dropped.is_empty() => {
                    rewrites_strings = true;
                    looked_at.insert(name.clone());
                }
                Way::Rebuild(renamed) => {
                    made_anew.insert(name.clone());
                    if renamed.names_itself {
                        looked_at.insert(name.clone());
                    }
                }
                Way::Replace { .. } => {
                    made_anew.insert(name.clone());
                }
                Way::Create | Way::InPlace(_) => {}
            }
        }
        Tables {
            looked_at,
            rewrites_strings,
            made_anew,
            gone: gone.iter().cloned().collect(),
        }
    }

    fn alterations(&self, name: &Name, way: &Way, is_looked_at: bool) -> Vec<Alteration> {
        let object = Object::Table(name.clone());
        let create = || self.made_by.get(&object).map(|text| ended(text));
        match way {
            Way::Create => {
                let create = create().into_iter().collect();
                vec![Alteration::new(Action::Create, object.clone(), create)]
            }
            Way::Replace { is_filled } => {
                let mut drop = self.drop(name);
                drop.action = Action::Recreate;
                drop.loses = drop.loses.filter(|_| !is_filled);
                let create = create().into_iter().collect();
                vec![
                    drop,
                    Alteration::new(Action::Recreate, object.clone(), create),
                ]
            }
            Way::InPlace(change) => in_place_alterations(name, change),
            Way::Rebuild(renamed) => {
                let tables = (
                    self.renamed.catalog.tables.get(name),
                    self.to.tables.get(name),
                );
                let (Some(from), Some(to)) = tables else {
                    return Vec::new();
                };
                let rebuild = Rebuild {
                    name,
                    from,
                    to,
                    meanwhile: self.meanwhile(name),
                    renamed,
                    is_looked_at,
                };
                vec![rebuild.alteration()]
            }
        }
    }

    /// Tables of full text search are filled when everything is there that they are about.
    fn filled(&self) -> impl Iterator<Item = Alteration> {
        let filled = self.ways.iter();
        let filled = filled.filter(|(_, way)| matches!(way, Way::Replace { is_filled: true }));
        filled.map(|(name, _)| {
            let fill = format!("INSERT INTO {0} ({0}) VALUES ('rebuild');", quoted(name));
            Alteration::new(Action::Alter, Object::Table(name.clone()), vec![fill])
        })
    }

    fn drop(&self, name: &Name) -> Alteration {
        let object = Object::Table(name.clone());
        let statement = format!("DROP TABLE {};", quoted(name));
        let mut alteration = Alteration::new(Action::Drop, object, vec![statement]);
        alteration.loses = Some(format!("all rows of `{name}`"));
        alteration
    }

    /// A table that is dropped takes rows along that refer to its rows, or cannot be dropped for them; where it is
    /// only made anew, that would be wrong.
    fn keys(&self, gone: &[Name]) -> Option<KeyCheck> {
        let tables = &self.renamed.catalog.tables;
        let is_plain = |name: &Name| {
            let sides = [tables.get(name), self.to.tables.get(name)];
            let mut sides = sides.into_iter().flatten();
            sides.any(|table| table.kind == TableKind::Plain)
        };
        let mut ways = self.ways.iter();
        let rebuilds = ways.any(|(name, way)| matches!(way, Way::Rebuild(_)) && is_plain(name));
        let is_needed = rebuilds || gone::are_held(gone, tables, &self.to.tables);
        is_needed.then(|| KeyCheck::of(self.from, self.to))
    }
}

/// Columns come before others go: a table has always one.
fn in_place_alterations(name: &Name, change: &InPlace) -> Vec<Alteration> {
    let alter = |rest: String| vec![format!("ALTER TABLE {} {rest};", quoted(name))];
    let object = |column: &Name| Object::Column(name.clone(), column.clone());
    let added = change.added.iter().map(|(column, text)| {
        let statements = alter(format!("ADD COLUMN {text}"));
        Alteration::new(Action::Create, object(column), statements)
    });
    let dropped = change.dropped.iter().map(|column: &Column| {
        let statements = alter(format!("DROP COLUMN {}", quoted(&column.name)));
        let mut alteration = Alteration::new(Action::Drop, object(&column.name), statements);
        let is_computed = column.generated.is_some();
        alteration.loses = (!is_computed).then(|| values_of(name, column));
        alteration
    });
    added.chain(dropped).collect()
}

fn rank(object: &Object) -> u8 {
    match object {
        Object::Table(_) | Object::Column(..) | Object::Index(_) => 0,
        Object::View(_) => 1,
        Object::Trigger(_) => 2,
    }
}

fn ended(statement: &Text) -> String {
    format!("{statement};")
}

fn without_statement(object: &Object) -> Difference {
    Difference {
        object: object.to_string(),
        disparity: Disparity::Extra,
    }
}
