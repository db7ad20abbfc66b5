//! What keeps rows while a statement writes them.

use super::{Does, KEPT, Keeping, ROW, joined};
use crate::{KeptAnswers, writing::image::differ};

impl Keeping {
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
        format!(
            "WITH segue_old AS MATERIALIZED (SELECT {alias}.ctid AS segue_at, {} FROM ONLY {called}{others} WHERE {range_and_open} FOR UPDATE OF {alias}), \
             segue_new AS (UPDATE ONLY {called} SET {set} FROM segue_old{others} WHERE {range_and_open} AND {alias}.ctid = segue_old.segue_at \
             RETURNING {}) \
             INSERT INTO {} SELECT * FROM segue_new {}",
            self.old(alias),
            self.old_and_new(alias),
            self.into(),
            self.again()
        )
    }

    /// The old values of a row of the table, called so. What they are called must not be what a column of the table is called.
    fn old(&self, alias: &str) -> String {
        let keys = self.key.iter().enumerate();
        let keys = keys.map(|(at, own)| format!("{alias}.{own} AS segue_k{}", at + 1));
        let olds = self.numbers();
        let olds = olds.map(|(number, own)| format!("{alias}.{own} AS segue_o{number}"));
        joined(keys.chain(olds))
    }

    /// The old values, which are read, and the new ones of a row of the table, called so.
    fn old_and_new(&self, alias: &str) -> String {
        let keys = (1..=self.key.len()).map(|number| format!("segue_old.segue_k{number}"));
        let olds = self.numbers();
        let olds = olds.map(|(number, _)| format!("segue_old.segue_o{number}"));
        let news = self.numbers();
        let news = news.map(|(number, own)| format!("{alias}.{own} AS segue_n{number}"));
        joined(keys.chain(olds).chain(news))
    }

    /// What becomes of a row that is kept already.
    fn again(&self) -> String {
        let set: Vec<String> = match self.does {
            Does::Updates => (self.numbers())
                .map(|(number, _)| {
                    format!("o{number} = excluded.o{number}, n{number} = excluded.n{number}")
                })
                .collect(),
            Does::Deletes | Does::Inserts => (self.columns.iter())
                .map(|own| format!("{own} = excluded.{own}"))
                .collect(),
        };
        let key = self.kept_key().join(", ");
        format!("ON CONFLICT ({key}) DO UPDATE SET {}", set.join(", "))
    }

    /// What keeps rows in a statement that writes the answers of a program, or deletes rows by them.
    pub(crate) fn answers(&self) -> KeptAnswers {
        let (of, into, again) = (self.of.name.to_string(), self.into(), self.again());
        let kept =
            |names: String| format!("INSERT INTO {into} SELECT {names} FROM segue_new {again}");
        let table = self.kept.clone();
        match self.does {
            Does::Updates => {
                let keys = (1..=self.key.len()).map(|number| format!("segue_k{number}"));
                let olds = self.numbers().map(|(number, _)| format!("segue_o{number}"));
                let news = self.numbers().map(|(number, _)| format!("segue_n{number}"));
                KeptAnswers {
                    table,
                    before: self.old(&of),
                    behind: self.old_and_new(&of),
                    keep: kept(joined(keys.chain(olds).chain(news))),
                }
            }
            Does::Deletes | Does::Inserts => KeptAnswers {
                table,
                before: String::new(),
                behind: joined(
                    self.numbers()
                        .map(|(number, own)| format!("{of}.{own} AS segue_o{number}")),
                ),
                keep: kept(joined(
                    self.numbers().map(|(number, _)| format!("segue_o{number}")),
                )),
            },
        }
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
        format!(
            "WITH segue_old AS (DELETE FROM ONLY {called}{using} WHERE {range_and_open} RETURNING {}) \
             INSERT INTO {} SELECT * FROM segue_old {}",
            self.read(alias),
            self.into(),
            self.again()
        )
    }
}
