//! Columns that have their new types in contract only.

use segue_catalog::{Name, ObjectRef, QName};

use super::{
    pending::{Pending, PutOff},
    planning::Planning,
};
use crate::{Served, recipes::NewType};

impl Planning<'_> {
    /// The statement that gives a column of a table another type in contract.
    pub(crate) fn changes_type(&self, of: &QName) -> Option<Served> {
        let mut pending = self.pending.iter();
        let changes = |what: &PutOff| matches!(what, PutOff::Type { table, .. } if table == of);
        let found = pending.find(|pending| changes(&pending.what));
        found.map(|pending| pending.served)
    }

    /// What is known of a column that has its new type in contract only.
    pub(crate) fn new_type(&self, of: &QName, name: &Name) -> Option<NewType> {
        let is_put_off = |what: &PutOff| matches!(what, PutOff::Type { table, column, .. } if table == of && column == name);
        let is_pending = self.pending.iter().any(|pending| is_put_off(&pending.what));
        let mut known = self.new_types.iter().rev();
        let found = known.find(|new| new.is(of, name));
        found.filter(|_| is_pending).cloned()
    }

    /// What is put off, as if each column that stands beside another one were that one with another name.
    pub(super) fn called_beside(&self) -> Vec<Pending> {
        let pending = self.pending.iter().map(|pending| {
            let what = match &pending.what {
                PutOff::Type { table, column, .. } => self
                    .new_type(table, column)
                    .and_then(|new| new.called_beside()),
                _ => None,
            };
            Pending {
                what: what.unwrap_or_else(|| pending.what.clone()),
                ..pending.clone()
            }
        });
        pending.collect()
    }

    /// The columns that have their new types in contract only.
    pub(crate) fn retyped_columns(&self) -> impl Iterator<Item = ObjectRef> {
        let pending = self.pending.iter();
        pending.filter_map(|pending| match &pending.what {
            PutOff::Type { table, column, .. } => {
                Some(ObjectRef::Column(table.clone(), column.clone()))
            }
            _ => None,
        })
    }

    /// Whether the column that comes in the place of one is there already.
    pub(crate) fn stands_beside(&self, column: &ObjectRef) -> bool {
        match column {
            ObjectRef::Column(table, column) => {
                let new = self.new_type(table, column);
                new.is_some_and(|new| new.called_beside().is_some())
            }
            _ => false,
        }
    }

    /// A column has its new type already.
    pub(crate) fn has_its_type(&mut self, of: (&QName, &Name)) {
        let is_it = |what: &PutOff| matches!(what, PutOff::Type { table, column, .. } if (table, column) == of);
        self.pending.retain(|pending| !is_it(&pending.what));
        self.new_types.retain(|new| !new.is(of.0, of.1));
    }
}
