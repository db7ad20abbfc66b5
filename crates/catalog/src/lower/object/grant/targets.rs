//! The objects that a GRANT or REVOKE is on.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::super::{alter_routine, types};
use crate::{
    Catalog, Name, ObjectRef, Relation, RoutineId,
    apply::privileges::Kind,
    lower::{Context, names},
    model::RoutineKind,
};

/// One object.
pub(super) struct Target {
    /// Which.
    pub(super) object: ObjectRef,
    /// What kind it is, as far as privileges are concerned.
    pub(super) kind: Kind,
    /// Whether privileges that its kind does not have are passed over.
    pub(super) lenient: bool,
    /// Where it is named.
    pub(super) node: SyntaxNode,
}

/// The objects; none where their kind is in no schema, or they are none of the model's.
pub(super) fn of(context: &mut Context<'_>, objects: &ast::PrivilegeObjects) -> Vec<Target> {
    use ast::PrivilegeObjects as Objects;
    let node = objects.syntax().clone();
    let all = |found: Vec<ObjectRef>| {
        found
            .into_iter()
            .filter_map(|one| target(one, &node))
            .collect()
    };
    match objects {
        Objects::PrivilegeDefault(of) => relations(context, of.relation_name_refs()),
        Objects::PrivilegeTable(of) => relations(context, of.relation_name_refs()),
        Objects::PrivilegeSequence(of) => relations(context, of.sequence_refs()),
        Objects::PrivilegeType(of) => {
            let refs = of.type_name_refs();
            all(refs
                .filter_map(|node| types::find(context, &node, false))
                .collect())
        }
        Objects::PrivilegeDomain(of) => {
            let refs = of.domain_refs();
            all(refs
                .filter_map(|node| types::find(context, &node, false))
                .collect())
        }
        Objects::PrivilegeSchema(of) => {
            let refs = of.schema_refs();
            let find = |node| super::super::schema::find(context, &node, false);
            all(refs.filter_map(find).collect())
        }
        Objects::PrivilegeFunction(of) => {
            let sigs = of
                .function_sig_list()
                .into_iter()
                .flat_map(|list| list.function_sigs());
            all(sigs
                .filter_map(|sig| alter_routine::find_function(context, &sig, false))
                .collect())
        }
        Objects::PrivilegeProcedure(of) => {
            let sigs = of
                .procedure_sig_list()
                .into_iter()
                .flat_map(|list| list.procedure_sigs());
            all(sigs
                .filter_map(|sig| alter_routine::find_procedure(context, &sig, false))
                .collect())
        }
        Objects::PrivilegeRoutine(of) => {
            let sigs = of
                .routine_sig_list()
                .into_iter()
                .flat_map(|list| list.routine_sigs());
            all(sigs
                .filter_map(|sig| alter_routine::find_routine(context, &sig, false))
                .collect())
        }
        other => all(whole_schemas(context, other)),
    }
}

fn target(object: ObjectRef, node: &SyntaxNode) -> Option<Target> {
    let kind = match &object {
        ObjectRef::Table(_) | ObjectRef::View(_) => Kind::Table,
        ObjectRef::Sequence(_) => Kind::Sequence,
        ObjectRef::Routine(_) => Kind::Routine,
        ObjectRef::Type(_) => Kind::Type,
        ObjectRef::Schema(_) => Kind::Schema,
        _ => return None,
    };
    Some(Target {
        object,
        kind,
        lenient: false,
        node: node.clone(),
    })
}

/// Tables, views and sequences: all of them may be called tables.
fn relations<N: AstNode>(context: &mut Context<'_>, refs: impl Iterator<Item = N>) -> Vec<Target> {
    let mut found = Vec::new();
    for node in refs {
        let written = names::written(&node);
        let object = match context.find_relation(&written) {
            Some((name, Relation::Table)) => ObjectRef::Table(name),
            Some((name, Relation::View)) => ObjectRef::View(name),
            Some((name, Relation::Sequence | Relation::IdentitySequence(..))) => {
                ObjectRef::Sequence(name)
            }
            Some((name, _)) => {
                let message = format!("\"{}\" has no privileges", name.name.as_str());
                context.problem(node.syntax(), message);
                continue;
            }
            None if context.is_foreign(&written) => continue,
            None => {
                context.missing_relation(&node, "relation", &written);
                continue;
            }
        };
        let lenient = matches!(object, ObjectRef::Sequence(_));
        found.extend(target(object, node.syntax()).map(|one| Target { lenient, ..one }));
    }
    found
}

