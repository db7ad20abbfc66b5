//! What a query or a body refers to: relations, their columns, functions, types. Names of common table expressions are
//! none of these.

use std::collections::BTreeSet;

use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};

use crate::{
    Name, ObjectRef, QName, Relation, RoutineId,
    lower::{
        Context,
        names::{self, Written},
    },
    model::ArgumentMode,
    rewrite::{self, Scan, What},
};

/// Everything of the model that a part of a statement refers to.
pub(super) fn of(context: &Context<'_>, node: &SyntaxNode) -> BTreeSet<ObjectRef> {
    let mut found = BTreeSet::new();
    let mut sources = Vec::new();
    for node in node.descendants() {
        if let Some(relation) = ast::RelationNameRef::cast(node.clone()) {
            sources.extend(source(context, &relation));
        } else if let Some(call) = ast::CallExpr::cast(node.clone()) {
            found.extend(called(context, &call).map(ObjectRef::Routine));
        } else if let Some(path) = ast::PathType::cast(node) {
            let name = context.find_user_type(&names::written(&path));
            let own = name.filter(|name| context.catalog.types.contains_key(name));
            found.extend(own.map(ObjectRef::Type));
        }
    }
    columns(context, node, &sources, &mut found);
    found.extend(sources.into_iter().map(|source| source.object));
    found
}

/// A relation that is read, and what it is called where it is read.
struct Source {
    name: QName,
    alias: Name,
    object: ObjectRef,
}

fn source(context: &Context<'_>, node: &ast::RelationNameRef) -> Option<Source> {
    let written = names::written(node);
    if written.schema.is_none() && is_common_table(node.syntax(), &written.name) {
        return None;
    }
    let (name, kind) = context.find_relation(&written)?;
    let object = match kind {
        Relation::Table => ObjectRef::Table(name.clone()),
        Relation::View => ObjectRef::View(name.clone()),
        Relation::Sequence | Relation::IdentitySequence(..) => ObjectRef::Sequence(name.clone()),
        _ => return None,
    };
    let item = node.syntax().parent().and_then(ast::RelationFromItem::cast);
    let alias = item
        .and_then(|item| item.alias())
        .and_then(|alias| alias.syntax().children().find_map(ast::TableAlias::cast))
        .map_or(written.name, |alias| names::name(&alias));
    Some(Source {
        name,
        alias,
        object,
    })
}

/// Whether a name is that of a common table expression in force here: one of a `WITH` around it that stands before it, or
/// any of a `WITH RECURSIVE`.
fn is_common_table(node: &SyntaxNode, name: &Name) -> bool {
    node.ancestors().any(|around| {
        let clauses = around.children().filter_map(ast::WithClause::cast);
        clauses.into_iter().any(|with| {
            let recursive = with.recursive_token().is_some();
            with.with_tables()
                .take_while(|table| {
                    let within = table
                        .syntax()
                        .text_range()
                        .contains_range(node.text_range());
                    recursive || !within
                })
                .any(|table| table.name().is_some_and(|of| names::name(&of) == *name))
        })
    })
}

/// The columns that the query refers to: as the walk through it tells, query by query; where it cannot be walked
/// through, whatever the names can stand for.
fn columns(
    context: &Context<'_>,
    node: &SyntaxNode,
    sources: &[Source],
    found: &mut BTreeSet<ObjectRef>,
) {
    let Some(scan) = rewrite::scan_query(&context.catalog, node) else {
        return possible_columns(context, node, sources, found);
    };
    let mut mention = |table: &QName, column: Option<&Name>| {
        let columns = context.catalog.tables.get(table).map(|of| &of.columns);
        let named = columns.into_iter().flatten();
        let named = named.filter(|of| column.is_none_or(|column| of.name == *column));
        found.extend(named.map(|of| ObjectRef::Column(table.clone(), of.name.clone())));
    };
    for one in &scan.uses {
        match &one.what {
            What::Column(table, column) => mention(table, Some(column)),
            What::Star(table) => mention(table, None),
            // as in USING
            What::Unsure(column) => {
                let tables = sources.iter().map(|source| &source.name);
                tables.for_each(|table| mention(table, Some(column)));
            }
            _ => {}
        }
    }
    for row in node.descendants().filter_map(ast::NameRef::cast) {
        let within = row.syntax().parent().map(|parent| parent.kind());
        if matches!(within, Some(SyntaxKind::FIELD_EXPR)) || is_column(&scan, node, row.syntax()) {
            continue;
        }
        let name = names::name(&row);
        let named = sources.iter().filter(|source| source.alias == name);
        named.for_each(|source| mention(&source.name, None));
    }
}

/// Whether the walk through a query has found a name to be a column.
fn is_column(scan: &Scan, query: &SyntaxNode, name: &SyntaxNode) -> bool {
    let start = usize::from(name.text_range().start() - query.text_range().start());
    scan.uses
        .iter()
        .any(|one| one.name.start == start && matches!(one.what, What::Column(..)))
}

