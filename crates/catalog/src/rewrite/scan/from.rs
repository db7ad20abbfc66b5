//! FROM: what a query reads, and which names that makes known.

use std::ops::Range;

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::{
    Walk,
    names::{alias_of, is_join, listed_columns, output_names, parts_of},
};
use crate::{
    Name, QName,
    rewrite::{
        What,
        scope::{self, Item},
    },
};

impl Walk<'_> {
    /// Everything in a FROM clause, however it is joined.
    pub(super) fn collect_items(&mut self, node: &SyntaxNode) {
        for child in node.children() {
            let alias = child.children().find(|child| child.kind() == K::FROM_ALIAS);
            let listed = alias.as_ref().and_then(listed_columns);
            let named = alias.as_ref().and_then(alias_of);
            match child.kind() {
                K::RELATION_FROM_ITEM => {
                    let Some(name) = child.children().find(|c| c.kind() == K::RELATION_NAME_REF)
                    else {
                        continue;
                    };
                    let item = self.relation_item(&name, named, listed);
                    self.push_item(item);
                }
                K::PAREN_FROM_ITEM | K::FUNCTION_FROM_ITEM => {
                    let columns =
                        listed.or_else(|| child.children().find_map(|c| output_names(&c)));
                    if named.is_none() && child.kind() == K::PAREN_FROM_ITEM {
                        self.collect_items(&child);
                    }
                    let Some((qualifier, _)) = named else {
                        continue;
                    };
                    self.push_item(Item {
                        qualifier,
                        aliased: true,
                        relation: None,
                        columns,
                        qualified_only: false,
                    });
                }
                _ => self.collect_items(&child),
            }
        }
    }

    /// A relation or CTE that is read; the relation's name is a use.
    fn relation_item(
        &mut self,
        name: &SyntaxNode,
        alias: Option<(Name, Range<usize>)>,
        listed: Option<Vec<Name>>,
    ) -> Item {
        let parts = parts_of(name);
        let own = parts.last().map(|(name, _)| name.clone());
        let own = own.unwrap_or_else(|| Name::stored(""));
        let cte = (parts.len() == 1).then(|| self.cte(&own)).flatten();
        let (relation, columns) = match cte {
            Some(columns) => (None, columns),
            None => {
                let relation = self.resolve(name);
                let columns = relation
                    .as_ref()
                    .and_then(|of| scope::columns(self.catalog, of));
                (relation, columns)
            }
        };
        if let Some(relation) = &relation {
            let alias = alias.clone().map(|(name, range)| (name, self.range(range)));
            self.relation_use(name, relation, alias);
            if listed.is_some() {
                self.push(name, What::Star(relation.clone()));
            }
        }
        Item {
            aliased: alias.is_some(),
            qualifier: alias.map_or(own, |(alias, _)| alias),
            relation: if listed.is_some() { None } else { relation },
            columns: listed.or(columns),
            qualified_only: false,
        }
    }

    fn cte(&self, name: &Name) -> Option<Option<Vec<Name>>> {
        let mut all = self.frames.iter().rev().flat_map(|frame| &frame.ctes);
        all.find(|(cte, _)| cte == name)
            .map(|(_, columns)| columns.clone())
    }

    pub(super) fn item(&self, relation: &QName, alias: Option<Name>) -> Item {
        Item {
            aliased: alias.is_some(),
            qualifier: alias.unwrap_or_else(|| relation.name.clone()),
            relation: Some(relation.clone()),
            columns: scope::columns(self.catalog, relation),
            qualified_only: false,
        }
    }

    pub(super) fn push_item(&mut self, item: Item) {
        if let Some(frame) = self.frames.last_mut() {
            frame.items.push(item);
        }
    }

    /// The rest of a FROM clause: conditions of joins, subqueries, functions. A subquery sees what stands beside it
    /// only where it is LATERAL.
    pub(super) fn walk_from(&mut self, node: &SyntaxNode) {
        for child in node.children() {
            let lateral = || {
                child
                    .children_with_tokens()
                    .any(|token| token.kind() == K::LATERAL_KW)
            };
            match child.kind() {
                K::RELATION_FROM_ITEM | K::FROM_ALIAS => {}
                K::JOIN_EXPR | K::FROM_CLAUSE => self.walk_from(&child),
                K::PAREN_EXPR if is_join(&child) => self.walk_from(&child),
                K::JOIN => {
                    if child
                        .children_with_tokens()
                        .any(|token| token.kind() == K::NATURAL_KW)
                    {
                        self.every_column(&child);
                    }
                    self.walk_from(&child);
                }
                K::PAREN_FROM_ITEM if !lateral() => {
                    let beside = self
                        .frames
                        .last_mut()
                        .map(|frame| std::mem::take(&mut frame.items));
                    let subquery = child
                        .children()
                        .any(|child| child.kind() == K::PAREN_SELECT);
                    if !subquery {
                        self.restore(beside.clone());
                        self.walk_from(&child);
                        continue;
                    }
                    self.children(&child);
                    self.restore(beside);
                }
                _ => self.walk(&child),
            }
        }
    }

    fn restore(&mut self, items: Option<Vec<Item>>) {
        if let (Some(frame), Some(items)) = (self.frames.last_mut(), items) {
            frame.items = items;
        }
    }

    /// Every column of everything that is read: `*`, and what NATURAL joins by may be any of them.
    pub(super) fn every_column(&mut self, node: &SyntaxNode) {
        let items = self.frames.last().map(|frame| frame.items.clone());
        for relation in items.into_iter().flatten().filter_map(|item| item.relation) {
            self.push(node, What::Star(relation));
        }
    }
}
