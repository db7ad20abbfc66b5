//! Rows that go through a program, and back into their table: page by page in the order of a key.
//!
//! Which program runs is said in the migration's folder, never in what is kept of a plan: a database must not be able to name a
//! program to whoever deploys.

use segue_catalog::{Name, QName, render::literal};
use serde::{Deserialize, Serialize};

use super::typed::Typed;

/// How many bytes of rows are held at once, beside the last row.
const PAGE_BYTES: u64 = 16 << 20;

/// The lists of answers before those of the key.
const FIXED: usize = 3;

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
    /// What keeps the rows as they were before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<KeptAnswers>,
}

/// What keeps rows as they were before answers are written, in the statement that writes them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct KeptAnswers {
    /// The table that they are kept in.
    pub table: QName,
    /// What is read of a row before it is written; nothing where it goes.
    pub before: String,
    /// What is read of it then.
    pub behind: String,
    /// What keeps that: it stands in `segue_new`.
    pub keep: String,
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
    /// A query for a page of rows: where each is and which transaction wrote it, the number of its table, its key as JSON, what the
    /// program is given of it as JSON, and behind that the columns of its key, each as text.
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
        let texts = self.key.iter().enumerate();
        let texts = texts.map(|(at, typed)| format!(", {of}.{}::text AS k{at}", typed.column));
        let names: String = (0..self.key.len()).map(|at| format!(", k{at}")).collect();
        let inner = format!(
            "SELECT {of}.ctid::text AS place, {of}.xmin::text AS version, {of}.tableoid::text AS relation, {key}::text AS key, \
             (SELECT row_to_json(segue_row) FROM ({row}) AS segue_row)::text AS row{} \
             FROM {from}{conditions} ORDER BY {}{limit}",
            texts.collect::<String>(),
            order.join(", ")
        );
        format!(
            "SELECT place, version, relation, key, row{names} FROM (SELECT *, sum(octet_length(row)) OVER \
             (ROWS UNBOUNDED PRECEDING) - octet_length(row) AS before FROM ({inner}) AS page) AS page WHERE before < {PAGE_BYTES}"
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

    /// A statement that writes answers. Lists of the same length, each as an array of texts, stand in the place of `$1` (where each row
    /// is), `$2` (which transaction wrote it), `$3` (the number of its table), and behind those in the place of the columns of the
    /// key and of what is written. Gives the numbers of those that are written, from 1: a row that somebody has changed since it was
    /// read is another version of it.
    pub fn write(&self) -> String {
        let sets: Vec<String> = (self.writes.iter().enumerate())
            .map(|(at, typed)| {
                format!(
                    "{} = {}",
                    typed.column,
                    typed.value(&format!("segue_answer.w{at}"))
                )
            })
            .collect();
        let (table, sets) = (&self.table, sets.join(", "));
        let (answers, same) = (self.answers(self.writes.len()), self.same());
        let Some(kept) = &self.kept else {
            return format!(
                "UPDATE {table} SET {sets} FROM {answers} WHERE {same} RETURNING segue_answer.n"
            );
        };
        let of = self.table.name.to_string();
        let KeptAnswers {
            before,
            behind,
            keep,
            ..
        } = kept;
        format!(
            "WITH segue_answer AS MATERIALIZED (SELECT * FROM {answers}), \
             segue_old AS MATERIALIZED (SELECT {of}.ctid AS segue_at, {of}.tableoid AS segue_in, {before} FROM {table}, segue_answer WHERE {same} FOR UPDATE OF {of}), \
             segue_new AS (UPDATE {table} SET {sets} FROM segue_answer, segue_old WHERE {same} AND {of}.ctid = segue_old.segue_at AND {of}.tableoid = segue_old.segue_in \
             RETURNING segue_answer.n AS segue_n, {behind}), \
             segue_kept AS ({keep}) SELECT segue_n FROM segue_new"
        )
    }

    /// The same, for rows that go: their numbers are negative.
    pub fn remove(&self) -> String {
        let (table, answers, same) = (&self.table, self.answers(0), self.same());
        match &self.kept {
            Some(KeptAnswers { behind, keep, .. }) if self.writes.is_empty() => format!(
                "WITH segue_answer AS MATERIALIZED (SELECT * FROM {answers}), \
                 segue_new AS (DELETE FROM {table} USING segue_answer WHERE {same} RETURNING -segue_answer.n AS segue_n, {behind}), \
                 segue_kept AS ({keep}) SELECT segue_n FROM segue_new"
            ),
            _ => format!(
                "DELETE FROM {table} USING {answers} WHERE {same} RETURNING -segue_answer.n"
            ),
        }
    }

    /// The answers, as rows.
    fn answers(&self, values: usize) -> String {
        let (mut lists, mut names) = (String::new(), String::new());
        for at in 0..self.key.len() {
            lists.push_str(&format!(", ${}::text[]", at + FIXED + 1));
            names.push_str(&format!(", k{at}"));
        }
        for at in 0..values {
            lists.push_str(&format!(", ${}::text[]", at + FIXED + 1 + self.key.len()));
            names.push_str(&format!(", w{at}"));
        }
        format!(
            "unnest($1::tid[], $2::text[], $3::oid[]{lists}) WITH ORDINALITY AS segue_answer(place, version, relation{names}, n)"
        )
    }

    /// Whether a row is the version that an answer is for.
    fn same(&self) -> String {
        let of = self.table.name.to_string();
        let same: Vec<String> = (self.key.iter().enumerate())
            .map(|(at, typed)| {
                format!(
                    "{of}.{} = segue_answer.k{at}::{}",
                    typed.column, typed.data_type
                )
            })
            .collect();
        format!(
            "{} AND {of}.ctid = segue_answer.place AND {of}.xmin::text = segue_answer.version \
             AND {of}.tableoid = segue_answer.relation",
            same.join(" AND ")
        )
    }

    /// A statement with its lists in their places, as literals.
    pub fn filled(&self, statement: &str, lists: &[String]) -> String {
        // from its end on: a list may have a text like a place in it
        let (head, tail) = statement.split_once("unnest(").unwrap_or((statement, ""));
        let (arguments, rest) = tail.split_once(") WITH ORDINALITY").unwrap_or((tail, ""));
        let filled: Vec<String> = (arguments.split(", ").zip(lists))
            .map(|(argument, list)| {
                let cast = argument.split_once("::").map_or("text[]", |(_, cast)| cast);
                format!("{}::{cast}", literal(list))
            })
            .collect();
        format!("{head}unnest({}) WITH ORDINALITY{rest}", filled.join(", "))
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
        format!("EXPLAIN (FORMAT JSON) SELECT FROM {}", self.to_be_done())
    }

    /// What counts them.
    pub fn count(&self) -> String {
        format!(
            "SELECT pg_catalog.count(*)::text FROM {}",
            self.to_be_done()
        )
    }

    /// The rows that are to be done, behind FROM.
    fn to_be_done(&self) -> String {
        let (from, _) = self.from();
        let condition = self.condition.as_ref();
        let condition = condition.map_or_else(String::new, |text| format!(" WHERE ({text}\n)"));
        format!("{from}{condition}")
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

#[cfg(test)]
#[path = "transform_tests.rs"]
mod tests;
