//! Names within text: what `'app.users'::regclass` says.

pub(crate) use crate::quote::plain_literal as quoted;
use crate::{Name, QName};

/// The parts of a name in a text: `app.users`, `"Users"` (stringToQualifiedNameList). `None` where it is none.
pub(crate) fn qualified(text: &str) -> Option<(Option<Name>, Name)> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = first_part(rest)?;
        parts.push(part);
        let after = after.trim_start();
        match after.strip_prefix('.') {
            Some(next) => rest = next.trim_start(),
            None if after.is_empty() => break,
            None => return None,
        }
    }
    let name = parts.pop()?;
    Some((parts.pop(), name))
}

fn first_part(text: &str) -> Option<(Name, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut name = String::new();
        let mut rest = quoted;
        loop {
            let end = rest.find('"')?;
            name.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('"') {
                Some(more) => {
                    name.push('"');
                    rest = more;
                }
                None => return Some((Name::quoted(&name), rest)),
            }
        }
    }
    let end = text.find(['.', ' ', '"', '(']).unwrap_or(text.len());
    (end > 0).then(|| (Name::unquoted(&text[..end]), &text[end..]))
}

/// A relation's name as a text literal.
pub(super) fn literal(name: &QName, with_schema: bool) -> String {
    let text = if with_schema {
        name.to_string()
    } else {
        name.name.to_string()
    };
    quoted(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_texts_are_read_as_regclass_reads_them() {
        let read = |text| {
            qualified(text).map(|(schema, name)| {
                (
                    schema.map(|schema| schema.as_str().to_owned()),
                    name.as_str().to_owned(),
                )
            })
        };
        assert_eq!(read("Users"), Some((None, "users".to_owned())));
        let quoted = read("app.\"A\"\".b\"");
        assert_eq!(quoted, Some((Some("app".to_owned()), "A\".b".to_owned())));
        assert_eq!(read("no name"), None);
        assert_eq!(read(""), None);
    }
}
