//! A row in the making.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use segue_catalog::{Name, QName};

use super::{
    Cell, Row,
    chance::Chance,
    condition::Condition,
    evaluate::evaluate,
    frame::{Frame, Key, Reference},
    kind::Kind,
    order::Cut,
    solve::{self, Site},
    value::Value,
    values::{self, Mood},
};

/// The rows that a table has so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pub(crate) columns: Vec<Name>,
    pub(crate) rows: Vec<Row>,
}

/// What is known beside the table itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// The rows of tables, also of partitions.
    pub(crate) held: FxHashMap<QName, Held>,
    /// Foreign keys that are satisfied later.
    pub(crate) cuts: BTreeMap<(QName, Name), Cut>,
    /// Values of keys that rows by their numbers are to have, since others refer to them already.
    pub(crate) promised: FxHashMap<QName, BTreeMap<u64, Vec<(Name, Cell)>>>,
    /// The keys that rows have: by table, and the number of the key within it.
    pub(crate) taken: FxHashMap<(QName, usize), FxHashSet<Vec<String>>>,
    /// Constraints that a server has named when it refused rows.
    pub(crate) suspects: BTreeSet<String>,
}

/// Why there is no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// No values of a column's type are known, and it takes no NULL: column and type.
    NoValues(Name, String),
    /// The table that a foreign key refers to has no rows: constraint and table.
    NoParent(Name, QName),
    /// It is NOT NULL, is checked at once, and leads around in a circle: constraint and the other table.
    Circle(Name, QName),
    /// No row was found that satisfies a constraint: its name and text.
    Unsolved(String, String),
    /// All values that a key allows are taken: its constraint.
    Taken(String),
    /// A partitioned table without partitions.
    NoPartition,
}

/// So many rows are begun before it is given up.
const TRIES: u64 = 40;
/// So many times the conditions of a row are gone through.
const ROUNDS: usize = 24;

/// Makes the row of a number. `attempt` counts the rows that the server has refused before it.
pub(crate) fn row(
    frame: &Frame,
    known: &Known,
    seed: u64,
    number: u64,
    attempt: u64,
) -> Result<Row, Miss> {
    if frame.paths.is_empty() {
        return Err(Miss::NoPartition);
    }
    let mut miss = Miss::NoPartition;
    for turn in 0..TRIES {
        let chance = Chance::of(seed, &frame.name.to_string(), &[number, attempt, turn]);
        match Draft::begin(frame, known, chance, number, attempt, turn).and_then(Draft::finish) {
            Ok(done) => return Ok(done),
            Err(found @ (Miss::NoValues(..) | Miss::NoParent(..) | Miss::Circle(..))) => {
                return Err(found);
            }
            Err(found) => miss = found,
        }
    }
    Err(miss)
}

struct Draft<'a> {
    frame: &'a Frame,
    known: &'a Known,
    path: usize,
    cells: Vec<Cell>,
    /// The foreign key that holds a column: its number, or none where the value is promised.
    holders: Vec<Option<Option<usize>>>,
    mood: Mood,
    chance: Chance,
    number: u64,
    attempt: u64,
    turn: u64,
}

impl<'a> Draft<'a> {
    fn begin(
        frame: &'a Frame,
        known: &'a Known,
        mut chance: Chance,
        number: u64,
        attempt: u64,
        turn: u64,
    ) -> Result<Self, Miss> {
        let path = chance.place(frame.paths.len());
        // the first row is as plain as rows are, and so are those that come late
        let is_tame = attempt > 0 || turn > 4 || number == 0;
        let mut draft = Self {
            frame,
            known,
            path,
            cells: vec![Cell::Null; frame.fields.len()],
            holders: vec![None; frame.fields.len()],
            mood: if is_tame { Mood::Tame } else { Mood::Daring },
            chance,
            number,
            attempt,
            turn,
        };
        draft.promised();
        for place in 0..frame.fields.len() {
            if draft.holders[place].is_none() {
                draft.cells[place] = draft.first(place)?;
            }
        }
        for reference in 0..frame.references.len() {
            draft.refer(reference)?;
        }
        Ok(draft)
    }

    /// Takes the values that others have been promised.
    fn promised(&mut self) {
        let promised = self.known.promised.get(&self.frame.name);
        for (column, cell) in promised
            .and_then(|all| all.get(&self.number))
            .into_iter()
            .flatten()
        {
            if let Some(place) = self.frame.place(column) {
                self.cells[place] = cell.clone();
                self.holders[place] = Some(None);
            }
        }
    }

