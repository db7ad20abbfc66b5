//! `psql` and `pg_dump`, run as ourselves. Owns which of the installed ones is used.

use crate::{ClientError, Installation, Version, account::plain_command, installed};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
    thread,
};

/// All installations, looked for once: it takes some hundredths of a second.
static OTHERS: OnceLock<Vec<Installation>> = OnceLock::new();

/// Runs a script.
pub(crate) fn psql(server: &Installation, url: &str, script: &str) -> Result<String, ClientError> {
    // By its input and not by an option: statements run one by one, and no secret is on a command line.
    let mut command = psql_command(server, url)?;
    finish("psql", feed(&mut command, script))
}

/// Runs a file.
pub(crate) fn psql_file(
    server: &Installation,
    url: &str,
    file: &Path,
) -> Result<String, ClientError> {
    let mut command = psql_command(server, url)?;
    command.arg("--file").arg(file).stdin(Stdio::null());
    finish("psql", command.output())
}

/// Dumps a schema, without what differs from run to run.
pub(crate) fn dump_schema(
    server: &Installation,
    url: &str,
    options: &[&str],
) -> Result<String, ClientError> {
    let mut command = plain_command(&find(server, "pg_dump")?);
    command
        .args(["--schema-only", "--no-owner", "--dbname", url])
        .args(options)
        .stdin(Stdio::null());
    Ok(steady(&finish("pg_dump", command.output())?))
}

fn psql_command(server: &Installation, url: &str) -> Result<Command, ClientError> {
    let mut command = plain_command(&find(server, "psql")?);
    command
        .args([
            "--no-psqlrc",
            "--quiet",
            "--no-align",
            "--tuples-only",
            "--no-password",
        ])
        .args(["--set", "ON_ERROR_STOP=1", "--dbname", url])
        .env("PGCLIENTENCODING", "UTF8");
    Ok(command)
}

/// The server's own program, else one from another installation: some packages hold only the server.
fn find(server: &Installation, program: &'static str) -> Result<PathBuf, ClientError> {
    // An older psql still talks to a newer server, an older pg_dump refuses.
    let works = |version: Version| program == "psql" || version.major >= server.version.major;
    let own = server.bin_dir.join(program);
    if own.is_file() {
        return Ok(own);
    }
    OTHERS
        .get_or_init(installed)
        .iter()
        .filter(|one| works(one.version))
        .map(|one| one.bin_dir.join(program))
        .find(|path| path.is_file())
        .ok_or(ClientError::Missing {
            program,
            server: server.version,
        })
}

fn feed(command: &mut Command, script: &str) -> io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let input = child.stdin.take();
    thread::scope(|scope| {
        // From another thread: with both pipes full neither side would move. That psql stopped
        // reading is no error of its own: it says why.
        scope.spawn(move || input.map(|mut input| input.write_all(script.as_bytes())));
        child.wait_with_output()
    })
}

fn finish(program: &'static str, output: io::Result<Output>) -> Result<String, ClientError> {
    let output = output.map_err(|source| ClientError::Io { program, source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(ClientError::Failed {
        program,
        status: output.status.to_string(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Leaves out the random keys and the versions of server and program.
fn steady(dump: &str) -> String {
    const CHANGING: [&str; 4] = [
        "\\restrict ",
        "\\unrestrict ",
        "-- Dumped from database version ",
        "-- Dumped by pg_dump version ",
    ];
    dump.split_inclusive('\n')
        .filter(|line| !CHANGING.iter().any(|start| line.starts_with(start)))
        .collect()
}