/// The columns that names in the query can stand for: `alias.column` and `alias.*` of that relation, `column` and
/// `*` of any.
fn possible_columns(
    context: &Context<'_>,
    node: &SyntaxNode,
    sources: &[Source],
    found: &mut BTreeSet<ObjectRef>,
) {
    let mut mention = |alias: Option<&Name>, column: Option<&Name>| {
        for source in sources {
            if alias.is_some_and(|alias| *alias != source.alias) {
                continue;
            }
            let Some(table) = context.catalog.tables.get(&source.name) else {
                continue;
            };
            let named = table
                .columns
                .iter()
                .filter(|of| column.is_none_or(|column| of.name == *column));
            found.extend(named.map(|of| ObjectRef::Column(source.name.clone(), of.name.clone())));
        }
    };
    for node in node.descendants() {
        match node.kind() {
            SyntaxKind::FIELD_EXPR => {
                let parts = field_parts(&node);
                let star =
                    ast::FieldExpr::cast(node).is_some_and(|field| field.star_token().is_some());
                match (parts.as_slice(), star) {
                    ([.., alias], true) => mention(Some(alias), None),
                    ([.., alias, column], false) => mention(Some(alias), Some(column)),
                    _ => {}
                }
            }
            SyntaxKind::NAME_REF => {
                let within = node.parent().map(|parent| parent.kind());
                let part = matches!(within, Some(SyntaxKind::FIELD_EXPR | SyntaxKind::CALL_EXPR));
                if !part {
                    let name = Name::quoted(&ast::normalize_name_node(&node));
                    mention(None, Some(&name));
                    // the whole row
                    mention(Some(&name), None);
                }
            }
            SyntaxKind::TARGET if node.text().to_string().trim() == "*" => mention(None, None),
            _ => {}
        }
    }
}

/// The names of `a.b.c`; none where it is the field of an expression.
fn field_parts(node: &SyntaxNode) -> Vec<Name> {
    let mut parts = Vec::new();
    for child in node.children() {
        match child.kind() {
            SyntaxKind::NAME_REF => parts.push(Name::quoted(&ast::normalize_name_node(&child))),
            SyntaxKind::FIELD_EXPR => parts.extend(field_parts(&child)),
            _ => {}
        }
    }
    parts
}

/// The function that is called, if only one of the name takes so many arguments.
fn called(context: &Context<'_>, call: &ast::CallExpr) -> Option<RoutineId> {
    let written = callee(call)?;
    let given = call.arg_list().map_or(0, |list| list.args().count());
    let mut fitting = context
        .find_routines(&written)
        .into_iter()
        .filter(|id| takes(context, id, given));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// What a call names.
pub(super) fn callee(call: &ast::CallExpr) -> Option<Written> {
    let mut parts = match call.expr()? {
        ast::Expr::NameRef(name) => vec![names::name(&name)],
        ast::Expr::FieldExpr(field) => field_parts(field.syntax()),
        _ => return None,
    };
    let name = parts.pop()?;
    Some(Written {
        schema: parts.pop(),
        name,
    })
}

/// Whether a routine can be called with so many arguments: defaults and VARIADIC make room.
fn takes(context: &Context<'_>, id: &RoutineId, given: usize) -> bool {
    let Some(routine) = context.catalog.routines.get(id) else {
        return false;
    };
    let optional = |argument: &&crate::model::Argument| argument.default.is_some();
    let least = id.arguments.len() - routine.arguments.iter().filter(optional).count();
    let variadic = routine
        .arguments
        .iter()
        .any(|argument| argument.mode == ArgumentMode::Variadic);
    given >= least.saturating_sub(usize::from(variadic))
        && (variadic || given <= id.arguments.len())
}

/// Functions of extensions that triggers and types name.
const OF_EXTENSIONS: &[(&str, &str)] = &[
    ("autoinc", "autoinc"),
    ("insert_username", "insert_username"),
    ("lo_manage", "lo"),
    ("moddatetime", "moddatetime"),
    ("check_primary_key", "refint"),
    ("check_foreign_key", "refint"),
    ("triggered_change_notification", "tcn"),
];

/// The function of a name, where the statement gives no arguments: the first in the path, else one that an
/// extension brings, else one of the server's.
pub(super) fn function(context: &Context<'_>, written: &Written) -> QName {
    if let Some(id) = context.find_routines(written).into_iter().next() {
        return id.name;
    }
    let schema = written.schema.clone().unwrap_or_else(|| {
        let extension = OF_EXTENSIONS.iter().find(|(name, _)| written.name == *name);
        let extension = extension.map_or(written.name.as_str(), |(_, extension)| *extension);
        let found = context.catalog.extensions.get(extension);
        found.map_or_else(|| Name::stored("pg_catalog"), |found| found.schema.clone())
    });
    QName::new(schema, written.name.clone())
}
