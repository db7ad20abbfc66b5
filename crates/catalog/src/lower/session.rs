//! What changes no schema: settings of the session, rows, maintenance, transactions. And what may change it in ways
//! that only running it shows: DO blocks, calls.

mod block;
mod calls;
mod data;
mod settings;

pub(crate) use settings::split_path;

use squawk_syntax::ast;

use super::Context;
use crate::{Change, change::SessionChange};

/// Lowers a statement of this family; `false`: it is none.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    data::lower(context, statement) || setting(context, statement) || quiet(context, statement)
}

fn setting(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    match statement {
        ast::Stmt::Set(it) => settings::set(context, it),
        ast::Stmt::Reset(it) => settings::reset(context, it),
        ast::Stmt::SetRole(it) => settings::set_role(context, it),
        ast::Stmt::ResetRole(_) => settings::emit(context, SessionChange::Role(None)),
        ast::Stmt::SetSessionAuth(it) => settings::set_session_authorization(context, it),
        ast::Stmt::ResetSessionAuth(_) => settings::emit(context, SessionChange::Role(None)),
        ast::Stmt::Discard(it) => settings::discard(context, it),
        ast::Stmt::Begin(_) => settings::emit(context, SessionChange::Begin),
        ast::Stmt::Commit(it) => settings::commit(context, it),
        ast::Stmt::Rollback(it) => settings::rollback(context, it),
        ast::Stmt::Do(it) => block::lower(context, it),
        _ => return false,
    }
    true
}

/// Statements that leave the schema and the session as they are.
fn quiet(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    let is_quiet = matches!(
        statement,
        ast::Stmt::Analyze(_)
            | ast::Stmt::Checkpoint(_)
            | ast::Stmt::Close(_)
            | ast::Stmt::Deallocate(_)
            | ast::Stmt::EmptyStmt(_)
            | ast::Stmt::Fetch(_)
            | ast::Stmt::Listen(_)
            | ast::Stmt::Load(_)
            | ast::Stmt::Lock(_)
            | ast::Stmt::Move(_)
            | ast::Stmt::Notify(_)
            | ast::Stmt::Prepare(_)
            | ast::Stmt::PrepareTransaction(_)
            | ast::Stmt::Reindex(_)
            | ast::Stmt::ReleaseSavepoint(_)
            | ast::Stmt::Repack(_)
            | ast::Stmt::SavepointCreate(_)
            | ast::Stmt::SetConstraints(_)
            | ast::Stmt::SetTransaction(_)
            | ast::Stmt::Show(_)
            | ast::Stmt::Unlisten(_)
            | ast::Stmt::Vacuum(_)
    );
    if is_quiet {
        context.emit(Change::Nothing);
    }
    is_quiet
}
