//! Whether two trees in their settled form are the same, may be, or are not.

use super::{
    Verdict,
    context::Side,
    tree::{Head, Tree},
};
use crate::{DataType, Name};

/// Two trees and what is known around them.
pub(super) struct Pair<'a> {
    pub(super) first: Side<'a>,
    pub(super) second: Side<'a>,
    /// Whether a server has printed both, so that names without schema are the server's own in both.
    pub(super) both_printed: bool,
}

impl Pair<'_> {
    /// Compares two nodes and all that is below them.
    pub(super) fn agree(&self, first: &Tree, second: &Tree) -> Verdict {
        if first == second {
            return self.trusted(first);
        }
        if is_cast(first, second) {
            return self.casts(first, second);
        }
        let verdict = self.heads(first, second);
        if first.parts.len() != second.parts.len() {
            return Verdict::Different;
        }
        let parts = first.parts.iter().zip(&second.parts);
        let all = parts.map(|(first, second)| self.agree(first, second));
        all.fold(verdict, Verdict::max)
    }

    /// Two nodes of which one at least is a cast. To the same type, what is cast decides. A cast on one side only, or
    /// to another type: what only a server can tell.
    fn casts(&self, first: &Tree, second: &Tree) -> Verdict {
        if let (Head::Cast(to), Head::Cast(also)) = (&first.head, &second.head)
            && to == also
            && let (Some(a), Some(b)) = (first.parts.first(), second.parts.first())
        {
            return match (&a.head, &b.head) {
                (Head::Text(a), Head::Text(b)) => self.constants(to, a, b),
                _ => self.agree(a, b),
            };
        }
        let (a, b) = (first.uncast(), second.uncast());
        let types: Vec<&DataType> = types(first).into_iter().chain(types(second)).collect();
        match (&a.head, &b.head) {
            (Head::Text(x), Head::Text(y))
                if x != y && types.iter().all(|to| self.is_verbatim(to)) =>
            {
                Verdict::Different
            }
            (Head::Text(_), Head::Text(_) | Head::Number(_) | Head::Bool(_))
            | (Head::Number(_) | Head::Bool(_), Head::Text(_)) => Verdict::Unclear,
            _ => self.agree(a, b).max(Verdict::Unclear),
        }
    }

    /// Equal trees mean the same unless a name in them can stand for two things.
    fn trusted(&self, tree: &Tree) -> Verdict {
        let doubtful = tree.any(&|node| match &node.head {
            Head::Call(name) if name.len() == 1 => !self.both_printed && self.is_users(&name[0]),
            _ => false,
        });
        if doubtful {
            Verdict::Unclear
        } else {
            Verdict::Same
        }
    }

    fn heads(&self, first: &Tree, second: &Tree) -> Verdict {
        match (&first.head, &second.head) {
            (a, b) if a == b => match a {
                Head::Call(name) if name.len() == 1 && !self.both_printed => {
                    if self.is_users(&name[0]) {
                        Verdict::Unclear
                    } else {
                        Verdict::Same
                    }
                }
                _ => Verdict::Same,
            },
            (Head::Type(a), Head::Type(b)) => same_types(a, b),
            (Head::Call(a), Head::Call(b)) => self.called(a, b),
            (Head::Column(a), Head::Column(b))
            | (Head::Named(a), Head::Named(b))
            | (Head::Collate(a), Head::Collate(b)) => qualified(a, b),
            (Head::Text(a) | Head::Number(a), Head::Text(b) | Head::Number(b))
                if self.first.about.is_bound() =>
            {
                bounds(a, b)
            }
            (Head::Text(_), Head::Text(_)) => Verdict::Different,
            (Head::Number(a), Head::Number(b)) => numbers(a, b),
            _ => Verdict::Different,
        }
    }

    /// Whether a user's function has this name on either side.
    fn is_users(&self, name: &Name) -> bool {
        [self.first, self.second].iter().any(|side| {
            let mut ids = side.catalog.routines.keys();
            ids.any(|id| id.name.name == *name)
        })
    }

    /// Two names of functions: one may lack its schema. Then it is the only function of its name, or it comes from
    /// the only schema that extensions are in.
    fn called(&self, first: &[Name], second: &[Name]) -> Verdict {
        let ([bare], [schema, name]) = (match first.len() {
            1 => (first, second),
            _ => (second, first),
        }) else {
            return Verdict::Different;
        };
        if bare != name {
            return Verdict::Different;
        }
        let mut schemas: Vec<&Name> = Vec::new();
        for side in [&self.first, &self.second] {
            let own = side.catalog.routines.keys();
            schemas.extend(
                own.filter(|id| id.name.name == *name)
                    .map(|id| &id.name.schema),
            );
        }
        if schemas.is_empty() {
            let extensions = self.second.catalog.extensions.values();
            schemas.extend(extensions.map(|extension| &extension.schema));
        }
        let only = schemas.iter().all(|one| *one == schema) && !schemas.is_empty();
        if only && !super::functions::is_servers(name) {
            Verdict::Same
        } else {
            Verdict::Unclear
        }
    }

    /// Two constants of one type: the server prints those of many types in its own way.
    fn constants(&self, to: &DataType, first: &str, second: &str) -> Verdict {
        if first == second {
            Verdict::Same
        } else if to.is("regclass") {
            relations(first, second, self)
        } else if self.is_verbatim(to) || self.both_printed {
            Verdict::Different
        } else {
            Verdict::Unclear
        }
    }

    /// Whether constants of a type are printed as they were written.
    fn is_verbatim(&self, to: &DataType) -> bool {
        let verbatim = ["text", "character varying", "name", "json", "uuid"];
        let plain = to.modifier.is_none();
        (plain && verbatim.iter().any(|name| to.is(name)))
            || self.first.is_enum(to)
            || self.second.is_enum(to)
    }
}

