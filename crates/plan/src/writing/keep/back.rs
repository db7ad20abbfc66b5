//! What puts rows back that were kept.

use segue_catalog::{Name, QName, render};

use super::{Does, KEPT, Keeping, ROW, conjunction, differ, joined};
use crate::{Action, Batches, OwnPace, Undo, writing::NAMED};

/// What goes through the rows that are kept in a table, by their places there.
pub(in crate::writing) fn of_kept_rows(
    kept: QName,
    before: Vec<String>,
    statement: String,
) -> Action {
    Action::Batches(Batches {
        besides: None,
        table: kept,
        before,
        statement,
        // nobody adds to what is kept: one look at each row is enough
        done: "SELECT true".to_owned(),
        left: None,
        pace: OwnPace::default(),
        compares: false,
        found: None,
        copies: false,
    })
}

impl Keeping {
    /// What puts the rows back, in one transaction.
    pub(crate) fn undo(&self) -> Undo {
        Undo::transaction(vec![self.put_back("")])
    }

    /// What puts the rows back, in batches: by their places in the table that they are kept in.
    pub(crate) fn undo_in_batches(&self) -> Undo {
        let range = format!(" AND {KEPT}.ctid >= $1::tid AND {KEPT}.ctid < $2::tid");
        let statement = self.put_back(&range);
        Undo::Actions(vec![of_kept_rows(self.kept.clone(), Vec::new(), statement)])
    }

    /// The table, and what holds for those of its rows that are put back, as a condition in a query of it.
    pub(crate) fn put_back_rows(&self) -> (QName, String) {
        let (of, kept) = (&self.of, &self.kept);
        let pairs = self.key.iter().zip(self.kept_key());
        let is_it = conjunction(pairs.map(|(own, place)| format!("{of}.{own} = {KEPT}.{place}")));
        let own = joined(self.columns.iter().map(|own| format!("{of}.{own}")));
        let differs = differ(&own, &self.kept_values("n"));
        let condition =
            format!("EXISTS (SELECT FROM {kept} AS {KEPT} WHERE {is_it} AND NOT {differs})");
        (of.clone(), condition)
    }

    /// Each row is put back that is still as the statement has left it.
    fn put_back(&self, range: &str) -> String {
        let possible: String = self
            .possible
            .iter()
            .map(|one| format!(" AND {one}"))
            .collect();
        let (is_it, of, kept) = (self.is_it(), &self.of, &self.kept);
        match self.does {
            Does::Updates => {
                let set = self
                    .numbers()
                    .map(|(number, own)| format!("{own} = {KEPT}.o{number}"));
                let is_same = self.is_same("n");
                format!(
                    "UPDATE {of} AS {ROW} SET {} FROM {kept} AS {KEPT} WHERE {is_it} AND {is_same}{possible}{range}",
                    joined(set)
                )
            }
            Does::Deletes => {
                let columns = joined(self.columns.iter());
                format!(
                    "INSERT INTO {of} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {kept} AS {KEPT} WHERE true{possible}{range}{}",
                    self.unless_there
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

    /// What some of the rows were, and what they are.
    pub(super) fn sample(&self) -> String {
        let image = |values: &str| format!("ROW({values})::pg_catalog.text");
        let (before, after) = match self.does {
            Does::Updates => (image(&self.kept_values("o")), image(&self.kept_values("n"))),
            Does::Deletes => (image(&self.kept_values("")), "NULL".to_owned()),
            Does::Inserts => ("NULL".to_owned(), image(&self.kept_values(""))),
        };
        format!(
            "SELECT {}, {before}, {after} FROM {} AS {KEPT} LIMIT {NAMED}",
            self.name_of_row(),
            self.kept
        )
    }

    /// What a row that is kept is called.
    fn name_of_row(&self) -> String {
        let names = joined(self.key.iter().map(Name::as_str));
        let key = joined(
            self.kept_key()
                .iter()
                .map(|place| format!("{KEPT}.{place}")),
        );
        format!(
            "{} || ' = ' || ROW({key})::pg_catalog.text",
            render::literal(&names)
        )
    }

    pub(super) fn others(&self) -> String {
        let there = |also: &str| {
            let (of, is_it) = (&self.of, self.is_it());
            format!("EXISTS (SELECT FROM {of} AS {ROW} WHERE {is_it}{also})")
        };
        let wanted = match self.does {
            // one that is gone by now has nothing to be put back
            Does::Updates => there(&format!(" AND NOT ({})", self.is_same("o"))),
            Does::Deletes => format!("NOT {}", there(&format!(" AND {}", self.is_same("")))),
            Does::Inserts => there(""),
        };
        format!(
            "SELECT {} FROM {} AS {KEPT} WHERE {wanted} LIMIT {}",
            self.name_of_row(),
            self.kept,
            NAMED + 1
        )
    }
}
