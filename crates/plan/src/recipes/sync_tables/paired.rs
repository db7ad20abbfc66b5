//! From what a statement says of two tables to what keeps them the same: each column with its way there and its way back.

use segue_catalog::{
    Change, Name, QName,
    model::{Column, Table},
};

use super::{super::change_type::Chain, is_dropped, keys, refused, stated::Stated};
use crate::{
    Moment, effect,
    planner::{Planning, Stop},
    writing::{Carried, Half, Key, Paired, Pairing, differ},
};

/// What keeps the two tables the same.
///
/// # Errors
/// Tables that cannot be kept so, with the reason.
pub(super) fn of(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    stated: &Stated,
) -> Result<Pairing, Stop> {
    let tables = &moment.before().tables;
    let (Some(whole), Some(part)) = (
        tables.get(&stated.whole.table),
        tables.get(&stated.part.table),
    ) else {
        return Err(refused(
            "it is not known which tables these are".to_owned(),
            None,
        ));
    };
    let reading = Reading {
        moment,
        planning,
        stated,
        whole,
        part,
    };
    reading.is_of_this_deploy()?;
    let ways = reading.ways()?;
    let pairing = match &stated.joined {
        None => reading.moved_out(ways)?,
        Some(joined) => reading.moved_in(ways, joined)?,
    };
    reading.takes_rows(&pairing)?;
    Ok(pairing)
}

/// A statement, with the tables that it is about.
struct Reading<'r> {
    moment: &'r Moment<'r>,
    planning: &'r Planning<'r>,
    stated: &'r Stated,
    whole: &'r Table,
    part: &'r Table,
}

/// How the columns of a target are made of those of the source.
#[derive(Default)]
struct Ways {
    /// Columns of the source with those of the target that they become: by casts at most, so that there is a way back.
    plain: Vec<(Name, Name, String, Chain)>,
    /// Columns of the target that are something else than that.
    made: Vec<(Name, String)>,
    /// Columns of the target that are the same in all rows.
    constant: Vec<(Name, String)>,
}

