//! `DO` blocks. What a block does for certain is followed: plain statements, blocks within it, handlers of errors that the
//! model finds itself (`EXCEPTION WHEN duplicate_object`), branches whose condition the schema decides
//! (`block/condition.rs`), and whatever touches nothing but rows, however often it runs. Anything else only a server
//! can run.

use squawk_syntax::{
    SourceFile,
    ast::{self, AstNode},
};

use super::{
    super::{Context, dispatch, expression},
    calls,
};
use crate::Change;

mod condition;
mod errors;
mod rows;

const UNKNOWN: &str = "a DO block";

/// Lowers a block, if it can be followed exactly.
pub(super) fn lower(context: &mut Context<'_>, block: &ast::Do) {
    let Some(changes) = followed(context, block) else {
        return context.unknown(UNKNOWN);
    };
    for change in changes {
        context.emit(change);
    }
}

fn followed(context: &Context<'_>, block: &ast::Do) -> Option<Vec<Change>> {
    let body = block.plpgsql()?;
    let parsed = body.tree();
    // a SET in disguise, wherever it stands
    let sets = parsed.syntax().text().to_string().contains("set_config");
    if sets || !body.errors().is_empty() || parsed.comp_options().next().is_some() {
        return None;
    }
    let mut inner = context.nested();
    match run_block(&mut inner, &parsed.block()?, Within::default())? {
        Flow::On | Flow::Left => {}
        Flow::Failed | Flow::Raised => return None,
    }
    let mut changes = inner.into_result().ok()?;
    if changes.is_empty() {
        changes.push(Change::Nothing);
    }
    changes.iter().all(can_be_nested).then_some(changes)
}

/// What a session or an unknown statement does within a block is not followed.
fn can_be_nested(change: &Change) -> bool {
    !matches!(change, Change::Session(_) | Change::Unknown { .. })
}

/// Whether a change leaves the schema as it is.
fn is_neutral(change: &Change) -> bool {
    matches!(change, Change::Data { .. } | Change::Nothing)
}

/// How a statement ends. What cannot be followed is `None` instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// The next statement is run.
    On,
    /// With an error that the model has found.
    Failed,
    /// With an error that the block itself raises.
    Raised,
    /// `RETURN`.
    Left,
}

/// Where a statement stands.
#[derive(Debug, Clone, Copy, Default)]
struct Within {
    /// A block whose errors may be handled.
    guarded: bool,
    /// A loop.
    looped: bool,
}

fn run_block(context: &mut Context<'_>, block: &ast::PlpgsqlBlock, within: Within) -> Option<Flow> {
    if let Some(declared) = block.declare_section() {
        calls::check(context, declared.syntax()).then_some(())?;
    }
    let body = block.body();
    let Some(section) = block.exception() else {
        return run_body(context, body.as_ref(), within);
    };
    let guarded = Within {
        guarded: true,
        ..within
    };
    let mut inner = context.nested();
    match run_body(&mut inner, body.as_ref(), guarded)? {
        // which error it is does not stand in the text for certain
        Flow::Raised => None,
        // the block is one whole: an error that is handled takes back all of it
        Flow::Failed => {
            let problems = inner.into_result().err()?;
            let handler = errors::handler(&section, &problems)?;
            run_body(context, handler.body().as_ref(), within)
        }
        flow => {
            take(context, inner)?;
            Some(flow)
        }
    }
}

/// Takes over what has been done in a context within this one.
fn take(context: &mut Context<'_>, inner: Context<'_>) -> Option<()> {
    for change in inner.into_result().ok()? {
        context.emit(change);
    }
    Some(())
}

fn run_body(
    context: &mut Context<'_>,
    body: Option<&ast::PlpgsqlBody>,
    within: Within,
) -> Option<Flow> {
    for statement in body.into_iter().flat_map(ast::PlpgsqlBody::stmts) {
        match run(context, &statement, within)? {
            Flow::On => {}
            flow => return Some(flow),
        }
    }
    Some(Flow::On)
}

