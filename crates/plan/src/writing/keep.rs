//! Rows as they were before a statement changes them: what keeps them, and what puts them back.

mod back;
mod forth;
mod key;
mod parents;
mod room;

use std::fmt::Write;

use segue_catalog::{
    Catalog, Name, QName,
    model::{ConstraintKind, ForeignKey, ReferentialAction, Table, TableKind},
    render,
};

use super::{has_children, image::differ, kin};
use crate::Keep;

pub(super) use back::of_kept_rows;
pub(crate) use key::{arbiters, check_key, unique_keys};
pub(super) use key::{is_of, keys, unique_columns, unless_there};
use parents::parents_there;
use room::still_free;

/// How the table is called in what is written here.
pub(super) const ROW: &str = "segue_row";
/// How the table that rows are kept in is called.
pub(super) const KEPT: &str = "segue_kept";

/// What a statement does to rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Updates,
    Deletes,
    Inserts,
}

/// How rows of a table are kept.
#[derive(Debug, Clone)]
pub(crate) struct Keeping {
    does: Does,
    /// The table that they are kept in.
    kept: QName,
    /// The table whose rows they are.
    of: QName,
    /// The columns that tell one row from another.
    key: Vec<Name>,
    /// What is kept of each: the columns that are set, or all.
    columns: Vec<Name>,
    /// Rows elsewhere that name one of these, as conditions.
    named_by: Vec<String>,
    /// What has to hold for a row to be put back: that those are there which it names, that nobody else has its unique values by now.
    possible: Vec<String>,
    /// What lets an INSERT leave alone a row that is there by now.
    unless_there: String,
}

impl Keeping {
    /// How the old values of these columns are kept.
    ///
    /// # Errors
    /// Why they cannot be.
    pub(crate) fn of_update(
        of: (&Catalog, &QName),
        key: Option<&[Name]>,
        columns: Vec<Name>,
        kept: QName,
    ) -> Result<Self, String> {
        let (schema, table) = of;
        let of_all = kin(schema, table);
        let mut along = of_all.iter().flat_map(|of| references(schema, of));
        // one that follows a value follows it back
        let is_unset = |foreign: &ForeignKey| {
            matches!(
                foreign.on_update,
                ReferentialAction::SetNull | ReferentialAction::SetDefault
            ) && foreign
                .referenced_columns
                .iter()
                .any(|name| columns.contains(name))
        };
        if let Some((table, _)) = along.find(|(_, foreign)| is_unset(foreign)) {
            return Err(format!(
                "rows of {table} that name them change with them, and those are not kept"
            ));
        }
        Self::new(of, Does::Updates, key, columns, kept)
    }

    /// How rows are kept that are deleted.
    ///
    /// # Errors
    /// Why they cannot be.
    pub(crate) fn of_delete(
        (schema, of): (&Catalog, &QName),
        key: Option<&[Name]>,
        kept: QName,
    ) -> Result<Self, String> {
        let of_all = kin(schema, of);
        let mut along = of_all.iter().flat_map(|of| references(schema, of));
        if let Some((table, _)) = along.find(|(_, foreign)| goes_along(foreign)) {
            return Err(format!(
                "rows of {table} that name them go or change with them, and those are not kept"
            ));
        }
        Self::new(
            (schema, of),
            Does::Deletes,
            key,
            all_columns(schema, of),
            kept,
        )
    }

