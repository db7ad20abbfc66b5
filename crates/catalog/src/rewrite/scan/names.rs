//! What the nodes of a syntax tree are called: paths, aliases, lists of columns. Nothing is looked up here.

use std::ops::Range;

use squawk_syntax::{
    SyntaxKind as K, SyntaxNode,
    ast::{self, AstNode, normalize_name_node},
    column_name::ColumnName,
};

use crate::Name;

pub(super) fn name_of(node: &SyntaxNode) -> Name {
    Name::quoted(&normalize_name_node(node))
}

/// Whether it is what parentheses in a FROM clause hold, rather than an expression.
pub(super) fn is_join(node: &SyntaxNode) -> bool {
    node.children().any(|child| {
        matches!(
            child.kind(),
            K::JOIN_EXPR | K::PAREN_FROM_ITEM | K::RELATION_FROM_ITEM
        )
    })
}

/// The names of a chain `a.b.c`; `None` where it begins with something else than a name.
pub(super) fn chain(node: &SyntaxNode) -> Option<Vec<SyntaxNode>> {
    match node.kind() {
        K::NAME_REF => Some(vec![node.clone()]),
        K::FIELD_EXPR => {
            let mut children = node.children();
            let mut parts = chain(&children.next()?)?;
            for child in children {
                if child.kind() != K::NAME_REF {
                    return None;
                }
                parts.push(child);
            }
            Some(parts)
        }
        _ => None,
    }
}

/// The parts of a path, with where they stand.
pub(super) fn parts_of(node: &SyntaxNode) -> Vec<(Name, Range<usize>)> {
    let segments = node
        .descendants()
        .filter(|child| child.kind() == K::PATH_SEGMENT_REF);
    segments
        .map(|segment| {
            let range = segment.text_range();
            (name_of(&segment), range.start().into()..range.end().into())
        })
        .collect()
}

/// The alias in a node, with where it stands (the `AS` included).
pub(super) fn alias_of(node: &SyntaxNode) -> Option<(Name, Range<usize>)> {
    if !matches!(
        node.kind(),
        K::FROM_ALIAS | K::REQUIRED_AS_ALIAS | K::OPTIONAL_AS_ALIAS
    ) {
        return None;
    }
    let alias = node
        .children()
        .find(|child| child.kind() == K::TABLE_ALIAS)?;
    let (whole, range) = (node.text_range(), alias.text_range());
    Some((name_of(&alias), whole.start().into()..range.end().into()))
}

/// The columns of `alias (a, b)` or `cte (a, b)`.
pub(super) fn listed_columns(node: &SyntaxNode) -> Option<Vec<Name>> {
    let list = node
        .children()
        .find(|child| child.kind() == K::COLUMN_LIST)?;
    let names = list
        .descendants()
        .filter(|child| child.kind() == K::COLUMN_NAME);
    Some(names.map(|name| name_of(&name)).collect())
}

/// The names of a query's output columns; `None` where `*` is among them, or it is no query.
pub(super) fn output_names(node: &SyntaxNode) -> Option<Vec<Name>> {
    if !matches!(
        node.kind(),
        K::SELECT | K::PAREN_SELECT | K::COMPOUND_SELECT | K::PAREN_EXPR
    ) {
        return None;
    }
    let select = node.descendants().find(|child| child.kind() == K::SELECT)?;
    let clause = select
        .children()
        .find(|child| child.kind() == K::SELECT_CLAUSE)?;
    let list = clause.children().find_map(ast::TargetList::cast)?;
    let name = |target: ast::Target| {
        let (name, _) = ColumnName::from_target(target)?;
        name.to_string().map(|name| Name::quoted(&name))
    };
    list.targets().map(name).collect()
}
