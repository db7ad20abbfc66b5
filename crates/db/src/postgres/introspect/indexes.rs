//! Indexes, those of constraints too until their constraints take them.

use std::collections::HashMap;

use segue_catalog::{
    Expr, Name, QName,
    model::{Index, IndexKey, IndexTerm, OperatorClass, Parameters},
};

use super::{
    fields::{Fields, Oid},
    part::{Part, since},
    reading::{Reading, class},
    text::{parameters, unwrapped},
};

/// An index, and what constraints and tables ask of it.
pub(super) struct ReadIndex {
    pub(super) name: QName,
    pub(super) table: Oid,
    pub(super) index: Index,
    /// Whether it is the one that `CLUSTER` uses.
    pub(super) clustered: bool,
    /// Whether it is the replica identity.
    pub(super) identity: bool,
}

/// What was set for a single key of an index.
pub(super) struct Detail {
    pub(super) index: Oid,
    pub(super) key: i16,
    pub(super) options: Parameters,
    pub(super) statistics: Option<i32>,
}

/// The bits of `pg_index.indoption` (src/include/catalog/pg_index.h).
const DESCENDING: i16 = 1;
const NULLS_FIRST: i16 = 2;

/// Indexes. Only of those with expressions the server prints anything: the expressions, and the whole for the
/// collations, which it leaves out where the expressions have them already.
pub(super) fn part(major: u16) -> Part {
    let nulls = since(major, 15, "i.indnullsnotdistinct", "false");
    Part::new(
        "indexes",
        format!(
            "SELECT i.indexrelid, i.indrelid, c.relname, c.relnamespace, c.relam, c.reltablespace, c.reloptions, \
             i.indisunique, {nulls}, i.indisvalid, i.indisclustered, i.indisreplident, \
             pg_get_expr(i.indpred, i.indrelid), i.indnkeyatts, i.indkey, i.indclass, i.indcollation, i.indoption, \
             CASE WHEN i.indexprs IS NOT NULL THEN pg_get_indexdef(i.indexrelid) END, \
             CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, false) \
             FROM generate_series(1, i.indnkeyatts) k) END \
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
             WHERE i.indexrelid >= 16384 AND c.relnamespace <> 'pg_toast'::regnamespace"
        ),
        |reading, row| {
            let (oid, table, name, schema) = (row.oid(), row.oid(), row.text(), row.oid());
            reading.relations.get(&table)?;
            let name = QName::new(reading.own_schema(schema)?, reading.names.of(name));
            let (method, tablespace) = (row.oid(), row.oid());
            let mut index = Index {
                table: reading.relations.get(&table)?.name.clone(),
                method: reading.access_methods.get(&method).cloned()?,
                tablespace: reading.tablespaces.get(&tablespace).cloned(),
                parameters: parameters(row.list()),
                unique: row.flag(),
                nulls_not_distinct: row.flag(),
                valid: row.flag(),
                keys: Vec::new(),
                include: Vec::new(),
                predicate: None,
                attributes: Vec::new(),
                attached_to: None,
                statistics: Vec::new(),
                comment: reading.comment(class::RELATION, oid),
            };
            let (clustered, identity) = (row.flag(), row.flag());
            index.predicate = row.maybe().map(|text| Expr::printed(unwrapped(text)));
            let columns = Columns::read(row);
            index.include = reading.column_names(table, columns.include());
            index.keys = columns.keys(reading, table)?;
            let read = ReadIndex {
                name,
                table,
                index,
                clustered,
                identity,
            };
            reading.indexes.insert(oid, read);
            Some(())
        },
    )
}

/// What the columns of an index are called, where a column of its table is called otherwise by now.
pub(super) fn attributes() -> Part {
    Part::new(
        "columns of indexes",
        "SELECT a.attrelid, array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid IN \
         (SELECT i.indexrelid FROM pg_index i JOIN pg_attribute k ON k.attrelid = i.indexrelid \
         JOIN pg_attribute t ON t.attrelid = i.indrelid AND t.attnum = i.indkey[k.attnum - 1] \
         WHERE i.indexrelid >= 16384 AND k.attname <> t.attname) GROUP BY 1",
        |reading, row| {
            let oid = row.oid();
            let names = row.list();
            let names = names.iter().map(|name| reading.names.of(name)).collect();
            reading.indexes.get_mut(&oid)?.index.attributes = names;
            Some(())
        },
    )
}