    /// How it is known which rows were added.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(crate) fn of_insert((schema, of): (&Catalog, &QName), kept: QName) -> Result<Self, String> {
        let mut keeping = Self::new(
            (schema, of),
            Does::Inserts,
            None,
            all_columns(schema, of),
            kept,
        )?;
        let named = references(schema, of).map(|(table, foreign)| keeping.names(table, foreign));
        keeping.named_by = named.collect();
        Ok(keeping)
    }

    fn new(
        (schema, of): (&Catalog, &QName),
        does: Does,
        wanted: Option<&[Name]>,
        columns: Vec<Name>,
        kept: QName,
    ) -> Result<Self, String> {
        let own = own_table(schema, of)?;
        let changed = match does {
            Does::Updates => columns.as_slice(),
            Does::Deletes | Does::Inserts => &[],
        };
        let keys = || keys(schema, of, own);
        let stays = |key: &Vec<Name>| !key.iter().any(|name| changed.contains(name));
        let key = match wanted {
            Some(wanted) => keys().find(|key| is_of(key, wanted)).filter(stays),
            None => keys().find(stays),
        };
        let Some(key) = key else {
            return Err(match does {
                Does::Updates => format!(
                    "{of} has no key that stays as it is, by which its rows could be found again"
                ),
                Does::Deletes | Does::Inserts => {
                    format!("{of} has no key by which its rows could be found again")
                }
            });
        };
        Ok(Self {
            does,
            of: of.clone(),
            unless_there: unless_there(schema, of, &key),
            possible: match does {
                Does::Deletes => parents_there(of, own),
                Does::Updates => still_free(schema, of, (&key, &columns), &kept),
                Does::Inserts => Vec::new(),
            },
            kept,
            key,
            columns,
            named_by: Vec::new(),
        })
    }

    /// What a row of another table is found by that names one of ours.
    fn names(&self, table: &QName, foreign: &ForeignKey) -> String {
        let pairs = foreign.columns.iter().zip(&foreign.referenced_columns);
        let mut condition =
            conjunction(pairs.map(|(own, theirs)| format!("segue_other.{own} = {ROW}.{theirs}")));
        if *table == self.of {
            // one that comes with it goes with it
            let same = conjunction(
                self.key
                    .iter()
                    .map(|key| format!("segue_along.{key} = segue_other.{key}")),
            );
            let of = |row: &str| joined(self.columns.iter().map(|own| format!("{row}.{own}")));
            let _ = write!(
                condition,
                " AND NOT EXISTS (SELECT FROM {} AS segue_along WHERE {same} AND NOT {})",
                self.kept,
                differ(&of("segue_other"), &of("segue_along"))
            );
        }
        format!("EXISTS (SELECT FROM {table} AS segue_other WHERE {condition})")
    }

    /// As a plan has it, for a statement that keeps the rows itself.
    pub(crate) fn keep(&self) -> Keep {
        Keep {
            table: self.kept.clone(),
            also: Vec::new(),
            make: self.make(),
            before: Vec::new(),
            instead: None,
            behind: Vec::new(),
            sample: self.sample(),
            others: self.others(),
        }
    }

    /// Columns of the table that rows are kept in, each with that which it is of.
    fn places(&self) -> Vec<(String, &Name)> {
        if self.does != Does::Updates {
            return self
                .columns
                .iter()
                .map(|own| (own.to_string(), own))
                .collect();
        }
        let numbered = |sign: &'static str, names: &'_ [Name]| -> Vec<String> {
            (1..=names.len())
                .map(|number| format!("{sign}{number}"))
                .collect()
        };
        let keys = numbered("k", &self.key).into_iter().zip(&self.key);
        let old = numbered("o", &self.columns).into_iter().zip(&self.columns);
        let new = numbered("n", &self.columns).into_iter().zip(&self.columns);
        keys.chain(old).chain(new).collect()
    }

    /// What the key's columns are called in it.
    fn kept_key(&self) -> Vec<String> {
        match self.does {
            Does::Updates => (1..=self.key.len())
                .map(|number| format!("k{number}"))
                .collect(),
            Does::Deletes | Does::Inserts => self.key.iter().map(ToString::to_string).collect(),
        }
    }

    fn make(&self) -> Vec<String> {
        let places = self.places();
        let list = places.iter().map(|(place, own)| match self.does {
            Does::Updates => format!("{own} AS {place}"),
            Does::Deletes | Does::Inserts => place.clone(),
        });
        let said = match self.does {
            Does::Updates => {
                let told = places
                    .iter()
                    .map(|(place, own)| format!("{place}: {}", own.as_str()));
                format!(
                    "rows of {} before (o) and behind (n) a migration; {}",
                    self.of,
                    joined(told)
                )
            }
            Does::Deletes => format!("rows of {} that a migration has deleted", self.of),
            Does::Inserts => format!("rows of {} that a migration has added", self.of),
        };
        vec![
            format!(
                "CREATE TABLE {} AS SELECT {} FROM {} WITH NO DATA",
                self.kept,
                joined(list),
                self.of
            ),
            format!(
                "ALTER TABLE {} ADD PRIMARY KEY ({})",
                self.kept,
                self.kept_key().join(", ")
            ),
            format!(
                "COMMENT ON TABLE {} IS {}",
                self.kept,
                render::literal(&said)
            ),
        ]
    }

    /// The columns of the kept rows, as a list behind its name.
    fn into(&self) -> String {
        let places = self.places();
        format!(
            "{} ({})",
            self.kept,
            joined(places.iter().map(|(place, _)| place))
        )
    }

    /// What is read of a row of the table, called so, for these columns.
    fn read(&self, alias: &str) -> String {
        joined(
            self.places()
                .iter()
                .map(|(_, own)| format!("{alias}.{own}")),
        )
    }

    /// Whether a row is the one that is kept.
    fn is_it(&self) -> String {
        let pairs = self.key.iter().zip(self.kept_key());
        conjunction(pairs.map(|(own, place)| format!("{ROW}.{own} = {KEPT}.{place}")))
    }

    /// Whether a row has these of the values that are kept.
    fn is_same(&self, sign: &str) -> String {
        let own = joined(self.columns.iter().map(|own| format!("{ROW}.{own}")));
        format!("NOT {}", differ(&own, &self.kept_values(sign)))
    }

    fn kept_values(&self, sign: &str) -> String {
        match self.does {
            Does::Updates => joined(
                self.numbers()
                    .map(|(number, _)| format!("{KEPT}.{sign}{number}")),
            ),
            Does::Deletes | Does::Inserts => {
                joined(self.columns.iter().map(|own| format!("{KEPT}.{own}")))
            }
        }
    }

    fn numbers(&self) -> impl Iterator<Item = (usize, &Name)> {
        self.columns
            .iter()
            .enumerate()
            .map(|(at, own)| (at + 1, own))
    }
}

