//! SQL that is run without a record of it, such as a file that fills a database with data: one transaction, statement by
//! statement as a migration runs.

use std::path::Path;

use segue_project::{Migration, Script};
use segue_sql::Problem;

use crate::{
    Failure, Request, UnitKind, deploy_lock::DeployLock, history, observer::Observer,
    refusals::refuse_read_only, run::Run, work::Work,
};

/// Runs a seed file; gives the number of its statements.
///
/// It takes the lock of a deploy, so that it does not run while one is under way.
///
/// # Errors
/// A file that cannot be read or cannot be one transaction; what the server refused, with its place in the
/// file; a lock that is held. Nothing of it is committed then.
pub async fn seed(request: Request<'_>, file: &Path) -> Result<usize, Failure> {
    run_unrecorded(request, &as_migration(file)?, "a seed file").await
}

/// Runs SQL as a migration, but without a record of it; gives the number of its statements. `what` is what messages
/// call it.
///
/// # Errors
/// As for [`seed`].
pub async fn run_unrecorded(
    mut request: Request<'_>,
    migration: &Migration,
    what: &str,
) -> Result<usize, Failure> {
    let mut work = Work::of(request.session.dialect(), migration, None)?;
    refuse_parts(&work, what)?;
    let lock = request.lock().await?;
    let result = locked(&mut request, &mut work, &lock).await;
    lock.release(request.session).await;
    result.map(|()| work.statements.len())
}

async fn locked(
    request: &mut Request<'_>,
    work: &mut Work<'_>,
    lock: &DeployLock,
) -> Result<(), Failure> {
    let facts = request.facts().await?;
    refuse_read_only(&facts)?;
    let Request {
        session,
        project,
        options,
        interrupt,
        events,
    } = request;
    let opened = history::open(session, &facts, project, &options.place).await?;
    options.settings.start(session).await?;
    let unit = work.units.first().cloned();
    let mut run = Run {
        session,
        format: opened.format,
        table: &opened.table,
        settings: &options.settings,
        locks: lock.keys(),
        patience: options.patience,
        interrupt,
        observer: Observer::new(None, &facts.pid),
        events: *events,
    };
    run.commit(work, unit.as_ref(), "COMMIT").await?;
    // A seed may set what the next command on this connection must not find.
    Ok(options.settings.renew(run.session).await?)
}

/// What runs a migration runs a seed too.
fn as_migration(file: &Path) -> Result<Migration, Problem> {
    let name = file.file_name().unwrap_or(file.as_os_str());
    let name = name.to_string_lossy().into_owned();
    Ok(Migration {
        key: name.clone(),
        name,
        description: String::new(),
        checksum: None,
        up: Script::read(file)?,
        down: None,
        transactional: true,
        repeatable: false,
        run_by: None,
        transform: None,
    })
}

/// A seed that was run in part could not go on: nothing keeps how far it came.
fn refuse_parts(work: &Work<'_>, what: &str) -> Result<(), Failure> {
    let outside = |kind: &UnitKind| matches!(kind, UnitKind::Outside(_));
    let unit = match work.units.as_slice() {
        [] => return Ok(()),
        [only] if !outside(&only.kind) => return Ok(()),
        units => units
            .iter()
            .find(|unit| outside(&unit.kind))
            .or(units.get(1)),
    };
    let mut problem = Problem::new(format!(
        "{what} runs in one transaction, and this statement cannot run inside one"
    ))
    .help("move it to a migration, or take out the COMMIT before it");
    if let Some(unit) = unit {
        let span = work.statements.span(unit.statements.start);
        problem = problem.at(&work.shown()?, span.unwrap_or_default(), "here");
    }
    Err(problem.into())
}