/// `ALL … IN SCHEMA`: what there is now (`objectsInSchemaToOids` in `aclchk.c`).
fn whole_schemas(context: &mut Context<'_>, objects: &ast::PrivilegeObjects) -> Vec<ObjectRef> {
    use ast::PrivilegeObjects as Objects;
    let routines =
        |context: &mut Context<'_>, refs: Vec<ast::SchemaRef>, fits: fn(&RoutineKind) -> bool| {
            let schemas = schemas(context, refs);
            let all = context.catalog.routines.iter();
            let of = |(id, _): &(&RoutineId, _)| schemas.contains(&id.name.schema);
            all.filter(of)
                .filter(|(_, routine)| fits(&routine.kind))
                .map(|(id, _)| ObjectRef::Routine(id.clone()))
                .collect()
        };
    match objects {
        Objects::PrivilegeAllTablesInSchema(of) => {
            let schemas = schemas(context, of.schema_refs().collect());
            let tables = context.catalog.tables.keys().cloned().map(ObjectRef::Table);
            let views = context.catalog.views.keys().cloned().map(ObjectRef::View);
            let within = |object: &ObjectRef| match object {
                ObjectRef::Table(name) | ObjectRef::View(name) => schemas.contains(&name.schema),
                _ => false,
            };
            tables.chain(views).filter(within).collect()
        }
        Objects::PrivilegeAllSequencesInSchema(of) => {
            let schemas = schemas(context, of.schema_refs().collect());
            let free = context.catalog.sequences.keys().cloned();
            let tables = context.catalog.tables.values();
            let columns = tables.flat_map(|table| table.columns.iter());
            let identities =
                columns.filter_map(|column| Some(column.identity.as_ref()?.sequence.clone()));
            free.chain(identities)
                .filter(|name| schemas.contains(&name.schema))
                .map(ObjectRef::Sequence)
                .collect()
        }
        Objects::PrivilegeAllFunctionsInSchema(of) => {
            let refs = of.schema_refs().collect();
            routines(context, refs, |kind| *kind != RoutineKind::Procedure)
        }
        Objects::PrivilegeAllProceduresInSchema(of) => {
            let refs = of.schema_refs().collect();
            routines(context, refs, |kind| *kind == RoutineKind::Procedure)
        }
        Objects::PrivilegeAllRoutinesInSchema(of) => {
            routines(context, of.schema_refs().collect(), |_| true)
        }
        _ => Vec::new(),
    }
}

fn schemas(context: &mut Context<'_>, refs: Vec<ast::SchemaRef>) -> Vec<Name> {
    let mut found = Vec::new();
    for node in refs {
        let name = names::name(&node);
        if context.check_schema(&node, &name) {
            found.push(name);
        }
    }
    found
}

/// The owner of an object; `None`: the role that deploys.
pub(super) fn owner(catalog: &Catalog, object: &ObjectRef) -> Option<Name> {
    match object {
        ObjectRef::Table(name) => catalog.tables.get(name)?.owner.clone(),
        ObjectRef::View(name) => catalog.views.get(name)?.owner.clone(),
        ObjectRef::Sequence(name) => match catalog.relation(name)? {
            Relation::IdentitySequence(table, _) => catalog.tables.get(&table)?.owner.clone(),
            _ => catalog.sequences.get(name)?.owner.clone(),
        },
        ObjectRef::Routine(id) => catalog.routines.get(id)?.owner.clone(),
        ObjectRef::Type(name) => catalog.types.get(name)?.owner.clone(),
        ObjectRef::Schema(name) => catalog.schemas.get(name)?.owner.clone(),
        _ => None,
    }
}
