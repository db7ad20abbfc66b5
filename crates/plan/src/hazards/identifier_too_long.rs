//! Names longer than the server keeps.

use segue_catalog::LONGEST_NAME;
use squawk_syntax::{
    SyntaxKind, SyntaxToken,
    ast::{self, AstNode},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "identifier-too-long",
    title: "a new name is longer than the server keeps",
    class: Class::Correctness,
    severity: Severity::Warning,
    trigger: "a name of more than 63 bytes that a statement gives to something: table, column, constraint, index, type, function… Not \
              one that only refers to something, nor an alias within a query.",
    harm: "The server cuts the name to 63 bytes with no more than a notice. Two names that begin alike become the same one; whatever looks \
           the object up by its full name does not find it.",
    remedy: "write a name of at most 63 bytes",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS",
        "https://www.postgresql.org/docs/current/limits.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE users (id bigint, the_moment_at_which_the_user_has_for_the_first_time_seen_the_page timestamptz);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE users (id bigint, first_seen_at timestamptz);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(statement) = moment
        .statement()
        .filter(|_| may_have_long_names(moment.text()))
        .filter(|statement| gives_names(statement))
    else {
        return;
    };
    let tokens = statement.syntax().descendants_with_tokens();
    for token in tokens.filter_map(|element| element.into_token()) {
        let Some(name) = name(&token).filter(|name| name.len() > LONGEST_NAME) else {
            continue;
        };
        if !is_given(&token) {
            continue;
        }
        let kept = segue_catalog::Name::quoted(&name);
        let finding = report.finding(format!(
            "the name has {} bytes, of which the server keeps {}: {}",
            name.len(),
            kept.as_str().len(),
            kept.as_str()
        ));
        if let Some(parent) = token.parent() {
            finding.at(moment.span(&parent));
        }
    }
}

/// Whether a text has a word that is too long, or quotes, between which anything may stand: few have, and only their trees are
/// gone through.
fn may_have_long_names(text: &str) -> bool {
    let is_of_word =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..);
    let mut words = text.as_bytes().split(|byte| !is_of_word(*byte));
    let mut quoted = text.split('"').skip(1);
    words.any(|word| word.len() > LONGEST_NAME)
        || quoted.any(|part| part.len() > LONGEST_NAME)
        || text.contains("\"\"")
}

/// Whether it is a statement that makes or renames something.
fn gives_names(statement: &ast::Stmt) -> bool {
    if matches!(statement, ast::Stmt::SelectInto(_)) {
        return true;
    }
    let first = statement.syntax().descendants_with_tokens();
    let mut tokens = first.filter_map(|element| element.into_token());
    let first = tokens.find(|token| !token.kind().is_trivia());
    first.is_some_and(|first| matches!(first.kind(), SyntaxKind::CREATE_KW | SyntaxKind::ALTER_KW))
}

/// The name that a token is, without its quotes.
fn name(token: &SyntaxToken) -> Option<String> {
    if token.kind() != SyntaxKind::IDENT {
        return None;
    }
    let text = token.text();
    Some(
        match text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
        {
            Some(inner) => inner.replace("\"\"", "\""),
            None => text.to_owned(),
        },
    )
}

/// Whether the name is given here, rather than referred to, and outlives the statement.
fn is_given(token: &SyntaxToken) -> bool {
    let mut above = token
        .parent()
        .into_iter()
        .flat_map(|parent| parent.ancestors());
    let mut refers = false;
    let within_query = above.any(|node| {
        refers |= format!("{:?}", node.kind()).ends_with("_REF");
        ast::FromClause::can_cast(node.kind()) || ast::WithClause::can_cast(node.kind())
    });
    !refers && !within_query
}
