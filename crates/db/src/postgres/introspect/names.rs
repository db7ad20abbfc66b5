//! Names that occur many times, kept once.

use std::collections::HashSet;

use segue_catalog::{Name, QName};

/// Every name that was seen.
#[derive(Default)]
pub(super) struct Names(HashSet<Name>);

impl Names {
    /// A name as the server stores it.
    pub(super) fn of(&mut self, name: &str) -> Name {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let new = Name::stored(name);
        self.0.insert(new.clone());
        new
    }

    /// A name with its schema.
    pub(super) fn qualified(&mut self, schema: &str, name: &str) -> QName {
        QName::new(self.of(schema), self.of(name))
    }
}
