//! The type of a column, an argument, a domain: which type, with its modifiers, an array of it or not.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::QName;

mod printed;

/// A type as it is used. Types of the server itself are named as `format_type` prints them
/// (`character varying`, not `varchar`), in the schema `pg_catalog`.
///
/// The number of an array's dimensions is not kept: the server ignores it (arrays.html).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataType {
    /// The type, or the elements' type.
    pub name: QName,
    /// What stands in parentheses, without them: `255`, `10,2`; of an interval also its fields: `day to second(3)`.
    pub modifier: Option<Box<str>>,
    /// Whether it is an array of these.
    pub array: bool,
}

/// The numbers of the server's own, each of which becomes those behind it by itself (`pg_cast`, `castcontext` "i").
pub const NUMBERS: &[&str] = &[
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
];

impl DataType {
    /// A type of the server's own, by the name that `format_type` prints.
    pub fn builtin(name: &str) -> Self {
        Self {
            name: QName::new("pg_catalog", name),
            modifier: None,
            array: false,
        }
    }

    /// A type by its name.
    pub fn named(name: QName) -> Self {
        Self {
            name,
            modifier: None,
            array: false,
        }
    }

    /// The same type with a modifier.
    #[must_use]
    pub fn with_modifier(mut self, modifier: &str) -> Self {
        self.modifier = Some(modifier.into());
        self
    }

    /// An array of this type.
    #[must_use]
    pub fn array_of(mut self) -> Self {
        self.array = true;
        self
    }

    /// Whether it is this type of the server's own, whatever its modifier; not an array of it.
    pub fn is(&self, builtin: &str) -> bool {
        !self.array && self.name.schema == "pg_catalog" && self.name.name == builtin
    }

    /// Whether it is one of the server's own types, or an array of one.
    pub fn is_builtin(&self) -> bool {
        self.name.schema == "pg_catalog"
    }
}

impl From<&str> for DataType {
    /// A type of the server's own.
    fn from(name: &str) -> Self {
        Self::builtin(name)
    }
}

impl fmt::Display for DataType {
    /// As `format_type` prints it under an empty `search_path`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)?;
        if self.array {
            f.write_str("[]")
        } else {
            Ok(())
        }
    }
}

impl DataType {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_builtin() {
            write!(f, "{}", self.name)?;
            return match &self.modifier {
                Some(modifier) => write!(f, "({modifier})"),
                None => Ok(()),
            };
        }
        let name = self.name.name.as_str();
        match (&self.modifier, name.split_once(' ')) {
            // time zones stand behind the modifier
            (Some(modifier), Some((first, rest @ ("with time zone" | "without time zone")))) => {
                write!(f, "{first}({modifier}) {rest}")
            }
            (Some(modifier), _)
                if name == "interval" && !modifier.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                write!(f, "interval {modifier}")
            }
            (Some(modifier), _) => write!(f, "{}({modifier})", builtin_as_sql(name)),
            (None, _) => f.write_str(&builtin_as_sql(name)),
        }
    }
}

/// A built-in name as `format_type` prints it: `"char"` and `"any"` have to be quoted.
fn builtin_as_sql(name: &str) -> std::borrow::Cow<'_, str> {
    if matches!(name, "char" | "any") {
        format!("\"{name}\"").into()
    } else {
        name.into()
    }
}

impl Serialize for DataType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_printed_as_format_type_prints_them() {
        let stamp = DataType::builtin("timestamp without time zone").with_modifier("3");
        assert_eq!(stamp.to_string(), "timestamp(3) without time zone");
        let text = DataType::builtin("character varying")
            .with_modifier("255")
            .array_of();
        assert_eq!(text.to_string(), "character varying(255)[]");
        let mood = DataType::named(QName::new("app", "Mood")).array_of();
        assert_eq!(mood.to_string(), "app.\"Mood\"[]");
        let interval = DataType::builtin("interval").with_modifier("day to second(3)");
        assert_eq!(interval.to_string(), "interval day to second(3)");
        assert_eq!(
            DataType::builtin("interval").with_modifier("3").to_string(),
            "interval(3)"
        );
    }
}
