//! Queries and the statements within them: in which order their parts are walked, and what they give out.

use squawk_syntax::{
    SyntaxKind as K, SyntaxNode,
    ast::{self, AstNode},
    column_name::{ColumnName, ColumnNameValue},
};

use super::{
    Walk,
    names::{alias_of, listed_columns, name_of, output_names},
};
use crate::{
    QName,
    rewrite::{Output, scope::Frame},
};

impl Walk<'_> {
    /// A query: what it reads first, then what it makes of it.
    pub(super) fn query(&mut self, node: &SyntaxNode) {
        let framing = std::mem::take(&mut self.top);
        if !framing {
            self.frames.push(Frame::default());
        }
        for with in node
            .children()
            .filter(|child| child.kind() == K::WITH_CLAUSE)
        {
            self.ctes(&with);
        }
        let from = node.children().find(|child| child.kind() == K::FROM_CLAUSE);
        if let Some(from) = &from {
            self.collect_items(from);
            self.walk_from(from);
        }
        if !framing {
            self.outputs(node);
        }
        for child in node.children() {
            match child.kind() {
                K::WITH_CLAUSE | K::FROM_CLAUSE => {}
                K::ORDER_BY_CLAUSE => self.order_by(&child),
                _ => self.children(&child),
            }
        }
        if !framing {
            self.frames.pop();
        }
    }

    /// What sorts the rows of a UNION can only be one of its output columns.
    pub(super) fn compound(&mut self, node: &SyntaxNode) {
        self.top = false;
        self.frames.push(Frame::default());
        for child in node.children() {
            match child.kind() {
                K::WITH_CLAUSE => self.ctes(&child),
                K::ORDER_BY_CLAUSE => {}
                _ => self.walk(&child),
            }
        }
        self.frames.pop();
    }

    /// An INSERT, UPDATE or DELETE of a rule or a CTE: its table is one more thing that is read.
    pub(super) fn statement(&mut self, node: &SyntaxNode) {
        self.frames.push(Frame::default());
        for with in node
            .children()
            .filter(|child| child.kind() == K::WITH_CLAUSE)
        {
            self.ctes(&with);
        }
        let target = node
            .descendants()
            .find(|child| child.kind() == K::RELATION_NAME_REF);
        let resolved = target.as_ref().and_then(|target| self.resolve(target));
        if let (Some(target), Some(relation)) = (&target, &resolved) {
            let alias = node.children().find_map(|child| alias_of(&child));
            let item = self.item(relation, alias.as_ref().map(|(name, _)| name.clone()));
            self.relation_use(
                target,
                relation,
                alias.map(|(name, range)| (name, self.range(range))),
            );
            self.push_item(item);
        }
        for from in node
            .children()
            .filter(|child| matches!(child.kind(), K::FROM_CLAUSE | K::USING_CLAUSE))
        {
            self.collect_items(&from);
            self.walk_from(&from);
        }
        self.statement_parts(node, target.as_ref(), resolved.as_ref());
        self.frames.pop();
    }

    fn statement_parts(
        &mut self,
        node: &SyntaxNode,
        target: Option<&SyntaxNode>,
        of: Option<&QName>,
    ) {
        for child in node.children() {
            match child.kind() {
                K::WITH_CLAUSE | K::FROM_CLAUSE | K::USING_CLAUSE | K::RELATION_NAME => {}
                K::COLUMN_NAME_REF => match of {
                    Some(of) => self.column(&child, of.clone()),
                    None => self.unsure(&child),
                },
                K::COLUMN_TARGET
                | K::COLUMN_TARGET_LIST
                | K::SET_CLAUSE
                | K::SET_COLUMN_LIST
                | K::SET_SINGLE_COLUMN
                | K::SET_MULTIPLE_COLUMNS => {
                    self.statement_parts(&child, target, of);
                }
                _ if Some(&child) == target => {}
                _ => self.walk(&child),
            }
        }
    }

    fn ctes(&mut self, with: &SyntaxNode) {
        for table in with.children() {
            let name = table.children().find(|child| child.kind() == K::CTE_NAME);
            let Some(name) = name.as_ref().map(name_of) else {
                continue;
            };
            let body = table.children().filter(|child| child.kind() != K::CTE_NAME);
            let columns =
                listed_columns(&table).or_else(|| body.clone().find_map(|c| output_names(&c)));
            if let Some(frame) = self.frames.last_mut() {
                frame.ctes.push((name, columns));
            }
            for part in body.filter(|child| child.kind() != K::COLUMN_LIST) {
                self.walk(&part);
            }
        }
    }

    fn outputs(&mut self, select: &SyntaxNode) {
        let clause = select
            .children()
            .find(|child| child.kind() == K::SELECT_CLAUSE);
        let list = clause
            .iter()
            .flat_map(SyntaxNode::descendants)
            .find_map(ast::TargetList::cast);
        for target in list.iter().flat_map(ast::TargetList::targets) {
            let alias = target.as_name().and_then(|alias| {
                let name = alias.name()?;
                Some((name_of(name.syntax()), alias.syntax().text_range()))
            });
            if let (Some((alias, _)), Some(frame)) = (&alias, self.frames.last_mut()) {
                frame.aliases.push(alias.clone());
            }
            let Some(expr) = target.expr() else {
                if target.star_token().is_some() {
                    self.every_column(target.syntax());
                }
                continue;
            };
            let inferred = ColumnName::inferred_from_target(target.clone());
            let (ColumnName::Column(ColumnNameValue::Syntax(decisive))
            | ColumnName::UnknownColumn(Some(ColumnNameValue::Syntax(decisive)))) =
                inferred.map_or(ColumnName::Star, |(name, _)| name)
            else {
                continue;
            };
            let plain = matches!(expr, ast::Expr::NameRef(_) | ast::Expr::FieldExpr(_));
            self.scan.outputs.push(Output {
                decisive: self.range_of(&decisive),
                end: self.range_of(expr.syntax()).end,
                alias: alias.map(|(name, range)| {
                    (
                        name,
                        self.range(usize::from(range.start())..usize::from(range.end())),
                    )
                }),
                plain,
            });
        }
    }

    /// A bare name in ORDER BY is an output column first.
    fn order_by(&mut self, clause: &SyntaxNode) {
        for sort in clause
            .descendants()
            .filter(|child| child.kind() == K::SORT_BY)
        {
            for child in sort.children() {
                let is_alias = child.kind() == K::NAME_REF
                    && self
                        .frames
                        .last()
                        .is_some_and(|f| f.aliases.contains(&name_of(&child)));
                if !is_alias {
                    self.walk(&child);
                }
            }
        }
    }
}
