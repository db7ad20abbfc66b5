//! Keys of indexes, partition keys and exclusion constraints, and `CREATE INDEX`.

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, expression, names},
    operator_class,
};
use crate::{
    Change, DataType, IndexChange, Name, Object, QName,
    catalog::Relation,
    choose,
    model::{Column, Index, IndexKey, IndexTerm, OperatorClass, Parameters, Table, TableKind},
};

/// The parts of a key, as they are written.
pub(super) struct KeyParts {
    pub(super) expr: ast::Expr,
    pub(super) collate: Option<ast::Collate>,
    pub(super) operator_class: Option<ast::OpClassRef>,
    pub(super) parameters: Option<ast::AttributeList>,
    pub(super) descending: bool,
    pub(super) nulls_first: Option<bool>,
}

impl KeyParts {
    /// An expression with nothing behind it.
    pub(super) fn of(expr: ast::Expr) -> Self {
        Self {
            expr,
            collate: None,
            operator_class: None,
            parameters: None,
            descending: false,
            nulls_first: None,
        }
    }

    fn of_item(item: &ast::PartitionItem) -> Option<Self> {
        Some(Self {
            expr: item.expr()?,
            collate: item.collate(),
            operator_class: item.op_class_ref(),
            parameters: item.attribute_list(),
            descending: matches!(item.sort_order(), Some(ast::SortOrder::SortDesc(_))),
            nulls_first: item
                .nulls_order()
                .map(|order| matches!(order, ast::NullsOrder::NullsFirst(_))),
        })
    }
}

/// A key of an index of this method.
pub(super) fn key(
    context: &mut Context<'_>,
    parts: &KeyParts,
    method: &Name,
    table_name: &QName,
    table: &Table,
) -> Option<IndexKey> {
    // `a COLLATE "C"` may have been read as one expression, and may stand in parentheses: a column, with a
    // collation or without, is no expression (`ComputeIndexAttrs`)
    let (expr, collate) = match (expression::inner(&parts.expr), &parts.collate) {
        (ast::Expr::Collate(within), _) => (expression::inner(&within.expr()?), Some(within)),
        (ast::Expr::NameRef(column), collate) => (ast::Expr::NameRef(column), collate.clone()),
        _ => (parts.expr.clone(), parts.collate.clone()),
    };
    let (term, data_type, own_collation) = match &expr {
        ast::Expr::NameRef(column) => {
            let name = names::name(column);
            let Some(found) = table.column(&name) else {
                let message = format!("column \"{}\" does not exist", name.as_str());
                super::report_column(context, column, message, &name, table_name, table);
                return None;
            };
            let data_type = Some(found.data_type.clone());
            (IndexTerm::Column(name), data_type, found.collation.clone())
        }
        other => match cast_to_own_type(other, table) {
            Some(column) => {
                let data_type = Some(column.data_type.clone());
                let term = IndexTerm::Column(column.name.clone());
                (term, data_type, column.collation.clone())
            }
            None => {
                let text = expression::expr(other);
                (IndexTerm::Expression(text), None, None)
            }
        },
    };
    let mut key = IndexKey::of(term);
    if let Some(collate) = &collate {
        key.collation = super::collation(context, collate);
        if key.collation == own_collation {
            key.collation = None;
        }
    }
    key.operator_class = class(context, parts, method, data_type.as_ref());
    key.descending = parts.descending;
    key.nulls_first = parts.nulls_first.unwrap_or(parts.descending);
    Some(key)
}

/// A column that an expression casts to the type that it has already, written as a call: `date(day)`. The server keeps
/// the column alone (`ParseFuncOrColumn`, `FUNCDETAIL_COERCION`). No function of the server has the name and the argument of
/// its own type.
fn cast_to_own_type<'t>(expr: &ast::Expr, table: &'t Table) -> Option<&'t Column> {
    let ast::Expr::CallExpr(call) = expression::inner(expr) else {
        return None;
    };
    let (Some(ast::Expr::NameRef(function)), Some(list)) = (call.expr(), call.arg_list()) else {
        return None;
    };
    let mut arguments = list.args().map(|argument| argument.func_arg_expr());
    let (Some(Some(ast::FuncArgExpr::Expr(ast::Expr::NameRef(column)))), None) =
        (arguments.next(), arguments.next())
    else {
        return None;
    };
    let column = table.column(&names::name(&column))?;
    let data_type = &column.data_type;
    let casts = data_type.is(&names::name(&function)) && data_type.modifier.is_none();
    casts.then_some(column)
}

