//! Rows that go through a program, and back into their table: page by page in the order of a key.
//!
//! Which program runs is said in the migration's folder, never in what is kept of a plan: a database must not be able to name a
//! program to whoever deploys.

use segue_catalog::{Name, QName, render::literal};
use serde::{Deserialize, Serialize};

/// How many bytes of rows are held at once, beside the last row.
const PAGE_BYTES: u64 = 16 << 20;

/// Rows that go through a program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Transform {
    /// The table that is written.
    pub table: QName,
    /// Its key: unique, and never null.
    pub key: Vec<Typed>,
    /// What the program is given of a row.
    pub reads: Reads,
    /// Which rows are still to be done; none: each row once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// What is written of an answer.
    pub writes: Vec<Typed>,
    /// The program and its arguments, for people.
    pub program: Vec<String>,
    /// How many rows it is given at once.
    pub rows: u32,
    /// How many of it run side by side.
    pub parallel: usize,
    /// Whether it may say that a row stays as it is.
    pub unchanged: bool,
    /// Whether it may say that a row goes.
    pub delete: bool,
    /// Whether a bad row stops the deploy.
    pub stops: bool,
}

/// A column and its type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Typed {
    /// The column.
    pub column: Name,
    /// Its type, as SQL.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// What the program is given of a row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// These columns of the table.
    Columns(Vec<Name>),
    /// What a query gives, the key's columns included.
    Query(String),
}

/// Which rows a page is of. Values of a key are texts, as the server prints them.
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    /// The next ones, in the order of the key.
    Next {
        /// Behind this key.
        after: Option<&'a [String]>,
        /// The first column of the key is more than this …
        above: Option<&'a str>,
        /// … and at most that.
        upto: Option<&'a str>,
        /// A query for the keys to pass over, as JSON in text; one column.
        but: Option<&'a str>,
        /// So many.
        most: u32,
    },
    /// Those of these keys.
    These(&'a [Vec<String>]),
}

