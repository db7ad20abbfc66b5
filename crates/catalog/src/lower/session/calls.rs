//! Calls of functions and procedures: which of them may change the schema.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::super::{
    Context,
    names::{self, Written},
};
use crate::{
    Change, RoutineId,
    model::{Body, Routine, Volatility},
};

/// Functions of the server and of extensions that make or drop objects, or run a text as SQL.
const MAKERS: &[&str] = &[
    "addgeometrycolumn",
    "add_compression_policy",
    "add_continuous_aggregate_policy",
    "add_dimension",
    "add_retention_policy",
    "audit_table",
    "create_distributed_table",
    "create_hypertable",
    "create_parent",
    "create_reference_table",
    "create_graph",
    "dblink",
    "dblink_exec",
    "drop_chunks",
    "dropgeometrycolumn",
    "dropgeometrytable",
    "pg_extension_config_dump",
    "run_maintenance",
    "undistribute_table",
    "updategeometrysrid",
];

/// Words of a body that make it more than rows: DDL, and SQL that is put together as text.
const DANGEROUS: &[&str] = &[
    "alter",
    "call",
    "comment",
    "create",
    "do",
    "drop",
    "execute",
    "grant",
    "import",
    "into",
    "reassign",
    "refresh",
    "rename",
    "revoke",
    "security",
    "set_config",
];

/// The name that is called.
pub(super) fn name(call: &ast::CallExpr) -> Option<Written> {
    match call.expr()? {
        ast::Expr::NameRef(name) => Some(Written::bare(names::name(&name))),
        ast::Expr::FieldExpr(field) => {
            let ast::Expr::NameRef(schema) = field.base()? else {
                return None;
            };
            Some(Written {
                schema: Some(names::name(&schema)),
                name: names::name(&field.field()?),
            })
        }
        _ => None,
    }
}

/// Whether all that is called leaves the schema as it is; if not, the statement is unknown.
pub(super) fn check(context: &mut Context<'_>, node: &SyntaxNode) -> bool {
    let calls = node.descendants().filter_map(ast::CallExpr::cast);
    let called: Vec<Written> = calls.filter_map(|call| name(&call)).collect();
    for written in called {
        if may_change_schema(context, &written, 0) {
            context.unknown(format!("a call of {written}()"));
            return false;
        }
    }
    true
}

/// `CALL`.
pub(super) fn call(context: &mut Context<'_>, call: &ast::Call) {
    let Some(node) = call.procedure_name_ref() else {
        return;
    };
    let written = names::written(&node);
    let routines = context.find_routines(&written);
    if routines.is_empty() || may_change_schema(context, &written, 0) {
        context.unknown(format!("a call of {written}()"));
    } else {
        context.emit(Change::Data {
            statement: "CALL",
            table: None,
        });
    }
}

/// Whether a function of this name may change the schema: one of the user's whose body does more than read and
/// write rows, or one that is known for it.
fn may_change_schema(context: &Context<'_>, written: &Written, depth: usize) -> bool {
    let routines = context.find_routines(written);
    if routines.is_empty() {
        return MAKERS.contains(&written.name.as_str());
    }
    routines.iter().any(|id| is_dangerous(context, id, depth))
}

fn is_dangerous(context: &Context<'_>, id: &RoutineId, depth: usize) -> bool {
    let Some(routine) = context.catalog.routines.get(id) else {
        return false;
    };
    // what is not volatile may not write at all (xfunc-volatility.html)
    if routine.volatility != Volatility::Volatile {
        return false;
    }
    match &routine.body {
        // `BEGIN ATOMIC` takes queries only
        Body::Sql(_) | Body::None => false,
        Body::Object { .. } => true,
        Body::Text(text) => has_danger(context, routine, text, depth),
    }
}

fn has_danger(context: &Context<'_>, routine: &Routine, text: &str, depth: usize) -> bool {
    let known = routine.language == "sql" || routine.language == "plpgsql";
    if !known || depth > 5 {
        return true;
    }
    let split = |c: char| !(c.is_alphanumeric() || c == '_');
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(split).filter(|word| !word.is_empty()).collect();
    let into = |at: usize| {
        // INSERT INTO and a variable behind INTO are harmless, SELECT … INTO of SQL makes a table
        words[at] == "into"
            && (routine.language == "plpgsql" || at > 0 && words[at - 1] == "insert")
    };
    let mut all = (0..words.len()).filter(|at| DANGEROUS.contains(&words[*at]) && !into(*at));
    // `ON CONFLICT DO` is no DO block
    let dangerous = all.any(|at| !(words[at] == "do" && at > 0 && words[at - 1] != "end"));
    dangerous
        || words.iter().any(|word| {
            let mut ids = context.catalog.routines.keys();
            ids.any(|id| id.name.name == **word && is_dangerous(context, id, depth + 1))
        })
}