    /// The value that a column begins with.
    fn first(&mut self, place: usize) -> Result<Cell, Miss> {
        let field = &self.frame.fields[place];
        let number = self.number + self.attempt * 7919 + self.turn / 8 * 104_729;
        if let Some(counts) = &field.counts {
            let number = i64::try_from(number).unwrap_or(0);
            return Ok(Cell::Text(
                counts
                    .start
                    .saturating_add(counts.increment * number)
                    .to_string(),
            ));
        }
        // the second row has nothing that it need not have
        let absent = self.chance.once_in(7) || (self.number == 1 && self.attempt == 0);
        if !field.not_null && absent {
            return Ok(Cell::Null);
        }
        if field.distinct
            && let Some(text) = values::distinct(&field.kind, &field.name, number, &mut self.chance)
        {
            return Ok(Cell::Text(text));
        }
        if let Some(constant) = &field.constant
            && !field.distinct
            && self.chance.once_in(3)
        {
            return Ok(Cell::Text(constant.clone()));
        }
        match values::any(&field.kind, &field.name, self.mood, &mut self.chance) {
            Some(text) => Ok(Cell::Text(text)),
            None if field.has_default => Ok(Cell::Default),
            None if !field.not_null => Ok(Cell::Null),
            None => Err(Miss::NoValues(field.name.clone(), told(&field.kind))),
        }
    }

    /// Gives the columns of a foreign key their values.
    fn refer(&mut self, number: usize) -> Result<(), Miss> {
        let reference = &self.frame.references[number];
        let at = (self.frame.name.clone(), reference.constraint.clone());
        match self.known.cuts.get(&at) {
            Some(Cut::Later) => {
                self.clear(number);
                return Ok(());
            }
            Some(Cut::Impossible) => {
                return Err(Miss::Circle(at.1, reference.of.clone()));
            }
            Some(Cut::Deferred) => {
                return match self.promise(number) {
                    true => Ok(()),
                    false => Err(Miss::Circle(at.1, reference.of.clone())),
                };
            }
            None => {}
        }
        let absent = self.chance.once_in(6) || (self.number == 1 && self.attempt == 0);
        if absent && self.clear(number) {
            return Ok(());
        }
        if self.choose(number, None) || self.clear(number) {
            return Ok(());
        }
        Err(Miss::NoParent(
            reference.constraint.clone(),
            reference.of.clone(),
        ))
    }

    /// Refers to a row that the other table will have.
    fn promise(&mut self, number: usize) -> bool {
        let reference = &self.frame.references[number];
        let Some(promised) = self.known.promised.get(&reference.of) else {
            return false;
        };
        let rows: Vec<_> = promised.values().collect();
        let first = if reference.single {
            self.number
        } else {
            self.chance.next()
        };
        let Some(row) = usize::try_from(first % rows.len().max(1) as u64)
            .ok()
            .and_then(|at| rows.get(at))
        else {
            return false;
        };
        let values: Option<Vec<Cell>> = reference
            .columns
            .iter()
            .map(|column| {
                row.iter()
                    .find(|(name, _)| name == column)
                    .map(|(_, cell)| cell.clone())
            })
            .collect();
        values.is_some_and(|values| self.hold(number, &values))
    }

    /// Refers to one of the rows that the other table has, perhaps one with a value in one of the columns.
    fn choose(&mut self, number: usize, wanted: Option<(usize, &Value)>) -> bool {
        let reference = &self.frame.references[number];
        let own = reference.of == self.frame.name;
        let held = self.known.held.get(&reference.of);
        let many = held.map_or(0, |held| held.rows.len());
        let first = self.start(reference, many);
        for step in 0..many {
            let values =
                held.and_then(|held| values_of(held, (first + step) % many, &reference.columns));
            if values.is_some_and(|values| {
                self.is_wanted(reference, &values, wanted) && self.hold(number, &values)
            }) {
                return true;
            }
        }
        own && self.refer_to_itself(number)
    }

    /// Where the search for a row to refer to begins: a few of them are popular.
    fn start(&mut self, reference: &Reference, many: usize) -> usize {
        if reference.single {
            let next = self.number + self.attempt + self.turn;
            return usize::try_from(next % many.max(1) as u64).unwrap_or(0);
        }
        match self.turn < 8 && self.chance.once_in(3) {
            true => self.chance.place(many.min(3)),
            false => self.chance.place(many),
        }
    }

    fn is_wanted(
        &self,
        reference: &Reference,
        values: &[Cell],
        wanted: Option<(usize, &Value)>,
    ) -> bool {
        wanted.is_none_or(|(place, value)| {
            let of = reference.fields.iter().position(|field| *field == place);
            let cell = of.and_then(|of| values.get(of));
            cell.is_some_and(|cell| self.read(place, cell).equals(value) == Some(true))
        })
    }

