//! Indexes that are built, built anew and dropped while others go on.

use squawk_syntax::{
    SyntaxToken,
    ast::{self, AstNode},
};

use super::{instead, stands_alone};
use crate::{Fix, Moment};

/// `CREATE INDEX CONCURRENTLY`.
pub(crate) fn build_concurrently(moment: &Moment<'_>) -> Option<Fix> {
    let Some(ast::Stmt::CreateIndex(create)) = moment.statement() else {
        return None;
    };
    // of a partitioned table the indexes are built one by one, under names that are to be chosen
    let target = &moment.changes().first()?;
    let segue_catalog::Change::Create(object) = target else {
        return None;
    };
    let segue_catalog::Object::Index(_, index) = &**object else {
        return None;
    };
    let is_partitioned = moment.before().tables.get(&index.table);
    let is_partitioned = is_partitioned
        .is_some_and(|table| matches!(table.kind, segue_catalog::model::TableKind::Partitioned(_)));
    if is_partitioned || create.concurrently_token().is_some() || !stands_alone(moment) {
        return None;
    }
    let text = behind(moment, &create.index_token()?, " CONCURRENTLY");
    Some(instead(moment, "build it concurrently", &[text], true))
}

/// `REINDEX … CONCURRENTLY`.
pub(crate) fn reindex_concurrently(moment: &Moment<'_>) -> Option<Fix> {
    let Some(ast::Stmt::Reindex(reindex)) = moment.statement() else {
        return None;
    };
    if !stands_alone(moment) {
        return None;
    }
    let kind = match reindex.reindex_target()? {
        ast::ReindexTarget::ReindexTargetIndex(target) => target.index_token()?,
        ast::ReindexTarget::ReindexTargetTable(target) => target.table_token()?,
        ast::ReindexTarget::ReindexTargetSchema(target) => target.schema_token()?,
        ast::ReindexTarget::ReindexTargetDatabase(target) => target.database_token()?,
        ast::ReindexTarget::ReindexTargetSystem(_) => return None,
    };
    let text = behind(moment, &kind, " CONCURRENTLY");
    Some(instead(moment, "rebuild it concurrently", &[text], true))
}

/// `DROP INDEX CONCURRENTLY`, of one index at a time.
pub(crate) fn drop_concurrently(moment: &Moment<'_>) -> Option<Fix> {
    let Some(ast::Stmt::DropIndex(drop)) = moment.statement() else {
        return None;
    };
    let cascades = matches!(drop.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
    if cascades || !stands_alone(moment) {
        return None;
    }
    let if_exists = if drop.if_exists().is_some() {
        "IF EXISTS "
    } else {
        ""
    };
    let statements: Vec<String> = drop
        .index_refs()
        .map(|index| {
            format!(
                "DROP INDEX CONCURRENTLY {if_exists}{}",
                index.syntax().text()
            )
        })
        .collect();
    Some(instead(moment, "drop it concurrently", &statements, true))
}

/// The statement's text with more behind one of its tokens.
fn behind(moment: &Moment<'_>, token: &SyntaxToken, more: &str) -> String {
    let mut text = moment.text().to_owned();
    text.insert_str(usize::from(token.text_range().end()), more);
    text
}
