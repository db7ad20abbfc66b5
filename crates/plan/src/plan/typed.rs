//! Columns with their types, and how values are given to a server as texts.

use segue_catalog::Name;
use serde::{Deserialize, Serialize};

/// A column and its type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Typed {
    /// The column.
    pub column: Name,
    /// Its type, as SQL.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// What a value is to its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The text that the type's input reads.
    Plain,
    /// JSON, also where it is a text.
    Json,
    /// JSON under the name `v`, which the server makes a value of: of an array, a composite type, and all that is not known here.
    Record,
}

impl Typed {
    /// How its values are given to [`Transform::write`](super::Transform::write).
    pub fn form(&self) -> Form {
        match self.bare().as_str() {
            "json" | "jsonb" => Form::Json,
            bare if TEXTS.contains(&bare) || PLAIN.contains(&bare) => Form::Plain,
            _ => Form::Record,
        }
    }

    /// Its type without how long it may be.
    fn bare(&self) -> String {
        match (
            self.data_type.split_once('('),
            self.data_type.rsplit_once(')'),
        ) {
            (Some((name, _)), Some((_, rest))) => format!("{name}{rest}"),
            _ => self.data_type.clone(),
        }
    }

    /// A text as a value. To be assigned: what is too long is an error then, and would be cut by a cast.
    pub(super) fn value(&self, text: &str) -> String {
        let bare = self.bare();
        match self.form() {
            Form::Plain if TEXTS.contains(&bare.as_str()) => text.to_owned(),
            Form::Plain | Form::Json => format!("{text}::{bare}"),
            Form::Record => format!(
                "(SELECT v FROM json_to_record({text}::json) AS segue_value(v {}))",
                self.data_type
            ),
        }
    }
}

/// Types whose values are their texts.
const TEXTS: [&str; 3] = ["text", "character varying", "character"];

/// Types of which a cast without a length takes every value.
const PLAIN: [&str; 16] = [
    "bigint",
    "integer",
    "smallint",
    "numeric",
    "real",
    "double precision",
    "boolean",
    "date",
    "timestamp with time zone",
    "timestamp without time zone",
    "time with time zone",
    "time without time zone",
    "uuid",
    "bytea",
    "inet",
    "cidr",
];
