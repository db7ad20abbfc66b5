//! The columns of a view, as its query tells them.

use segue_catalog::{Catalog, Name, ObjectRef, QName, model::View};
use squawk_syntax::ast::{self, AstNode};

use crate::written;

/// The columns of a view; none where that takes a server.
pub(super) fn of(catalog: &Catalog, view: &View) -> Vec<Name> {
    if !view.columns.is_empty() {
        return view.columns.clone();
    }
    let tree = segue_catalog::parse(&view.query.text).tree();
    let select = tree.syntax().descendants().find_map(ast::Select::cast);
    let list = select.and_then(|select| select.select_clause()?.target_list());
    let Some(list) = list else {
        return Vec::new();
    };
    let mut columns = Vec::new();
    for target in list.targets() {
        let named = target.as_name().and_then(|name| name.name());
        let named = named.map(|name| written::name(&name));
        match (named, target.expr()) {
            (Some(name), _) => columns.push(name),
            (None, Some(ast::Expr::NameRef(name))) => columns.push(written::name(&name)),
            (None, Some(ast::Expr::FieldExpr(field))) if field.star_token().is_none() => {
                columns.extend(field.field().map(|field| written::name(&field)));
            }
            (None, Some(ast::Expr::CallExpr(call))) => match call.expr() {
                Some(ast::Expr::NameRef(name)) => columns.push(written::name(&name)),
                _ => return Vec::new(),
            },
            (None, expr) => {
                let is_star = target.star_token().is_some()
                    || matches!(&expr, Some(ast::Expr::FieldExpr(field)) if field.star_token().is_some());
                match all(catalog, view) {
                    Some(all) if is_star => columns.extend(all),
                    _ => return Vec::new(),
                }
            }
        }
    }
    columns
}

/// The columns that `*` stands for, where the query is of one relation.
fn all(catalog: &Catalog, view: &View) -> Option<Vec<Name>> {
    let mut relations: Vec<&QName> = view
        .depends_on
        .iter()
        .filter_map(|used| match used {
            ObjectRef::Table(name) | ObjectRef::View(name) | ObjectRef::Column(name, _) => {
                Some(name)
            }
            _ => None,
        })
        .collect();
    relations.dedup();
    match relations.as_slice() {
        [one] => super::columns(catalog, one).filter(|columns| !columns.is_empty()),
        _ => None,
    }
}
