//! Expressions: columns, calls, types, and texts that stand for something.

use squawk_syntax::{
    SyntaxKind as K, SyntaxNode,
    ast::{self, AstNode},
};

use super::{
    Walk,
    names::{chain, name_of, parts_of},
};
use crate::{
    Name, QName,
    rewrite::{
        Use, What,
        literal::qualified,
        scope::{self, Found},
    },
};

impl Walk<'_> {
    pub(super) fn bare(&mut self, node: &SyntaxNode) {
        let name = name_of(node);
        match scope::bare(&self.frames, &name) {
            Found::Column(relation) => self.column(node, relation),
            Found::Row(relation) => self.push(node, What::Qualifier(relation)),
            Found::Unsure => self.unsure(node),
            Found::Other | Found::Unknown => {}
        }
    }

    /// `relation.column`, `schema.relation.column`, `relation.*`, or a field of a value.
    pub(super) fn field(&mut self, node: &SyntaxNode) {
        let Some(parts) = chain(node) else {
            // `(value).field`: the field's name is not looked up, so nothing is certain about it.
            for child in node.children() {
                if child.kind() == K::NAME_REF {
                    self.unsure(&child);
                } else {
                    self.walk(&child);
                }
            }
            return;
        };
        let star = node
            .children_with_tokens()
            .any(|token| token.kind() == K::STAR);
        let names: Vec<Name> = parts.iter().map(name_of).collect();
        let (qualified, column) = match (names.len(), star) {
            (1, true) => (0, None),
            (2, true) => (1, None),
            (2, false) => (0, Some(1)),
            (3, false) => (1, Some(2)),
            _ => {
                parts.iter().for_each(|part| self.unsure(part));
                return;
            }
        };
        let Some(item) = scope::qualifier(&self.frames, &names[qualified]).cloned() else {
            // A composite column in front of its field, or a relation that is not known.
            self.bare(&parts[0]);
            parts[1..].iter().for_each(|part| self.unsure(part));
            return;
        };
        let Some(relation) = item.relation else {
            return;
        };
        if !item.aliased {
            let whole = self.range_of(&parts[0]).start..self.range_of(&parts[qualified]).end;
            self.scan.uses.push(Use {
                name: self.range_of(&parts[qualified]),
                whole,
                what: What::Qualifier(relation.clone()),
            });
        }
        match column {
            Some(column) => self.column(&parts[column], relation),
            None => self.push(node, What::Star(relation)),
        }
    }

    pub(super) fn call(&mut self, node: &SyntaxNode) {
        let mut children = node.children();
        let function = children.next();
        let arguments = node.children().find(|child| child.kind() == K::ARG_LIST);
        let count = arguments.iter().flat_map(SyntaxNode::children).count();
        match function {
            Some(function) if matches!(function.kind(), K::NAME_REF | K::FIELD_EXPR) => {
                let parts = chain(&function).unwrap_or_default();
                let names: Vec<Name> = parts.iter().map(name_of).collect();
                if let (Some(name), Some(last)) = (names.last(), parts.last()) {
                    let schema = names.len().checked_sub(2).map(|at| names[at].clone());
                    self.sequence_argument(name, arguments.as_ref());
                    self.scan.uses.push(Use {
                        name: self.range_of(last),
                        whole: self.range_of(&function),
                        what: What::Function(schema, name.clone(), count),
                    });
                }
            }
            Some(other) => self.walk(&other),
            None => {}
        }
        for child in children {
            self.walk(&child);
        }
    }

    /// `nextval('users_id_seq')`: the text becomes a `regclass`, as these functions take one.
    fn sequence_argument(&mut self, function: &Name, arguments: Option<&SyntaxNode>) {
        let takes = ["nextval", "currval", "setval"]
            .iter()
            .any(|name| *function == *name);
        let first = arguments
            .filter(|_| takes)
            .and_then(|list| list.children().next());
        let literal = first.and_then(|argument| argument.children().next());
        if let Some(literal) = literal.filter(|literal| literal.kind() == K::LITERAL) {
            self.regclass(&literal);
        }
    }

    fn regclass(&mut self, literal: &SyntaxNode) {
        let text = ast::Literal::cast(literal.clone()).and_then(|literal| literal.string_value());
        if let Some((schema, name)) = text.and_then(|text| qualified(&text)) {
            self.push(literal, What::Regclass(schema, name));
        }
    }

    pub(super) fn cast(&mut self, node: &SyntaxNode) {
        let literal = node.children().find(|child| child.kind() == K::LITERAL);
        let path = node
            .descendants()
            .find(|child| child.kind() == K::PATH_TYPE);
        if let (Some(literal), Some(path)) = (&literal, &path) {
            let parts = parts_of(path);
            let names: Vec<&Name> = parts.iter().map(|(name, _)| name).collect();
            let text = ast::Literal::cast(literal.clone()).and_then(|l| l.string_value());
            match (&names[..], text) {
                ([.., name], _) if ***name == *"regclass" => self.regclass(literal),
                ([schema, name], Some(text)) => {
                    let (schema, name) = (Some((*schema).clone()), (*name).clone());
                    self.push(literal, What::Label(schema, name, text));
                }
                ([name], Some(text)) => {
                    self.push(literal, What::Label(None, (*name).clone(), text));
                }
                _ => {}
            }
        }
        for child in node
            .children()
            .filter(|child| Some(child) != literal.as_ref())
        {
            self.walk(&child);
        }
    }

    /// A text that no cast says the type of: perhaps that of a column beside it.
    pub(super) fn text(&mut self, node: &SyntaxNode) {
        let text = ast::Literal::cast(node.clone()).and_then(|literal| literal.string_value());
        let Some(text) = text else {
            return;
        };
        let parent = node.parent();
        let comparison = match parent {
            Some(list) if list.kind() == K::TUPLE_EXPR => list.parent(),
            other => other,
        };
        let comparison = comparison.filter(|node| node.kind() == K::BIN_EXPR);
        let beside = comparison
            .into_iter()
            .flat_map(|node| node.children().collect::<Vec<_>>());
        let mut columns = beside.filter_map(|side| self.column_of(&side));
        let what = match columns.next() {
            Some((of, column)) => What::ColumnLabel(of, column, text),
            None => What::Text(text),
        };
        drop(columns);
        self.push(node, what);
    }

    /// The column that a name is, without making a use of it.
    fn column_of(&self, node: &SyntaxNode) -> Option<(QName, Name)> {
        let parts = chain(node)?;
        let names: Vec<Name> = parts.iter().map(name_of).collect();
        match &names[..] {
            [name] => match scope::bare(&self.frames, name) {
                Found::Column(relation) => Some((relation, name.clone())),
                Found::Other | Found::Row(_) | Found::Unsure | Found::Unknown => None,
            },
            [.., of, name] => {
                let relation = scope::qualifier(&self.frames, of)?.relation.clone()?;
                Some((relation, name.clone()))
            }
            [] => None,
        }
    }

    pub(super) fn type_name(&mut self, node: &SyntaxNode) {
        let mut parts = parts_of(node);
        if let Some((name, range)) = parts.pop() {
            let schema = parts.pop();
            let start = schema
                .as_ref()
                .map_or(range.start, |(_, schema)| schema.start);
            self.scan.uses.push(Use {
                whole: self.range(start..range.end),
                name: self.range(range),
                what: What::Type(schema.map(|(schema, _)| schema), name),
            });
        }
        for arguments in node.children().filter(|child| child.kind() != K::PATH_REF) {
            self.walk(&arguments);
        }
    }
}
