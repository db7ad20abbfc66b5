//! What has to be there before the first record: schemas, the history, segue's own tables.

use segue_db::postgres::{Session, inspect::Facts, own};
use segue_project::Project;

use crate::{Failure, FailureKind, Opened, Options};

/// Makes what has to be there before the first record: the schema that the URL names, segue's own
/// schema with the choice of the layout, and the history.
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
    if facts.schema.is_none()
        && let Some(schema) = default_schema
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
    let own = own_statements(project, opened);
    let is_ours = opened.format.layout.name == "segue";
    if is_ours || needs_journal {
        let all = own.into_iter().chain(statements).collect();
        return in_transaction(session, all).await;
    }
    // Another tool's history does not depend on our schema: without the right to make one, go without.
    in_transaction(session, statements).await?;
    match in_transaction(session, own).await {
        Err(failure) if failure.kind == FailureKind::Refused => Ok(()),
        other => other,
    }
}

fn own_statements(project: &Project, opened: &Opened) -> Vec<String> {
    let choice = &project.choice;
    let kept = opened.settings.as_ref().and_then(|s| s.layout.as_ref());
    if kept.is_some_and(|(layout, _)| layout == choice.layout.name) {
        return Vec::new();
    }
    let mut statements = if opened.settings.is_some() {
        Vec::new()
    } else {
        own::create()
    };
    statements.push(own::keep_layout(choice.layout.name, &choice.reason));
    statements
}

pub(crate) async fn in_transaction(
    session: &Session,
    statements: Vec<String>,
) -> Result<(), Failure> {
    if statements.is_empty() {
        return Ok(());
    }
    let script = format!("BEGIN; {}; COMMIT", statements.join("; "));
    if let Err(error) = session.execute(&script).await {
        if !error.ends_connection() {
            let _ = session.execute("ROLLBACK").await;
        }
        return Err(error.into());
    }
    Ok(())
}
