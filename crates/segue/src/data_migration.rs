//! Data migrations in Rust: rows that go through a function of the program that deploys.

use std::{collections::BTreeMap, sync::Arc};

use segue_engine::Function;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json, value::RawValue};

use crate::Migrator;

/// What a table's rows go through: one row in, what is to become of it out.
///
/// A migration declares it by name in its `transform.toml`, as it would a program: `function = "slugify"`. All that holds for
/// programs (`docs/transforms.md`) holds for it, but that it cannot be killed: a row that takes longer than `timeout` stops the
/// deploy, and its thread ends when it does.
///
/// ```
/// use segue::{DataMigration, Migrator, Outcome};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize)]
/// struct User {
///     name: String,
/// }
///
/// #[derive(Serialize)]
/// struct Slug {
///     slug: String,
/// }
///
/// struct Slugify;
///
/// impl DataMigration for Slugify {
///     type Row = User;
///     type Values = Slug;
///
///     fn row(&self, user: User) -> Outcome<Slug> {
///         match user.name.trim() {
///             "" => Outcome::Bad("it has no name".to_owned()),
///             name => Outcome::Write(Slug {
///                 slug: name.to_lowercase().replace(' ', "-"),
///             }),
///         }
///     }
/// }
///
/// let migrator = Migrator::new().function("slugify", Slugify);
/// # drop(migrator);
/// ```
pub trait DataMigration: Send + Sync + 'static {
    /// A row, with the columns of `select` as its fields.
    type Row: DeserializeOwned;
    /// What is written: the columns of `write` as its fields.
    type Values: Serialize;

    /// What becomes of a row. It is called from several threads at once where the migration says `parallel`.
    fn row(&self, row: Self::Row) -> Outcome<Self::Values>;
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<V> {
    /// These values are written.
    Write(V),
    /// It stays as it is; to be declared.
    Unchanged,
    /// It goes; to be declared.
    Delete,
    /// It cannot be done: why.
    Bad(String),
}

impl Migrator {
    /// What rows go through where a migration says `function = "name"`.
    #[must_use]
    pub fn function(mut self, name: impl Into<String>, of: impl DataMigration) -> Self {
        self.functions.insert(name, as_function(of));
        self
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    key: &'a RawValue,
    #[serde(borrow)]
    row: &'a RawValue,
}

fn as_function<D: DataMigration>(of: D) -> Function {
    Arc::new(move |line| answer(&of, line))
}

/// The line with the answer to a line.
fn answer<D: DataMigration>(of: &D, line: &str) -> String {
    let asked: Line<'_> = match serde_json::from_str(line) {
        Ok(asked) => asked,
        // it is segue's own
        Err(error) => return error.to_string(),
    };
    let outcome = match serde_json::from_str(asked.row.get()) {
        Ok(row) => of.row(row),
        Err(error) => Outcome::Bad(format!("the row is none of this type: {error}")),
    };
    let (name, said): (&str, Value) = match outcome {
        Outcome::Write(values) => match serde_json::value::to_raw_value(&values) {
            Ok(values) => return written(asked.key, &values),
            Err(error) => ("error", json!(format!("the values are no JSON: {error}"))),
        },
        Outcome::Unchanged => ("unchanged", json!(true)),
        Outcome::Delete => ("delete", json!(true)),
        Outcome::Bad(why) => ("error", json!(why)),
    };
    format!("{{\"key\":{},\"{name}\":{said}}}", asked.key.get())
}

fn written(key: &RawValue, values: &RawValue) -> String {
    let answer: BTreeMap<&str, &RawValue> = [("key", key), ("row", values)].into();
    serde_json::to_string(&answer).unwrap_or_else(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Row {
        n: i64,
    }

    #[derive(Serialize)]
    struct Values {
        n: String,
    }

    struct Halves;

    impl DataMigration for Halves {
        type Row = Row;
        type Values = Values;

        fn row(&self, Row { n }: Row) -> Outcome<Values> {
            match n {
                0 => Outcome::Unchanged,
                -1 => Outcome::Delete,
                n if n % 2 == 1 => Outcome::Bad(format!("{n} is \"odd\"")),
                n => Outcome::Write(Values {
                    n: (n / 2).to_string(),
                }),
            }
        }
    }

    #[test]
    fn a_row_becomes_a_line_that_names_its_key() {
        let cases = [
            (
                r#"{"key" : 9007199254740993, "row" : {"n":4}}"#,
                r#"{"key":9007199254740993,"row":{"n":"2"}}"#,
            ),
            (
                r#"{"key" : ["a", 1], "row" : {"n":0}}"#,
                r#"{"key":["a", 1],"unchanged":true}"#,
            ),
            (
                r#"{"key" : 1, "row" : {"n":-1}}"#,
                r#"{"key":1,"delete":true}"#,
            ),
            (
                r#"{"key" : 1, "row" : {"n":3}}"#,
                r#"{"key":1,"error":"3 is \"odd\""}"#,
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(answer(&Halves, line), expected);
        }
        let wrong = answer(&Halves, r#"{"key" : 1, "row" : {"n":"x"}}"#);
        assert!(
            wrong.starts_with(r#"{"key":1,"error":"the row is none of this type"#),
            "{wrong}"
        );
    }
}