/// The operator class, where it is not the default of the type.
fn class(
    context: &Context<'_>,
    parts: &KeyParts,
    method: &Name,
    data_type: Option<&DataType>,
) -> Option<OperatorClass> {
    let written = names::written(parts.operator_class.as_ref()?);
    let parameters = parts.parameters.as_ref().map(expression::parameters);
    let parameters = parameters.unwrap_or_default();
    let default = match data_type {
        Some(data_type) => operator_class::is_default(context, method, data_type, &written.name),
        None => operator_class::is_default_of_some_type(&written.name),
    };
    if default && parameters.is_empty() {
        return None;
    }
    Some(OperatorClass {
        name: operator_class::resolve(context, &written),
        parameters,
    })
}

/// The keys of a list.
pub(super) fn keys(
    context: &mut Context<'_>,
    list: &ast::PartitionItemList,
    method: &Name,
    table_name: &QName,
    table: &Table,
) -> Option<Vec<IndexKey>> {
    list.partition_items()
        .map(|item| {
            key(
                context,
                &KeyParts::of_item(&item)?,
                method,
                table_name,
                table,
            )
        })
        .collect()
}

/// `CREATE INDEX`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateIndex) -> Option<()> {
    let target = statement.table_relation_name()?;
    let node = target.table_name_ref()?;
    let (table_name, found) = context.relation(&node)?;
    let table = match found {
        Relation::Table => (**context.catalog.tables.get(&table_name)?).clone(),
        Relation::View => return on_view(context, statement, &table_name),
        _ => return no_index_on(context, &node, &table_name),
    };
    let given = given_name(context, statement, &table_name)?;
    let index = build(context, statement, &table_name, &table)?;
    let only = target.only_token().is_some();
    let name = given.unwrap_or_else(|| chosen_name(context, &index));
    let name = table_name.sibling(name);
    emit(context, name, index, only);
    Some(())
}

fn no_index_on(context: &mut Context<'_>, node: &impl AstNode, name: &QName) -> Option<()> {
    let message = format!("cannot create index on relation \"{}\"", name.name.as_str());
    context.problem(node.syntax(), message);
    None
}

/// The name that is written, if one is; `None` where something has it already.
fn given_name(
    context: &mut Context<'_>,
    statement: &ast::CreateIndex,
    table: &QName,
) -> Option<Option<Name>> {
    let Some(node) = statement.index() else {
        return Some(None);
    };
    let name = names::name(&node);
    let relation = table.sibling(name.clone());
    if context.catalog.relation(&relation).is_none() {
        return Some(Some(name));
    }
    if statement.if_not_exists().is_some() {
        context.emit(Change::Nothing);
    } else {
        let message = format!("relation \"{}\" already exists", name.as_str());
        context.problem(node.syntax(), message);
    }
    None
}