    /// A row that refers to itself.
    fn refer_to_itself(&mut self, number: usize) -> bool {
        let reference = &self.frame.references[number];
        let values: Option<Vec<Cell>> = reference
            .columns
            .iter()
            .map(|column| {
                self.frame
                    .place(column)
                    .map(|place| self.cells[place].clone())
            })
            .collect();
        values.is_some_and(|values| !values.contains(&Cell::Null) && self.hold(number, &values))
    }

    /// Puts the values of a foreign key, unless another one holds one of its columns with another value.
    fn hold(&mut self, number: usize, values: &[Cell]) -> bool {
        let reference = &self.frame.references[number];
        let places = reference.fields.iter().zip(values);
        let fits = places.clone().all(|(place, value)| {
            let free = self.holders[*place].is_none_or(|holder| holder == Some(number));
            *value != Cell::Null
                && *value != Cell::Default
                && (free || self.cells[*place] == *value)
        });
        if fits {
            for (place, value) in places {
                self.cells[*place] = value.clone();
                self.holders[*place].get_or_insert(Some(number));
            }
        }
        fits
    }

    /// Makes a foreign key refer to nothing; `false`: it has to.
    fn clear(&mut self, number: usize) -> bool {
        let reference = &self.frame.references[number];
        let is_free = |place: &&usize| {
            let field = &self.frame.fields[**place];
            let held_by_another =
                self.holders[**place].is_some_and(|holder| holder != Some(number));
            !field.not_null && !held_by_another
        };
        let places: Vec<usize> = reference.fields.iter().filter(is_free).copied().collect();
        let enough = if reference.full {
            reference.fields.len()
        } else {
            1
        };
        if places.len() < enough {
            return false;
        }
        for place in places {
            self.cells[place] = Cell::Null;
            self.holders[place] = Some(Some(number));
        }
        true
    }

    /// Makes the conditions hold and looks at the keys.
    fn finish(mut self) -> Result<Row, Miss> {
        let frame = self.frame;
        let all: Vec<&Condition> = frame
            .conditions
            .iter()
            .chain(&frame.paths[self.path].conditions)
            .collect();
        if self.attempt > 0 {
            self.try_constants(&all);
        }
        for _ in 0..ROUNDS {
            let broken: Vec<&&Condition> = all
                .iter()
                .filter(|one| solve::holds(one, &self) == Some(false))
                .collect();
            let Some(broken) = broken.get(self.chance.place(broken.len())) else {
                break;
            };
            if !solve::satisfy(broken, &mut self) {
                self.renew_any(broken);
            }
        }
        if let Some(broken) = all
            .iter()
            .find(|one| solve::holds(one, &self) == Some(false))
        {
            return Err(Miss::Unsolved(
                broken.constraint.clone(),
                broken.text.clone(),
            ));
        }
        let keys = self.keys()?;
        Ok(Row {
            number: self.number,
            attempt: self.attempt,
            path: self.path,
            keys,
            cells: self.cells,
        })
    }

    /// Gives another value to one of the columns that a condition names.
    fn renew_any(&mut self, condition: &Condition) {
        let mut names = Vec::new();
        if let Some(tree) = &condition.tree {
            super::frame::columns(tree, &mut names);
        }
        if let Some(name) = self.chance.pick(&names).cloned() {
            self.renew(&[name]);
        }
    }

    /// Of conditions that only the server can judge, and has judged, the columns get the constants that stand in them.
    fn try_constants(&mut self, all: &[&Condition]) {
        for condition in all {
            let (Some(tree), true) = (
                &condition.tree,
                self.known.suspects.contains(&condition.constraint),
            ) else {
                continue;
            };
            if solve::holds(condition, self).is_some() {
                continue;
            }
            let (mut names, mut constants) = (Vec::new(), Vec::new());
            super::frame::columns(tree, &mut names);
            gather(tree, &mut constants);
            if let (Some(name), Some(constant)) = (
                self.chance.pick(&names).cloned(),
                self.chance.pick(&constants).cloned(),
            ) {
                let column = [name];
                let value = self
                    .kind(&column)
                    .map_or(Value::Unknown, |kind| match &constant {
                        Value::Text(text) => kind.read(text),
                        other => other.clone(),
                    });
                self.put(&column, &value);
            }
        }
    }

    /// The keys that this row takes.
    fn keys(&self) -> Result<Vec<(usize, Vec<String>)>, Miss> {
        let mut found = Vec::new();
        for (number, key) in self.frame.keys.iter().enumerate() {
            let Some(values) = self.key(key) else {
                continue;
            };
            let at = (self.frame.name.clone(), number);
            if self
                .known
                .taken
                .get(&at)
                .is_some_and(|taken| taken.contains(&values))
            {
                return Err(Miss::Taken(key.constraint.clone()));
            }
            found.push((number, values));
        }
        Ok(found)
    }

