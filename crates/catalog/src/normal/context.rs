//! What is known around an expression: the schema it belongs to, and the columns it may name.

use super::About;
use crate::{Catalog, DataType, Name, model::TypeKind};

/// One side of a comparison.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) about: About<'a>,
}

impl Side<'_> {
    /// The type of a column of the table that the expression is about; what is below a domain.
    pub(super) fn column_type(&self, name: &[Name]) -> Option<DataType> {
        let name = match name {
            [name] if !self.about.rows => name,
            [row, name] if self.about.rows && (*row == *"new" || *row == *"old") => name,
            _ => return None,
        };
        if let Some(value) = self.about.value
            && *name == *"value"
        {
            return Some(self.below_domains(value));
        }
        let table = self.catalog.tables.get(self.about.table?)?;
        Some(self.below_domains(&table.column(name)?.data_type))
    }

    /// The type that a domain, perhaps over other domains, is made of.
    pub(super) fn below_domains(&self, data_type: &DataType) -> DataType {
        let mut found = data_type.clone();
        // A domain cannot be over itself; the bound is for a catalog that says so nevertheless.
        for _ in 0..16 {
            match self.catalog.types.get(&found.name).map(|ty| &ty.kind) {
                Some(TypeKind::Domain(domain)) if !found.array => found = domain.base.clone(),
                _ => break,
            }
        }
        found
    }

    /// Whether a type is an enumeration.
    pub(super) fn is_enum(&self, data_type: &DataType) -> bool {
        let found = self.catalog.types.get(&data_type.name);
        !data_type.array && found.is_some_and(|ty| matches!(ty.kind, TypeKind::Enum(_)))
    }
}
