//! Running `url_command`, `password_command` and `schema_command`.
//!
//! What a program prints to stdout may be a secret and is never shown; what it says on stderr is for people, and
//! is shown where it fails.

use std::{process::Stdio, time::Duration};

use segue_engine::{Failure, FailureKind};
use segue_project::config::{CommandLine, Secret};
use segue_sql::Problem;
use tokio::{process::Command, time::timeout};

/// How long a program may take where `command_timeout` is not set: clients of clouds log in first.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// How many lines of what a program said are shown: the end is where errors are.
const LINES: usize = 20;

/// What the program prints, without the line's end.
///
/// # Errors
/// It cannot be run, fails, takes too long, or prints anything but one line of text.
pub(crate) async fn output(command: &CommandLine, limit: Duration) -> Result<Secret, Failure> {
    let printed = run(command, limit, FailureKind::Connection).await?;
    one_line(printed).map_err(|why| {
        let why = format!("{} {why}", command.name());
        let help = "let it print one line to its standard output";
        failure(command, FailureKind::Connection, why, help)
    })
}

/// All that the program prints.
///
/// # Errors
/// It cannot be run, fails, takes too long, or prints what is no text.
pub(crate) async fn text(command: &CommandLine, limit: Duration) -> Result<String, Failure> {
    let printed = run(command, limit, FailureKind::Input).await?;
    String::from_utf8(printed).map_err(|_| {
        let why = format!("{} printed something that is not UTF-8", command.name());
        failure(command, FailureKind::Input, why, "let it print SQL")
    })
}

async fn run(
    command: &CommandLine,
    limit: Duration,
    kind: FailureKind,
) -> Result<Vec<u8>, Failure> {
    let mut process = Command::new(&command.program);
    process
        .args(command.arguments.iter().map(Secret::expose))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(folder) = &command.folder {
        process.current_dir(folder);
    }
    let limit = match limit.is_zero() {
        true => Duration::MAX,
        false => limit,
    };
    let output = match timeout(limit, process.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => {
            let why = format!("{} cannot be run: {error}", command.name());
            let help = "name a program that is in PATH, or its path from the folder of segue.toml";
            return Err(failure(command, kind, why, help));
        }
        Err(_) => {
            let why = format!("{} did not end within {limit:?}", command.name());
            let help = "see whether it asks for something; `command_timeout` gives it more time";
            return Err(failure(command, kind, why, help));
        }
    };
    if output.status.success() {
        return Ok(output.stdout);
    }
    let why = format!("{} failed ({})", command.name(), output.status);
    let mut failure = failure(command, kind, why, "run it by itself to see what it needs");
    let said = String::from_utf8_lossy(&output.stderr);
    failure.problems[0].notes.extend(end_of(&said));
    Err(failure)
}

fn failure(command: &CommandLine, kind: FailureKind, why: String, help: &str) -> Failure {
    let problem = Problem::new(format!("`{}`: {why}", command.key))
        .note(format!("it is set in {}", command.origin))
        .help(help);
    Failure::new(kind, problem)
}

/// The last lines, one note each.
fn end_of(said: &str) -> Vec<String> {
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let end = &lines[lines.len().saturating_sub(LINES)..];
    end.iter().map(|line| format!("it says: {line}")).collect()
}

fn one_line(bytes: Vec<u8>) -> Result<Secret, &'static str> {
    let text = String::from_utf8(bytes).map_err(|_| "printed something that is not UTF-8")?;
    let line = text.trim_end_matches(['\n', '\r']);
    if line.trim().is_empty() {
        return Err("printed nothing");
    }
    if line.contains('\n') {
        return Err("printed more than one line");
    }
    Ok(Secret::new(line))
}
