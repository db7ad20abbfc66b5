//! A backup by a program of the user's own, such as a snapshot of a cloud's. It counts where it ends well.

use std::process::Stdio;

use segue_db::own::backups::Backup;
use segue_engine::{Event, Failure, FailureKind, Interrupt};
use segue_project::config::{CommandLine, Secret};
use segue_sql::{Dialect, Problem};
use tokio::process::Command;

use super::{
    Events, Subject, one,
    place::{STAMP, STAMP_IN_SQLITE},
    programs::told,
};
use crate::Connected;

/// How much of what it prints last is kept.
const KEPT: usize = 300;

/// Runs it. libpq's variables name the database for it; of SQLite `SEGUE_DATABASE` is the file.
pub(super) async fn run(
    connected: &Connected,
    command: &CommandLine,
    subject: &Subject<'_>,
    interrupt: &Interrupt,
    events: Events<'_>,
) -> Result<Backup, Failure> {
    let name = command.name();
    events(Event::Notice(format!("backing up by {name}")));
    let mut process = match &connected.target {
        Some(target) => told(&command.program, target),
        None => Command::new(&command.program),
    };
    process
        .args(command.arguments.iter().map(Secret::expose))
        .env("SEGUE_BACKUP_BEFORE", &subject.before)
        .env("SEGUE_DATABASE", database(connected))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(folder) = &command.folder {
        process.current_dir(folder);
    }
    let output = tokio::select! {
        output = process.output() => output,
        () = interrupt.comes() => return Err(Failure::interrupted_early()),
    };
    let failed = |why: String| {
        let problem = Problem::new(format!("the backup by {name} failed: {why}"))
            .note(format!("it is set in {}", command.origin))
            .help("nothing was deployed; mend it, or go without: --backup=none");
        Failure::new(FailureKind::Refused, problem)
    };
    let output = output.map_err(|error| failed(format!("it cannot be run: {error}")))?;
    if !output.status.success() {
        let mut failure = failed(output.status.to_string());
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines[lines.len().saturating_sub(8)..].iter();
        failure.problems[0]
            .notes
            .extend(last.map(|line| format!("it says: {line}")));
        return Err(failure);
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    let last = printed.lines().rev().find(|line| !line.trim().is_empty());
    let place: String = last.unwrap_or(&name).trim().chars().take(KEPT).collect();
    let stamp = match connected.link.session.dialect() {
        Dialect::Postgres => STAMP,
        Dialect::Sqlite => STAMP_IN_SQLITE,
    };
    let stamp = one(&connected.link.session, stamp)
        .await?
        .unwrap_or_default();
    Ok(Backup {
        // two within a second are two
        name: format!("{stamp}-{name}-{}", std::process::id()),
        what: format!("by {name}"),
        place,
        ..Backup::default()
    })
}

fn database(connected: &Connected) -> String {
    match (&connected.target, &connected.link.session) {
        (Some(target), _) => target.database().to_owned(),
        (None, segue_db::Session::Sqlite(session)) => match &session.location().path {
            segue_db::sqlite::Path::File(path) => path.display().to_string(),
            segue_db::sqlite::Path::Memory => ":memory:".to_owned(),
        },
        (None, _) => String::new(),
    }
}
