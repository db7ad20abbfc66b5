//! Parts of a `CREATE TABLE` as they are written: its name, the text of a column.

use std::{iter, ops::Range};

use sqlparser::{keywords::Keyword, tokenizer::Token};

use super::super::{
    Column, Constraint, Name, Table, TableKind, Text, complete,
    words::{Placed, quoted, replaced, words},
};

/// A table's statement under another name; `None` where it cannot be read.
pub(super) struct Renamed {
    pub(super) statement: String,
    /// Whether its constraints name the table itself, as `CHECK (users.age > 0)` does. Only the `RENAME` that
    /// looks through the whole schema gives them the new name.
    pub(super) names_itself: bool,
}

/// The statement that makes the same table under another name.
pub(super) fn under(statement: &Text, name: &Name) -> Option<Renamed> {
    let text = statement.as_str();
    let words = words(text)?;
    let head = name_at(&words)?;
    let old = words.get(head.clone().last()?)?.name()?;
    let body = head.end;
    let qualifiers = words[body..].windows(2).filter(|pair| {
        matches!(pair[1].token, Token::Period) && pair[0].name().as_ref() == Some(&old)
    });
    let own = words[head.start].span.start..words[head.end - 1].span.end;
    let places: Vec<Range<usize>> = iter::once(own)
        .chain(qualifiers.map(|pair| pair[0].span.clone()))
        .collect();
    Some(Renamed {
        names_itself: places.len() > 1,
        statement: replaced(text, &places, &quoted(name)),
    })
}

/// Which of the words are the table's name, with its schema where that is written.
fn name_at(words: &[Placed]) -> Option<Range<usize>> {
    let is = |at: usize, keyword| words.get(at).is_some_and(|word| word.is(keyword));
    let mut at = words.iter().position(|word| word.is(Keyword::TABLE))? + 1;
    if is(at, Keyword::IF) {
        at += 3;
    }
    let is_qualified = matches!(words.get(at + 1)?.token, Token::Period);
    Some(at..if is_qualified { at + 3 } else { at + 1 })
}

/// A column as its table's statement has it.
pub(super) struct Written {
    /// Its name, type and constraints.
    pub(super) text: String,
    /// The constraints that stand with it, and go with it.
    pub(super) constraints: Vec<Constraint>,
}

/// How a column is written; `None` where it cannot be cut out.
pub(super) fn column(statement: &Text, column: &Column) -> Option<Written> {
    let text = statement.as_str();
    let words = words(text)?;
    let part =
        parts(&words).find(|part| words[part.start].name().as_ref() == Some(&column.name))?;
    let part = &words[part];
    // SQLite does without the comma before a table constraint.
    let runs_on = |pair: &[Placed]| pair[0].is(Keyword::FOREIGN) && pair[1].is(Keyword::KEY);
    if part.windows(2).any(runs_on) {
        return None;
    }
    let text = &text[part.first()?.span.start..part.last()?.span.end];
    let mut alone = Table {
        kind: TableKind::Plain,
        columns: vec![column.clone()],
        constraints: Vec::new(),
        strict: false,
        without_rowid: false,
        unparsed: None,
    };
    complete(&mut alone, &format!("CREATE TABLE t ({text})"));
    alone.unparsed.is_none().then(|| Written {
        text: text.to_owned(),
        constraints: alone.constraints,
    })
}

/// What stands between the outermost commas of the body.
fn parts(words: &[Placed]) -> impl Iterator<Item = Range<usize>> {
    let (mut depth, mut start) = (0_usize, None);
    words.iter().enumerate().filter_map(move |(at, word)| {
        let ends = match word.token {
            Token::LParen => {
                depth += 1;
                if depth == 1 {
                    start = Some(at + 1);
                }
                false
            }
            Token::RParen => {
                depth = depth.saturating_sub(1);
                depth == 0
            }
            Token::Comma => depth == 1,
            _ => false,
        };
        let begun = if ends { start.take() } else { None };
        if depth == 1 && ends {
            start = Some(at + 1);
        }
        begun.filter(|start| *start < at).map(|start| start..at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str, data_type: &str) -> Column {
        Column {
            name: Name::new(name),
            data_type: data_type.to_owned(),
            not_null: false,
            default: None,
            collation: None,
            generated: None,
            autoincrement: false,
        }
    }

    #[test]
    fn a_table_under_another_name_keeps_everything_but_its_name() {
        let statement = Text::new(
            "CREATE TABLE users (id int, -- of users\n best int REFERENCES users (id), CHECK (users.id > 'users'))",
        );
        let renamed = under(&statement, &Name::new("n")).expect("can be read");
        assert!(renamed.names_itself);
        assert_eq!(
            renamed.statement,
            "CREATE TABLE \"n\" (id int, -- of users\n best int REFERENCES users (id), CHECK (\"n\".id > 'users'))"
        );
        let statement = Text::new("CREATE TABLE IF NOT EXISTS main.[a b](c)");
        let renamed = under(&statement, &Name::new("n")).expect("can be read");
        assert!(!renamed.names_itself);
        assert_eq!(renamed.statement, "CREATE TABLE IF NOT EXISTS \"n\"(c)");
    }

    #[test]
    fn a_column_is_cut_out_with_what_is_its_own() {
        let statement = Text::new(
            "CREATE TABLE t (a decimal(3, 1) CHECK (a IN (1, 2)), -- b\n b text /* why */, c int FOREIGN KEY (c) REFERENCES t)",
        );
        let a = column(&statement, &plain("A", "decimal(3, 1)")).expect("is found");
        assert_eq!(a.text, "a decimal(3, 1) CHECK (a IN (1, 2))");
        assert_eq!(a.constraints.len(), 1);
        let b = column(&statement, &plain("b", "text")).expect("is found");
        assert_eq!((b.text.as_str(), b.constraints.len()), ("b text", 0));
        assert!(column(&statement, &plain("c", "int")).is_none());
        assert!(column(&statement, &plain("d", "int")).is_none());
    }
}
