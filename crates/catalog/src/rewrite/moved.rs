//! What has another name, and by which words it is told what cannot have to do with that. What is made of it is in `edit.rs`.

use crate::{Name, QName, map::Sought};

/// What has another name now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Moved {
    /// A table, view, index or sequence; with its row type if it has one.
    Relation(QName, QName),
    /// A column of a table, view or composite type.
    Column(QName, Name, Name),
    /// A type.
    Type(QName, QName),
    /// A function; how many arguments it takes, at least and at most.
    Routine(QName, QName, std::ops::RangeInclusive<usize>),
    /// A value of an enum.
    Label(QName, String, String),
    /// A schema.
    Schema(Name, Name),
}

impl Moved {
    /// Whether a text can be about it at all: parsing is for those that are.
    pub(crate) fn may_be_in(&self, text: &str) -> bool {
        match self {
            Self::Relation(from, _) | Self::Type(from, _) | Self::Routine(from, _, _) => {
                names(text, &from.name)
            }
            // A renamed column can hide in `*`, and in NATURAL.
            Self::Column(_, from, _) => {
                names(text, from) || text.contains('*') || names(text, "natural")
            }
            Self::Label(_, from, _) => text.contains(&from.replace('\'', "''")),
            Self::Schema(from, _) => names(text, from),
        }
    }

    /// What mentions it: all that [`carry`](crate::apply) may have to change. A schema is not told from names.
    pub(crate) fn sought(&self) -> Sought {
        match self {
            Self::Relation(from, _) | Self::Type(from, _) | Self::Routine(from, _, _) => {
                Sought::name(&from.name)
            }
            Self::Column(of, from, _) => Sought::name(&of.name)
                .or(from)
                .or_all_columns()
                .or("natural"),
            Self::Label(_, from, _) => Sought::name(from),
            Self::Schema(..) => Sought::anything(),
        }
    }
}

/// Whether a text has a name in it, in any case.
fn names(text: &str, name: &str) -> bool {
    let escaped = name.contains('"') || text.contains("U&") || text.contains("u&");
    let name = name.as_bytes();
    let found = |name: &[u8]| {
        let mut windows = text.as_bytes().windows(name.len());
        windows.any(|part| part.eq_ignore_ascii_case(name))
    };
    escaped || name.is_empty() || found(name)
}
