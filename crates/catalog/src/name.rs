//! Names of objects, as the server stores them.

use std::{
    borrow::Borrow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use squawk_syntax::quote;

/// The name of an object: folded to lower case unless it was quoted, and cut to what the server keeps.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Arc<str>);

// copies of a name share its text, and most that are compared are copies
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        match Arc::ptr_eq(&self.0, &other.0) {
            true => Ordering::Equal,
            false => self.0.cmp(&other.0),
        }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `NAMEDATALEN - 1`: how many bytes of a name the server keeps (sql-syntax-lexical.html, "Identifiers and Key Words").
pub const LONGEST_NAME: usize = 63;

impl Name {
    /// A name exactly as the server stores it.
    pub fn stored(name: impl AsRef<str>) -> Self {
        Self(Arc::from(name.as_ref()))
    }

    /// A name as it is written in SQL without quotes: ASCII letters are folded, and what is too long is cut.
    pub fn unquoted(written: &str) -> Self {
        Self::cut(&written.to_ascii_lowercase())
    }

    /// A name whose quotes are gone; what is too long is cut.
    pub fn quoted(inner: &str) -> Self {
        Self::cut(inner)
    }

    /// As the server cuts a name that is too long: at a character, not within one.
    fn cut(name: &str) -> Self {
        let mut end = name.len().min(LONGEST_NAME);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        Self(Arc::from(&name[..end]))
    }

    /// The name without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What PL/pgSQL reserves and SQL does not (pl_reserved_kwlist.h).
const RESERVED_BY_PLPGSQL: [&str; 9] = [
    "begin", "by", "declare", "execute", "foreach", "if", "loop", "strict", "while",
];

impl fmt::Display for Name {
    /// As SQL: quoted where it has to be, by the rule of the server's `quote_identifier` (ruleutils.c), so that names
    /// look as the server prints them. What is no unreserved keyword may stand wherever a name may. What only PL/pgSQL reserves is
    /// quoted too: there `NEW.begin` is no column.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.0.chars().all(plain) && !RESERVED_BY_PLPGSQL.contains(&&*self.0) {
            f.write_str(&quote::quote_quoted_ident(&self.0))
        } else {
            f.write_str(&quote::quote_ident_always(&self.0))
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self::stored(name)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::stored)
    }
}

/// A name with its schema.
#[derive(Clone, Eq, PartialOrd, Ord)]
pub struct QName {
    /// The schema.
    pub schema: Name,
    /// The object's own name.
    pub name: Name,
}

// the names are compared first: most are of the same schema
impl PartialEq for QName {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.schema == other.schema
    }
}

impl Hash for QName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.schema.hash(state);
    }
}

impl QName {
    /// A name in a schema.
    pub fn new(schema: impl Into<Name>, name: impl Into<Name>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }

    /// Another name in the same schema.
    #[must_use]
    pub fn sibling(&self, name: impl Into<Name>) -> Self {
        Self {
            schema: self.schema.clone(),
            name: name.into(),
        }
    }

    /// Reads a name as it is displayed: both parts, each in quotes where it has to be.
    fn from_sql(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let (part, behind) = first_part(rest)?;
            parts.push(part);
            if behind.is_empty() {
                break;
            }
            rest = behind.strip_prefix('.')?;
        }
        let [schema, name] = <[Name; 2]>::try_from(parts).ok()?;
        Some(Self { schema, name })
    }

    /// Whether it is one of the server's own: `pg_catalog` or `information_schema`.
    pub fn is_system(&self) -> bool {
        self.schema == "pg_catalog" || self.schema == "information_schema"
    }
}

/// The first part of a name with dots, and what is behind it.
fn first_part(text: &str) -> Option<(Name, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        return Some((Name::stored(&text[..end]), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        let Some(behind) = rest.strip_prefix('"') else {
            return Some((Name::stored(&name), rest));
        };
        name.push('"');
        rest = behind;
    }
}

impl fmt::Display for QName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

impl fmt::Debug for QName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for QName {
    /// As SQL, so that it can be the key of a JSON object.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for QName {
    /// What [`Serialize`] has written.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_sql(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is not the name of an object with its schema"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_cut_as_the_server_does() {
        assert_eq!(Name::unquoted("Users").as_str(), "users");
        assert_eq!(Name::quoted("Users").as_str(), "Users");
        assert_eq!(Name::unquoted("ŽLUŤ").as_str(), "ŽluŤ");
        let long = format!("{}ž", "a".repeat(62));
        assert_eq!(Name::quoted(&long).as_str(), "a".repeat(62));
    }

    #[test]
    fn a_name_with_its_schema_is_read_as_it_was_written() {
        for (schema, name) in [("public", "users"), ("a.b", "c\"d"), ("Ä", ""), ("\"", ".")] {
            let name = QName::new(schema, name);
            let text = serde_json::to_string(&name).expect("it is JSON");
            assert_eq!(
                serde_json::from_str::<QName>(&text).expect("it is JSON"),
                name,
                "{text}"
            );
        }
        for wrong in ["users", "a.b.c", "\"a.b", "\"a\"b.c"] {
            assert_eq!(QName::from_sql(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_are_quoted_where_they_have_to_be() {
        assert_eq!(Name::stored("users").to_string(), "users");
        assert_eq!(Name::stored("Users").to_string(), "\"Users\"");
        assert_eq!(Name::stored("order").to_string(), "\"order\"");
        assert_eq!(Name::stored("a\"b").to_string(), "\"a\"\"b\"");
        assert_eq!(Name::stored("a$1").to_string(), "\"a$1\"");
        assert_eq!(Name::stored("é").to_string(), "\"é\"");
        assert_eq!(Name::stored("1st").to_string(), "\"1st\"");
        assert_eq!(Name::stored("").to_string(), "\"\"");
    }

    #[test]
    fn keywords_are_quoted_unless_they_are_unreserved() {
        for bare in [
            "value",
            "name",
            "type",
            "data",
            "position_",
            "key",
            "role",
            "text",
        ] {
            assert_eq!(Name::stored(bare).to_string(), bare);
        }
        for quoted in [
            "values",
            "position",
            "user",
            "left",
            "between",
            "timestamp",
            "setof",
            "none",
            "begin",
            "strict",
        ] {
            assert_eq!(Name::stored(quoted).to_string(), format!("\"{quoted}\""));
        }
    }
}
