//! What has to be there before the first record: schemas, the history, segue's own tables.

use std::sync::atomic::AtomicBool;

use segue_db::{BatchError, Facts, Piece, Session, own};
use segue_project::Project;
use segue_sql::Dialect;

use crate::{Failure, FailureKind, Opened, Options, settings::begin};

/// Makes what has to be there before the first record: the schema that the URL names, the history with the
/// choice of the layout, and segue's own schema where it is needed.
pub(crate) async fn prepare(
    session: &Session,
    facts: &Facts,
    project: &Project,
    opened: &Opened,
    options: &Options,
    needs_journal: bool,
) -> Result<(), Failure> {
    let default_schema = options.place.default_schema.as_deref();
    let mut statements = Vec::new();
    if let Some(schema) = default_schema
        && facts.schema.as_deref() != default_schema
    {
        statements.push(format!(
            "CREATE SCHEMA IF NOT EXISTS {}",
            segue_db::identifier(schema)
        ));
    }
    if !opened.exists {
        statements.extend((opened.format.create)(&opened.table));
    }
    statements.extend(opened.upgrade.iter().cloned());
    let is_ours = opened.format.layout.name == "segue";
    if (is_ours || needs_journal) && !facts.has_own_schema {
        statements.splice(0..0, own::create(session.dialect()));
    }
    in_transaction(session, statements).await?;
    if session.dialect() == Dialect::Sqlite {
        // There its history says itself what the database was deployed with.
        return Ok(());
    }
    // A comment takes the ownership of the table, which the tool's own user may have: then go without.
    let keep = keep_layout(session, facts, project, opened).await?;
    match in_transaction(session, keep).await {
        Err(failure) if failure.kind == FailureKind::Refused => Ok(()),
        other => other,
    }
}

/// Keeps the choice of the layout, and takes it away from a history that was deployed to before.
async fn keep_layout(
    session: &Session,
    facts: &Facts,
    project: &Project,
    opened: &Opened,
) -> Result<Vec<String>, Failure> {
    let choice = &project.choice;
    let mut statements = Vec::new();
    for found in &facts.histories {
        let Some((kept, _)) = found.kept_layout(session).await? else {
            continue;
        };
        if found.table == opened.table && kept == choice.layout.name {
            return Ok(Vec::new());
        }
        statements.push(own::forget_layout(&found.table));
    }
    let keep = own::keep_layout(&opened.table, choice.layout.name, &choice.reason);
    statements.push(keep);
    Ok(statements)
}

/// Leaves nothing of ours beside another tool's history once nothing is under way.
pub(crate) async fn tidy(session: &Session, opened: &Opened) {
    if opened.format.layout.name != "segue" {
        // An empty schema left behind does no harm.
        let _ = own::remove_if_empty(session).await;
    }
}

pub(crate) async fn in_transaction(
    session: &Session,
    statements: Vec<String>,
) -> Result<(), Failure> {
    if statements.is_empty() {
        return Ok(());
    }
    let begin = begin(session.dialect()).to_owned();
    // One by one: SQLite copies all that is left of a script for each of its statements.
    let all = std::iter::once(begin)
        .chain(statements)
        .chain(["COMMIT".to_owned()]);
    let mut pieces = all.map(|sql| (0, Piece::own(sql)));
    let never = AtomicBool::new(false);
    let result = session.batch(&mut pieces, &mut |_| {}, &never).await;
    if let Err(BatchError { error, .. }) = result {
        if !error.ends_connection() {
            let _ = session.execute("ROLLBACK").await;
        }
        return Err(error.into());
    }
    Ok(())
}

/// Forgets how far migrations came about which another hand has decided since.
pub(crate) async fn forget_stale(session: &Session, opened: &Opened) -> Result<(), Failure> {
    let history = opened.own_key();
    let statements = opened
        .stale
        .iter()
        .map(|key| own::forget_progress(session.dialect(), &history, key))
        .collect();
    in_transaction(session, statements).await
}