    /// What a key has in this row; `None`: it need not differ from others, or is not known.
    fn key(&self, key: &Key) -> Option<Vec<String>> {
        let worth = |tree| evaluate(tree, &|column| self.value(column));
        if let Some(predicate) = &key.predicate
            && matches!(worth(predicate), Value::Bool(false) | Value::Null)
        {
            return None;
        }
        let parts = key.parts.iter().map(|part| {
            let place = match &part.head {
                segue_catalog::normal::Head::Column(name) => self.frame.place(name.last()?),
                _ => None,
            };
            match (place.map(|place| &self.cells[place]), worth(part)) {
                (Some(Cell::Null), _) | (_, Value::Null) => {
                    (!key.nulls_distinct).then(|| "null".to_owned())
                }
                (_, Value::Text(text)) => Some(format!("={text}")),
                (Some(Cell::Text(text)), _) => Some(format!("={text}")),
                (Some(Cell::Default), _) | (None, Value::Unknown) => None,
                (None, value) => Some(format!("{value:?}")),
            }
        });
        parts.collect()
    }

    fn read(&self, place: usize, cell: &Cell) -> Value {
        match cell {
            Cell::Null => Value::Null,
            Cell::Default => Value::Unknown,
            Cell::Text(text) => self.frame.fields[place].kind.read(text),
        }
    }

    fn place(&self, column: &[Name]) -> Option<usize> {
        match column {
            [name] => self.frame.place(name),
            _ => None,
        }
    }
}

/// The values of some columns of a row that a table has.
fn values_of(held: &Held, row: usize, columns: &[Name]) -> Option<Vec<Cell>> {
    let row = held.rows.get(row)?;
    let places = columns
        .iter()
        .map(|column| held.columns.iter().position(|own| own == column));
    places.map(|place| row.cells.get(place?).cloned()).collect()
}

/// The constants of an expression.
fn gather(tree: &segue_catalog::normal::Tree, found: &mut Vec<Value>) {
    use segue_catalog::normal::Head;
    if matches!(tree.head, Head::Text(_) | Head::Number(_) | Head::Bool(_)) {
        found.push(evaluate(tree, &|_| Value::Unknown));
    }
    for part in &tree.parts {
        gather(part, found);
    }
}

fn told(kind: &Kind) -> String {
    match kind {
        Kind::Unknown(data_type) => data_type.to_string(),
        Kind::Enum(_) => "an enum without values".to_owned(),
        _ => "a type that is made of others".to_owned(),
    }
}

impl Site for Draft<'_> {
    fn value(&self, column: &[Name]) -> Value {
        let place = self.place(column);
        place.map_or(Value::Unknown, |place| self.read(place, &self.cells[place]))
    }

    fn kind(&self, column: &[Name]) -> Option<&Kind> {
        Some(&self.frame.fields[self.place(column)?].kind)
    }

    fn put(&mut self, column: &[Name], value: &Value) -> bool {
        let Some(place) = self.place(column) else {
            return false;
        };
        let field = &self.frame.fields[place];
        match (self.holders[place], value) {
            (Some(None), _) => false,
            (Some(Some(number)), Value::Null) => self.clear(number),
            (Some(Some(number)), value) => self.choose(number, Some((place, value))),
            (None, Value::Null) if field.not_null => false,
            (None, Value::Null) => {
                self.cells[place] = Cell::Null;
                true
            }
            (None, value) => match field.kind.write(value) {
                Some(text) => {
                    self.cells[place] = Cell::Text(text);
                    true
                }
                None => false,
            },
        }
    }

    fn renew(&mut self, column: &[Name]) -> bool {
        let Some(place) = self.place(column) else {
            return false;
        };
        match self.holders[place] {
            Some(None) => false,
            Some(Some(number)) => {
                let at = (
                    self.frame.name.clone(),
                    self.frame.references[number].constraint.clone(),
                );
                match self.known.cuts.get(&at) {
                    None => self.choose(number, None),
                    Some(_) => false,
                }
            }
            None => {
                let field = &self.frame.fields[place];
                let number = self.number + self.attempt * 7919;
                let made = match field.distinct {
                    true => values::distinct(&field.kind, &field.name, number, &mut self.chance),
                    false => None,
                };
                let made = made.or_else(|| {
                    values::any(&field.kind, &field.name, Mood::Tame, &mut self.chance)
                });
                let done = made.is_some();
                if let Some(text) = made {
                    self.cells[place] = Cell::Text(text);
                }
                done
            }
        }
    }

    fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }
}