fn run(context: &mut Context<'_>, statement: &ast::PlpgsqlStmt, within: Within) -> Option<Flow> {
    use ast::PlpgsqlStmt as Statement;
    let node = statement.syntax();
    match statement {
        Statement::PlpgsqlExecSqlStmt(sql) => execute(context, &sql.stmt()?),
        Statement::PlpgsqlDynExecuteStmt(dynamic) => execute_text(context, dynamic),
        Statement::PlpgsqlBlock(block) => run_block(context, block, within),
        Statement::PlpgsqlIfStmt(branches) => run_if(context, branches, within),
        Statement::PlpgsqlNullStmt(_) => Some(Flow::On),
        Statement::PlpgsqlRaiseStmt(raise) => {
            calls::check(context, node).then_some(())?;
            Some(raised(raise))
        }
        Statement::PlpgsqlPerformStmt(_)
        | Statement::PlpgsqlAssignStmt(_)
        | Statement::PlpgsqlGetDiagStmt(_) => {
            calls::check(context, node).then_some(())?;
            context.emit(Change::Nothing);
            Some(Flow::On)
        }
        Statement::PlpgsqlForQueryStmt(each) => run_loop(context, node, each.body(), within),
        Statement::PlpgsqlForIStmt(each) => run_loop(context, node, each.body(), within),
        Statement::PlpgsqlForEachStmt(each) => run_loop(context, node, each.body(), within),
        Statement::PlpgsqlWhileStmt(each) => run_loop(context, node, each.body(), within),
        Statement::PlpgsqlLoopStmt(each) => run_loop(context, node, each.body(), within),
        // a label may leave more than this loop
        Statement::PlpgsqlExitStmt(_) | Statement::PlpgsqlContinueStmt(_) if within.looped => node
            .children()
            .all(|child| !ast::PlpgsqlLabelNameRef::can_cast(child.kind()))
            .then_some(Flow::On),
        Statement::PlpgsqlReturnStmt(_) => Some(Flow::Left),
        _ => None,
    }
}

/// A RAISE of the level EXCEPTION, which is the default, is an error.
fn raised(raise: &ast::PlpgsqlRaiseStmt) -> Flow {
    match raise.level() {
        Some(level) if level.exception_token().is_none() => Flow::On,
        _ => Flow::Raised,
    }
}

/// A statement of SQL. One with an INTO of PL/pgSQL's, which means another thing in SQL, is not followed.
fn execute(context: &mut Context<'_>, statement: &ast::Stmt) -> Option<Flow> {
    let parse = crate::parse(&statement.syntax().text().to_string());
    let tree = parse.tree();
    let makes_a_table = matches!(tree.stmts().next(), Some(ast::Stmt::SelectInto(_)));
    if makes_a_table || !parse.errors().is_empty() {
        return None;
    }
    dispatched(context, &tree)
}

fn dispatched(context: &mut Context<'_>, file: &SourceFile) -> Option<Flow> {
    for statement in file.stmts() {
        dispatch(context, &statement);
        if context.has_problems() {
            return Some(Flow::Failed);
        }
    }
    Some(Flow::On)
}

/// `EXECUTE 'a text'`, of nothing that is put together.
fn execute_text(context: &mut Context<'_>, statement: &ast::PlpgsqlDynExecuteStmt) -> Option<Flow> {
    if statement.into_clause().is_some() || statement.using_clause().is_some() {
        return None;
    }
    let ast::Expr::Literal(literal) = condition::only_expression(&statement.query()?)? else {
        return None;
    };
    let parse = crate::parse(&expression::string(&literal)?);
    if !parse.errors().is_empty() {
        return None;
    }
    dispatched(context, &parse.tree())
}

/// The branch that is taken. Where that is not certain, all that may be taken have to leave the schema as it is.
fn run_if(
    context: &mut Context<'_>,
    branches: &ast::PlpgsqlIfStmt,
    within: Within,
) -> Option<Flow> {
    let mut all = vec![(Some(branches.cond()?), branches.then_body())];
    for branch in branches.elsifs() {
        all.push((Some(branch.cond()?), branch.body()));
    }
    if let Some(branch) = branches.else_clause() {
        all.push((None, branch.body()));
    }
    let mut is_certain = true;
    for (condition, body) in all {
        if let Some(condition) = &condition {
            calls::check(context, condition.syntax()).then_some(())?;
        }
        let holds = match &condition {
            Some(condition) => condition::holds(context, condition),
            None => Some(true),
        };
        match holds {
            Some(false) => continue,
            Some(true) if is_certain => return run_body(context, body.as_ref(), within),
            _ => run_neutral(context, body.as_ref(), within)?,
        }
        is_certain = false;
        if holds == Some(true) {
            break;
        }
    }
    Some(Flow::On)
}

/// Runs what may be run or not, and must not change the schema. An error that nobody handles ends the migration: then
/// there is no schema behind it.
fn run_neutral(
    context: &mut Context<'_>,
    body: Option<&ast::PlpgsqlBody>,
    within: Within,
) -> Option<()> {
    let mut inner = context.nested();
    match run_body(&mut inner, body, within)? {
        Flow::On => {}
        Flow::Raised if !within.guarded => return Some(()),
        _ => return None,
    }
    let changes = inner.into_result().ok()?;
    if !changes.iter().all(is_neutral) {
        return None;
    }
    for change in changes {
        context.emit(change);
    }
    Some(())
}

fn run_loop(
    context: &mut Context<'_>,
    node: &squawk_syntax::SyntaxNode,
    body: Option<ast::PlpgsqlBody>,
    within: Within,
) -> Option<Flow> {
    calls::check(context, node).then_some(())?;
    let looped = Within {
        looped: true,
        ..within
    };
    run_neutral(context, body.as_ref(), looped)?;
    Some(Flow::On)
}