impl Transform {
    /// A query for a page of rows: where each is and which transaction wrote it, the number of its table, its key as JSON, its key
    /// as a list of texts in JSON, and the line for the program.
    pub fn page(&self, rows: Rows<'_>) -> String {
        let (from, of) = self.from();
        let row = match &self.reads {
            Reads::Columns(columns) => {
                let columns: Vec<String> =
                    columns.iter().map(|name| format!("{of}.{name}")).collect();
                format!("SELECT {}", columns.join(", "))
            }
            Reads::Query(_) => "SELECT segue_read.*".to_owned(),
        };
        let key = self.key_as_json(&of);
        let texts: Vec<String> = self.of_key(|typed| format!("{of}.{}::text", typed.column));
        let mut conditions: Vec<String> = Vec::new();
        conditions.extend(self.condition.as_ref().map(|text| format!("({text}\n)")));
        conditions.extend(self.within(&of, &key, rows));
        let conditions = match conditions.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", conditions.join(" AND ")),
        };
        let order = self.of_key(|typed| format!("{of}.{}", typed.column));
        let limit = match rows {
            Rows::Next { most, .. } => format!(" LIMIT {most}"),
            Rows::These(_) => String::new(),
        };
        let inner = format!(
            "SELECT {of}.ctid::text AS place, {of}.xmin::text AS version, {of}.tableoid::text AS relation, \
             {key}::text AS key, json_build_array({})::text AS texts, \
             json_build_object('key', {key}, 'row', (SELECT row_to_json(segue_row) FROM ({row}) AS segue_row))::text AS line \
             FROM {from}{conditions} ORDER BY {}{limit}",
            texts.join(", "),
            order.join(", ")
        );
        format!(
            "SELECT place, version, relation, key, texts, line FROM (SELECT *, sum(octet_length(line)) OVER \
             (ROWS UNBOUNDED PRECEDING) - octet_length(line) AS before FROM ({inner}) AS page) AS page WHERE before < {PAGE_BYTES}"
        )
    }

    /// What is read from, and the name that the table has there.
    fn from(&self) -> (String, String) {
        let of = self.table.name.to_string();
        match &self.reads {
            Reads::Columns(_) => (self.table.to_string(), of),
            Reads::Query(query) => {
                let same = self.of_key(|typed| format!("segue_read.{0} = {of}.{0}", typed.column));
                let from = format!(
                    "({query}\n) AS segue_read JOIN {} ON {}",
                    self.table,
                    same.join(" AND ")
                );
                (from, of)
            }
        }
    }

    fn of_key(&self, text: impl Fn(&Typed) -> String) -> Vec<String> {
        self.key.iter().map(text).collect()
    }

    /// The key as the program is given it: its value, or a list of them.
    fn key_as_json(&self, of: &str) -> String {
        let columns = self.of_key(|typed| format!("{of}.{}", typed.column));
        match columns.as_slice() {
            [only] => format!("to_json({only})"),
            columns => format!("json_build_array({})", columns.join(", ")),
        }
    }

    fn within(&self, of: &str, key: &str, rows: Rows<'_>) -> Vec<String> {
        let columns = self
            .of_key(|typed| format!("{of}.{}", typed.column))
            .join(", ");
        let values = |texts: &[String]| {
            let values: Vec<String> = (self.key.iter().zip(texts))
                .map(|(typed, text)| format!("{}::{}", literal(text), typed.data_type))
                .collect();
            values.join(", ")
        };
        match rows {
            Rows::These(keys) => {
                let keys: Vec<String> = keys
                    .iter()
                    .map(|key| format!("({})", values(key)))
                    .collect();
                vec![format!("({columns}) IN ({})", keys.join(", "))]
            }
            Rows::Next {
                after,
                above,
                upto,
                but,
                ..
            } => {
                let first = &self.key[0];
                let edge = |sign: &str, text: &str| {
                    format!(
                        "{of}.{} {sign} {}::{}",
                        first.column,
                        literal(text),
                        first.data_type
                    )
                };
                let after = after.map(|after| format!("({columns}) > ({})", values(after)));
                let above = above
                    .filter(|_| after.is_none())
                    .map(|text| edge(">", text));
                let upto = upto.map(|text| edge("<=", text));
                let but = but.map(|query| format!("{key}::text NOT IN ({query})"));
                after
                    .into_iter()
                    .chain(above)
                    .chain(upto)
                    .chain(but)
                    .collect()
            }
        }
    }

    /// A statement that writes answers. `$1` is a list of them in JSON: the number of each, `place`, `version` and `relation` of the
    /// row, the texts of its key as `k0`, `k1` …, and the values as `w0`, `w1` …. Gives the numbers of those that are written: a row
    /// that somebody has changed since it was read is another version of it.
    pub fn write(&self) -> String {
        let sets: Vec<String> = (self.writes.iter().enumerate())
            .map(|(at, typed)| format!("{} = segue_answer.w{at}", typed.column))
            .collect();
        let values = self.writes.iter().enumerate();
        let values = values.map(|(at, typed)| format!(", w{at} {}", typed.data_type));
        format!(
            "UPDATE {} SET {} FROM {}",
            self.table,
            sets.join(", "),
            self.answers(&values.collect::<String>())
        )
    }

    /// The same, for rows that go.
    pub fn remove(&self) -> String {
        format!("DELETE FROM {} USING {}", self.table, self.answers(""))
    }

    fn answers(&self, values: &str) -> String {
        let of = self.table.name.to_string();
        let keys = self.key.iter().enumerate();
        let keys: String = keys
            .map(|(at, typed)| format!(", k{at} {}", typed.data_type))
            .collect();
        let same: Vec<String> = (self.key.iter().enumerate())
            .map(|(at, typed)| format!("{of}.{} = segue_answer.k{at}", typed.column))
            .collect();
        format!(
            "json_to_recordset($1) AS segue_answer(n int, place tid, version text, relation oid{keys}{values}) \
             WHERE {} AND {of}.ctid = segue_answer.place AND {of}.xmin::text = segue_answer.version \
             AND {of}.tableoid = segue_answer.relation RETURNING segue_answer.n",
            same.join(" AND ")
        )
    }

    /// A query for about how many rows the table has, as text.
    pub fn size(&self) -> String {
        format!(
            "SELECT reltuples::text FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass({})",
            literal(&self.table.to_string())
        )
    }

    /// What explains how many rows are to be done: a plan in JSON.
    pub fn estimate(&self) -> String {
        let (from, _) = self.from();
        let condition = self.condition.as_ref();
        let condition = condition.map_or_else(String::new, |text| format!(" WHERE ({text}\n)"));
        format!("EXPLAIN (FORMAT JSON) SELECT FROM {from}{condition}")
    }

    /// A query for the values of the key's first column that cut the table into so many parts, in order; from a share of its
    /// blocks, where that is given.
    pub fn edges(&self, parts: usize, share: Option<f64>) -> String {
        let fractions = (1..parts).map(|part| format!("{}", part as f64 / parts as f64));
        let sample = share.map(|share| {
            format!(
                " TABLESAMPLE SYSTEM ({:.4})",
                (share * 100.0).clamp(0.01, 100.0)
            )
        });
        format!(
            "SELECT unnest(percentile_disc(ARRAY[{}]::double precision[]) WITHIN GROUP (ORDER BY {}))::text FROM {}{}",
            fractions.collect::<Vec<_>>().join(", "),
            self.key[0].column,
            self.table,
            sample.unwrap_or_default()
        )
    }

    /// The statements for people: a page, and what writes the answers.
    pub(crate) fn statements(&self) -> [String; 2] {
        let first = Rows::Next {
            after: None,
            above: None,
            upto: None,
            but: None,
            most: self.rows,
        };
        let write = match self.writes.is_empty() {
            true => self.remove(),
            false => self.write(),
        };
        [self.page(first), write]
    }

    /// What is written, for people: `slug`, `slug and initials`.
    pub(crate) fn written(&self) -> String {
        let columns: Vec<&str> = self.writes.iter().map(|typed| &*typed.column).collect();
        match columns.split_last() {
            None => "nothing".to_owned(),
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        }
    }
}
