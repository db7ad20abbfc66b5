//! `COMMENT ON` every kind of object (sql-comment.html). Roles, databases and tablespaces are in no schema.

use squawk_syntax::ast::{self, AstNode};

use super::{
    alter_routine, domain, extension,
    hanging::{self, Hanging},
    opaque::Address,
    publication, schema,
    signature::{self, Called},
    statistics, types,
    view::{self, Which},
};
use crate::{
    Change, ObjectRef, Relation,
    lower::{Context, expression, names},
};

/// `COMMENT ON`. An empty comment is none (`CreateComments` in `comment.c`).
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::CommentOn) {
    let Some(target) = statement.comment_object() else {
        return;
    };
    let text = statement
        .literal()
        .as_ref()
        .and_then(expression::string)
        .filter(|text| !text.is_empty());
    let found = relation(context, &target)
        .or_else(|| member(context, &target))
        .or_else(|| named(context, &target))
        .or_else(|| opaque(context, &target));
    match found {
        Some(Some(object)) => context.emit(Change::Comment { object, text }),
        // said already, or nothing of the model
        _ if context.has_problems() => {}
        _ => context.emit(Change::Nothing),
    }
}

/// `None`: another kind; `Some(None)`: no such object, or none of the model's.
type Found = Option<Option<ObjectRef>>;

fn relation(context: &mut Context<'_>, target: &ast::CommentObject) -> Found {
    use ast::CommentObject as Object;
    Some(match target {
        Object::ObjectTable(of) => related(context, of.table_name_ref(), "table"),
        Object::ObjectForeignTable(of) => related(context, of.table_name_ref(), "foreign table"),
        Object::ObjectIndex(of) => related(context, of.index_ref(), "index"),
        Object::ObjectSequence(of) => related(context, of.sequence_ref(), "sequence"),
        Object::ObjectView(of) => of
            .view_ref()
            .filter(|node| !is_foreign(context, node))
            .and_then(|node| view::find(context, &node, Which::Plain, false))
            .map(ObjectRef::View),
        Object::ObjectMaterializedView(of) => of
            .view_ref()
            .filter(|node| !is_foreign(context, node))
            .and_then(|node| view::find(context, &node, Which::Materialized, false))
            .map(ObjectRef::View),
        Object::ObjectColumn(of) => of.name().and_then(|node| column(context, &node)),
        _ => return None,
    })
}

/// Whether it is an object of the server or of an extension, which the model leaves out.
fn is_foreign(context: &Context<'_>, node: &impl AstNode) -> bool {
    let written = names::written(node);
    context.find_relation(&written).is_none() && context.is_foreign(&written)
}

fn related<N: AstNode>(
    context: &mut Context<'_>,
    node: Option<N>,
    word: &str,
) -> Option<ObjectRef> {
    let node = node?;
    let written = names::written(&node);
    let Some((name, kind)) = context.find_relation(&written) else {
        if !is_foreign(context, &node) {
            context.missing_relation(&node, word, &written);
        }
        return None;
    };
    let fits = word == "relation"
        || match &kind {
            Relation::Table => word.ends_with("table"),
            Relation::Index | Relation::ConstraintIndex(_) => word == "index",
            Relation::Sequence | Relation::IdentitySequence(..) => word == "sequence",
            Relation::View | Relation::Composite => false,
        };
    if !fits {
        let message = format!("\"{}\" is not of the kind {word}", name.name.as_str());
        context.problem(node.syntax(), message);
        return None;
    }
    Some(match kind {
        Relation::Table => ObjectRef::Table(name),
        Relation::View => ObjectRef::View(name),
        Relation::Index | Relation::ConstraintIndex(_) => ObjectRef::Index(name),
        Relation::Sequence | Relation::IdentitySequence(..) => ObjectRef::Sequence(name),
        Relation::Composite => ObjectRef::Type(name),
    })
}

/// A column of a table, a view or a composite type.
fn column(context: &mut Context<'_>, node: &ast::QualifiedColumnNameRef) -> Option<ObjectRef> {
    let (table, column) = names::written_column(node);
    let table = table?;
    let Some((name, kind)) = context.find_relation(&table) else {
        if !context.is_foreign(&table) {
            context.missing_relation(node, "relation", &table);
        }
        return None;
    };
    let missing = match kind {
        Relation::Table => {
            let found = context.catalog.tables.get(&name)?;
            found.column(&column).is_none()
        }
        _ => false,
    };
    if missing {
        let message = format!(
            "column \"{}\" of relation \"{}\" does not exist",
            column.as_str(),
            name.name.as_str()
        );
        context.problem(node.syntax(), message);
        return None;
    }
    Some(ObjectRef::Column(name, column))
}

/// What belongs to a table, a view or a domain.
fn member(context: &mut Context<'_>, target: &ast::CommentObject) -> Found {
    use ast::CommentObject as Object;
    Some(match target {
        Object::ObjectConstraint(of) => constraint(context, of),
        Object::ObjectTrigger(of) => {
            let (node, on) = (of.trigger_ref()?, of.relation_name_ref()?);
            hanging::address(context, Hanging::Trigger, &node, &on)
        }
        Object::ObjectRule(of) => {
            let (node, on) = (of.rule_ref()?, of.relation_name_ref()?);
            hanging::address(context, Hanging::Rule, &node, &on)
        }
        Object::ObjectPolicy(of) => {
            let (node, on) = (of.policy_ref()?, of.table_name_ref()?);
            hanging::address(context, Hanging::Policy, &node, &on)
        }
        _ => return None,
    })
}

