//! One file per verb; each returns its exit code.

use std::future::Future;

use segue::{Connected, Failure, Interrupt, Migrator, Retry};
use serde_json::Value;

use crate::{
    args::{Args, Backfill, Ci, Command, Common, Format},
    exit,
    show::{clean, events::Show, json, problem},
    stop,
};

mod backfill;
mod baseline;
mod check;
mod ci;
mod compat;
mod completions;
mod deploy;
mod dev;
mod diff;
mod doctor;
mod explain;
mod facts;
mod generate;
mod init;
mod lint;
mod man;
mod new;
mod plan;
mod pull;
mod push;
mod quarantine;
mod reset;
mod resolve;
mod restore;
mod revert;
mod rollout;
mod schema;
mod seed;
mod status;
mod test;
mod testdb;
mod watch;

/// Runs the command that was asked for.
pub(crate) fn run(args: Args) -> u8 {
    let common = args.common;
    if let Some(whose) = not_for(common.format, &args.command) {
        tell!("error: {whose}");
        return exit::USAGE;
    }
    match args.command {
        Command::Init => init::run(&common),
        Command::Ci(Ci::Init(init)) => ci::init(&common, &init),
        Command::New { name } => new::run(&common, &name),
        Command::Status(status) => in_runtime(status::run(&common, &status)),
        Command::Schema(schema) => in_runtime(schema::run(&common, &schema)),
        Command::Diff(diff) => in_runtime(diff::run(&common, &diff)),
        Command::Explain { rule } => explain::run(&common, rule.as_deref()),
        Command::Facts => in_runtime(facts::run(&common)),
        Command::Lint(lint) => in_runtime(lint::run(&common, &lint)),
        Command::Plan(plan) => in_runtime(plan::run(&common, &plan)),
        Command::Check(check) => in_runtime(check::run(&common, &check)),
        Command::Compat(compat) => in_runtime(compat::run(&common, &compat)),
        Command::Test(test) => in_runtime(test::run(&common, &test)),
        Command::Dev(dev) => in_runtime(dev::run(&common, &dev)),
        Command::Generate(generate) => in_runtime(generate::run(&common, &generate)),
        Command::Revert(revert) => in_runtime(revert::run(&common, &revert)),
        Command::Push(push) => in_runtime(push::run(&common, &push)),
        Command::Pull(pull) => in_runtime(pull::run(&common, &pull)),
        Command::Reset(reset) => in_runtime(reset::run(&common, &reset)),
        Command::Deploy(deploy) => in_runtime(deploy::run(&common, &deploy)),
        Command::Contract(contract) => in_runtime(rollout::contract(&common, &contract)),
        Command::Rollback(rollback) => in_runtime(rollout::rollback(&common, &rollback)),
        Command::Backfill(Backfill::Status) => in_runtime(backfill::status(&common)),
        Command::Backfill(Backfill::Try) => in_runtime(backfill::sample(&common)),
        Command::Watch(wish) => in_runtime(watch::run(&common, &wish)),
        Command::Pause => in_runtime(rollout::pause(&common)),
        Command::Resume => in_runtime(rollout::resume(&common)),
        Command::Throttle(throttle) => in_runtime(rollout::throttle(&common, &throttle)),
        Command::Quarantine(wish) => in_runtime(quarantine::run(&common, &wish)),
        Command::Restore(restore) => in_runtime(restore::run(&common, &restore)),
        Command::Resolve(resolve) => in_runtime(resolve::run(&common, &resolve)),
        Command::Baseline(baseline) => in_runtime(baseline::run(&common, &baseline)),
        Command::Doctor => in_runtime(doctor::run(&common)),
        Command::Seed => in_runtime(seed::run(&common)),
        Command::Testdb(testdb) => in_runtime(testdb::run(&common, &testdb)),
        Command::Completions { shell } => completions::run(shell),
        Command::Man => man::run(),
    }
}

/// Why a format is not for a command.
fn not_for(format: Format, command: &Command) -> Option<&'static str> {
    match (format, command) {
        (Format::Human | Format::Json, _)
        | (Format::Sql | Format::Tree, Command::Schema(_) | Command::Diff(_))
        | (Format::Sql | Format::Markdown | Format::Dot, Command::Plan(_))
        | (Format::Sarif | Format::Github | Format::Markdown, Command::Lint(_))
        | (Format::Markdown, Command::Explain { .. } | Command::Check(_)) => None,
        (Format::Sql | Format::Tree, _) => Some(
            "--format sql is for `segue schema`, `segue diff` and `segue plan`, --format tree for the first two",
        ),
        (Format::Dot, _) => Some("--format dot is for `segue plan`"),
        (Format::Sarif | Format::Github, _) => {
            Some("--format sarif and --format github are for `segue lint`")
        }
        (Format::Markdown, _) => Some(
            "--format markdown is for `segue lint`, `segue plan`, `segue check` and `segue explain`",
        ),
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
            tell!("error: no asynchronous runtime: {error}");
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
    if let Some(project) = &common.project {
        migrator = migrator.project(project);
    }
    if let Some(time) = common.connect_timeout {
        migrator = migrator.connect_timeout(time);
    }
    migrator
}

/// The same, stopped in order by a signal; and what tells of the signal.
fn stoppable(common: &Common) -> (Migrator, Interrupt) {
    let interrupt = stop::on_signal();
    (migrator(common).stopped_by(interrupt.clone()), interrupt)
}

fn worse(first: u8, second: u8) -> u8 {
    match (first, second) {
        (exit::DONE, second) => second,
        (exit::DIFFERENT, second) if second != exit::DONE => second,
        (first, _) => first,
    }
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
    Report::failed(common, command, failure, rest).print(common)
}

/// What a command came to on one project.
struct Report {
    code: u8,
    /// With `--json`; what is for people has been printed by then.
    document: Value,
}

impl Report {
    /// For a command on a single project.
    fn print(self, common: &Common) -> u8 {
        if common.is_json() {
            json::print(&self.document);
        }
        self.code
    }

    fn failed(common: &Common, command: &str, failure: &Failure, rest: json::Rest) -> Self {
        if !common.is_json() {
            problem::print_all(&failure.problems);
        }
        Self {
            code: exit::of(failure),
            document: json::failed(command, failure, rest),
        }
    }
}

/// Runs a command on every project of the configuration, in the order of the file; `go_on` says after which exit
/// codes. The exit code is that of the first failure, else of the first difference.
async fn on_all(
    common: &Common,
    command: &str,
    migrator: &Migrator,
    go_on: fn(u8) -> bool,
    run: impl AsyncFn(Migrator) -> Report,
) -> u8 {
    let projects = match migrator.projects() {
        Ok(projects) => projects,
        Err(failure) => return fail(common, command, &failure, json::Rest::new()),
    };
    let mut code = exit::DONE;
    let mut documents = Vec::new();
    for (name, migrator) in projects {
        if !common.is_json() {
            out!("{}:", clean(&name));
        }
        let report = run(migrator).await;
        documents.push(json::of_project(report.document, &name));
        code = worse(code, report.code);
        if !go_on(report.code) {
            break;
        }
    }
    if common.is_json() {
        json::print(&Value::Array(documents));
    }
    code
}
