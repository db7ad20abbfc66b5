//! Rows as SQL.

use segue_catalog::render::literal;

use super::{Batch, Cell, Counted, Link, Row};

impl Batch {
    /// One statement that puts rows of this batch into the table; identity columns get the values that the rows have.
    pub fn insert(&self, rows: &[Row]) -> String {
        let table = &self.table;
        if self.columns.is_empty() {
            let one = format!("INSERT INTO {table} DEFAULT VALUES");
            return vec![one; rows.len()].join("; ");
        }
        let columns: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
        let mut sql = format!(
            "INSERT INTO {table} ({}) OVERRIDING SYSTEM VALUE VALUES ",
            columns.join(", ")
        );
        for (number, row) in rows.iter().enumerate() {
            sql.push_str(if number == 0 { "(" } else { ", (" });
            for (number, cell) in row.cells.iter().enumerate() {
                if number > 0 {
                    sql.push_str(", ");
                }
                match cell {
                    Cell::Null => sql.push_str("NULL"),
                    Cell::Default => sql.push_str("DEFAULT"),
                    Cell::Text(text) => sql.push_str(&literal(text)),
                }
            }
            sql.push(')');
        }
        sql
    }
}

impl Link {
    /// The statement that sets it.
    pub fn update(&self) -> String {
        let each = |parts: &[(segue_catalog::Name, String)], between: &str| {
            let parts = parts
                .iter()
                .map(|(name, text)| format!("{name} = {}", literal(text)));
            parts.collect::<Vec<_>>().join(between)
        };
        format!(
            "UPDATE {} SET {} WHERE {}",
            self.table,
            each(&self.set, ", "),
            each(&self.key, " AND ")
        )
    }
}

impl Counted {
    /// The query that puts the sequence behind the values of the column, unless it is there already.
    pub fn set(&self) -> String {
        let (extreme, beyond) = if self.upwards {
            ("max", ">=")
        } else {
            ("min", "<=")
        };
        format!(
            "SELECT pg_catalog.setval({sequence}::pg_catalog.regclass, own.last) \
             FROM (SELECT pg_catalog.{extreme}({column})::bigint AS last FROM {table}) AS own, {name} AS now \
             WHERE own.last {beyond} now.last_value",
            sequence = literal(&self.sequence.to_string()),
            column = self.column,
            table = self.table,
            name = self.sequence,
        )
    }
}