/// The columns of a materialized view may be unknown: its keys are taken as they are written.
fn on_view(
    context: &mut Context<'_>,
    statement: &ast::CreateIndex,
    view_name: &QName,
) -> Option<()> {
    let view = context.catalog.views.get(view_name)?.clone();
    if !view.is_materialized() {
        return no_index_on(context, &statement.table_relation_name()?, view_name);
    }
    let given = given_name(context, statement, view_name)?;
    // columns of unknown types: an operator class is the default where it is one of some type
    let items = statement.partition_item_list()?.partition_items();
    let named: Vec<Name> = items
        .filter_map(|item| match item.expr()? {
            ast::Expr::NameRef(column) => Some(names::name(&column)),
            ast::Expr::Collate(collate) => match collate.expr()? {
                ast::Expr::NameRef(column) => Some(names::name(&column)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let columns = view.columns.iter().chain(&named);
    let unknown = DataType::builtin("unknown");
    let columns = columns.map(|name| crate::model::Column::new(name.clone(), unknown.clone()));
    let table = Table::new(columns.collect());
    let index = build(context, statement, view_name, &table)?;
    let name = given.unwrap_or_else(|| chosen_name(context, &index));
    let object = Object::Index(view_name.sibling(name), index);
    context.emit(Change::Create(Box::new(object)));
    Some(())
}

fn build(
    context: &mut Context<'_>,
    statement: &ast::CreateIndex,
    table_name: &QName,
    table: &Table,
) -> Option<Index> {
    let method = statement
        .using_method()
        .and_then(|using| using.access_method_ref());
    let method = method.map_or_else(|| Name::stored("btree"), |method| names::name(&method));
    let keys = keys(
        context,
        &statement.partition_item_list()?,
        &method,
        table_name,
        table,
    )?;
    let include = statement.index_include_clause();
    let include = include.and_then(|include| include.partition_item_list());
    let include = match include {
        Some(list) => super::constraint::plain_columns(&self::keys(
            context, &list, &method, table_name, table,
        )?)?,
        None => Vec::new(),
    };
    let parameters = statement
        .with_params()
        .and_then(|with| with.attribute_list());
    let condition = statement.where_clause().and_then(|clause| clause.expr());
    Some(Index {
        table: table_name.clone(),
        method,
        unique: statement.unique_token().is_some(),
        keys,
        include,
        nulls_not_distinct: matches!(
            statement.nulls_distinct_option(),
            Some(ast::NullsDistinctOption::NullsNotDistinct(_))
        ),
        predicate: condition.as_ref().map(expression::expr),
        parameters: parameters
            .as_ref()
            .map_or_else(Parameters::new, expression::parameters),
        tablespace: super::tablespace(context, statement.tablespace_clause()),
        valid: true,
        attributes: Vec::new(),
        attached_to: None,
        statistics: Vec::new(),
        comment: None,
    })
}

/// The name of an index that is given none (`ChooseIndexName`).
pub(super) fn chosen_name(context: &Context<'_>, index: &Index) -> Name {
    let names = choose::index_columns(index);
    let addition = choose::addition(&names);
    let parts = (index.table.name.as_str(), Some(addition.as_str()), "idx");
    choose::relation(&context.catalog, &index.table.schema, parts, None)
}

/// Makes the index, and those of the partitions (`DefineIndex`): one that is there already and fits is attached.
pub(super) fn emit(context: &mut Context<'_>, name: QName, mut index: Index, only: bool) {
    let table = context.catalog.tables.get(&index.table);
    let partitioned = table.is_some_and(|table| matches!(table.kind, TableKind::Partitioned(_)));
    let partitions = match partitioned {
        true => super::partition::partitions_of(&context.catalog, &index.table),
        false => Vec::new(),
    };
    index.valid = !only || partitions.is_empty();
    let object = Object::Index(name.clone(), index.clone());
    context.emit(Change::Create(Box::new(object)));
    if only {
        return;
    }
    for partition in partitions {
        let mut of_partition = index.clone();
        of_partition.table = partition.clone();
        of_partition.comment = None;
        if let Some(fitting) = fitting(context, &of_partition) {
            context.emit(Change::Index {
                index: name.clone(),
                change: IndexChange::Attach(fitting),
            });
            continue;
        }
        of_partition.attached_to = Some(name.clone());
        let chosen = chosen_name(context, &of_partition);
        emit(context, partition.sibling(chosen), of_partition, false);
    }
}

/// An index of a partition that is like the one wanted and not attached yet.
pub(super) fn fitting(context: &Context<'_>, wanted: &Index) -> Option<QName> {
    let mut indexes = context.catalog.indexes_of(&wanted.table);
    let found = indexes
        .find(|(_, index)| {
            index.attached_to.is_none()
                && index.valid
                && index.method == wanted.method
                && index.unique == wanted.unique
                && index.keys == wanted.keys
                && index.include == wanted.include
                && index.nulls_not_distinct == wanted.nulls_not_distinct
                && index.predicate == wanted.predicate
        })
        .map(|(name, _)| name.clone());
    // a constraint of the partition can serve an index that is none
    found.or_else(|| {
        crate::apply::table::partition::constraint_for_index(
            &context.catalog,
            &wanted.table,
            wanted,
        )
    })
}
