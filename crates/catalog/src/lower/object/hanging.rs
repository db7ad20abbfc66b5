//! What triggers, rules and policies have in common: they hang on a table or view, among whose they have a name.

use squawk_syntax::ast::{self, AstNode};

use super::lifecycle;
use crate::{
    Catalog, Name, ObjectRef, QName,
    lower::{Context, names},
};

/// What hangs on a table or view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hanging {
    Trigger,
    Rule,
    /// On tables only.
    Policy,
}

impl Hanging {
    fn address(self, of: QName, name: Name) -> ObjectRef {
        match self {
            Self::Trigger => ObjectRef::Trigger(of, name),
            Self::Rule => ObjectRef::Rule(of, name),
            Self::Policy => ObjectRef::Policy(of, name),
        }
    }

    fn is_there(self, catalog: &Catalog, of: &QName, name: &Name) -> bool {
        let table = catalog.tables.get(of);
        let view = catalog.views.get(of);
        match self {
            Self::Trigger => {
                table.is_some_and(|table| table.triggers.contains_key(name))
                    || view.is_some_and(|view| view.triggers.contains_key(name))
            }
            Self::Rule => {
                table.is_some_and(|table| table.rules.contains_key(name))
                    || view.is_some_and(|view| view.rules.contains_key(name))
            }
            Self::Policy => table.is_some_and(|table| table.policies.contains_key(name)),
        }
    }

    /// As the server says that there is none.
    fn missing(self, of: &str, name: &str) -> String {
        let (kind, relation) = match self {
            Self::Trigger => ("trigger", "table"),
            Self::Rule => ("rule", "relation"),
            Self::Policy => ("policy", "table"),
        };
        format!("{kind} \"{name}\" for {relation} \"{of}\" does not exist")
    }

    /// As the server says that there is one.
    fn taken(self, of: &str, name: &str) -> String {
        let (kind, relation) = match self {
            Self::Trigger => ("trigger", "relation"),
            Self::Rule => ("rule", "relation"),
            Self::Policy => ("policy", "table"),
        };
        format!("{kind} \"{name}\" for {relation} \"{of}\" already exists")
    }
}

/// Whether the name is free; a problem where it is not.
pub(super) fn is_free(
    context: &mut Context<'_>,
    kind: Hanging,
    node: &impl AstNode,
    of: &QName,
) -> bool {
    let name = names::name(node);
    let taken = kind.is_there(&context.catalog, of, &name);
    if taken {
        context.problem(node.syntax(), kind.taken(&of.name, &name));
    }
    !taken
}

/// The one that is named, as table or view and name; a problem where there is none, unless it may be missing.
pub(super) fn find(
    context: &mut Context<'_>,
    kind: Hanging,
    node: &impl AstNode,
    on: &impl AstNode,
    missing_ok: bool,
) -> Option<(QName, Name)> {
    if missing_ok && context.find_relation(&names::written(on)).is_none() {
        return None;
    }
    let of = match kind {
        Hanging::Trigger | Hanging::Rule => context.table_or_view(on)?.0,
        Hanging::Policy => context.table(on)?,
    };
    let name = names::name(node);
    if kind.is_there(&context.catalog, &of, &name) {
        return Some((of, name));
    }
    if !missing_ok {
        context.problem(node.syntax(), kind.missing(&of.name, &name));
    }
    None
}

/// The address of the one that is named; a problem where there is none.
pub(super) fn address(
    context: &mut Context<'_>,
    kind: Hanging,
    node: &impl AstNode,
    on: &impl AstNode,
) -> Option<ObjectRef> {
    find(context, kind, node, on, false).map(|(of, name)| kind.address(of, name))
}

/// `DROP`.
pub(super) fn drop<N: AstNode, R: AstNode>(
    context: &mut Context<'_>,
    kind: Hanging,
    (node, on): (Option<N>, Option<R>),
    if_exists: bool,
    behavior: Option<ast::DropBehavior>,
) {
    let (Some(node), Some(on)) = (node, on) else {
        return;
    };
    lifecycle::drop(
        context,
        std::iter::once(node),
        if_exists,
        lifecycle::cascades(behavior),
        |context, node, missing_ok| {
            let (of, name) = find(context, kind, node, &on, missing_ok)?;
            Some(kind.address(of, name))
        },
    );
}
