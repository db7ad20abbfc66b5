//! Which objects a piece of SQL names, as far as that shows without knowing what its names mean there: rather too many
//! than too few.

use std::collections::{BTreeSet, HashMap};

use squawk_lexer::{LiteralKind, TokenKind, tokenize};

use crate::{Catalog, Name, ObjectRef, QName};

/// The objects of a schema by their names without schema.
pub(crate) struct Mentions<'a> {
    catalog: &'a Catalog,
    objects: HashMap<&'a Name, Vec<ObjectRef>>,
}

impl<'a> Mentions<'a> {
    pub(crate) fn of(catalog: &'a Catalog) -> Self {
        let mut objects: HashMap<&Name, Vec<ObjectRef>> = HashMap::new();
        let mut add = |name: &'a QName, object: fn(QName) -> ObjectRef| {
            objects
                .entry(&name.name)
                .or_default()
                .push(object(name.clone()));
        };
        catalog
            .types
            .keys()
            .for_each(|name| add(name, ObjectRef::Type));
        catalog
            .sequences
            .keys()
            .for_each(|name| add(name, ObjectRef::Sequence));
        catalog
            .tables
            .keys()
            .for_each(|name| add(name, ObjectRef::Table));
        catalog
            .views
            .keys()
            .for_each(|name| add(name, ObjectRef::View));
        for id in catalog.routines.keys() {
            objects
                .entry(&id.name.name)
                .or_default()
                .push(ObjectRef::Routine(id.clone()));
        }
        Self { catalog, objects }
    }

    /// Everything that the text names.
    pub(crate) fn all(&self, text: &str) -> BTreeSet<ObjectRef> {
        let mut found = BTreeSet::new();
        for chain in chains(text) {
            if chain.quoted_in_text {
                let relation = |object: &ObjectRef| !matches!(object, ObjectRef::Routine(_));
                found.extend(self.find(&chain.names).filter(relation));
            } else {
                let called =
                    |object: &ObjectRef| matches!(object, ObjectRef::Routine(_)) == chain.called;
                found.extend(self.find(&chain.names).filter(called));
            }
        }
        found
    }

    /// What an expression of a table names: functions that it calls, types, and sequences. A word that is also a
    /// table's name is a column there.
    pub(crate) fn in_expression(&self, text: &str) -> BTreeSet<ObjectRef> {
        let mut found = self.all(text);
        found.retain(|object| !matches!(object, ObjectRef::Table(_) | ObjectRef::View(_)));
        found
    }

    /// The functions whose names stand in the text, called or not.
    pub(crate) fn routines(&self, text: &str) -> BTreeSet<ObjectRef> {
        let is_routine = |object: &ObjectRef| matches!(object, ObjectRef::Routine(_));
        let chains = chains(text).into_iter();
        let found = chains.flat_map(|chain| {
            self.find(&chain.names)
                .filter(is_routine)
                .collect::<Vec<_>>()
        });
        found.collect()
    }

    fn find<'b>(&'b self, names: &'b [Name]) -> impl Iterator<Item = ObjectRef> + 'b {
        let schema = match names {
            [schema, _, ..] if self.catalog.schemas.contains_key(schema) => Some(schema),
            _ => None,
        };
        let own = if schema.is_some() {
            names.get(1)
        } else {
            names.first()
        };
        let objects = own
            .and_then(|name| self.objects.get(name))
            .into_iter()
            .flatten();
        objects
            .filter(move |object| schema.is_none_or(|schema| schema_of(object) == Some(schema)))
            .cloned()
    }
}

fn schema_of(object: &ObjectRef) -> Option<&Name> {
    match object {
        ObjectRef::Type(name)
        | ObjectRef::Sequence(name)
        | ObjectRef::Table(name)
        | ObjectRef::View(name) => Some(&name.schema),
        ObjectRef::Routine(id) => Some(&id.name.schema),
        _ => None,
    }
}

/// Names with dots between them.
#[derive(Default)]
struct Chain {
    names: Vec<Name>,
    /// Whether a parenthesis follows.
    called: bool,
    /// Whether it is the inside of a string literal, such as that of `'app.s'::regclass`.
    quoted_in_text: bool,
}

fn chains(text: &str) -> Vec<Chain> {
    let mut found: Vec<Chain> = Vec::new();
    let (mut at, mut dotted, mut open) = (0, false, false);
    for token in tokenize(text) {
        let word = &text[at..at + token.len as usize];
        at += token.len as usize;
        let name = match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => {
                continue;
            }
            TokenKind::Ident => Some(Name::unquoted(word)),
            TokenKind::QuotedIdent { .. } => Some(unquoted(word)),
            TokenKind::Literal {
                kind: LiteralKind::Str { .. },
            } => {
                found.extend(inside(word));
                None
            }
            _ => None,
        };
        match (name, found.last_mut()) {
            (Some(name), Some(last)) if dotted => last.names.push(name),
            (Some(name), _) => found.push(Chain {
                names: vec![name],
                ..Chain::default()
            }),
            (None, Some(last)) if token.kind == TokenKind::OpenParen && open => last.called = true,
            _ => {}
        }
        dotted = token.kind == TokenKind::Dot && open;
        open = matches!(token.kind, TokenKind::Ident | TokenKind::QuotedIdent { .. }) || dotted;
    }
    found
}

fn unquoted(word: &str) -> Name {
    let inner = word.strip_prefix('"').unwrap_or(word);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    Name::quoted(&inner.replace("\"\"", "\""))
}

/// A string literal that looks like a name is taken for one.
fn inside(literal: &str) -> Option<Chain> {
    let text = literal
        .strip_prefix('\'')?
        .strip_suffix('\'')?
        .replace("''", "'");
    let (mut names, mut at) = (Vec::new(), 0);
    for token in tokenize(&text) {
        let word = &text[at..at + token.len as usize];
        at += token.len as usize;
        match token.kind {
            TokenKind::Ident => names.push(Name::unquoted(word)),
            TokenKind::QuotedIdent { .. } => names.push(unquoted(word)),
            TokenKind::Dot => {}
            _ => return None,
        }
    }
    Some(Chain {
        names,
        called: false,
        quoted_in_text: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_calls_and_names_within_literals_are_told_apart() {
        let found = chains("nextval('app.\"S\"'::regclass) + app.f (x.\"Y\") || 'no name'");
        let shown: Vec<(String, bool)> = found
            .iter()
            .map(|chain| {
                let names: Vec<&str> = chain.names.iter().map(Name::as_str).collect();
                (names.join("/"), chain.called)
            })
            .collect();
        let expected = [
            ("nextval", true),
            ("app/S", false),
            ("regclass", false),
            ("app/f", true),
            ("x/Y", false),
        ];
        assert_eq!(
            shown,
            expected.map(|(name, called)| (name.to_owned(), called))
        );
    }
}
