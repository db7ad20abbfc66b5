//! By which columns rows of two tables belong together: a unique key of both.

use segue_catalog::{Catalog, Name, QName, model::Table};

use super::{paired::Reading, refused, ways::Ways};
use crate::{
    planner::Stop,
    writing::{Key, arbiters},
};

/// Whether these columns, in any order, are a unique key of the table none of which is ever NULL.
pub(super) fn is_key(schema: &Catalog, name: &QName, table: &Table, columns: &[&Name]) -> bool {
    let is_never_null = |column: &&Name| {
        let own = table.column(column);
        own.is_some_and(|own| own.not_null.is_some())
    };
    columns.iter().all(is_never_null)
        && arbiters(schema, name, table)
            .iter()
            .any(|key| key.len() == columns.len() && key.iter().all(|own| columns.contains(&own)))
}

impl Reading<'_> {
    /// The columns by which rows belong together where they are inserted: a unique key of the target that is made of one of
    /// the source.
    pub(super) fn key_of(&self, ways: &Ways) -> Result<(Vec<Key>, Vec<Name>), Stop> {
        let (whole, part) = (&self.stated.whole.table, &self.stated.part.table);
        let schema = self.moment.before();
        for columns in arbiters(schema, part, self.part) {
            let mut key = Vec::new();
            let is_said = columns.iter().all(|column| {
                let plain = ways.plain.iter().find(|(_, target, ..)| target == column);
                match plain {
                    Some((own, target, ..)) => {
                        key.extend(self.key(own, target));
                        true
                    }
                    None => ways.constant.iter().any(|(constant, _)| constant == column),
                }
            });
            let own: Vec<&Name> = key.iter().map(|own| &own.whole).collect();
            if is_said && !own.is_empty() && is_key(schema, whole, self.whole, &own) {
                return Ok((key, columns));
            }
        }
        Err(refused(
            format!(
                "nothing tells which row of {part} is that of a row of {whole}: no unique key of {part} is made of one of {whole}"
            ),
            Some(format!(
                "give {part} a primary key or a unique constraint over the key of {whole}, before this statement"
            )),
        ))
    }

    /// The key that a join is by: unique in both tables.
    pub(super) fn key_of_join(&self, joined: &[(Name, Name)]) -> Result<Vec<Key>, Stop> {
        let schema = self.moment.before();
        let of_whole: Vec<&Name> = joined.iter().map(|(own, _)| own).collect();
        let of_part: Vec<&Name> = joined.iter().map(|(_, own)| own).collect();
        for (name, table, columns) in [
            (&self.stated.whole.table, self.whole, of_whole),
            (&self.stated.part.table, self.part, of_part),
        ] {
            if !is_key(schema, name, table, &columns) {
                return Err(refused(
                    format!(
                        "rows of {name} are not told apart by what the statement joins them by: that is no unique key, or may be NULL"
                    ),
                    None,
                ));
            }
        }
        let pairs = joined.iter();
        Ok(pairs
            .filter_map(|(own, other)| self.key(own, other))
            .collect())
    }

    fn key(&self, whole: &Name, part: &Name) -> Option<Key> {
        let (own, other) = (self.whole.column(whole)?, self.part.column(part)?);
        let types = (own.data_type != other.data_type)
            .then(|| (own.data_type.to_string(), other.data_type.to_string()));
        Some(Key {
            whole: whole.clone(),
            part: part.clone(),
            types,
        })
    }
}
