//! From what a statement says of two tables to what keeps them the same.

use segue_catalog::{
    Name, QName,
    model::{Column, Table},
};

use super::{
    super::rows::tells_the_time,
    refused,
    stated::{Called, Stated},
    ways::Ways,
};
use crate::{
    Moment, effect,
    planner::{Planning, Stop},
    writing::{Carried, Half, Key, PART, Paired, Pairing, Runs, differ},
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
    let reading = Reading::of(moment, planning, stated)?;
    reading.is_of_this_deploy()?;
    reading.keeps_rows()?;
    let ways = reading.ways()?;
    let pairing = match &stated.joined {
        None => reading.moved_out(&ways)?,
        Some(joined) => reading.moved_in(&ways, joined)?,
    };
    reading.takes_rows(&pairing)?;
    Ok(pairing)
}

/// A statement, with the tables that it is about.
pub(super) struct Reading<'r> {
    pub(super) moment: &'r Moment<'r>,
    pub(super) planning: &'r Planning<'r>,
    pub(super) stated: &'r Stated,
    pub(super) whole: &'r Table,
    pub(super) part: &'r Table,
}

impl<'r> Reading<'r> {
    pub(super) fn of(
        moment: &'r Moment<'r>,
        planning: &'r Planning<'r>,
        stated: &'r Stated,
    ) -> Result<Self, Stop> {
        let tables = &moment.before().tables;
        let (Some(whole), Some(part)) = (
            tables.get(&stated.whole.table),
            tables.get(&stated.part.table),
        ) else {
            let why = "it is not known which tables these are".to_owned();
            return Err(refused(why, None));
        };
        Ok(Self {
            moment,
            planning,
            stated,
            whole,
            part,
        })
    }
}

