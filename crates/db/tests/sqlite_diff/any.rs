//! Schemas that chance makes: whatever becomes of what, nothing is left over and no row is lost.

use segue_catalog::sqlite::{
    Catalog, ConstraintKind, diff,
    diff::{Frame, Options},
};

use super::databases::{carry_out, database, schema, with_rows};

/// Chance that can be repeated: every choice has a name. The second schema chooses again in one case of five.
struct Chance {
    seed: u64,
    is_second: bool,
}

impl Chance {
    fn hash(&self, salt: u64, name: &str) -> u64 {
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ self.seed.wrapping_mul(0x9e37_79b9) ^ salt;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash ^ (hash >> 29)
    }

    fn number(&self, name: &str) -> u64 {
        let is_again = self.is_second && self.hash(77, name).is_multiple_of(5);
        self.hash(if is_again { 5555 } else { 1 }, name)
    }

    /// Whether, once in so many cases.
    fn once_in(&self, cases: u64, name: &str) -> bool {
        self.number(name).is_multiple_of(cases)
    }

    fn one_of<'a>(&self, all: &[&'a str], name: &str) -> &'a str {
        let place = self.number(name) % all.len() as u64;
        all[place as usize]
    }

    fn tables(&self) -> Vec<String> {
        let names = (0..4).map(|number| format!("t{number}"));
        names
            .filter(|name| !self.once_in(6, &format!("{name} is missing")))
            .collect()
    }

    fn columns(&self, table: &str) -> Vec<String> {
        let names = (0..5).map(|number| format!("c{number}"));
        let mut names: Vec<String> = names
            .filter(|name| !self.once_in(3, &format!("{table}.{name} is missing")))
            .collect();
        if self.once_in(4, &format!("{table} in another order")) {
            names.reverse();
        }
        names
    }

    fn column(&self, table: &str, column: &str, others: &[String]) -> String {
        let at = |what: &str| format!("{table}.{column} {what}");
        let mut kind = self.one_of(&["INT", "TEXT", "", "VARCHAR (9)", "blob"], &at("type"));
        let more = match self.number(&at("kind")) % 8 {
            0 => {
                kind = "INT";
                let parent = &others[(self.number(&at("parent")) % others.len() as u64) as usize];
                let then = self.one_of(
                    &["CASCADE", "SET NULL", "RESTRICT", "NO ACTION"],
                    &at("then"),
                );
                format!("REFERENCES {parent} ON DELETE {then}")
            }
            1 => self
                .one_of(&["UNIQUE", "UNIQUE COLLATE nocase"], &at("key"))
                .to_owned(),
            2 => self
                .one_of(&["AS (id + 1)", "AS (id + 2) STORED"], &at("sum"))
                .to_owned(),
            3 => format!(
                "CHECK ({column} <> {})",
                self.one_of(&["99", "'no'", "\"no\""], &at("check"))
            ),
            4 => {
                let default = self.one_of(
                    &["0", "'it''s'", "CURRENT_TIMESTAMP", "(abs(-1))"],
                    &at("default"),
                );
                let not_null = self.one_of(&["", "NOT NULL"], &at("null"));
                format!("DEFAULT {default} {not_null}")
            }
            5 if self.once_in(3, &at("null")) => "NOT NULL".to_owned(),
            _ => String::new(),
        };
        format!("{column} {kind} {more}")
    }

    fn table(&self, table: &str, others: &[String]) -> String {
        let at = |what: &str| format!("{table} {what}");
        let keys = [
            "INTEGER PRIMARY KEY",
            "INTEGER PRIMARY KEY AUTOINCREMENT",
            "INT PRIMARY KEY",
            "INTEGER PRIMARY KEY",
        ];
        let key = self.one_of(&keys, &at("key"));
        let mut parts = vec![format!("id {key}")];
        let columns = self.columns(table);
        parts.extend(
            columns
                .iter()
                .map(|column| self.column(table, column, others)),
        );
        if let Some(column) = columns.first() {
            if self.once_in(4, &at("check")) {
                parts.push(format!("CONSTRAINT k CHECK ({table}.{column} <> 98)"));
            }
            if self.once_in(5, &at("unique")) {
                parts.push(format!("UNIQUE (id, {column})"));
            }
            if self.once_in(5, &at("foreign key")) {
                parts.push(format!(
                    "FOREIGN KEY (id) REFERENCES {} ON DELETE CASCADE",
                    others[0]
                ));
            }
        }
        let is_plain = key.contains("AUTOINCREMENT") || !self.once_in(4, &at("rowid"));
        let end = if is_plain { "" } else { "WITHOUT ROWID" };
        format!("CREATE TABLE {table} ({}) {end};\n", parts.join(", "))
    }

    /// What hangs on a table.
    fn attached(&self, table: &str) -> String {
        let mut all = String::new();
        let at = |what: &str| format!("{table} {what}");
        for column in self.columns(table) {
            if self.once_in(4, &at(&column)) {
                let index = [
                    "({c})",
                    "({c} DESC, id)",
                    "(id) WHERE {c} > 5",
                    "(lower({c}))",
                ];
                let keys = self
                    .one_of(&index, &at(&format!("{column} keys")))
                    .replace("{c}", &column);
                all += &format!("CREATE INDEX i_{table}_{column} ON {table} {keys};\n");
            }
        }
        if self.once_in(2, &at("view")) {
            let columns = self.columns(table);
            let column = columns.last().map_or("id", String::as_str);
            all += &format!("CREATE VIEW v_{table} AS SELECT id, {column} AS x FROM {table};\n");
            if self.once_in(2, &at("view of view")) {
                all += &format!("CREATE VIEW w_{table} AS SELECT id, \"it's\" FROM v_{table};\n");
                all += &format!(
                    "CREATE TRIGGER g_w_{table} INSTEAD OF INSERT ON w_{table} BEGIN DELETE FROM {table}; END;\n"
                );
            }
        }
        if self.once_in(2, &at("trigger")) {
            let event = self.one_of(&["INSERT", "DELETE"], &at("event"));
            all += &format!(
                "CREATE TRIGGER g_{table} AFTER {event} ON {table} BEGIN UPDATE {table} SET id = id WHERE id = 99; END;\n"
            );
        }
        all
    }

    fn schema(&self) -> String {
        let tables = self.tables();
        let mut all = String::new();
        for table in &tables {
            all += &self.table(table, &tables);
        }
        for table in &tables {
            all += &self.attached(table);
        }
        all
    }
}

