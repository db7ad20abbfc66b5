//! Names as a statement writes them, and what they stand for.

use segue_catalog::{Catalog, Name, QName, Relation, Session, name_parts};
use squawk_syntax::{
    SyntaxNode,
    ast::{AstNode, normalize_name_node},
};

/// The parts of a name, the object's own last.
pub(crate) fn parts(node: &SyntaxNode) -> Vec<Name> {
    let found = name_parts(node);
    if found.is_empty() {
        vec![Name::quoted(&normalize_name_node(node))]
    } else {
        found
    }
}

/// The object's own name.
pub(crate) fn name(node: &impl AstNode) -> Name {
    let mut parts = parts(node.syntax());
    parts.pop().unwrap_or_else(|| Name::stored(""))
}

/// The relation of any kind that a name stands for.
pub(crate) fn any_relation(
    catalog: &Catalog,
    session: &Session,
    node: &impl AstNode,
) -> Option<QName> {
    first(session, node, |name| catalog.relation(name).is_some())
}

/// The table or view that a name stands for.
pub(crate) fn relation(catalog: &Catalog, session: &Session, node: &impl AstNode) -> Option<QName> {
    first(session, node, |name| {
        catalog.tables.contains_key(name) || catalog.views.contains_key(name)
    })
}

/// The sequence that a name stands for, also that of an identity column.
pub(crate) fn sequence(catalog: &Catalog, session: &Session, node: &impl AstNode) -> Option<QName> {
    first(session, node, |name| {
        matches!(
            catalog.relation(name),
            Some(Relation::Sequence | Relation::IdentitySequence(..))
        )
    })
}

/// The first object that is there, of those that a name can stand for.
fn first(
    session: &Session,
    node: &impl AstNode,
    is_there: impl Fn(&QName) -> bool,
) -> Option<QName> {
    let mut parts = parts(node.syntax());
    let name = parts.pop()?;
    let schemas = match parts.pop() {
        Some(schema) => vec![schema],
        None => std::iter::once(Name::stored("pg_temp"))
            .chain(session.search_path.iter().cloned())
            .collect(),
    };
    let names = schemas
        .into_iter()
        .map(|schema| QName::new(schema, name.clone()));
    names.into_iter().find(is_there)
}
