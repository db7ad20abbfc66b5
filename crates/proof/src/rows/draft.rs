//! A row in the making.

mod refer;
mod site;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use segue_catalog::{Name, QName};

use super::{
    Cell, Row,
    chance::Chance,
    condition::Condition,
    evaluate::evaluate,
    frame::Frame,
    keys,
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
    /// No row that a foreign key refers to has the values that others demand: constraint and table.
    NoFitting(Name, QName),
    /// No row was found that satisfies a constraint: its name and text.
    Unsolved(String, String),
    /// All values that a key allows are taken: its constraint.
    Taken(String),
    /// A partitioned table without partitions.
    NoPartition,
}

impl Miss {
    /// Whether no other row of the table would do better.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::NoParent(..) | Self::Circle(..) | Self::NoValues(..) | Self::NoPartition
        )
    }
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
            Err(found) if found.is_final() => return Err(found),
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
            let is_suspect =
                self.attempt > 1 || self.known.suspects.contains(&condition.constraint);
            let (Some(tree), true) = (&condition.tree, is_suspect) else {
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
        let found = keys::of(self.frame, &self.cells);
        for (number, values) in &found {
            let at = (self.frame.name.clone(), *number);
            let taken = self.known.taken.get(&at);
            if taken.is_some_and(|taken| taken.contains(values)) {
                return Err(Miss::Taken(self.frame.keys[*number].constraint.clone()));
            }
        }
        Ok(found)
    }

    fn place(&self, column: &[Name]) -> Option<usize> {
        match column {
            [name] => self.frame.place(name),
            _ => None,
        }
    }
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
