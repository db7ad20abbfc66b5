//! Tables of full text search, whose definition cannot be altered: what becomes of their rows when they are made again
//! (fts5.html, section 4.4; fts3.html, section 6.2). Of other modules nothing is known.

use sqlparser::tokenizer::Token;

use super::super::{
    Catalog, Name, Table, TableKind,
    words::{Placed, words},
};

/// What becomes of the rows of a table that is or was virtual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// They can be read from the one and written into the other.
    Move,
    /// They are those of another table, and are read from there again.
    AreElsewhere,
    /// They are gone.
    AreLost,
}

/// Where a table has its rows.
enum Place {
    Itself,
    Other(Name),
    /// In no place from which they could be read, or it is not known where.
    Nowhere,
}

pub(super) fn rows(from: &Table, to: &Table, then: &Catalog) -> Rows {
    match (place(from), place(to)) {
        (_, Place::Other(of)) if then.tables.contains_key(&of) || then.views.contains_key(&of) => {
            Rows::AreElsewhere
        }
        (Place::Itself | Place::Other(_), Place::Itself) => Rows::Move,
        _ => Rows::AreLost,
    }
}

fn place(table: &Table) -> Place {
    let TableKind::Virtual(module) = &table.kind else {
        return Place::Itself;
    };
    let Some(words) = words(module.as_str()) else {
        return Place::Nowhere;
    };
    let name = words.first().and_then(Placed::name);
    let is_known = ["fts3", "fts4", "fts5"].map(Name::new);
    if !name.is_some_and(|name| is_known.contains(&name)) {
        return Place::Nowhere;
    }
    let content = Name::new("content");
    let mut options = words.windows(3);
    let option = options.find(|option| {
        option[0].name().as_ref() == Some(&content) && matches!(option[1].token, Token::Eq)
    });
    match option.map(|option| option[2].name()) {
        None => Place::Itself,
        Some(Some(of)) if !of.as_str().is_empty() => Place::Other(of),
        Some(_) => Place::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::Text;

    #[test]
    fn where_a_table_has_its_rows_is_told_by_its_options() {
        let shown = |module: &str| {
            let table = Table {
                kind: TableKind::Virtual(Text::new(module)),
                columns: Vec::new(),
                constraints: Vec::new(),
                strict: false,
                without_rowid: false,
                unparsed: None,
            };
            match place(&table) {
                Place::Itself => "itself".to_owned(),
                Place::Other(name) => name.to_string(),
                Place::Nowhere => "nowhere".to_owned(),
            }
        };
        for (module, expected) in [
            ("fts5(title, body)", "itself"),
            ("FTS5(title, content = 'docs', content_rowid=id)", "docs"),
            ("fts4(content=\"docs\", title)", "docs"),
            ("fts5(title, content='')", "nowhere"),
            ("fts5(title, content=, tokenize=porter)", "nowhere"),
            ("rtree(id, a, b)", "nowhere"),
        ] {
            assert_eq!(shown(module), expected, "{module}");
        }
    }
}
