//! Which of the parser's complaints are errors to PostgreSQL too.

use squawk_syntax::{Parse, SourceFile, syntax_error::SyntaxError};

/// Complaints about what PostgreSQL takes: the parser's checks are stricter than the server's grammar.
const ACCEPTED: &[&str] = &["Missing semicolon"];

/// The errors of a statement for which the server would refuse it.
pub(super) fn errors(parse: &Parse<SourceFile>) -> Vec<SyntaxError> {
    let accepted = |error: &SyntaxError| {
        ACCEPTED
            .iter()
            .any(|start| error.message().starts_with(start))
    };
    parse
        .errors()
        .into_iter()
        .filter(|error| !accepted(error))
        .collect()
}