/// The columns of an index as the catalog has them: several lists of the same length.
struct Columns {
    count: usize,
    numbers: Vec<i16>,
    classes: Vec<Oid>,
    collations: Vec<Oid>,
    options: Vec<i16>,
    whole: String,
    printed: Vec<String>,
}

impl Columns {
    fn read(row: &mut Fields<'_>) -> Self {
        Self {
            count: row.number(),
            numbers: row.numbers(),
            classes: row.numbers(),
            collations: row.numbers(),
            options: row.numbers(),
            whole: row.text().to_owned(),
            printed: row.list(),
        }
    }

    fn include(&self) -> &[i16] {
        self.numbers.get(self.count..).unwrap_or_default()
    }

    fn keys(&self, reading: &Reading, table: Oid) -> Option<Vec<IndexKey>> {
        let mut rest = self.whole.as_str();
        let mut keys = Vec::with_capacity(self.count);
        for (place, number) in self.numbers.iter().take(self.count).enumerate() {
            let class = self.classes.get(place).copied().unwrap_or_default();
            let collation = self.collations.get(place).copied().unwrap_or_default();
            let option = self.options.get(place).copied().unwrap_or_default();
            let key = if *number == 0 {
                let text = self.printed.get(place)?;
                rest = rest.split_once(text.as_str()).map_or("", |(_, rest)| rest);
                let term = IndexTerm::Expression(Expr::printed(unwrapped(text)));
                let shown = rest.starts_with(" COLLATE ").then_some(collation);
                key_of(reading, term, None, class, shown)
            } else {
                let read = reading.relations.get(&table)?.column(*number)?;
                let shown = (read.collation_id != collation).then_some(collation);
                let term = IndexTerm::Column(read.column.name.clone());
                key_of(reading, term, Some(read.type_id), class, shown)
            };
            keys.push(IndexKey {
                descending: option & DESCENDING != 0,
                nulls_first: option & NULLS_FIRST != 0,
                ..key
            });
        }
        Some(keys)
    }
}

/// A key with what differs from the usual. A default operator class is not shown, unless the type has another one
/// for its own (src/backend/commands/indexcmds.c, `GetDefaultOpClass`).
pub(super) fn key_of(
    reading: &Reading,
    term: IndexTerm,
    type_id: Option<Oid>,
    operator_class: Oid,
    collation: Option<Oid>,
) -> IndexKey {
    let class = reading
        .operator_classes
        .get(&operator_class)
        .filter(|class| {
            let of_another = type_id.is_some_and(|id| {
                id != class.of && reading.with_default_class.contains(&(class.method, id))
            });
            !class.default || of_another
        });
    IndexKey {
        collation: collation.and_then(|id| reading.collations.get(&id).cloned()),
        operator_class: class.map(|class| OperatorClass {
            name: class.name.clone(),
            parameters: Parameters::new(),
        }),
        ..IndexKey::of(term)
    }
}

impl Reading {
    /// Gives indexes what was set for single keys of them, and the parents that they are attached to. A class with
    /// parameters is always shown, as its parameters need it.
    pub(super) fn complete_indexes(&mut self) {
        for detail in std::mem::take(&mut self.index_details) {
            let Some(read) = self.indexes.get_mut(&detail.index) else {
                continue;
            };
            if let (Some(target), Ok(key)) = (detail.statistics, u16::try_from(detail.key)) {
                read.index.statistics.push((key, target));
            }
            let place = usize::try_from(detail.key - 1).unwrap_or_default();
            let class = read
                .index
                .keys
                .get_mut(place)
                .map(|key| &mut key.operator_class);
            if let Some(Some(class)) = class {
                class.parameters = detail.options;
            }
        }
        let names: HashMap<Oid, QName> = self
            .parents
            .iter()
            .filter_map(|(_, parent, _)| Some((*parent, self.indexes.get(parent)?.name.clone())))
            .collect();
        for (child, parent, _) in &self.parents {
            if let Some(read) = self.indexes.get_mut(child) {
                read.index.attached_to = names.get(parent).cloned();
            }
        }
        for read in self.indexes.values_mut() {
            read.index.statistics.sort_unstable();
        }
    }

    /// Names of the key columns, none for expressions: those of a constraint have none.
    pub(super) fn key_columns(index: &Index) -> Vec<Name> {
        let columns = index.keys.iter().filter_map(|key| match &key.term {
            IndexTerm::Column(name) => Some(name.clone()),
            IndexTerm::Expression(_) => None,
        });
        columns.collect()
    }
}