impl Reading<'_> {
    /// The table that the statement reads, and how it calls it.
    pub(super) fn source(&self) -> (&QName, &Table, &str) {
        let of = &self.stated;
        match of.inserts() {
            true => (&of.whole.table, self.whole, &of.whole.alias),
            false => (&of.part.table, self.part, &of.part.alias),
        }
    }

    /// The table that it writes, likewise.
    pub(super) fn target(&self) -> (&QName, &Table, &str) {
        let of = &self.stated;
        match of.inserts() {
            true => (&of.part.table, self.part, &of.part.alias),
            false => (&of.whole.table, self.whole, &of.whole.alias),
        }
    }

    /// Rows that are inserted into another table.
    fn moved_out(&self, ways: &Ways) -> Result<Pairing, Stop> {
        let (key, part_key) = self.key_of(ways)?;
        let kind = self.kind(ways);
        let (marks, initial) = self.constants(ways, &part_key, kind)?;
        let of_whole: Vec<Name> = key.iter().map(|own| own.whole.clone()).collect();
        let back = self.back(ways, &of_whole, kind)?;
        if back.is_empty() && kind == Paired::MovedOut {
            let target = &self.stated.part.table;
            return Err(refused(
                format!("nothing moves to {target} but the key"),
                None,
            ));
        }
        if kind == Paired::Rows {
            self.counts_together(&key)?;
        }
        let columns = self.columns_of_part(ways, &key);
        let condition = self.stated.condition.clone();
        if let Some(condition) = &condition {
            self.is_of_a_row("which rows they are", condition)?;
        }
        let of_part = key.iter().map(|own| &own.part);
        let of_part = of_part.chain(marks.iter().map(|own| &own.column));
        let of_part: Vec<Name> = of_part.cloned().collect();
        let said = values(&columns).chain(condition.as_deref());
        let whole_reads = self.reads(self.whole, &self.stated.whole, &of_whole, said);
        let part_reads = self.reads(self.part, &self.stated.part, &of_part, values(&back));
        let from_whole: Vec<&Name> = of_part
            .iter()
            .chain(columns.iter().chain(&initial).map(|own| &own.column))
            .collect();
        Ok(Pairing {
            own: self.own(&from_whole),
            unheld: None,
            whole: half(self.whole, &self.stated.whole, back, whole_reads, &of_whole),
            part: half(self.part, &self.stated.part, columns, part_reads, &of_part),
            key,
            part_key,
            marks,
            initial,
            condition,
            kind,
            runs: self.runs(),
        })
    }

    /// Columns that are updated from another table.
    fn moved_in(&self, ways: &Ways, joined: &[(Name, Name)]) -> Result<Pairing, Stop> {
        let whole = &self.stated.whole;
        let key = self.key_of_join(joined)?;
        if let Some((column, _)) = ways.constant.first() {
            let name = &whole.table;
            return Err(refused(
                format!("{column} of {name} is the same in all rows, and comes from nowhere"),
                Some("write it by a statement of its own".to_owned()),
            ));
        }
        let of_whole: Vec<Name> = joined.iter().map(|(own, _)| own.clone()).collect();
        let of_part: Vec<Name> = joined.iter().map(|(_, own)| own.clone()).collect();
        let mut columns = Vec::new();
        for (column, value) in &self.stated.columns {
            let empty = match self.empty(&whole.table, self.whole, column)? {
                None => self.left_out(&whole.table, column)?,
                own => own,
            };
            columns.push(carried(self.whole, column, value.clone(), empty));
        }
        let back = self.back(ways, &of_part, Paired::MovedIn)?;
        let there: Vec<String> = columns
            .iter()
            .map(|own| format!("{}.{}", whole.alias, own.column))
            .collect();
        // NULL is nothing too, whatever the default is
        let told = columns.iter().zip(&there).map(|(own, at)| match own.empty {
            Some(_) if !own.strict => format!("COALESCE({at}, {})", own.nothing()),
            _ => at.clone(),
        });
        let told: Vec<String> = told.collect();
        let nothing: Vec<String> = columns.iter().map(Carried::nothing).collect();
        // what it has in them decides whether it has a counterpart
        let said = values(&back).chain(there.iter().map(String::as_str));
        let whole_reads = self.reads(self.whole, whole, &of_whole, said);
        let part_reads = self.reads(self.part, &self.stated.part, &of_part, values(&columns));
        let has = differ(&told.join(", "), &nothing.join(", "));
        let (condition, unheld) = self.held(has, &back);
        Ok(Pairing {
            condition: Some(condition),
            unheld,
            own: None,
            whole: half(self.whole, whole, columns, whole_reads, &of_whole),
            part: half(self.part, &self.stated.part, back, part_reads, &of_part),
            key,
            part_key: of_part,
            marks: Vec::new(),
            initial: Vec::new(),
            kind: Paired::MovedIn,
            runs: self.runs(),
        })
    }

    /// Of the rows of the whole that have something in the columns that move, those that have a counterpart, and those that
    /// cannot: it goes with its table where what it has to have is NULL.
    fn held(&self, has: String, back: &[Carried]) -> (String, Option<String>) {
        let strict = back.iter().filter(|own| own.strict);
        let held = strict.map(|own| format!("({}) IS NOT NULL", own.value));
        let held = held.collect::<Vec<_>>().join(" AND ");
        // of a table that stays, the columns that go may be NULL by now
        let goes = super::is_dropped(self.planning, &self.stated.part.table);
        match held.is_empty() || !goes {
            true => (has, None),
            false => (
                format!("{has} AND {held}"),
                Some(format!("{has} AND NOT ({held})")),
            ),
        }
    }

    /// The tables are no partitioned ones, so nobody makes partitions of them.
    fn runs(&self) -> Runs {
        let (source, ..) = self.source();
        Runs::as_deployer(self.planning, self.planning.search_path(), source)
    }

    /// Whole rows move where their table goes, or nothing of it stays behind.
    fn kind(&self, ways: &Ways) -> Paired {
        let whole = &self.stated.whole.table;
        let is_all = || self.is_all(ways) && !super::loses_columns(self.planning, whole);
        match super::is_dropped(self.planning, whole) || is_all() {
            true => Paired::Rows,
            false => Paired::MovedOut,
        }
    }

    /// The columns of the part that are the same in all rows: those by which they are told from rows of other tables, and those
    /// that only begin so.
    fn constants(
        &self,
        ways: &Ways,
        part_key: &[Name],
        kind: Paired,
    ) -> Result<(Vec<Carried>, Vec<Carried>), Stop> {
        let merged = self.is_merged();
        let constant = ways.constant.iter();
        let (marks, initial): (Vec<Carried>, Vec<Carried>) = constant
            .map(|(column, value)| carried(self.part, column, value.clone(), None))
            .partition(|own| merged || part_key.contains(&own.column));
        for mark in &marks {
            self.is_of_a_row(&format!("what {} is in all rows", mark.column), &mark.value)?;
        }
        if merged && marks.is_empty() && kind == Paired::Rows {
            let target = &self.stated.part.table;
            return Err(refused(
                format!("rows of several tables come to {target}, and nothing tells whose they are"),
                Some("give each statement a value of its own for some column, as in `SELECT id, 'customer' FROM customers`".to_owned()),
            ));
        }
        Ok((marks, initial))
    }

    /// The columns of the part that are made of those of the whole, but for its key.
    fn columns_of_part(&self, ways: &Ways, key: &[Key]) -> Vec<Carried> {
        let is_key = |column: &Name| key.iter().any(|own| own.part == *column);
        let plain = ways.plain.iter().filter(|(_, column, ..)| !is_key(column));
        let plain = plain.map(|(_, column, value, _)| (column, value));
        let made = ways.made.iter().map(|(column, value)| (column, value));
        plain
            .chain(made)
            .map(|(column, value)| carried(self.part, column, value.clone(), None))
            .collect()
    }

    /// Which rows of the part have another value than the one that a row begins with, in a column that the whole knows nothing of.
    fn own(&self, from_whole: &[&Name]) -> Option<String> {
        let others = self.part.columns.iter().filter(|own| {
            let begins = own.default.as_ref().map_or("", |default| &default.text);
            let counts = own.identity.is_some() || self.moment.calls_volatile(begins);
            let moves = from_whole.contains(&&own.name);
            !moves && !counts && own.generated.is_none() && !tells_the_time(begins)
        });
        let (is, begins): (Vec<String>, Vec<String>) = others
            .map(|own| {
                let begins = own.default.as_ref().map(ToString::to_string);
                let begins = begins.as_deref().unwrap_or("NULL");
                (
                    format!("{PART}.{}", own.name),
                    format!("CAST({begins} AS {})", own.data_type),
                )
            })
            .unzip();
        (!is.is_empty()).then(|| differ(&is.join(", "), &begins.join(", ")))
    }

    /// The columns of a table that expressions name, and its key.
    fn reads<'v>(
        &self,
        table: &Table,
        called: &Called,
        key: &[Name],
        said: impl Iterator<Item = &'v str>,
    ) -> Vec<Name> {
        let said: Vec<&str> = said.collect();
        let named = |column: &Name| {
            let mut said = said.iter();
            said.any(|text| effect::names_column(text, &[&called.alias], column))
        };
        let columns = table.columns.iter().map(|own| &own.name);
        let read = columns.filter(|column| key.contains(column) || named(column));
        read.cloned().collect()
    }
}

fn values(carried: &[Carried]) -> impl Iterator<Item = &str> {
    carried.iter().map(|own| own.value.as_str())
}

/// A column of a table that gets this value; `empty`: what it is without one, if not NULL.
pub(super) fn carried(
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

fn half(
    table: &Table,
    called: &Called,
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
