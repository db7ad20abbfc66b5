//! The tables of a database, found by their own names and by those of what lives within them.

use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
    sync::{Arc, OnceLock},
};

use serde::{Serialize, Serializer};

use crate::{
    Map, Name, QName,
    map::{self, Sought},
    model::Table,
};

/// How many tables may have changed since the names were collected: each is looked at whenever a name is looked for.
const MANY: usize = 32;

/// A [`Map`] of tables that also knows which of them have a constraint, the sequence of an identity column or a NOT NULL
/// of some name: whether such a name is free is asked for everything that is made, and a schema may have thousands of tables.
///
/// Whoever changes it otherwise than by the methods here, as a map, makes it collect those names again.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    map: Map<QName, Arc<Table>>,
    /// The names within the tables, but for those that have changed since; collected when first asked for.
    names: OnceLock<Arc<Names>>,
    /// The tables that have changed since.
    changed: Vec<QName>,
}

/// Schema of the table, name of what is within, name of the table. What a table no longer has may be among them.
type Names = BTreeSet<(Name, Name, Name)>;

impl Tables {
    /// No table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a table in, and returns the one that had its name.
    pub fn insert(&mut self, name: QName, table: Arc<Table>) -> Option<Arc<Table>> {
        self.will_change(&name);
        self.map.insert(name, table)
    }

    /// Takes a table out.
    pub fn remove(&mut self, name: &QName) -> Option<Arc<Table>> {
        self.map.remove(name)
    }

    /// A table, to be changed.
    pub fn get_mut(&mut self, name: &QName) -> Option<&mut Arc<Table>> {
        self.will_change(name);
        self.map.get_mut(name)
    }

    /// Puts other tables in the place of those that mention what is sought, and for which there are such.
    pub(crate) fn replace_mentioning(
        &mut self,
        sought: &Sought,
        mut other: impl FnMut(&QName, &Arc<Table>) -> Option<Arc<Table>>,
    ) {
        let mut changed = Vec::new();
        self.map.replace_mentioning(sought, |name, table| {
            let other = other(name, table)?;
            changed.push(name.clone());
            Some(other)
        });
        for name in &changed {
            self.will_change(name);
        }
    }

    /// The tables of a schema that may have something of this name within: all that have are among them.
    pub(crate) fn that_may_have<'t, 'n>(
        &'t self,
        schema: &'n Name,
        name: &'n Name,
    ) -> impl Iterator<Item = (&'t QName, &'t Arc<Table>)> + use<'t, 'n> {
        let names = self.names.get_or_init(|| Arc::new(names(&self.map)));
        let first = (schema.clone(), name.clone(), Name::stored(""));
        let known = names
            .range(first..)
            .take_while(move |entry| entry.0 == *schema && entry.1 == *name)
            .map(|(schema, _, table)| QName::new(schema.clone(), table.clone()));
        let changed = self
            .changed
            .iter()
            .filter(move |table| table.schema == *schema);
        let of = known.chain(changed.cloned());
        of.filter_map(|table| self.map.get_key_value(&table))
    }

    /// Takes notice that a table changes.
    fn will_change(&mut self, name: &QName) {
        let Some(names) = self.names.get_mut() else {
            return;
        };
        if self.changed.contains(name) {
            return;
        }
        if self.changed.len() == MANY {
            let names = Arc::make_mut(names);
            for name in self.changed.drain(..) {
                if let Some(table) = self.map.get(&name) {
                    names.extend(within(&name, table));
                }
            }
        }
        self.changed.push(name.clone());
    }

    fn forget_names(&mut self) {
        self.names = OnceLock::new();
        self.changed.clear();
    }
}

fn names(tables: &Map<QName, Arc<Table>>) -> Names {
    let tables = tables.iter();
    tables
        .flat_map(|(name, table)| within(name, table))
        .collect()
}

/// The names of what lives within a table.
fn within<'t>(name: &'t QName, table: &'t Table) -> impl Iterator<Item = (Name, Name, Name)> + 't {
    let constraints = table.constraints.keys();
    let sequences = table.columns.iter().filter_map(|column| {
        let identity = column.identity.as_ref()?;
        Some(&identity.sequence.name)
    });
    let not_nulls = table.columns.iter().filter_map(|column| {
        let not_null = column.not_null.as_ref()?;
        not_null.name.as_ref()
    });
    let all = constraints.chain(sequences).chain(not_nulls);
    all.map(|part| (name.schema.clone(), part.clone(), name.name.clone()))
}

impl PartialEq for Tables {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl Eq for Tables {}

impl Deref for Tables {
    type Target = Map<QName, Arc<Table>>;