/// Whether rows may have nothing that a foreign key asks for.
fn has_new_keys(from: &Catalog, to: &Catalog) -> bool {
    to.tables.iter().any(|(name, table)| {
        let before = from.tables.get(name);
        table
            .constraints
            .iter()
            .any(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey(key) => {
                    let is_new = before.is_none_or(|table| !table.constraints.contains(constraint));
                    is_new || !from.tables.contains_key(&key.table)
                }
                _ => false,
            })
    })
}

/// Rows stay where they can: a new column that needs a value cannot have one.
async fn becomes(from: &Catalog, to: &Catalog, options: &Options, frame: Frame) -> bool {
    let found = diff(from, to, options);
    let needs_values = found.changes.iter().any(|change| !change.notes.is_empty());
    let needs_values = needs_values || has_new_keys(from, to);
    let session = if needs_values {
        database(&segue_catalog::sqlite::sql(from)).await
    } else {
        with_rows(from).await
    };
    carry_out(&session, to, options, frame).await;
    session.close().await;
    !needs_values
}

#[tokio::test]
async fn whatever_becomes_of_what_no_row_is_lost() {
    let (first, number) = match std::env::var("SEGUE_SQLITE_SEEDS") {
        Ok(seeds) => {
            let (first, number) = seeds.split_once('+').expect("FIRST+NUMBER");
            (
                first.parse().expect("a number"),
                number.parse().expect("a number"),
            )
        }
        Err(_) => (0, 60),
    };
    let mut with_rows = 0;
    for seed in first..first + number {
        let of = |is_second| Chance { seed, is_second }.schema();
        let (from, to) = (schema(&of(false)).await, schema(&of(true)).await);
        println!("seed {seed}\n{}\n→\n{}", of(false), of(true));
        for (column_order, frame) in [(false, Frame::Script), (true, Frame::Within)] {
            let options = Options {
                column_order,
                ..Options::default()
            };
            with_rows += u64::from(becomes(&from, &to, &options, frame).await);
            becomes(&to, &from, &options, frame).await;
        }
    }
    assert!(with_rows > number / 2, "{with_rows} of {number} had rows");
}
