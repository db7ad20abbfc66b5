//! What fills one of two tables from the other one, and what compares them.

use segue_catalog::Catalog;

use super::{
    super::{NAMED, differ, named_row, own_writes},
    Carried, PART, Paired, Pairing, WHOLE, listed,
};
use crate::{Batches, OwnPace};

/// How what the other table should have is called.
const OUGHT: &str = "segue_ought";

impl Pairing {
    /// Fills the target. Rows of the source are held meanwhile, so that none of them changes between being read and being
    /// written; the triggers are passed over.
    pub(crate) fn fill(&self) -> Batches {
        let (statement, done) = match self.kind {
            Paired::Rows | Paired::MovedOut => self.moves_out(),
            Paired::MovedIn => self.moves_in(),
        };
        Batches {
            table: self.source().table.clone(),
            besides: None,
            before: vec![own_writes(&self.target().table)],
            statement,
            done,
            left: None,
            pace: OwnPace::default(),
            compares: false,
            found: None,
            copies: false,
        }
    }

    fn moves_out(&self) -> (String, String) {
        let (whole, alias) = (self.whole.called(), &self.whole.alias);
        // a row that is about to lose what the condition asks for must not get its counterpart behind that
        let hold = match self.condition {
            Some(_) => "SHARE",
            None => "KEY SHARE",
        };
        let part = &self.part.table;
        let open = self.having_part(format!(
            "NOT EXISTS (SELECT FROM {part} AS {PART} WHERE {})",
            self.is_part_of(alias)
        ));
        let from = format!(
            "ONLY {whole} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND {open} FOR {hold} OF {alias}"
        );
        let key: Vec<String> = self.part_key.iter().map(ToString::to_string).collect();
        let behind = format!("ON CONFLICT ({}) DO NOTHING", key.join(", "));
        (
            self.insert_part(&from, &behind),
            format!("SELECT NOT EXISTS (SELECT FROM ONLY {whole} WHERE {open})"),
        )
    }

    fn moves_in(&self) -> (String, String) {
        let (part, alias) = (self.part.called(), &self.part.alias);
        let (table, carried) = (&self.whole.table, &self.whole.columns);
        let keys = self.key.iter().map(|key| format!("{alias}.{0}", key.part));
        let values = carried
            .iter()
            .map(|own| format!("{} AS {}", own.typed(), own.column));
        let ought = keys.chain(values).collect::<Vec<_>>().join(", ");
        let set: Vec<String> = carried
            .iter()
            .map(|own| format!("{0} = {OUGHT}.{0}", own.column))
            .collect();
        let open = format!(
            "{} AND {}",
            self.is_whole_of(OUGHT),
            differ(&listed(carried, WHOLE), &listed(carried, OUGHT))
        );
        (
            format!(
                "WITH {OUGHT} AS MATERIALIZED (SELECT {ought} FROM ONLY {part} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid FOR SHARE) UPDATE {table} AS {WHOLE} SET {} FROM {OUGHT} WHERE {open}",
                set.join(", ")
            ),
            format!(
                "SELECT NOT EXISTS (SELECT FROM (SELECT {ought} FROM ONLY {part}) AS {OUGHT} JOIN {table} AS {WHOLE} ON {open})"
            ),
        )
    }

    /// What names the rows that the part cannot hold, where going back would lose what is in them.
    pub(crate) fn unheld_rows(&self, schema: &Catalog) -> Option<String> {
        let unheld = self.unheld.as_deref()?;
        let row = named_row(schema, &self.whole.table);
        Some(format!(
            "SELECT {row} FROM {} WHERE {unheld} LIMIT {NAMED}",
            self.whole.called()
        ))
    }

    /// What names the rows in which the two tables are not the same, and what it says of them.
    pub(crate) fn compared(&self, schema: &Catalog) -> Vec<(String, Batches)> {
        let (whole, part) = (&self.whole.table, &self.part.table);
        let mut all = vec![(
            format!("compare every row of {whole} with {part}"),
            Batches::comparing(whole.clone(), self.whole_differs(schema)),
        )];
        if self.kind == Paired::Rows {
            let alias = &self.part.alias;
            let row = named_row(schema, part);
            let mut of_this = vec![format!(
                "{alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid"
            )];
            let marks = self.marks.iter();
            of_this.extend(marks.map(|mark| format!("{alias}.{} = {}", mark.column, mark.typed())));
            of_this.push(format!(
                "NOT EXISTS (SELECT FROM {whole} AS {WHOLE} WHERE {})",
                self.is_whole_of(alias)
            ));
            let statement = format!(
                "SELECT {row} FROM ONLY {} WHERE {} LIMIT {NAMED}",
                self.part.called(),
                of_this.join(" AND ")
            );
            let title = format!("compare every row of {part} with {whole}");
            all.push((title, Batches::comparing(part.clone(), statement)));
        }
        all
    }

    /// A row of the whole differs where neither is what the other one gives: a conversion may lose something. One without
    /// a counterpart may have nothing in what moves.
    fn whole_differs(&self, schema: &Catalog) -> String {
        let (whole, alias) = (&self.whole, &self.whole.alias);
        let row = named_row(schema, &whole.table);
        let of_part = self.part.columns.iter();
        let of_part = of_part.map(|own| format!("{} AS {}", own.typed(), own.column));
        let has = self.condition.as_deref().unwrap_or("true");
        let has = std::iter::once(format!("{has} AS segue_has"));
        let ought: Vec<String> = of_part.chain(has).collect();
        let none = match self.kind {
            Paired::Rows => format!("{OUGHT}.segue_has"),
            Paired::MovedOut | Paired::MovedIn => {
                let empty = whole.columns.iter().map(Carried::nothing);
                let empty = empty.collect::<Vec<_>>().join(", ");
                format!(
                    "{OUGHT}.segue_has AND {}",
                    differ(&listed(&whole.columns, alias), &empty)
                )
            }
        };
        let forth = differ(
            &listed(&self.part.columns, PART),
            &listed(&self.part.columns, OUGHT),
        );
        let given = whole.columns.iter().map(|own| {
            let (value, part) = (own.typed(), &self.part.alias);
            format!("(SELECT {value} FROM (SELECT {PART}.*) AS {part})")
        });
        let given = given.collect::<Vec<_>>().join(", ");
        let back = differ(&listed(&whole.columns, alias), &given);
        let key = self.key.first().map(|key| key.part.to_string());
        let key = key.unwrap_or_default();
        format!(
            "SELECT {row} FROM ONLY {} WHERE {alias}.ctid >= $1::tid AND {alias}.ctid < $2::tid AND (SELECT CASE WHEN {PART}.{key} IS NULL THEN {none} ELSE {forth} AND {back} END FROM (SELECT {}) AS {OUGHT} LEFT JOIN {} AS {PART} ON {}) LIMIT {NAMED}",
            whole.called(),
            ought.join(", "),
            self.part.table,
            self.is_part_of(alias)
        )
    }
}