/// A table of which rows can be kept.
///
/// # Errors
/// Why they cannot be.
pub(super) fn own_table<'a>(schema: &'a Catalog, of: &QName) -> Result<&'a Table, String> {
    let known = schema.tables.get(of);
    let own = known.filter(|own| matches!(own.kind, TableKind::Plain | TableKind::Partitioned(_)));
    let own = own.ok_or_else(|| format!("{of} is no table of this database's own"))?;
    match has_children(schema, of) {
        true => Err(format!("tables inherit from {of}")),
        false => Ok(own),
    }
}

/// The columns that a row can be written with.
pub(super) fn all_columns(schema: &Catalog, table: &QName) -> Vec<Name> {
    let known = schema.tables.get(table);
    let columns = known.into_iter().flat_map(|own| &own.columns);
    let written = columns.filter(|column| column.generated.is_none());
    written.map(|column| column.name.clone()).collect()
}

/// The foreign keys that name rows of a table.
pub(super) fn references<'a>(
    schema: &'a Catalog,
    of: &'a QName,
) -> impl Iterator<Item = (&'a QName, &'a ForeignKey)> {
    schema.tables.iter().flat_map(move |(name, table)| {
        // those of partitions are their parent's
        let own = table.constraints.values().filter(|one| one.inherited == 0);
        own.filter_map(move |one| match &one.kind {
            ConstraintKind::ForeignKey(foreign) if foreign.references == *of => {
                Some((name, foreign))
            }
            _ => None,
        })
    })
}

pub(super) fn goes_along(foreign: &ForeignKey) -> bool {
    matches!(
        foreign.on_delete,
        ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault
    )
}

pub(super) fn joined<T: ToString>(parts: impl Iterator<Item = T>) -> String {
    let parts: Vec<String> = parts.map(|part| part.to_string()).collect();
    parts.join(", ")
}

pub(super) fn conjunction(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    parts.join(" AND ")
}
