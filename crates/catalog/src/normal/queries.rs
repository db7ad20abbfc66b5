//! Queries: a server prints relations with their schemas, expands `*`, gives every result a name, and puts the table
//! in front of columns: always before PostgreSQL 16, and only where there are several tables from 16 on
//! (`ruleutils.c`, `get_query_def`).

use squawk_syntax::SyntaxKind;

use super::{
    context::Side,
    tree::{Head, Tree},
};
use crate::{Catalog, Name, QName};

/// Absorbs what can be told from the text and the names of relations: schemas of relations, names of results that
/// they have anyway, and qualifiers where a query reads one relation only. Gives that relation.
pub(super) fn absorb<'a>(tree: &mut Tree, side: &Side<'a>) -> Option<&'a QName> {
    tree.each(&mut |node| {
        if node.head == Head::Syntax(SyntaxKind::SELECT) {
            spell_out(node, side.catalog);
        }
    });
    tree.each(&mut |node| {
        if node.head == Head::Syntax(SyntaxKind::TARGET) {
            drop_idle_name(node);
        }
    });
    // The name of a WITH query hides a relation's.
    if tree.any(&|node| node.head == Head::Syntax(SyntaxKind::WITH_CLAUSE)) {
        return None;
    }
    let mut relations = Vec::new();
    tree.each(&mut |node| match node.head {
        Head::Syntax(SyntaxKind::RELATION_FROM_ITEM) => relations.push(qualify(node, side.catalog)),
        Head::Syntax(kind) if is_other_source(kind) => relations.push(None),
        _ => {}
    });
    let [Some((relation, called))] = relations.as_slice() else {
        return None;
    };
    // One relation in the whole text: every column is one of its columns.
    tree.each(&mut |node| {
        if let Head::Column(name) = &mut node.head {
            let is_its = match name.as_slice() {
                [of, _] => of == called,
                [schema, of, _] => {
                    *schema == relation.schema && *of == relation.name && *called == relation.name
                }
                _ => false,
            };
            if is_its {
                name.drain(..name.len() - 1);
            }
        }
    });
    side.catalog
        .tables
        .get_key_value(relation)
        .map(|(name, _)| name)
}

/// What rows can come from beside a relation: columns may be its.
fn is_other_source(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::EXPR_FROM_ITEM
            | SyntaxKind::FUNCTION_FROM_ITEM
            | SyntaxKind::PAREN_FROM_ITEM
            | SyntaxKind::ROWS_FROM_ITEM
            | SyntaxKind::JSON_TABLE_FROM_ITEM
            | SyntaxKind::XML_TABLE_FROM_ITEM
            | SyntaxKind::GRAPH_TABLE_FROM_ITEM
            | SyntaxKind::INSERT
            | SyntaxKind::UPDATE
            | SyntaxKind::DELETE
            | SyntaxKind::MERGE
    )
}

/// Gives a relation its schema where only one of that name is there; and tells what columns call it.
fn qualify(item: &mut Tree, catalog: &Catalog) -> Option<(QName, Name)> {
    let mut found = None;
    let mut names = 0;
    item.each(&mut |node| {
        if let Head::Named(name) = &mut node.head {
            names += 1;
            if names == 1 {
                found = relation(name, catalog);
                if let Some(found) = &found {
                    *name = vec![found.schema.clone(), found.name.clone()];
                }
            }
        }
    });
    let found = found?;
    let alias = item
        .parts
        .iter()
        .find(|part| part.head == Head::Syntax(SyntaxKind::FROM_ALIAS));
    let called = match alias {
        None => found.name.clone(),
        // an alias with names for columns renames those
        Some(alias) => match alias.parts.as_slice() {
            [
                Tree {
                    head: Head::Named(name),
                    ..
                },
            ] => name.last()?.clone(),
            _ => return None,
        },
    };
    Some((found, called))
}

fn relation(name: &[Name], catalog: &Catalog) -> Option<QName> {
    let relations = catalog.tables.keys().chain(catalog.views.keys());
    let mut same = relations.filter(|one| match name {
        [bare] => one.name == *bare && !bare.starts_with("pg_"),
        [schema, bare] => one.schema == *schema && one.name == *bare,
        _ => false,
    });
    let found = same.next()?.clone();
    same.next().is_none().then_some(found)
}

