//! The walk through an expression or query: which name in it is what.

use std::ops::Range;

use squawk_syntax::{
    SourceFile, SyntaxKind as K, SyntaxNode,
    ast::{self, AstNode, normalize_name_node},
    column_name::{ColumnName, ColumnNameValue},
};

use super::{
    Output, Scan, Scope, Use, What,
    literal::qualified,
    scope::{self, Found, Frame, Item},
};
use crate::{Catalog, Name, QName};

/// Walks through a text whose first bytes are not part of the expression.
pub(super) fn scan(catalog: &Catalog, text: &str, skip: usize, scope: Scope<'_>) -> Option<Scan> {
    let parse = SourceFile::parse(text);
    if !parse.errors().is_empty() {
        return None;
    }
    let mut walk = Walk {
        catalog,
        skip,
        near: None,
        frames: Vec::new(),
        scan: Scan::default(),
        top: skip > 0,
    };
    walk.begin(scope);
    walk.children(&parse.syntax_node());
    Some(walk.scan)
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

    /// A query: what it reads first, then what it makes of it.
    fn query(&mut self, node: &SyntaxNode) {
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
    fn compound(&mut self, node: &SyntaxNode) {
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
    fn statement(&mut self, node: &SyntaxNode) {
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

    /// Everything in a FROM clause, however it is joined.
    fn collect_items(&mut self, node: &SyntaxNode) {
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

    fn item(&self, relation: &QName, alias: Option<Name>) -> Item {
        Item {
            aliased: alias.is_some(),
            qualifier: alias.unwrap_or_else(|| relation.name.clone()),
            relation: Some(relation.clone()),
            columns: scope::columns(self.catalog, relation),
            qualified_only: false,
        }
    }

    fn push_item(&mut self, item: Item) {
        if let Some(frame) = self.frames.last_mut() {
            frame.items.push(item);
        }
    }

    /// The rest of a FROM clause: conditions of joins, subqueries, functions. A subquery sees what stands beside it
    /// only where it is LATERAL.
    fn walk_from(&mut self, node: &SyntaxNode) {
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
                        self.natural(&child);
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

    /// NATURAL joins by all columns of the same names.
    fn natural(&mut self, node: &SyntaxNode) {
        let items = self
            .frames
            .last()
            .map(|frame| frame.items.clone())
            .unwrap_or_default();
        for relation in items.into_iter().filter_map(|item| item.relation) {
            self.push(node, What::Star(relation));
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
                    self.star(target.syntax());
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

    /// `*`: every column of everything that is read.
    fn star(&mut self, node: &SyntaxNode) {
        let items = self
            .frames
            .last()
            .map(|frame| frame.items.clone())
            .unwrap_or_default();
        for relation in items.into_iter().filter_map(|item| item.relation) {
            self.push(node, What::Star(relation));
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

    fn bare(&mut self, node: &SyntaxNode) {
        let name = name_of(node);
        match scope::bare(&self.frames, &name) {
            Found::Column(relation) => self.column(node, relation),
            Found::Row(relation) => self.push(node, What::Qualifier(relation)),
            Found::Unsure => self.unsure(node),
            Found::Other | Found::Unknown => {}
        }
    }

    /// `relation.column`, `schema.relation.column`, `relation.*`, or a field of a value.
    fn field(&mut self, node: &SyntaxNode) {
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

    fn call(&mut self, node: &SyntaxNode) {
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

    fn cast(&mut self, node: &SyntaxNode) {
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
    fn text(&mut self, node: &SyntaxNode) {
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

    fn type_name(&mut self, node: &SyntaxNode) {
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

fn name_of(node: &SyntaxNode) -> Name {
    Name::quoted(&normalize_name_node(node))
}

/// Whether it is what parentheses in a FROM clause hold, rather than an expression.
fn is_join(node: &SyntaxNode) -> bool {
    node.children().any(|child| {
        matches!(
            child.kind(),
            K::JOIN_EXPR | K::PAREN_FROM_ITEM | K::RELATION_FROM_ITEM
        )
    })
}

/// The names of a chain `a.b.c`; `None` where it begins with something else than a name.
fn chain(node: &SyntaxNode) -> Option<Vec<SyntaxNode>> {
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
fn parts_of(node: &SyntaxNode) -> Vec<(Name, Range<usize>)> {
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
fn alias_of(node: &SyntaxNode) -> Option<(Name, Range<usize>)> {
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
fn listed_columns(node: &SyntaxNode) -> Option<Vec<Name>> {
    let list = node
        .children()
        .find(|child| child.kind() == K::COLUMN_LIST)?;
    let names = list
        .descendants()
        .filter(|child| child.kind() == K::COLUMN_NAME);
    Some(names.map(|name| name_of(&name)).collect())
}

/// The names of a query's output columns; `None` where `*` is among them, or it is no query.
fn output_names(node: &SyntaxNode) -> Option<Vec<Name>> {
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
