//! A database that has its schema already, and no history: its migrations are recorded, not run.

use segue_project::{Migration, Project};
use segue_sql::Problem;

use crate::{
    Failure, Request, Standing, Status, history,
    prepare::{in_transaction, prepare},
    refusals::unknown,
};

/// What was recorded.
#[derive(Debug, Default)]
pub struct Baselined {
    /// The names of the migrations that were recorded as applied.
    pub recorded: Vec<String>,
}

/// Records every migration up to `options.to` (all, without it) as applied, all or none.
///
/// # Errors
/// A history that has begun already, a name that does not exist, a lock that is held.
pub async fn baseline(mut request: Request<'_>) -> Result<Baselined, Failure> {
    if request.project.migrations.is_empty() {
        return Err(request.project.nothing().into());
    }
    let lock = request.lock().await?;
    let result = record(&mut request).await;
    lock.release(request.session).await;
    result
}

async fn record(request: &mut Request<'_>) -> Result<Baselined, Failure> {
    let facts = request.facts().await?;
    let Request {
        session,
        project,
        options,
        ..
    } = request;
    let opened = history::open(session, &facts, project, &options.place).await?;
    let status = Status::of(project, &opened);
    refuse(&status)?;
    let migrations = up_to(project, options.to.as_deref())?;
    prepare(session, &facts, project, &opened, options, false).await?;
    let records = migrations
        .iter()
        .map(|migration| (opened.format.resolved)(&opened.table, migration))
        .collect();
    in_transaction(session, records).await?;
    Ok(Baselined {
        recorded: migrations.iter().map(|m| m.name.clone()).collect(),
    })
}

/// A baseline is for databases without a history; a history that has begun is mended with `resolve`.
fn refuse(status: &Status<'_>) -> Result<(), Failure> {
    let begun = status
        .entries
        .iter()
        .find(|entry| !matches!(entry.standing, Standing::Pending { .. }));
    let Some(entry) = begun else {
        return Ok(());
    };
    Err(Failure::refused(
        Problem::new("this database has a history of migrations already")
            .note(format!("`{}` is in it", entry.migration.name))
            .help("record single migrations with `segue resolve --applied NAME`"),
    ))
}

/// The migrations up to this one (all, without it).
///
/// # Errors
/// A name that no migration has.
pub fn up_to<'a>(project: &'a Project, to: Option<&str>) -> Result<&'a [Migration], Failure> {
    let Some(name) = to else {
        return Ok(&project.migrations);
    };
    let to = project.named(name).ok_or_else(|| unknown(project, name))?;
    let last = project
        .migrations
        .iter()
        .position(|m| m.key == to.key)
        .unwrap_or_default();
    Ok(&project.migrations[..=last])
}
