//! Names that the server would choose, and names that may stand without their schema.

use std::{borrow::Cow, fmt::Display};

use crate::{LONGEST_NAME, Name, QName, model::IndexTerm};

/// A name without its schema where that is `pg_catalog`, which is always looked in.
pub(crate) fn or_builtin(name: &QName) -> Cow<'_, str> {
    if name.schema == "pg_catalog" {
        name.name.to_string().into()
    } else {
        name.to_string().into()
    }
}

/// Whether the server gives a name of these parts (`makeObjectName` in indexcmds.c). `false` where it would cut them:
/// a name that is written out is never wrong.
pub(crate) fn is_chosen<T: Display + ?Sized>(
    name: &Name,
    table: &Name,
    middle: &T,
    end: &str,
) -> bool {
    let chosen = format!("{}_{middle}{end}", table.as_str());
    chosen.len() <= LONGEST_NAME && *name == *chosen
}

/// The names of columns as they stand in the middle of an index's name; `None` where an expression is among them
/// or the server would cut them.
pub(crate) fn columns_in_name<'a>(
    keys: impl Iterator<Item = &'a IndexTerm>,
    include: &[Name],
) -> Option<String> {
    let mut names = Vec::new();
    for key in keys {
        match key {
            IndexTerm::Column(name) => names.push(name.as_str()),
            IndexTerm::Expression(_) => return None,
        }
    }
    names.extend(include.iter().map(Name::as_str));
    let repeated = (1..names.len()).any(|at| names[..at].contains(&names[at]));
    (!repeated).then(|| names.join("_"))
}
