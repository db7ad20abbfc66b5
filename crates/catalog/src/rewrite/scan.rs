//! The walk through an expression or query: which name in it is what.
//!
//! Here is which node goes where, and how a use is noted down. Queries are in `scan/query.rs`, what they read in
//! `from.rs`, the rest in `expression.rs`; what nodes are called in `names.rs`.

mod expression;
mod from;
mod names;
mod query;

use std::ops::Range;

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::{
    Scan, Scope, Use, What,
    scope::{self, Frame, Item},
};
use crate::{Catalog, Name, QName};
use names::{name_of, parts_of};

/// Walks through a text whose first bytes are not part of the expression.
pub(super) fn scan(catalog: &Catalog, text: &str, skip: usize, scope: Scope<'_>) -> Option<Scan> {
    let parse = crate::parse(text);
    if !parse.errors().is_empty() {
        return None;
    }
    let mut walk = Walk::new(catalog, skip, scope);
    walk.children(&parse.syntax_node());
    Some(walk.scan)
}

/// Walks through a query that is parsed already, as it stands in its text.
pub(super) fn query(catalog: &Catalog, query: &SyntaxNode) -> Scan {
    let mut walk = Walk::new(catalog, 0, Scope::Query);
    walk.walk(query);
    walk.scan
}

struct Walk<'a> {
    catalog: &'a Catalog,
    skip: usize,
    near: Option<&'a QName>,
    frames: Vec<Frame>,
    scan: Scan,
    /// Whether the next query is only the frame around an expression, and its output no output.
    top: bool,
}

impl<'a> Walk<'a> {
    fn new(catalog: &'a Catalog, skip: usize, scope: Scope<'a>) -> Self {
        let mut walk = Self {
            catalog,
            skip,
            near: None,
            frames: Vec::new(),
            scan: Scan::default(),
            top: skip > 0,
        };
        walk.begin(scope);
        walk
    }

    fn begin(&mut self, scope: Scope<'a>) {
        let row = |catalog: &Catalog, of: &QName, name: Name, is_row: bool| Item {
            qualifier: name,
            aliased: is_row,
            relation: Some(of.clone()),
            columns: scope::columns(catalog, of),
            qualified_only: is_row,
        };
        let items = match scope {
            Scope::Nothing | Scope::Query => Vec::new(),
            Scope::Table(of) => vec![row(self.catalog, of, of.name.clone(), false)],
            Scope::Rows(of) => ["old", "new"]
                .map(|name| row(self.catalog, of, name.into(), true))
                .to_vec(),
        };
        self.near = match scope {
            Scope::Nothing | Scope::Query => None,
            Scope::Table(of) | Scope::Rows(of) => Some(of),
        };
        self.frames.push(Frame {
            items,
            ..Frame::default()
        });
    }

    fn children(&mut self, node: &SyntaxNode) {
        for child in node.children() {
            self.walk(&child);
        }
    }

    fn walk(&mut self, node: &SyntaxNode) {
        match node.kind() {
            K::SELECT => self.query(node),
            K::COMPOUND_SELECT => self.compound(node),
            K::INSERT | K::UPDATE | K::DELETE | K::MERGE => self.statement(node),
            K::NAME_REF => self.bare(node),
            K::FIELD_EXPR => self.field(node),
            K::CALL_EXPR => self.call(node),
            K::CAST_EXPR => self.cast(node),
            K::LITERAL => self.text(node),
            K::PATH_TYPE => self.type_name(node),
            K::RELATION_NAME_REF => self.relation(node, None),
            K::COLUMN_NAME_REF => {
                self.unsure(node);
            }
            K::COLLATION_REF | K::OPERATOR_CALL | K::AS_NAME | K::FROM_ALIAS => {}
            _ => self.children(node),
        }
    }

    /// A relation outside of FROM, `TABLE app.users` among them.
    fn relation(&mut self, node: &SyntaxNode, alias: Option<(Name, Range<usize>)>) {
        if let Some(relation) = self.resolve(node) {
            self.relation_use(node, &relation, alias);
            self.push(node, What::Star(relation));
        }
    }

    fn resolve(&self, node: &SyntaxNode) -> Option<QName> {
        let parts = parts_of(node);
        let (name, _) = parts.last()?;
        let schema = parts.len().checked_sub(2).map(|at| &parts[at].0);
        scope::relation(self.catalog, schema, name, self.near)
    }

    fn relation_use(&mut self, node: &SyntaxNode, of: &QName, alias: Option<(Name, Range<usize>)>) {
        let parts = parts_of(node);
        let (Some((_, first)), Some((_, last))) = (parts.first(), parts.last()) else {
            return;
        };
        self.scan.uses.push(Use {
            name: self.range(last.clone()),
            whole: self.range(first.start..last.end),
            what: What::Relation(of.clone(), alias),
        });
    }

    fn column(&mut self, node: &SyntaxNode, of: QName) {
        self.push(node, What::Column(of, name_of(node)));
    }

    fn unsure(&mut self, node: &SyntaxNode) {
        self.push(node, What::Unsure(name_of(node)));
    }

    fn push(&mut self, node: &SyntaxNode, what: What) {
        let range = self.range_of(node);
        self.scan.uses.push(Use {
            name: range.clone(),
            whole: range,
            what,
        });
    }

    fn range_of(&self, node: &SyntaxNode) -> Range<usize> {
        let range = node.text_range();
        self.range(range.start().into()..range.end().into())
    }

    fn range(&self, range: Range<usize>) -> Range<usize> {
        range.start.saturating_sub(self.skip)..range.end.saturating_sub(self.skip)
    }
}
