//! Names within expressions: which there are, and what a rename makes of them. On the syntax tree, never as text.
//!
//! `rewrite/scan.rs` walks the tree and says which name is what, `rewrite/scope.rs` what a name can be there,
//! `rewrite/edit.rs` what a rename makes of what was found.

mod edit;
mod literal;
mod moved;
mod output;
mod scan;
mod scope;

use std::ops::Range;

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::{Catalog, Expr, Name, QName};
pub(crate) use edit::rewrite;
pub(crate) use literal::{qualified, quoted};
pub(crate) use moved::Moved;
pub(crate) use output::rename_output;

/// What the names of columns in an expression can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope<'a> {
    /// No column: a default, a domain's check.
    Nothing,
    /// The columns of this table.
    Table(&'a QName),
    /// The columns of `OLD` and `NEW`, which are rows of this table.
    Rows(&'a QName),
    /// It is a query, or a list of statements, of its own.
    Query,
}

/// A name that an expression uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    /// Where its last part stands in the text.
    pub(crate) name: Range<usize>,
    /// Where the whole of it stands, with the schema in front.
    pub(crate) whole: Range<usize>,
    /// What it is.
    pub(crate) what: What,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A relation that a query reads; its alias, if it has one.
    Relation(QName, Option<(Name, Range<usize>)>),
    /// A relation in front of a column, or as a whole row.
    Qualifier(QName),
    /// A column of a relation.
    Column(QName, Name),
    /// All columns of a relation.
    Star(QName),
    /// A function, with how many arguments.
    Function(Option<Name>, Name, usize),
    /// A type.
    Type(Option<Name>, Name),
    /// A relation's name as text: `'app.users'::regclass`.
    Regclass(Option<Name>, Name),
    /// A text that is a value of this type: `'red'::app.colour`.
    Label(Option<Name>, Name, String),
    /// A text beside a column of a table: perhaps a value of the column's type.
    ColumnLabel(QName, Name, String),
    /// A text alone: of the type that the place has.
    Text(String),
    /// It could not be told what it is.
    Unsure(Name),
}

/// An output column whose name follows from its expression: where its alias would stand, and the name that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    /// Where the decisive name stands.
    pub(crate) decisive: Range<usize>,
    /// Where the expression ends.
    pub(crate) end: usize,
    /// The alias that is written, and where it stands with its `AS`.
    pub(crate) alias: Option<(Name, Range<usize>)>,
    /// Whether the expression is that name alone.
    pub(crate) plain: bool,
}

/// What a walk through an expression has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Every name.
    pub(crate) uses: Vec<Use>,
    /// The output columns of queries.
    pub(crate) outputs: Vec<Output>,
}

/// Finds the names in an expression; `None` where it does not parse.
pub(crate) fn scan(catalog: &Catalog, expr: &Expr, scope: Scope<'_>) -> Option<Scan> {
    let text = &*expr.text;
    match scope {
        Scope::Query => scan::scan(catalog, text, 0, scope),
        Scope::Nothing | Scope::Table(_) | Scope::Rows(_) => {
            let front = "SELECT ";
            let found = scan::scan(catalog, &format!("{front}{text}"), front.len(), scope);
            // A rule's action is a statement.
            found.or_else(|| scan::scan(catalog, text, 0, scope))
        }
    }
}

/// Finds the names in a query or expression of a statement that has been parsed.
pub(crate) fn scan_query(catalog: &Catalog, query: &SyntaxNode) -> Option<Scan> {
    match query.kind() {
        // as a text of its own it would be the same tree
        SyntaxKind::SELECT | SyntaxKind::COMPOUND_SELECT => Some(scan::query(catalog, query)),
        _ => {
            let text = Expr::written(query.text().to_string());
            scan(catalog, &text, Scope::Query)
        }
    }
}

#[cfg(test)]
mod tests;
