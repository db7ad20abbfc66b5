//! Rows as they were before a statement changes them: what keeps them, and what puts them back.

use std::fmt::Write;

use segue_catalog::{
    Catalog, Name, QName,
    model::{ConstraintKind, ForeignKey, ReferentialAction, Table, TableKind},
    render,
};

use segue_sql::{Problem, nearest};

use super::{NAMED, has_children, image::differ};
use crate::{Action, Batches, Keep, OwnPace, Undo};

/// How the table is called in what is written here.
const ROW: &str = "segue_row";
/// How the table that rows are kept in is called.
const KEPT: &str = "segue_kept";

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
        let along = references(schema, of).find(|(_, foreign)| goes_along(foreign));
        if let Some((table, _)) = along {
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
        let known = schema.tables.get(of);
        let own =
            known.filter(|own| matches!(own.kind, TableKind::Plain | TableKind::Partitioned(_)));
        let Some(own) = own else {
            return Err(format!("{of} is no table of this database's own"));
        };
        if has_children(schema, of) {
            return Err(format!("tables inherit from {of}"));
        }
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
            kept,
            of: of.clone(),
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
            let _ = write!(
                condition,
                " AND NOT EXISTS (SELECT FROM {} AS segue_along WHERE {same})",
                self.kept
            );
        }
        format!("EXISTS (SELECT FROM {table} AS segue_other WHERE {condition})")
    }

    /// As a plan has it, for a statement that keeps the rows itself.
    pub(crate) fn keep(&self) -> Keep {
        Keep {
            table: self.kept.clone(),
            make: self.make(),
            before: Vec::new(),
            instead: None,
            behind: Vec::new(),
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

    /// What keeps the rows that a query over the table, called so, finds: `rest` is what stands behind FROM.
    pub(crate) fn find(&self, with: &str, alias: &str, rest: &str) -> String {
        format!(
            "INSERT INTO {} ({with}SELECT {} FROM {rest} FOR UPDATE OF {alias}) ON CONFLICT DO NOTHING",
            self.into(),
            self.read(alias)
        )
    }

    /// What is known of them only when the statement is through.
    pub(crate) fn behind(&self) -> Vec<String> {
        let is_it = self.is_it();
        match self.does {
            Does::Updates => {
                let set = self
                    .numbers()
                    .map(|(number, own)| format!("n{number} = {ROW}.{own}"));
                vec![
                    format!(
                        "UPDATE {} AS {KEPT} SET {} FROM {} AS {ROW} WHERE {is_it}",
                        self.kept,
                        joined(set),
                        self.of
                    ),
                    format!(
                        "DELETE FROM {} AS {KEPT} WHERE NOT {}",
                        self.kept,
                        differ(&self.kept_values("o"), &self.kept_values("n"))
                    ),
                ]
            }
            // what a trigger has held back was not deleted
            Does::Deletes => vec![format!(
                "DELETE FROM {} AS {KEPT} USING {} AS {ROW} WHERE {is_it}",
                self.kept, self.of
            )],
            Does::Inserts => Vec::new(),
        }
    }

    /// An INSERT that also keeps what it adds.
    pub(crate) fn insert(&self, text: &str) -> String {
        let columns = joined(self.columns.iter());
        format!(
            "WITH segue_new AS ({text} RETURNING {columns}) INSERT INTO {} SELECT {columns} FROM segue_new",
            self.into()
        )
    }

    /// A batch of an UPDATE that keeps the old values. Rows are locked, as they are last, before they are written: `set` stands
    /// behind SET, `others` behind FROM.
    pub(crate) fn update(
        &self,
        (called, alias): (&str, &str),
        set: &str,
        others: Option<&str>,
        range_and_open: &str,
    ) -> String {
        let others = others
            .map(|others| format!(", {others}"))
            .unwrap_or_default();
        let olds: Vec<String> = (self
            .key
            .iter()
            .enumerate()
            .map(|(at, own)| format!("{alias}.{own} AS segue_k{}", at + 1)))
        .chain(
            self.numbers()
                .map(|(number, own)| format!("{alias}.{own} AS segue_o{number}")),
        )
        .collect();
        let kept: Vec<String> = (1..=self.key.len())
            .map(|number| format!("segue_old.segue_k{number}"))
            .chain(
                self.numbers()
                    .map(|(number, _)| format!("segue_old.segue_o{number}")),
            )
            .collect();
        // what it is called must not be what a column of the table is called
        let news = self
            .numbers()
            .map(|(number, own)| format!("{alias}.{own} AS segue_n{number}"));
        let again = self.numbers().map(|(number, _)| {
            format!("o{number} = excluded.o{number}, n{number} = excluded.n{number}")
        });
        format!(
            "WITH segue_old AS MATERIALIZED (SELECT {alias}.ctid AS segue_at, {} FROM ONLY {called}{others} WHERE {range_and_open} FOR UPDATE OF {alias}), \
             segue_new AS (UPDATE ONLY {called} SET {set} FROM segue_old{others} WHERE {range_and_open} AND {alias}.ctid = segue_old.segue_at \
             RETURNING {}, {}) \
             INSERT INTO {} SELECT * FROM segue_new ON CONFLICT ({}) DO UPDATE SET {}",
            olds.join(", "),
            kept.join(", "),
            joined(news),
            self.into(),
            self.kept_key().join(", "),
            joined(again)
        )
    }

    /// A batch of a DELETE that keeps the rows.
    pub(crate) fn delete(
        &self,
        (called, alias): (&str, &str),
        others: Option<&str>,
        range_and_open: &str,
    ) -> String {
        let using = others
            .map(|others| format!(" USING {others}"))
            .unwrap_or_default();
        let again = self
            .columns
            .iter()
            .map(|own| format!("{own} = excluded.{own}"));
        format!(
            "WITH segue_old AS (DELETE FROM ONLY {called}{using} WHERE {range_and_open} RETURNING {}) \
             INSERT INTO {} SELECT * FROM segue_old ON CONFLICT ({}) DO UPDATE SET {}",
            self.read(alias),
            self.into(),
            self.kept_key().join(", "),
            joined(again)
        )
    }

    /// What puts the rows back, in one transaction.
    pub(crate) fn undo(&self) -> Undo {
        Undo::transaction(vec![self.put_back("")])
    }

    /// What puts the rows back, in batches: by their places in the table that they are kept in.
    pub(crate) fn undo_in_batches(&self) -> Undo {
        let range = format!(" AND {KEPT}.ctid >= $1::tid AND {KEPT}.ctid < $2::tid");
        Undo::Actions(vec![Action::Batches(Batches {
            table: self.kept.clone(),
            before: Vec::new(),
            statement: self.put_back(&range),
            // nobody adds to what is kept: one look at each row is enough
            done: "SELECT true".to_owned(),
            left: None,
            pace: OwnPace::default(),
            compares: false,
        })])
    }

    /// Each row is put back that is still as the statement has left it.
    fn put_back(&self, range: &str) -> String {
        let (is_it, of, kept) = (self.is_it(), &self.of, &self.kept);
        match self.does {
            Does::Updates => {
                let set = self
                    .numbers()
                    .map(|(number, own)| format!("{own} = {KEPT}.o{number}"));
                let is_same = self.is_same("n");
                format!(
                    "UPDATE {of} AS {ROW} SET {} FROM {kept} AS {KEPT} WHERE {is_it} AND {is_same}{range}",
                    joined(set)
                )
            }
            Does::Deletes => {
                let columns = joined(self.columns.iter());
                format!(
                    "INSERT INTO {of} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {kept} AS {KEPT} WHERE true{range} ON CONFLICT DO NOTHING"
                )
            }
            Does::Inserts => {
                let is_same = self.is_same("");
                let named: String = self
                    .named_by
                    .iter()
                    .map(|one| format!(" AND NOT {one}"))
                    .collect();
                format!(
                    "DELETE FROM {of} AS {ROW} USING {kept} AS {KEPT} WHERE {is_it} AND {is_same}{named}{range}"
                )
            }
        }
    }

    fn others(&self) -> String {
        let names = joined(self.key.iter().map(Name::as_str));
        let key = joined(
            self.kept_key()
                .iter()
                .map(|place| format!("{KEPT}.{place}")),
        );
        let wanted = match self.does {
            Does::Updates => format!(
                "NOT EXISTS (SELECT FROM {} AS {ROW} WHERE {} AND {})",
                self.of,
                self.is_it(),
                self.is_same("o")
            ),
            Does::Deletes => format!(
                "NOT EXISTS (SELECT FROM {} AS {ROW} WHERE {} AND {})",
                self.of,
                self.is_it(),
                self.is_same("")
            ),
            Does::Inserts => format!(
                "EXISTS (SELECT FROM {} AS {ROW} WHERE {})",
                self.of,
                self.is_it()
            ),
        };
        format!(
            "SELECT {} || ' = ' || ROW({key})::pg_catalog.text FROM {} AS {KEPT} WHERE {wanted} LIMIT {}",
            render::literal(&names),
            self.kept,
            NAMED + 1
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

/// The columns that a row can be written with.
fn all_columns(schema: &Catalog, table: &QName) -> Vec<Name> {
    let known = schema.tables.get(table);
    let columns = known.into_iter().flat_map(|own| &own.columns);
    let written = columns.filter(|column| column.generated.is_none());
    written.map(|column| column.name.clone()).collect()
}

/// Sets of columns that are never NULL and never the same in two rows, the primary key first.
fn keys<'a>(
    schema: &'a Catalog,
    of: &'a QName,
    table: &'a Table,
) -> impl Iterator<Item = Vec<Name>> + 'a {
    let is_sure = |columns: &Vec<Name>| {
        let is_required = |name: &Name| {
            let own = table.column(name);
            own.is_some_and(|own| own.not_null.is_some())
        };
        !columns.is_empty() && columns.iter().all(is_required)
    };
    let primary = table.primary_key();
    let constraints = table.constraints.values();
    let unique = constraints.filter_map(|one| match &one.kind {
        ConstraintKind::Unique(key) if !key.without_overlaps => Some(key.columns.clone()),
        _ => None,
    });
    let indexes = schema.indexes.values().filter(|index| {
        index.table == *of && index.unique && index.valid && index.predicate.is_none()
    });
    let indexed = indexes.filter_map(|index| {
        let keys = index.keys.iter().map(|key| key.term.column().cloned());
        keys.collect::<Option<Vec<Name>>>()
    });
    let all = std::iter::once(primary.to_vec())
        .chain(unique)
        .chain(indexed);
    all.filter(is_sure)
}

/// Whether these are the same columns, in any order.
fn is_of(key: &[Name], wanted: &[Name]) -> bool {
    key.len() == wanted.len() && key.iter().all(|name| wanted.contains(name))
}

/// What is wrong with columns that rows are to be known by.
///
/// # Errors
/// One that is not there, may be NULL, or is not unique.
pub(crate) fn check_key(schema: &Catalog, of: &QName, wanted: &[Name]) -> Result<(), Problem> {
    let Some(table) = schema.tables.get(of) else {
        return Ok(());
    };
    for name in wanted {
        let Some(column) = table.column(name) else {
            let problem = Problem::new(format!("`key` names {name}, and {of} has no such column"));
            let names = table.columns.iter().map(|own| own.name.as_str());
            return Err(match nearest(name, names) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem,
            });
        };
        if column.not_null.is_none() {
            return Err(Problem::new(format!(
                "`key` names {name} of {of}, which may be NULL: rows cannot be known by it"
            ))
            .help("name columns of a primary key, or of a unique one that takes no NULL"));
        }
    }
    match keys(schema, of, table).any(|key| is_of(&key, wanted)) {
        true => Ok(()),
        false => {
            let names: Vec<&str> = wanted.iter().map(Name::as_str).collect();
            Err(Problem::new(format!(
                "`key` names {} of {of}, which no unique index covers: rows cannot be known by that",
                names.join(", ")
            ))
            .help("name columns of a primary key, or of a unique one that takes no NULL"))
        }
    }
}

/// The foreign keys that name rows of a table.
fn references<'a>(
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

fn goes_along(foreign: &ForeignKey) -> bool {
    matches!(
        foreign.on_delete,
        ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault
    )
}

fn joined<T: ToString>(parts: impl Iterator<Item = T>) -> String {
    let parts: Vec<String> = parts.map(|part| part.to_string()).collect();
    parts.join(", ")
}

fn conjunction(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    parts.join(" AND ")
}
