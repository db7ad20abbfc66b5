//! Which statements say themselves what no change of the schema does.

use squawk_syntax::ast;

use super::{alter_table, data, index, maintenance, telling::Telling};

/// Tells what a statement says.
pub(super) fn tell(telling: &mut Telling<'_>, statement: &ast::Stmt) {
    match statement {
        ast::Stmt::AlterTable(it) => {
            alter_table::tell(telling, it.table_relation_name(), it.actions());
        }
        ast::Stmt::AlterForeignTable(it) => {
            alter_table::tell(telling, it.table_relation_name(), it.actions());
        }
        ast::Stmt::CreateIndex(it) => index::create(telling, it),
        ast::Stmt::Vacuum(it) => maintenance::vacuum(telling, it),
        ast::Stmt::Analyze(it) => maintenance::analyze(telling, it),
        ast::Stmt::Cluster(it) => maintenance::cluster(telling, it),
        ast::Stmt::Reindex(it) => maintenance::reindex(telling, it),
        ast::Stmt::Refresh(it) => maintenance::refresh(telling, it),
        ast::Stmt::Lock(it) => maintenance::lock(telling, it),
        ast::Stmt::Truncate(it) => maintenance::truncate(telling, it),
        ast::Stmt::Do(_) => data::within_block(telling),
        _ => data::tell(telling, statement),
    }
}
