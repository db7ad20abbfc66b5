//! One file per verb; each returns its exit code.

use std::future::Future;

use segue::{Connected, Failure, Interrupt, Migrator, Retry};

use crate::{
    args::{Args, Command, Common},
    exit,
    show::{events::Show, json, problem},
};

mod baseline;
mod completions;
mod deploy;
mod doctor;
mod init;
mod man;
mod new;
mod resolve;
mod status;

/// Runs the command that was asked for.
pub(crate) fn run(args: Args) -> u8 {
    let common = args.common;
    match args.command {
        Command::Init => init::run(&common),
        Command::New { name } => new::run(&common, &name),
        Command::Status => in_runtime(status::run(&common)),
        Command::Deploy(deploy) => in_runtime(deploy::run(&common, &deploy)),
        Command::Resolve(resolve) => in_runtime(resolve::run(&common, &resolve)),
        Command::Baseline(baseline) => in_runtime(baseline::run(&common, &baseline)),
        Command::Doctor => in_runtime(doctor::run(&common)),
        Command::Completions { shell } => completions::run(shell),
        Command::Man => man::run(),
    }
}

/// One thread is enough for one deploy, and starts soonest.
fn in_runtime(command: impl Future<Output = u8>) -> u8 {
    match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let code = runtime.block_on(command);
            // A look-up of a host name that hangs must not hold up the exit.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            anstream::eprintln!("error: no asynchronous runtime: {error}");
            exit::FAILED
        }
    }
}

/// What the options of every command say.
fn migrator(common: &Common) -> Migrator {
    let mut migrator = Migrator::new();
    if let Some(dir) = &common.dir {
        migrator = migrator.dir(dir);
    }
    if let Some(url) = &common.url {
        migrator = migrator.url(url);
    }
    if let Some(layout) = &common.layout {
        migrator = migrator.layout(layout);
    }
    if let Some(config) = &common.config {
        migrator = migrator.config(config);
    }
    if let Some(env) = &common.env {
        migrator = migrator.env(env);
    }
    if let Some(time) = common.connect_timeout {
        migrator = migrator.connect_timeout(time);
    }
    migrator
}

/// Connects, unless the user stops it first.
async fn connect(
    migrator: &Migrator,
    show: &mut Show,
    interrupt: &Interrupt,
) -> Result<Connected, Failure> {
    let mut retries = |retry: &Retry| show.retry(retry);
    tokio::select! {
        connected = migrator.connect(&mut retries) => connected,
        () = interrupt.comes() => Err(Failure::interrupted_early()),
    }
}

/// Tells about a failure; gives its exit code.
fn fail(common: &Common, command: &str, failure: &Failure, rest: json::Rest) -> u8 {
    if common.is_json() {
        json::failed(command, failure, rest);
    } else {
        problem::print_all(&failure.problems);
    }
    exit::of(failure)
}
