//! The columns of foreign keys: which row is referred to.

use segue_catalog::Name;

use super::{Draft, Held, Miss};
use crate::rows::{Cell, frame::Reference, keys, order::Cut, value::Value};

impl Draft<'_> {
    /// Gives the columns of a foreign key their values.
    pub(super) fn refer(&mut self, number: usize) -> Result<(), Miss> {
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
        let (constraint, of) = (reference.constraint.clone(), reference.of.clone());
        let held = self.known.held.get(&of);
        let has_rows = of == self.frame.name || held.is_some_and(|held| !held.rows.is_empty());
        Err(match has_rows {
            true => Miss::NoFitting(constraint, of),
            false => Miss::NoParent(constraint, of),
        })
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
    pub(super) fn choose(&mut self, number: usize, wanted: Option<(usize, &Value)>) -> bool {
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
            cell.is_some_and(|cell| keys::read(self.frame, place, cell).equals(value) == Some(true))
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
    pub(super) fn clear(&mut self, number: usize) -> bool {
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
}

/// The values of some columns of a row that a table has.
fn values_of(held: &Held, row: usize, columns: &[Name]) -> Option<Vec<Cell>> {
    let row = held.rows.get(row)?;
    let places = columns
        .iter()
        .map(|column| held.columns.iter().position(|own| own == column));
    places.map(|place| row.cells.get(place?).cloned()).collect()
}
