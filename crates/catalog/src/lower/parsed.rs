//! A statement that has been parsed, so that whoever looks at it later need not parse it again.

use squawk_syntax::{Parse, SourceFile, ast};

/// Parses a text, unless it is nested so deep that this could end the process: then there is nothing in what it gives, and
/// [`lower`](crate::lower) says that the statement is not known. Nobody else calls the parser.
pub fn parse(text: &str) -> Parse<SourceFile> {
    Parsed::of(text).parse
}

/// A statement that has been parsed. A value: unlike the nodes of its syntax tree it may go from thread to thread.
#[derive(Debug, Clone)]
pub struct Parsed {
    parse: Parse<SourceFile>,
    pub(super) is_too_deep: bool,
}

impl Parsed {
    /// Parses a text; what is wrong with it is for [`lower`](crate::lower) to say.
    pub fn of(text: &str) -> Self {
        let is_too_deep = segue_sql::is_too_deep(text);
        let read = if is_too_deep { "" } else { text };
        Self {
            parse: SourceFile::parse(read),
            is_too_deep,
        }
    }

    /// The first statement. Its ranges count from the beginning of the text.
    pub fn statement(&self) -> Option<ast::Stmt> {
        self.parse.tree().stmts().next()
    }

    pub(super) fn parse(&self) -> &Parse<SourceFile> {
        &self.parse
    }
}
