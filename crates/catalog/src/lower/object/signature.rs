//! Which function, procedure or aggregate a statement means: by its input types, or by its name where that is the only one
//! (`LookupFuncWithArgs` in `parse_func.c`).

use squawk_syntax::ast::{self, AstNode};

use crate::{
    DataType, ObjectRef, RoutineId,
    lower::{
        Context,
        names::{self, Written},
    },
    model::{ArgumentMode, RoutineKind},
};

/// What a statement calls a routine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Called {
    /// `FUNCTION`.
    Function,
    /// `PROCEDURE`.
    Procedure,
    /// `AGGREGATE`.
    Aggregate,
    /// `ROUTINE`: any of them.
    Routine,
}

impl Called {
    fn fits(self, kind: &RoutineKind) -> bool {
        match self {
            // an aggregate may be called a function in most places
            Self::Function => *kind != RoutineKind::Procedure,
            Self::Procedure => *kind == RoutineKind::Procedure,
            Self::Aggregate => matches!(kind, RoutineKind::Aggregate { .. }),
            Self::Routine => true,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Aggregate => "aggregate",
            Self::Routine => "routine",
        }
    }
}

/// Which way an argument goes.
pub(super) fn mode(param: &ast::Param) -> ArgumentMode {
    match param.mode() {
        None | Some(ast::ParamMode::ParamIn(_)) => ArgumentMode::In,
        Some(ast::ParamMode::ParamInOut(_)) => ArgumentMode::InOut,
        Some(ast::ParamMode::ParamOut(_)) => ArgumentMode::Out,
        Some(ast::ParamMode::ParamVariadic(_)) => ArgumentMode::Variadic,
    }
}

/// The type of an argument or a result. The server forgets modifiers here (sql-createfunction.html, "Notes").
pub(super) fn type_of(context: &mut Context<'_>, ty: &ast::FuncType) -> Option<DataType> {
    let mut found = context.func_type(ty)?;
    found.modifier = None;
    Some(if found.is("bpchar") {
        DataType::builtin("character")
    } else {
        found
    })
}

/// The routine that is meant; a problem where there is none or several, unless it may be missing.
pub(super) fn find(
    context: &mut Context<'_>,
    node: &impl AstNode,
    list: Option<ast::ParamList>,
    called: Called,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let written = names::written(node);
    let candidates: Vec<RoutineId> = context
        .find_routines(&written)
        .into_iter()
        .filter(|id| {
            let found = context.catalog.routines.get(id);
            found.is_some_and(|found| called.fits(&found.kind))
        })
        .collect();
    let found = match list {
        None => alone(context, node, &written, called, candidates),
        Some(list) => by_types(context, &list, called, &candidates, missing_ok),
    };
    match found {
        Found::One(id) => Some(ObjectRef::Routine(id)),
        Found::Several => None,
        Found::None if missing_ok => None,
        Found::None => {
            missing(context, node, &written, called);
            None
        }
    }
}

enum Found {
    One(RoutineId),
    None,
    /// More than one, or something wrong: said already.
    Several,
}

fn alone(
    context: &mut Context<'_>,
    node: &impl AstNode,
    written: &Written,
    called: Called,
    mut candidates: Vec<RoutineId>,
) -> Found {
    match (candidates.pop(), candidates.is_empty()) {
        (None, _) => Found::None,
        (Some(id), true) => Found::One(id),
        (Some(_), false) => {
            let message = format!("{} name \"{written}\" is not unique", called.word());
            context.problem(node.syntax(), message);
            Found::Several
        }
    }
}

fn by_types(
    context: &mut Context<'_>,
    list: &ast::ParamList,
    called: Called,
    candidates: &[RoutineId],
    missing_ok: bool,
) -> Found {
    let ordered = list.aggregate_order_by();
    let ordered = ordered.into_iter().flat_map(|by| by.params());
    let (mut inputs, mut all, mut modes) = (Vec::new(), Vec::new(), false);
    for param in list.params().chain(ordered) {
        let Some(ty) = param.func_type() else {
            continue;
        };
        // an unknown type is as good as an unknown function after IF EXISTS
        if missing_ok && !is_known(context, &ty) {
            return Found::None;
        }
        let Some(data_type) = type_of(context, &ty) else {
            return Found::Several;
        };
        modes |= param.mode().is_some();
        all.push(data_type.clone());
        if mode(&param) != ArgumentMode::Out {
            inputs.push(data_type);
        }
    }
    let exact = candidates.iter().find(|id| id.arguments == inputs);
    let with_outputs = || {
        let may = !modes && matches!(called, Called::Procedure | Called::Routine);
        candidates
            .iter()
            .find(|id| may && types(context, id) == all)
    };
    match exact.or_else(with_outputs) {
        Some(id) => Found::One(id.clone()),
        None => hypothetical(&inputs, called, candidates),
    }
}

/// `VARIADIC "any" ORDER BY VARIADIC "any"` is one argument to the server, though it is written twice.
fn hypothetical(inputs: &[DataType], called: Called, candidates: &[RoutineId]) -> Found {
    let Some((_, but_last)) = inputs.split_last() else {
        return Found::None;
    };
    let found = candidates.iter().find(|id| {
        let any = id.arguments.last().is_some_and(|last| last.is("any"));
        called == Called::Aggregate && any && id.arguments == but_last
    });
    found.map_or(Found::None, |id| Found::One(id.clone()))
}

/// The types of all arguments, outputs included.
fn types(context: &Context<'_>, id: &RoutineId) -> Vec<DataType> {
    let found = context.catalog.routines.get(id);
    let arguments = found.map(|found| found.arguments.as_slice());
    let arguments = arguments.unwrap_or_default().iter();
    arguments
        .map(|argument| argument.data_type.clone())
        .collect()
}

fn is_known(context: &Context<'_>, ty: &ast::FuncType) -> bool {
    let path = ty.syntax().descendants().find_map(ast::PathType::cast);
    path.is_none_or(|path| {
        let written = names::written(&path);
        context.find_type(&written).is_some()
            || crate::lower::builtin_types::keyword(&written.name).is_some()
    })
}

/// A function that the model does not have may be one of the server or of an extension; else it is a problem.
fn missing(context: &mut Context<'_>, node: &impl AstNode, written: &Written, called: Called) {
    let extensions = context.catalog.extensions.values();
    let path = context.search_path();
    let mut schemas = extensions.map(|extension| &extension.schema);
    let of_extension = schemas.any(|schema| match &written.schema {
        Some(written) => written == schema,
        None => path.contains(schema),
    });
    let of_server = written
        .schema
        .as_ref()
        .map_or(written.name.starts_with("pg_"), |_| written.is_system());
    if of_server || of_extension {
        return context.emit(crate::Change::Nothing);
    }
    let message = format!("{} {written} does not exist", called.word());
    context.problem(node.syntax(), message);
}
