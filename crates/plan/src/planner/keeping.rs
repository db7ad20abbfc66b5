//! Whether and where rows are kept that a statement changes: as its file says, and as long as there is a way back.

use segue_catalog::{Name, QName};

use super::Planning;
use crate::{Keep, writing::free_kept};

impl Planning<'_> {
    /// Where rows are kept that the statement at hand changes.
    ///
    /// # Errors
    /// Why they are not.
    pub(crate) fn place_to_keep(&self) -> Result<QName, String> {
        let first = self.places_to_keep(1)?.into_iter().next();
        first.ok_or_else(|| "there is no room for it".to_owned())
    }

    /// So many tables for what is kept of rows that the statement writes.
    ///
    /// # Errors
    /// Why they are not.
    pub(crate) fn places_to_keep(&self, count: usize) -> Result<Vec<QName>, String> {
        let said = self.said.statement(self.served);
        if self.direct {
            return Err("no app is running".to_owned());
        }
        if said.keeps_nothing {
            return Err("its file says `keep=none`".to_owned());
        }
        if self.deferring || said.contract {
            return Err("it is put off to contract".to_owned());
        }
        if let Some(role) = &self.session.role {
            return Err(format!("it is written as role {role}"));
        }
        let kept = self.expand.iter().filter_map(|step| step.keep.as_ref());
        let mut taken: Vec<QName> = kept.flat_map(Keep::tables).cloned().collect();
        // those of plans that are under way, of other projects too
        let there = self.facts.tables.keys();
        taken.extend(there.filter(|table| table.schema == "segue").cloned());
        let migration = self.atoms.get(self.served.migration);
        let migration = migration.map_or("", |atoms| atoms.script.name.as_str());
        let mut places = Vec::new();
        for _ in 0..count {
            let place = free_kept(migration, self.served.statement, &taken);
            taken.push(place.clone());
            places.push(place);
        }
        Ok(places)
    }

    /// The columns by which the file says that rows are to be known.
    pub(crate) fn key_to_keep(&self) -> Option<&[Name]> {
        self.said.key(self.served)
    }
}
