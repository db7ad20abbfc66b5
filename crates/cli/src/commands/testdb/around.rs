//! `segue testdb -- COMMAND`: a command with a database of its own.

use std::{
    ffi::OsString,
    io::{ErrorKind, IsTerminal},
    process::ExitStatus,
};

use segue::{Failure, testing::TestDatabase};
use segue_host::signal::{Signal, that_ended};
use tokio::process::{Child, Command};

use super::{header, server};
use crate::{
    args::{Common, Made},
    commands::fail,
    exit,
    show::{clean, events::Show, json},
    stop,
};

/// As shells have it (POSIX, Shell Command Language, 2.8.2).
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

pub(super) async fn run(common: &Common, made: &Made, command: &[OsString]) -> u8 {
    let (interrupt, mut wishes) = stop::on_signals();
    let ready = async {
        let server = server(common, made, &interrupt).await?;
        header(common, &server, "a test database on");
        let database = server.create(None).await?;
        if made.seed {
            let mut show = Show::new(common);
            let mut events = |event| show.event(&event);
            let seeded = database.seed(&interrupt, &mut events).await;
            show.end();
            seeded?;
        }
        interrupt.refuses()?;
        let command = prepared(command, &database)?;
        Ok((server, database, command))
    };
    // In the heap, as it holds all that a deploy does.
    let (server, database, mut prepared) = match Box::pin(ready).await {
        Ok(ready) => ready,
        Err(failure) => return fail(common, "testdb", &failure, json::Rest::new()),
    };
    let code = match prepared.spawn() {
        Ok(mut child) => accompany(&mut child, &mut wishes).await,
        Err(error) => not_started(&command[0], &error),
    };
    if let Err(failure) = database.close().await {
        tell!("warning: the test database is left behind: {failure}");
    }
    drop(server);
    code
}

/// The command with the variables by which it finds the database. Input and output are ours.
fn prepared(command: &[OsString], database: &TestDatabase) -> Result<Command, Failure> {
    let mut prepared = Command::new(&command[0]);
    prepared.args(&command[1..]).kill_on_drop(true);
    for (name, value) in database.variables()? {
        match value {
            Some(value) => prepared.env(name, value),
            None => prepared.env_remove(name),
        };
    }
    Ok(prepared)
}

/// Waits for its end, and passes on what asks it to stop; what comes after that waits for its end in any case.
async fn accompany(child: &mut Child, wishes: &mut stop::Wishes) -> u8 {
    // In a terminal Ctrl-C has reached it too.
    let has_heard = std::io::stdin().is_terminal();
    let mut asked = 0;
    loop {
        let wish = tokio::select! {
            status = child.wait() => return status.map_or(exit::FAILED, code_of),
            wish = wishes.recv() => wish.unwrap_or(Signal::Terminate),
        };
        asked += 1;
        match (wish, asked) {
            (Signal::Interrupt, 1) if has_heard => {}
            (wish, 1 | 2) => stop::pass_on(child.id(), wish),
            _ => {
                let _ = child.start_kill();
            }
        }
    }
}

/// A signal's number comes on top of 128, as in shells.
fn code_of(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| that_ended(status).map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code & 0xff).ok())
        .unwrap_or(exit::FAILED)
}

fn not_started(program: &OsString, error: &std::io::Error) -> u8 {
    let name = program.to_string_lossy();
    if error.kind() == ErrorKind::NotFound {
        tell!("error: there is no command `{}`", clean(&name));
        tell!("  help: is it installed, and in PATH?");
        return NOT_FOUND;
    }
    tell!("error: `{}` cannot be run: {error}", clean(&name));
    NOT_EXECUTABLE
}
