//! Whether and where rows are kept that a statement changes: as its file says, and as long as there is a way back.

use segue_catalog::{Name, QName};

use super::Planning;
use crate::writing::free_kept;

impl Planning<'_> {
    /// Where rows are kept that the statement at hand changes.
    ///
    /// # Errors
    /// Why they are not.
    pub(crate) fn place_to_keep(&self) -> Result<QName, String> {
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
        let taken: Vec<QName> = (self.expand.iter())
            .filter_map(|step| step.keep.as_ref())
            .map(|keep| keep.table.clone())
            .collect();
        let migration = self.atoms.get(self.served.migration);
        let migration = migration.map_or("", |atoms| atoms.script.name.as_str());
        Ok(free_kept(migration, self.served.statement, &taken))
    }

    /// The columns by which the file says that rows are to be known.
    pub(crate) fn key_to_keep(&self) -> Option<&[Name]> {
        self.said.key(self.served)
    }
}
