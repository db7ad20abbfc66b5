//! Which of the parser's complaints are errors to PostgreSQL too.

use squawk_syntax::{
    Parse, SourceFile,
    ast::{self, AstNode},
    syntax_error::SyntaxError,
};

/// Complaints about what PostgreSQL takes: the parser's checks are stricter than the server's grammar.
const ACCEPTED: &[&str] = &["Missing semicolon"];

/// What the parser makes of a statement.
pub(super) enum Verdict {
    /// It is one.
    Fine,
    /// The server may take it, but the parser does not.
    BeyondTheParser,
    /// The server would refuse it.
    Wrong(Vec<SyntaxError>),
}

/// Whether the server would take a statement.
pub(super) fn verdict(parse: &Parse<SourceFile>) -> Verdict {
    let accepted = |error: &SyntaxError| {
        ACCEPTED
            .iter()
            .any(|start| error.message().starts_with(start))
    };
    let mut errors = parse.errors();
    errors.retain(|error| !accepted(error));
    if errors.is_empty() {
        Verdict::Fine
    } else if has_exclusion(parse) {
        Verdict::BeyondTheParser
    } else {
        Verdict::Wrong(errors)
    }
}

/// The parser knows no operator classes in exclusion constraints (squawk 2.68).
fn has_exclusion(parse: &Parse<SourceFile>) -> bool {
    let tree = parse.tree();
    let mut nodes = tree.syntax().descendants();
    nodes.any(|node| ast::ExcludeConstraint::can_cast(node.kind()))
}
