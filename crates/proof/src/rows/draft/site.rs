//! Where conditions are made to hold: the columns of a row.

use segue_catalog::Name;

use super::Draft;
use crate::rows::{
    Cell,
    chance::Chance,
    keys,
    kind::Kind,
    solve::Site,
    value::Value,
    values::{self, Mood},
};

impl Site for Draft<'_> {
    fn value(&self, column: &[Name]) -> Value {
        let place = self.place(column);
        place.map_or(Value::Unknown, |place| {
            keys::read(self.frame, place, &self.cells[place])
        })
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