/// `a AS a`, `count(*) AS count`: the name that the result has anyway (`parse_target.c`, `FigureColname`).
fn drop_idle_name(target: &mut Tree) {
    let named = target.parts.get(1).and_then(|name| match name.head {
        Head::Syntax(SyntaxKind::AS_NAME) => name.parts.first(),
        _ => None,
    });
    let Some(Head::Named(given)) = named.map(|name| &name.head) else {
        return;
    };
    let own = target.parts.first().and_then(own_name);
    if own.is_some() && own == given.last() {
        target.parts.truncate(1);
    }
}

/// Results that `ORDER BY` and `GROUP BY` name or number are printed there in full. In `GROUP BY` a column of that
/// name goes before (`parse_clause.c`, `findTargetlistEntrySQL92`).
fn spell_out(select: &mut Tree, catalog: &Catalog) {
    let results = results(select);
    let columns = columns_read(select, catalog);
    for clause in &mut select.parts {
        let by_group = match clause.head {
            Head::Syntax(SyntaxKind::ORDER_BY_CLAUSE) => false,
            Head::Syntax(SyntaxKind::GROUP_BY_CLAUSE) => true,
            _ => continue,
        };
        clause.each(&mut |item| {
            let is_item = matches!(
                item.head,
                Head::Syntax(SyntaxKind::SORT_BY | SyntaxKind::GROUPING_EXPR)
            );
            let Some(value) = item.parts.first_mut().filter(|_| is_item) else {
                return;
            };
            let meant = match &value.head {
                Head::Column(name) if name.len() == 1 => {
                    let hidden =
                        by_group && columns.as_ref().is_none_or(|all| all.contains(&name[0]));
                    let mut same = results
                        .iter()
                        .filter(|(called, _)| called.as_ref() == Some(&name[0]));
                    same.next().filter(|_| !hidden)
                }
                Head::Number(number) => number
                    .parse::<usize>()
                    .ok()
                    .and_then(|number| results.get(number.checked_sub(1)?)),
                _ => None,
            };
            if let Some((_, meant)) = meant {
                *value = meant.clone();
            }
        });
    }
}

/// The results of a query with their names.
fn results(select: &Tree) -> Vec<(Option<Name>, Tree)> {
    let mut found = Vec::new();
    let clauses = select.parts.iter();
    let lists = clauses
        .filter(|part| part.head == Head::Syntax(SyntaxKind::SELECT_CLAUSE))
        .flat_map(|clause| &clause.parts);
    let targets = lists.flat_map(|list| &list.parts);
    for target in targets.filter(|part| part.head == Head::Syntax(SyntaxKind::TARGET)) {
        let Some(value) = target.parts.first() else {
            continue;
        };
        let given = target.parts.get(1).and_then(|name| name.parts.first());
        let name = match given.map(|name| &name.head) {
            Some(Head::Named(given)) => given.last().cloned(),
            _ => own_name(value).cloned(),
        };
        found.push((name, value.clone()));
    }
    found
}

/// The names of all columns that a query reads; `None` where it reads from what is not known.
fn columns_read(select: &Tree, catalog: &Catalog) -> Option<Vec<Name>> {
    let mut columns = Some(Vec::new());
    let mut copy = select.clone();
    copy.each(&mut |node| match node.head {
        Head::Syntax(SyntaxKind::RELATION_FROM_ITEM) => {
            let found = qualify(node, catalog).map(|(name, _)| name);
            let known = found.and_then(|name| columns_of(&name, catalog));
            columns = columns.take().zip(known).map(|(mut all, more)| {
                all.extend(more);
                all
            });
        }
        Head::Syntax(kind) if is_other_source(kind) => columns = None,
        _ => {}
    });
    columns
}

fn columns_of(relation: &QName, catalog: &Catalog) -> Option<Vec<Name>> {
    if let Some(table) = catalog.tables.get(relation) {
        return Some(
            table
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
        );
    }
    let view = catalog.views.get(relation)?;
    (!view.columns.is_empty()).then(|| view.columns.clone())
}

fn own_name(value: &Tree) -> Option<&Name> {
    match &value.head {
        Head::Column(name) | Head::Call(name) => name.last(),
        Head::Syntax(SyntaxKind::CALL_EXPR) => own_name(value.parts.first()?),
        _ => None,
    }
}
