//! Text whose parts have roles; which colours these have is not decided here.

use std::fmt;

/// What a part of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Words.
    Plain,
    /// What stands over other things.
    Heading,
    /// A statement: it may have several lines, and is as it will run.
    Sql,
    /// What is read past: numbers of lines, names of entries.
    Faint,
    /// What happens while the old app runs.
    Expand,
    /// What happens once only the new app runs.
    Contract,
    /// What somebody has to know.
    Warning,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub role: Role,
    /// The text; lines end with a line feed.
    pub text: String,
}

/// Text whose parts have roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The parts, in order.
    pub pieces: Vec<Piece>,
}

/// How many characters a line of words has at most.
const WIDTH: usize = 100;

impl Page {
    /// Adds a part.
    pub(super) fn put(&mut self, role: Role, text: impl Into<String>) -> &mut Self {
        self.pieces.push(Piece {
            role,
            text: text.into(),
        });
        self
    }

    /// Ends the line.
    pub(super) fn end(&mut self) {
        match self.pieces.last_mut() {
            Some(last) => last.text.push('\n'),
            None => {
                self.put(Role::Plain, "\n");
            }
        }
    }

    /// Adds words, and ends the line; where they do not fit on it, they go on below where they began, at `column`.
    pub(super) fn words(&mut self, role: Role, column: usize, text: &str) {
        let mut line = String::new();
        let mut length = column;
        for word in text.split(' ') {
            let own = word.chars().count();
            if length > column && length + 1 + own > WIDTH {
                self.put(role, std::mem::take(&mut line)).end();
                self.put(Role::Plain, " ".repeat(column));
                length = column;
            }
            if length > column {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += own;
        }
        self.put(role, line).end();
    }

    /// Adds a statement with every line of it at `column`, and ends the line; the first one begins where the page is.
    pub(super) fn statement(&mut self, column: usize, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.put(Role::Plain, " ".repeat(column));
            }
            self.put(Role::Sql, line).end();
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces
            .iter()
            .try_for_each(|piece| f.write_str(&piece.text))
    }
}
