//! Names as a statement writes them, and as the server stores them.

use std::fmt;

use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{AstNode, normalize_name_node},
};

use crate::Name;

/// The name that a node of the syntax tree is: folded unless quoted, `U&""` decoded, cut to 63 bytes. Of a
/// qualified name it is the last part.
pub(crate) fn name(node: &impl AstNode) -> Name {
    match parts(node.syntax()).pop() {
        Some(last) => last,
        None => Name::quoted(&normalize_name_node(node.syntax())),
    }
}

/// A name that may have its schema in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// The schema, where it is written.
    pub(crate) schema: Option<Name>,
    /// The name itself.
    pub(crate) name: Name,
}

impl Written {
    /// A name without a schema.
    pub(crate) fn bare(name: Name) -> Self {
        Self { schema: None, name }
    }

    /// Whether a schema of the server itself is written in front.
    pub(crate) fn is_system(&self) -> bool {
        self.schema
            .as_ref()
            .is_some_and(|schema| schema == "pg_catalog" || schema == "information_schema")
    }
}

impl fmt::Display for Written {
    /// As the server's messages have it: without quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", schema.as_str())?;
        }
        f.write_str(&self.name)
    }
}

/// The name that a node writes, with its schema if that is written. A database in front is passed over: it can only
/// be the present one.
pub(crate) fn written(node: &impl AstNode) -> Written {
    let mut parts = parts(node.syntax());
    let name = parts.pop().unwrap_or_else(|| name(node));
    Written {
        schema: parts.pop(),
        name,
    }
}

/// A column with the table in front of it: `schema.table.column`.
pub(crate) fn written_column(node: &impl AstNode) -> (Option<Written>, Name) {
    let mut parts = parts(node.syntax());
    let column = parts.pop().unwrap_or_else(|| name(node));
    let table = parts.pop().map(|name| Written {
        schema: parts.pop(),
        name,
    });
    (table, column)
}

/// The parts of a qualified name that a node of the syntax tree is, in order, each as the server stores it; none where the
/// node is no path.
pub fn parts(node: &SyntaxNode) -> Vec<Name> {
    let mut found = Vec::new();
    collect(node, &mut found);
    found
}

fn collect(node: &SyntaxNode, found: &mut Vec<Name>) {
    match node.kind() {
        SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH_SEGMENT_REF => {
            found.push(Name::quoted(&normalize_name_node(node)));
        }
        SyntaxKind::PATH | SyntaxKind::PATH_REF => {
            node.children().for_each(|child| collect(&child, found));
        }
        _ => {
            let path = node
                .children()
                .find(|child| matches!(child.kind(), SyntaxKind::PATH | SyntaxKind::PATH_REF));
            if let Some(path) = path {
                collect(&path, found);
            }
        }
    }
}