/// The types that something is cast to, from the outside in.
fn types(tree: &Tree) -> Vec<&DataType> {
    match (&tree.head, tree.parts.first()) {
        (Head::Cast(to), Some(inner)) => {
            let mut found = vec![to];
            found.extend(types(inner));
            found
        }
        _ => Vec::new(),
    }
}

fn is_cast(first: &Tree, second: &Tree) -> bool {
    matches!(first.head, Head::Cast(_)) || matches!(second.head, Head::Cast(_))
}

fn same_types(first: &DataType, second: &DataType) -> Verdict {
    let unresolved = first.name.schema.is_empty() != second.name.schema.is_empty();
    if unresolved
        && first.name.name == second.name.name
        && first.modifier == second.modifier
        && first.array == second.array
    {
        Verdict::Unclear
    } else {
        Verdict::Different
    }
}

/// The same last name with more or less in front of it.
fn qualified(first: &[Name], second: &[Name]) -> Verdict {
    let (short, long) = if first.len() < second.len() {
        (first, second)
    } else {
        (second, first)
    };
    if short.len() < long.len() && long.ends_with(short) {
        Verdict::Unclear
    } else {
        Verdict::Different
    }
}

/// Two constants in bounds of partitions, where both are of the key's type: `1` is `'1'`, and of times only days that
/// are not the same differ for certain.
fn bounds(first: &str, second: &str) -> Verdict {
    if first == second {
        return Verdict::Same;
    }
    match (day(first), day(second)) {
        // midnight, and nothing about a zone
        (Some((a, "" | " 00:00:00")), Some((b, "" | " 00:00:00"))) if a != b => Verdict::Different,
        (Some(_), _) | (_, Some(_)) => Verdict::Unclear,
        (None, None) => {
            let starts_with_digit = |text: &str| text.starts_with(|c: char| !c.is_alphabetic());
            match starts_with_digit(first) || starts_with_digit(second) {
                true => Verdict::Unclear,
                false => Verdict::Different,
            }
        }
    }
}

/// A text that starts with a day: the day, and what is behind it.
fn day(text: &str) -> Option<(&str, &str)> {
    let is_day = text.len() >= 10
        && text
            .bytes()
            .take(10)
            .enumerate()
            .all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
    text.split_at_checked(10).filter(|_| is_day)
}

/// Digits that are written in another way: an exponent, another base.
fn numbers(first: &str, second: &str) -> Verdict {
    let odd = |digits: &str| digits.contains(|c: char| c.is_ascii_alphabetic() || c == '_');
    if odd(first) || odd(second) || first.ends_with('.') || second.ends_with('.') {
        Verdict::Unclear
    } else {
        Verdict::Different
    }
}

/// The names of two relations in constants: `'seq'` and `'app.seq'`.
fn relations(first: &str, second: &str, pair: &Pair<'_>) -> Verdict {
    let (Some(first), Some(second)) = (parts(first), parts(second)) else {
        return Verdict::Unclear;
    };
    if first == second {
        return Verdict::Same;
    }
    let (short, long) = match (first.as_slice(), second.as_slice()) {
        ([_], [_, _]) => (first, second),
        ([_, _], [_]) => (second, first),
        _ => return Verdict::Different,
    };
    if short[0] != long[1] {
        return Verdict::Different;
    }
    let elsewhere = [pair.first, pair.second].iter().any(|side| {
        side.catalog.schemas.keys().any(|schema| {
            let other = crate::QName::new(schema.clone(), short[0].clone());
            *schema != long[0] && side.catalog.relation(&other).is_some()
        })
    });
    if elsewhere {
        Verdict::Unclear
    } else {
        Verdict::Same
    }
}

/// The parts of a name in a text, folded unless quoted.
fn parts(text: &str) -> Option<Vec<Name>> {
    match super::build::parse(text, super::Form::Expression)?.head {
        Head::Column(name) => Some(name),
        _ => None,
    }
}
