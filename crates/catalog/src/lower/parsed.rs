//! A statement that has been parsed, so that whoever looks at it later need not parse it again.

use squawk_syntax::{Parse, SourceFile, ast};

/// A statement that has been parsed. A value: unlike the nodes of its syntax tree it may go from thread to thread.
#[derive(Debug, Clone)]
pub struct Parsed(Parse<SourceFile>);

impl Parsed {
    /// Parses a text; what is wrong with it is for [`lower`](crate::lower) to say.
    pub fn of(text: &str) -> Self {
        Self(SourceFile::parse(text))
    }

    /// The first statement. Its ranges count from the beginning of the text.
    pub fn statement(&self) -> Option<ast::Stmt> {
        self.0.tree().stmts().next()
    }

    pub(super) fn parse(&self) -> &Parse<SourceFile> {
        &self.0
    }
}
