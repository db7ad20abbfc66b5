//! Types as `format_type` prints them under an empty `search_path` (src/backend/utils/adt/format_type.c): the
//! server's own without a schema, all others with theirs.

use crate::{DataType, Name, QName};

impl DataType {
    /// Reads what `format_type` prints; `None` where that is no type.
    pub fn printed(text: &str) -> Option<Self> {
        let mut element = text.trim();
        let mut array = false;
        while let Some(rest) = element.strip_suffix("[]") {
            (element, array) = (rest, true);
        }
        let (first, rest) = identifier(element)?;
        let data_type = match rest.strip_prefix('.') {
            Some(rest) => qualified(first, rest)?,
            None if element.starts_with('"') => with_modifier("pg_catalog".into(), first, rest)?,
            None => builtin(element),
        };
        Some(Self { array, ..data_type })
    }
}

/// `name` or `name(modifier)`, behind the schema and its dot.
fn qualified(schema: Name, text: &str) -> Option<DataType> {
    let (name, rest) = identifier(text)?;
    with_modifier(schema, name, rest)
}

fn with_modifier(schema: Name, name: Name, rest: &str) -> Option<DataType> {
    let found = DataType::named(QName::new(schema, name));
    if rest.is_empty() {
        return Some(found);
    }
    let modifier = rest.strip_prefix('(')?.strip_suffix(')')?;
    Some(found.with_modifier(modifier))
}

/// One of the server's own: several words, the modifier perhaps between them.
fn builtin(text: &str) -> DataType {
    if let Some(fields) = text.strip_prefix("interval ") {
        return DataType::builtin("interval").with_modifier(fields);
    }
    let parts = text
        .split_once('(')
        .and_then(|(name, rest)| Some((name, rest.split_once(')')?)));
    match parts {
        Some((name, (modifier, rest))) => {
            DataType::builtin(&format!("{name}{rest}")).with_modifier(modifier)
        }
        None => DataType::builtin(text),
    }
}

/// The identifier that a text begins with, and what follows it.
fn identifier(text: &str) -> Option<(Name, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
            .unwrap_or(text.len());
        return (end > 0).then(|| (Name::stored(&text[..end]), &text[end..]));
    };
    let mut from = 0;
    loop {
        let end = from + quoted[from..].find('"')?;
        let rest = &quoted[end + 1..];
        if !rest.starts_with('"') {
            return Some((Name::stored(quoted[..end].replace("\"\"", "\"")), rest));
        }
        from = end + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_and_printed_the_same() {
        for text in [
            "integer",
            "double precision",
            "character varying(255)",
            "numeric(10,2)[]",
            "timestamp(3) without time zone",
            "time with time zone",
            "interval",
            "interval(3)",
            "interval day to second(3)[]",
            "bit varying(7)",
            "\"char\"",
            "app.mood",
            "app.\"Mood\"[]",
            "public.geometry(Point,4326)",
            "\"a.b\".\"c \"\"d\"\"(e)\"(7)[]",
        ] {
            let read = DataType::printed(text).expect(text);
            assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn names_and_modifiers_are_told_apart() {
        let stamp = DataType::printed("timestamp(3) with time zone").expect("a type");
        assert!(stamp.is("timestamp with time zone"));
        assert_eq!(stamp.modifier.as_deref(), Some("3"));
        let odd = DataType::printed("\"a.b\".\"c\"\"d\"(1,2)[]").expect("a type");
        assert_eq!(odd.name, QName::new("a.b", "c\"d"));
        assert_eq!((odd.modifier.as_deref(), odd.array), (Some("1,2"), true));
        assert_eq!(DataType::printed(""), None);
        assert_eq!(DataType::printed("-"), None);
    }
}