    fn deref(&self) -> &Self::Target {
        &self.map
    }
}

impl DerefMut for Tables {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.forget_names();
        &mut self.map
    }
}

impl From<Map<QName, Arc<Table>>> for Tables {
    fn from(map: Map<QName, Arc<Table>>) -> Self {
        Self {
            map,
            ..Self::default()
        }
    }
}

impl FromIterator<(QName, Arc<Table>)> for Tables {
    fn from_iter<I: IntoIterator<Item = (QName, Arc<Table>)>>(entries: I) -> Self {
        Map::from_iter(entries).into()
    }
}

impl IntoIterator for Tables {
    type Item = (QName, Arc<Table>);
    type IntoIter = <Map<QName, Arc<Table>> as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.map.into_iter()
    }
}

impl<'a> IntoIterator for &'a Tables {
    type Item = (&'a QName, &'a Arc<Table>);
    type IntoIter = map::Iter<'a, QName, Arc<Table>>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.iter()
    }
}

impl Serialize for Tables {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.map.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use segue_sql::{Source, split};

    use super::*;
    use crate::{Catalog, Relation, Session, advance};

    /// More tables than are remembered one by one, and then whatever moves a name.
    fn script() -> String {
        let mut sql = String::new();
        for number in 0..3 * MANY {
            sql.push_str(&format!(
                "CREATE TABLE t{number} (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int UNIQUE, b int CHECK (b > 0));\n"
            ));
        }
        sql.push_str(
            "CREATE SCHEMA other;
             ALTER TABLE t1 RENAME CONSTRAINT t1_pkey TO t2_key;
             ALTER TABLE t2 DROP CONSTRAINT t2_a_key;
             ALTER TABLE t3 RENAME TO moved;
             ALTER TABLE t4 SET SCHEMA other;
             DROP TABLE t5;
             ALTER TABLE t6 ALTER COLUMN id DROP IDENTITY;
             CREATE TABLE t5 (id int PRIMARY KEY);
             ALTER SCHEMA other RENAME TO another;
             ALTER TABLE t7 ADD CONSTRAINT late UNIQUE (b);
             ALTER TABLE t7 DROP COLUMN a;",
        );
        sql
    }

    /// What an index of a constraint or the sequence of an identity column belongs to, looked for in every table.
    fn by_hand(catalog: &Catalog) -> BTreeMap<QName, Relation> {
        let mut all = BTreeMap::new();
        for (name, table) in &catalog.tables {
            for (part, constraint) in &table.constraints {
                if constraint.index().is_some() {
                    let found = Relation::ConstraintIndex(name.clone());
                    all.insert(name.sibling(part.clone()), found);
                }
            }
            for column in &table.columns {
                if let Some(identity) = &column.identity {
                    let found = Relation::IdentitySequence(name.clone(), column.name.clone());
                    all.insert(identity.sequence.clone(), found);
                }
            }
        }
        all
    }

    #[test]
    fn every_name_within_a_table_is_found_and_none_that_is_gone() {
        let source = Source::new("schema.sql", script());
        let (mut catalog, mut session) = (Catalog::empty(17), Session::default());
        let mut known = BTreeSet::new();
        for statement in split(&source).expect("it can be cut").iter() {
            let before = catalog.clone();
            advance(&source, statement.span, &mut catalog, &mut session).expect("it is right");
            for catalog in [&before, &catalog] {
                let expected = by_hand(catalog);
                known.extend(expected.keys().cloned());
                for name in &known {
                    assert_eq!(
                        catalog.relation(name),
                        expected.get(name).cloned(),
                        "{name}"
                    );
                }
            }
        }
        assert!(known.len() > 6 * MANY, "{}", known.len());
    }

    #[test]
    fn a_name_that_a_constraint_has_is_not_chosen_again() {
        let sql = script()
            + "CREATE TABLE late_t7 (a int, CONSTRAINT t8_b_check1 CHECK (a > 0)); ALTER TABLE t8 ADD CHECK (b < 9);";
        let source = Source::new("schema.sql", sql);
        let (mut catalog, mut session) = (Catalog::empty(17), Session::default());
        for statement in split(&source).expect("it can be cut").iter() {
            advance(&source, statement.span, &mut catalog, &mut session).expect("it is right");
        }
        let table = &catalog.tables[&QName::new("public", "t8")];
        let names: Vec<&str> = table.constraints.keys().map(Name::as_str).collect();
        assert_eq!(names, ["t8_a_key", "t8_b_check", "t8_b_check2", "t8_pkey"]);
    }
}