fn constraint(context: &mut Context<'_>, of: &ast::ObjectConstraint) -> Option<ObjectRef> {
    let node = of.constraint_name_ref()?;
    let name = names::name(&node);
    if let Some(on) = of.domain_ref() {
        let ObjectRef::Type(of) = domain::find(context, &on, false)? else {
            return None;
        };
        return domain::has_constraint(context, &of, &node, false)
            .map(|name| ObjectRef::DomainConstraint(of, name));
    }
    let table = context.table(&of.table_name_ref()?)?;
    let found = context.catalog.tables.get(&table)?;
    let is_not_null = |column: &crate::model::Column| {
        let not_null = column.not_null.as_ref();
        not_null.and_then(|one| one.name.as_ref()) == Some(&name)
    };
    if found.constraints.contains_key(&name) || found.columns.iter().any(is_not_null) {
        return Some(ObjectRef::Constraint(table, name));
    }
    let message = format!(
        "constraint \"{}\" for table \"{}\" does not exist",
        name.as_str(),
        table.name.as_str()
    );
    context.problem(node.syntax(), message);
    None
}

fn named(context: &mut Context<'_>, target: &ast::CommentObject) -> Found {
    use ast::CommentObject as Object;
    Some(match target {
        Object::ObjectSchema(of) => of
            .schema_ref()
            .and_then(|node| schema::find(context, &node, false)),
        Object::ObjectExtension(of) => of
            .extension_ref()
            .and_then(|node| extension::find(context, &node, false)),
        Object::ObjectType(of) => of
            .type_name_ref()
            .and_then(|node| types::find(context, &node, false)),
        Object::ObjectDomain(of) => of
            .domain_ref()
            .and_then(|node| domain::find(context, &node, false)),
        Object::ObjectPublication(of) => of
            .publication_ref()
            .and_then(|node| publication::find(context, &node, false)),
        Object::ObjectStatistics(of) => of
            .statistics_ref()
            .and_then(|node| statistics::find(context, &node, false)),
        Object::ObjectFunction(of) => of
            .function_sig()
            .and_then(|sig| alter_routine::find_function(context, &sig, false)),
        Object::ObjectProcedure(of) => of
            .procedure_sig()
            .and_then(|sig| alter_routine::find_procedure(context, &sig, false)),
        Object::ObjectRoutine(of) => of
            .routine_sig()
            .and_then(|sig| alter_routine::find_routine(context, &sig, false)),
        Object::ObjectAggregate(of) => of.aggregate().and_then(|aggregate| {
            let name = aggregate.path_ref()?;
            signature::find(
                context,
                &name,
                aggregate.param_list(),
                Called::Aggregate,
                false,
            )
        }),
        _ => return None,
    })
}

/// The kinds that the model does not know the parts of.
fn opaque(context: &mut Context<'_>, target: &ast::CommentObject) -> Found {
    use ast::CommentObject as Object;
    let address = match target {
        Object::ObjectAccessMethod(of) => Address::global("access method", of.access_method_ref()),
        Object::ObjectCast(of) => Address::cast(of.cast_sig()),
        Object::ObjectCollation(of) => Address::in_schema("collation", of.collation_ref()),
        Object::ObjectConversion(of) => Address::in_schema("conversion", of.conversion_ref()),
        Object::ObjectEventTrigger(of) => Address::global("event trigger", of.event_trigger_ref()),
        Object::ObjectForeignDataWrapper(of) => {
            Address::global("foreign data wrapper", of.foreign_data_wrapper_ref())
        }
        Object::ObjectLanguage(of) => Address::global("language", of.language_ref()),
        Object::ObjectOperator(of) => Address::operator(of.op(), of.lhs(), of.rhs()),
        Object::ObjectOperatorClass(of) => {
            Address::for_method("operator class", of.op_class_ref(), of.using_method())
        }
        Object::ObjectOperatorFamily(of) => {
            Address::for_method("operator family", of.op_family_ref(), of.using_method())
        }
        Object::ObjectServer(of) => Address::global("server", of.server_ref()),
        Object::ObjectSubscription(of) => Address::global("subscription", of.subscription_ref()),
        Object::ObjectTextSearchConfig(of) => Address::in_schema(
            "text search configuration",
            of.text_search_configuration_ref(),
        ),
        Object::ObjectTextSearchDict(of) => {
            Address::in_schema("text search dictionary", of.text_search_dictionary_ref())
        }
        Object::ObjectTextSearchParser(of) => {
            Address::in_schema("text search parser", of.text_search_parser_ref())
        }
        Object::ObjectTextSearchTemplate(of) => {
            Address::in_schema("text search template", of.text_search_template_ref())
        }
        Object::ObjectTransform(of) => Address::transform(of.ty(), of.language_ref()),
        _ => None,
    };
    let id = address.and_then(|address| address.find(context));
    Some(id.map(ObjectRef::Opaque))
}