impl Reading<'_> {
    /// The table that the statement reads, and how it calls it.
    fn source(&self) -> (&QName, &Table, &str) {
        match self.stated.inserts() {
            true => (
                &self.stated.whole.table,
                self.whole,
                &self.stated.whole.alias,
            ),
            false => (&self.stated.part.table, self.part, &self.stated.part.alias),
        }
    }

    /// The table that it writes, likewise.
    fn target(&self) -> (&QName, &Table, &str) {
        match self.stated.inserts() {
            true => (&self.stated.part.table, self.part, &self.stated.part.alias),
            false => (
                &self.stated.whole.table,
                self.whole,
                &self.stated.whole.alias,
            ),
        }
    }

    /// What the statement fills is new: else nobody could tell, going back, what of it was there before.
    fn is_of_this_deploy(&self) -> Result<(), Stop> {
        let (table, ..) = self.target();
        if self.stated.inserts() {
            let object = segue_catalog::ObjectRef::Table(table.clone());
            return match self.moment.is_new(&object) {
                true => Ok(()),
                false => Err(refused(
                    format!(
                        "{table} was there before, and going back nobody could tell which of its rows were"
                    ),
                    Some("make the table in the same deploy".to_owned()),
                )),
            };
        }
        for (column, _) in &self.stated.columns {
            let object = segue_catalog::ObjectRef::Column(table.clone(), column.clone());
            if !self.moment.is_new(&object) {
                return Err(refused(
                    format!("{column} of {table} was there before, and what it was is not kept"),
                    Some("add the column in the same deploy".to_owned()),
                ));
            }
        }
        Ok(())
    }

    fn ways(&self) -> Result<Ways, Stop> {
        let (name, source, alias) = self.source();
        let (target_name, target, _) = self.target();
        let mut ways = Ways::default();
        for (column, value) in &self.stated.columns {
            let Some(own) = target.column(column) else {
                return Err(refused(
                    format!("{target_name} has no column {column}"),
                    None,
                ));
            };
            if self.moment.calls_volatile(value) || names_schema(value, name) {
                return Err(refused(
                    format!(
                        "what {column} of {target_name} becomes is not the same each time it is computed, or names a schema: {value}"
                    ),
                    Some(format!("write it over the columns of {alias} alone")),
                ));
            }
            let named = |of: &&Column| effect::names_column(value, &[alias], &of.name);
            let named: Vec<&Column> = source.columns.iter().filter(named).collect();
            let chain = match named.as_slice() {
                [] => {
                    ways.constant.push((column.clone(), value.clone()));
                    continue;
                }
                [of] if of.generated.is_none() => {
                    Chain::of(Some(value), &of.name, &of.data_type, &own.data_type)
                        .map(|chain| (of, chain))
                }
                _ => None,
            };
            match chain {
                Some((of, chain)) if !chain.depends_on_session() => {
                    ways.plain
                        .push((of.name.clone(), column.clone(), value.clone(), chain));
                }
                _ => ways.made.push((column.clone(), value.clone())),
            }
        }
        Ok(ways)
    }

    fn moved_out(&self, ways: Ways) -> Result<Pairing, Stop> {
        let (key, part_key) = self.key_of(&ways)?;
        let merged = self.is_merged();
        let discriminates = |column: &Name| merged || part_key.contains(column);
        let (marks, initial): (Vec<Carried>, Vec<Carried>) = ways
            .constant
            .iter()
            .map(|(column, value)| self.carried(self.part, column, value.clone(), None))
            .partition(|own| discriminates(&own.column));
        let kind = match is_dropped(self.planning, &self.stated.whole.table) || self.is_all(&ways) {
            true => Paired::Rows,
            false => Paired::MovedOut,
        };
        if merged && marks.is_empty() && kind == Paired::Rows {
            return Err(refused(
                format!("rows of several tables come to {}, and nothing tells whose they are", self.stated.part.table),
                Some("give each statement a value of its own for some column, as in `SELECT id, 'customer' FROM customers`".to_owned()),
            ));
        }
        let is_key = |column: &Name| key.iter().any(|own| own.part == *column);
        let plain = ways.plain.iter().filter(|(_, column, ..)| !is_key(column));
        let plain = plain.map(|(_, column, value, _)| (column, value));
        let made = ways.made.iter().map(|(column, value)| (column, value));
        let columns: Vec<Carried> = plain
            .chain(made)
            .map(|(column, value)| self.carried(self.part, column, value.clone(), None))
            .collect();
        let own_key: Vec<Name> = key.iter().map(|own| own.whole.clone()).collect();
        let back = self.back(&ways, &own_key, kind)?;
        if back.is_empty() && kind == Paired::MovedOut {
            return Err(refused(
                format!("nothing moves to {} but the key", self.stated.part.table),
                None,
            ));
        }
        let condition = self.stated.condition.clone();
        let mut said: Vec<&str> = columns.iter().map(|own| own.value.as_str()).collect();
        said.extend(condition.as_deref());
        let whole_reads = self.reads(self.whole, &self.stated.whole.alias, &own_key, &said);
        let part_alias = &self.stated.part.alias;
        let mut part_keys: Vec<Name> = key.iter().map(|own| own.part.clone()).collect();
        part_keys.extend(marks.iter().map(|own| own.column.clone()));
        let said: Vec<&str> = back.iter().map(|own| own.value.as_str()).collect();
        let part_reads = self.reads(self.part, part_alias, &part_keys, &said);
        let (whole, part) = (
            half(self.whole, &self.stated.whole, back, whole_reads, &own_key),
            half(
                self.part,
                &self.stated.part,
                columns,
                part_reads,
                &part_keys,
            ),
        );
        if kind == Paired::Rows {
            self.counts_together(&key)?;
        }
        Ok(Pairing {
            whole,
            part,
            key,
            part_key,
            marks,
            initial,
            condition,
            kind,
            search_path: self.planning.search_path(),
        })
    }

    fn moved_in(&self, ways: Ways, joined: &[(Name, Name)]) -> Result<Pairing, Stop> {
        let (whole_name, part_name) = (&self.stated.whole.table, &self.stated.part.table);
        let of_whole: Vec<&Name> = joined.iter().map(|(own, _)| own).collect();
        let of_part: Vec<&Name> = joined.iter().map(|(_, own)| own).collect();
        let schema = self.moment.before();
        if !keys::is_key(schema, whole_name, self.whole, &of_whole) {
            return Err(self.no_key(whole_name));
        }
        if !keys::is_key(schema, part_name, self.part, &of_part) {
            return Err(self.no_key(part_name));
        }
        let key: Vec<Key> = joined
            .iter()
            .filter_map(|(own, other)| self.key(own, other))
            .collect();
        if let Some((column, _)) = ways.constant.first() {
            return Err(refused(
                format!("{column} of {whole_name} is the same in all rows, and comes from nowhere"),
                Some("write it by a statement of its own".to_owned()),
            ));
        }
        let own_key: Vec<Name> = joined.iter().map(|(own, _)| own.clone()).collect();
        let part_key: Vec<Name> = joined.iter().map(|(_, own)| own.clone()).collect();
        let mut columns = Vec::new();
        for (column, value) in &self.stated.columns {
            let empty = self.empty(whole_name, self.whole, column)?;
            columns.push(self.carried(self.whole, column, value.clone(), empty));
        }
        let back = self.back(&ways, &part_key, Paired::MovedIn)?;
        let alias = &self.stated.whole.alias;
        let there: Vec<String> = columns
            .iter()
            .map(|own| format!("{alias}.{}", own.column))
            .collect();
        let nothing: Vec<String> = columns.iter().map(Carried::nothing).collect();
        let said: Vec<&str> = back.iter().map(|own| own.value.as_str()).collect();
        let mut whole_reads = self.reads(self.whole, alias, &own_key, &said);
        for own in &columns {
            if !whole_reads.contains(&own.column) {
                whole_reads.push(own.column.clone());
            }
        }
        let said: Vec<&str> = columns.iter().map(|own| own.value.as_str()).collect();
        let part_reads = self.reads(self.part, &self.stated.part.alias, &part_key, &said);
        Ok(Pairing {
            condition: Some(differ(&there.join(", "), &nothing.join(", "))),
            whole: half(
                self.whole,
                &self.stated.whole,
                columns,
                whole_reads,
                &own_key,
            ),
            part: half(self.part, &self.stated.part, back, part_reads, &part_key),
            key,
            part_key,
            marks: Vec::new(),
            initial: Vec::new(),
            kind: Paired::MovedIn,
            search_path: self.planning.search_path(),
        })
    }

    /// The way back: the columns of the source, from a row of the target.
    fn back(&self, ways: &Ways, key: &[Name], kind: Paired) -> Result<Vec<Carried>, Stop> {
        let (name, source, alias) = self.source();
        let (.., target_alias) = self.target();
        let said = self.planning.said().back;
        let mut back: Vec<(Name, String)> = Vec::new();
        for (column, value) in said {
            if source.column(&column).is_none() {
                return Err(refused(format!("{name} has no column {column}"), Some("`-- segue: sync COLUMN = EXPRESSION` names a column of the table that the rows come from".to_owned())));
            }
            back.push((column, value));
        }
        for (own, column, _, chain) in &ways.plain {
            let is_known = key.contains(own) || back.iter().any(|(known, _)| known == own);
            if !is_known {
                let value = chain.back_uncut(&format!("{target_alias}.{column}"));
                back.push((own.clone(), value));
            }
        }
        for (column, value) in &ways.made {
            let lost = source.columns.iter().find(|own| {
                effect::names_column(value, &[alias], &own.name)
                    && !key.contains(&own.name)
                    && !back.iter().any(|(known, _)| *known == own.name)
            });
            if let Some(lost) = lost {
                return Err(refused(
                    format!(
                        "{column} is made of {0} of {name} by {value}, and nothing says what {0} is when the new app writes {column}",
                        lost.name
                    ),
                    Some(format!(
                        "say it in a comment before the statement: `-- segue: sync {} = …`, an expression over the columns of {target_alias}",
                        lost.name
                    )),
                ));
            }
        }
        let mut carried = Vec::new();
        for (column, value) in back {
            let empty = match kind {
                Paired::MovedOut => self.empty(name, source, &column)?,
                Paired::Rows | Paired::MovedIn => None,
            };
            carried.push(self.carried(source, &column, value, empty));
        }
        Ok(carried)
    }

    fn carried(
        &self,
        table: &Table,
        column: &Name,
        value: String,
        empty: Option<String>,
    ) -> Carried {
        let own = table.column(column);
        Carried {
            column: column.clone(),
            value,
            of: own.map_or_else(String::new, |own| own.data_type.to_string()),
            empty,
            strict: own.is_some_and(|own| own.not_null.is_some()),
        }
    }

    /// What a column is in a row without a counterpart; none: NULL.
    fn empty(&self, name: &QName, table: &Table, column: &Name) -> Result<Option<String>, Stop> {
        let Some(own) = table.column(column).filter(|own| own.not_null.is_some()) else {
            return Ok(None);
        };
        match &own.default {
            Some(default) if !self.moment.calls_volatile(&default.text) => {
                Ok(Some(default.to_string()))
            }
            // it may be NULL until it goes
            _ if self.is_column_dropped(name, column) => Ok(None),
            _ => Err(refused(
                format!(
                    "{column} of {name} takes no NULL, and has no default: there is no value for a row whose counterpart is deleted"
                ),
                Some("drop the column in the same deploy, or give it a default".to_owned()),
            )),
        }
    }

    fn is_column_dropped(&self, table: &QName, column: &Name) -> bool {
        let drops = |change: &Change| matches!(change, Change::Table { table: of, change: segue_catalog::TableChange::DropColumn { name, .. } } if of == table && name == column);
        let mut later = self.planning.later();
        later.any(|(line, _)| line.changes.iter().any(drops))
    }

    /// The columns by which rows belong together where they are inserted: a unique key of the target that is made of one of
    /// the source.
    fn key_of(&self, ways: &Ways) -> Result<(Vec<Key>, Vec<Name>), Stop> {
        let (whole, part) = (&self.stated.whole.table, &self.stated.part.table);
        let schema = self.moment.before();
        for columns in keys::keys(schema, part, self.part) {
            let mut key = Vec::new();
            let is_said = columns.iter().all(|column| {
                let plain = ways.plain.iter().find(|(_, target, ..)| target == column);
                match plain {
                    Some((own, target, ..)) => {
                        key.extend(self.key(own, target));
                        true
                    }
                    None => ways.constant.iter().any(|(constant, _)| constant == column),
                }
            });
            let own: Vec<&Name> = key.iter().map(|own| &own.whole).collect();
            if is_said && !own.is_empty() && keys::is_key(schema, whole, self.whole, &own) {
                return Ok((key, columns));
            }
        }
        Err(refused(
            format!(
                "nothing tells which row of {part} is that of a row of {whole}: no unique key of {part} is made of one of {whole}"
            ),
            Some(format!(
                "give {part} a primary key or a unique constraint over the key of {whole}, before this statement"
            )),
        ))
    }

    fn key(&self, whole: &Name, part: &Name) -> Option<Key> {
        let (own, other) = (self.whole.column(whole)?, self.part.column(part)?);
        let types = (own.data_type != other.data_type)
            .then(|| (own.data_type.to_string(), other.data_type.to_string()));
        Some(Key {
            whole: whole.clone(),
            part: part.clone(),
            types,
        })
    }

    fn no_key(&self, table: &QName) -> Stop {
        refused(
            format!(
                "rows of {table} are not told apart by what the statement joins them by: that is no unique key, or may be NULL"
            ),
            None,
        )
    }

    /// Whether the deploy inserts into the target from other tables too.
    fn is_merged(&self) -> bool {
        let part = &self.stated.part.table;
        let inserts = |change: &Change| matches!(change, Change::Data { statement: "INSERT", table: Some(of) } if of == part);
        let mut all = self.planning.all();
        let first = all.find(|line| line.changes.iter().any(inserts));
        first.is_some() && all.any(|line| line.changes.iter().any(inserts))
    }

    /// Whether nothing of the whole stays behind.
    fn is_all(&self, ways: &Ways) -> bool {
        let mut columns = self.whole.columns.iter();
        let said = self.planning.said().back;
        columns.all(|own| {
            own.generated.is_some()
                || ways.plain.iter().any(|(name, ..)| *name == own.name)
                || said.iter().any(|(name, _)| *name == own.name)
        })
    }

    /// Both tables must count their keys by one sequence: else both apps would make the same one.
    fn counts_together(&self, key: &[Key]) -> Result<(), Stop> {
        for own in key {
            let (Some(of_whole), Some(of_part)) =
                (self.whole.column(&own.whole), self.part.column(&own.part))
            else {
                continue;
            };
            let sequence = match (&of_whole.identity, &of_whole.default) {
                (Some(identity), _) => identity.sequence.name.to_string(),
                (None, Some(default)) if default.text.contains("nextval") => default
                    .text
                    .split('\'')
                    .nth(1)
                    .unwrap_or_default()
                    .to_owned(),
                _ => continue,
            };
            let bare = sequence.rsplit('.').next().unwrap_or_default();
            let is_same = of_part
                .default
                .as_ref()
                .is_some_and(|default| default.text.contains(bare));
            let makes_own = of_part.identity.is_some() || of_part.default.is_some();
            if makes_own && !is_same {
                return Err(refused(
                    format!(
                        "{} of {} and {} of {} are counted by two sequences: both apps would make the same key",
                        own.whole, self.stated.whole.table, own.part, self.stated.part.table
                    ),
                    Some(format!(
                        "count both by one: `{} … DEFAULT nextval('{sequence}')`, and let the new column own it: `ALTER SEQUENCE {sequence} OWNED BY {}.{}`",
                        own.part, self.stated.part.table, own.part
                    )),
                ));
            }
        }
        Ok(())
    }

    /// Whether rows that come back can be inserted: nothing else may have to be said.
    fn takes_rows(&self, pairing: &Pairing) -> Result<(), Stop> {
        let (half, table) = match pairing.kind {
            Paired::Rows => (&pairing.whole, self.whole),
            Paired::MovedIn => (&pairing.part, self.part),
            Paired::MovedOut => return Ok(()),
        };
        let key = pairing.key.iter().map(|own| match pairing.kind {
            Paired::Rows => &own.whole,
            _ => &own.part,
        });
        let given: Vec<&Name> = key
            .chain(half.columns.iter().map(|own| &own.column))
            .collect();
        let lacks = table.columns.iter().find(|own| {
            let has_value =
                own.default.is_some() || own.identity.is_some() || own.generated.is_some();
            own.not_null.is_some() && !has_value && !given.contains(&&own.name)
        });
        match lacks {
            None => Ok(()),
            Some(own) => Err(refused(
                format!(
                    "{} of {} has to have a value, and a row that the new app writes has none",
                    own.name, half.table
                ),
                Some(
                    "let the statement bring the column along, or give it a default before"
                        .to_owned(),
                ),
            )),
        }
    }

    /// The columns of a table that expressions name, and its key.
    fn reads(&self, table: &Table, alias: &str, key: &[Name], said: &[&str]) -> Vec<Name> {
        let columns = table.columns.iter().map(|own| &own.name);
        let is_read = |column: &&Name| {
            key.contains(column)
                || said
                    .iter()
                    .any(|text| effect::names_column(text, &[alias], column))
        };
        columns.filter(is_read).cloned().collect()
    }
}

/// Whether an expression names a table with its schema in front, by which no row of a trigger can be called.
fn names_schema(value: &str, table: &QName) -> bool {
    let bare: String = value.chars().filter(|of| !of.is_whitespace()).collect();
    bare.contains(&format!("{table}."))
}

fn half(
    table: &Table,
    called: &super::stated::Called,
    columns: Vec<Carried>,
    reads: Vec<Name>,
    key: &[Name],
) -> Half {
    let forced = |column: &&Column| column.identity.as_ref().is_some_and(|own| own.always);
    let overriding = table.columns.iter().filter(forced).any(|column| {
        key.contains(&column.name) || columns.iter().any(|own| own.column == column.name)
    });
    Half {
        table: called.table.clone(),
        alias: called.alias.clone(),
        columns,
        reads,
        overriding,
    }
}
