//! The arguments of the command line. Those of the commands for development are in `args/develop.rs`.

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, Parser, Subcommand};
use clap_complete::Shell;

mod backup;
mod check;
mod ci;
mod compat;
mod develop;
#[cfg(test)]
mod documented;
mod global;
mod lint;
mod plan;
#[cfg(test)]
mod reference;
mod rollout;
mod shadow;
mod subject;
mod test;
mod testdb;
mod watch;

pub(crate) use backup::{Backup, Restore};
pub(crate) use check::CheckList;
pub(crate) use ci::{Ci, CiInit, CiSystem};
pub(crate) use compat::{Compat, CompatAction, First};
pub(crate) use develop::{Dev, Diff, Generate, Pull, Push, Reset, Revert};
pub(crate) use global::{Common, Format};
pub(crate) use lint::{FailOn, Lint};
pub(crate) use plan::{Plan, Strategy};
pub(crate) use rollout::{Backfill, Carrying, Contract, Quarantine, Rollback, Throttle};
pub(crate) use shadow::Shadow;
pub(crate) use subject::Subject;
pub(crate) use test::Test;
pub(crate) use testdb::{Made, Serve, Testdb, TestdbAction};
pub(crate) use watch::Watch;

/// Database migrations with no pause: the SQL you would write anyway, deployed safely.
///
/// segue deploys the migrations you already have: those of Prisma, Drizzle, Diesel, sqlx, Flyway, refinery,
/// golang-migrate, goose and dbmate, with these tools' own history tables, or its own.
#[derive(Debug, Parser)]
#[command(name = "segue", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

const EXAMPLES: &str = "Examples:
  segue status                      where every migration stands
  segue status --drift              whether the database is what its migrations make
  segue deploy                      apply what is pending, while the app runs on
  segue contract                    do the rest, once only the new app runs
  segue rollback                    or take it back
  segue deploy --dry-run            show what would be applied, and in which transactions
  segue deploy --url postgres://app@db.example.com/app --connect-timeout 30s
  segue new add_phone               write an empty migration in the project's own layout
  segue plan                        show how it can be deployed while the app runs on
  segue dev --name add_phone        write a migration that leads to the desired schema, and apply it
  segue baseline --to 20240101_init say that the database has these migrations already

Exit codes: 0 done; 1 failed or refused; 2 from `status`: something is pending, failed or drifted,
from `doctor`: a deploy would fail; from `diff --exit-code`: the two differ; from `lint`: an error was found;
64 wrong usage; 130 interrupted.";

const SEED: &str = "In segue.toml:
  [seed]
  command = \"node seed.js\"   for the shell; an array is a program and its arguments
  file = \"seed.sql\"          or SQL, which is run in one transaction

The command gets the database's URL as DATABASE_URL.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a project: a segue.toml, and a folder of migrations unless there is one
    Init,
    /// Write a pipeline for GitHub Actions or GitLab, which checks, deploys and contracts migrations
    #[command(subcommand)]
    Ci(Ci),
    /// Write an empty migration in the project's own layout
    #[command(after_help = "Example:\n  segue new add_phone_to_users")]
    New {
        /// What the migration does; becomes a part of its file name
        name: String,
    },
    /// Show where every migration stands (exit code 2 unless everything is applied)
    #[command(after_help = "Example:\n  segue status --all")]
    Status(Status),
    /// Print the schema that the migrations make
    ///
    /// It is told from the files. What cannot be told (a DO block, dynamic SQL) is learned from a shadow database:
    /// an empty one that is made for it, on a server of this machine if no other is named.
    #[command(
        after_help = "Examples:\n  segue schema\n  segue schema --at 20240101_init --format sql"
    )]
    Schema(Schema),
    /// Print what turns one schema into another
    ///
    /// Nothing is changed on either side.
    #[command(after_help = develop::DIFF)]
    Diff(Diff),
    /// Tell what is dangerous about migrations (exit code 2 if there is an error)
    ///
    /// Nothing is changed anywhere.
    #[command(after_help = lint::LINT)]
    Lint(Lint),
    /// Print how migrations can be deployed while the app runs on: what will run in two phases, what it locks, how long it takes
    ///
    /// Nothing is changed anywhere.
    #[command(after_help = plan::PLAN)]
    Plan(Plan),
    /// Try migrations on a throwaway server with rows: deploy, take back, stop and go on, contract, reverse
    ///
    /// The project's own database is not used.
    #[command(after_help = test::TEST)]
    Test(Test),
    /// Tell whether the queries of the old and the new app run before, between and after the two phases of a deploy
    ///
    /// The schemas are made on a throwaway server by deploying for real; every query is prepared under each of them.
    #[command(after_help = compat::COMPAT, args_conflicts_with_subcommands = true)]
    Compat(Compat),
    /// Print the checklist of a change without downtime for what is pending, each line with its evidence
    ///
    /// Nothing is changed anywhere.
    #[command(after_help = check::CHECK)]
    Check(CheckList),
    /// Tell what a rule of lint is about, and what to write instead; without RULE: list them
    Explain {
        /// The rule
        rule: Option<String>,
    },
    /// Print how large the tables of the database are, who uses them, and its settings: what `lint --facts` reads
    #[command(
        after_help = "Example:\n  segue facts --url postgres://app@db.example.com/app > facts.json"
    )]
    Facts,
    /// Write a migration that leads to the desired schema, and apply it to the dev database
    ///
    /// The schema is that of `schema_path` or `schema_command` in segue.toml, of schema.prisma or Drizzle's files, else
    /// schema.sql or the folder schema. The migration and the way back are run on a shadow database first.
    #[command(after_help = "Example:\n  segue dev --name add_phone")]
    Dev(Dev),
    /// Write a migration that leads to the desired schema, without touching a database
    #[command(after_help = "Example:\n  segue generate --name add_phone")]
    Generate(Generate),
    /// Write a migration that takes an earlier one back, however many have come behind it
    ///
    /// Its own script for the way back is taken, else what leads from the schema behind it to the one before. That is run on
    /// a shadow database with all migrations first.
    #[command(
        after_help = "Example:\n  segue revert 20260105_add_phone\n\nUntil contract `segue rollback` takes the last deploy back, with its data."
    )]
    Revert(Revert),
    /// Change the dev database to the desired schema, without a migration
    Push(Push),
    /// Write the schema of the database as SQL: the file, or the files, that say how it shall be
    Pull(Pull),
    /// Drop everything in the dev database, deploy all migrations, and run the seed
    Reset(Reset),
    /// Apply pending migrations while the app keeps running: what would break it waits for `contract`
    Deploy(Deploy),
    /// Do what had to wait until only the new app runs
    #[command(after_help = rollout::CONTRACT)]
    Contract(Contract),
    /// Take back what is expanded, as long as contract has not begun
    #[command(after_help = rollout::ROLLBACK)]
    Rollback(Rollback),
    /// List backups with the commands that restore them, or try whether one can be restored
    #[command(after_help = backup::RESTORE)]
    Restore(Restore),
    /// Look at rows that a deploy writes in batches, or try what is pending on a few of them
    #[command(subcommand)]
    Backfill(Backfill),
    /// Watch a deploy that runs elsewhere, and the database around it
    #[command(after_help = watch::WATCH)]
    Watch(Watch),
    /// Pause the batches of a running deploy, until `resume`
    Pause,
    /// Resume the batches that `pause` stopped
    Resume,
    /// Say how many rows a second a deploy that is running may write
    #[command(after_help = "Example:\n  segue throttle --max-rate 5000")]
    Throttle(Throttle),
    /// List the rows that a program could not do (exit code 2 if there are any), or take them through it once more
    #[command(after_help = rollout::QUARANTINE)]
    Quarantine(Quarantine),
    /// Record a decision about a migration that failed, or that was applied by hand
    Resolve(Resolve),
    /// Record migrations as applied, without running them, in a database that has no history yet
    Baseline(Baseline),
    /// Look for everything that would make a deploy fail (exit code 2 if something would)
    #[command(after_help = "Every check is described in docs/doctor.md. Nothing is changed.")]
    Doctor,
    /// Fill the database with the project's own data: `[seed]` of segue.toml, or Prisma's seed
    #[command(after_help = SEED)]
    Seed,
    /// Run a command with a fresh database that has all migrations, and remove it afterwards
    #[command(after_help = testdb::TESTDB)]
    Testdb(Testdb),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  segue completions bash > /etc/bash_completion.d/segue")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// All projects of the configuration.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub(crate) struct All {
    /// Every `[[project]]` of segue.toml, in the order of the file
    #[arg(long, conflicts_with_all = ["project", "dir", "url"])]
    pub(crate) all: bool,
}

/// `status`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) all: All,
    /// Compare the database with the schema that its applied migrations make, object by object (exit code 2 if they differ)
    #[arg(long)]
    pub(crate) drift: bool,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}

/// `schema`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Schema {
    /// The last migration that counts [default: the last one on disk]
    #[arg(long, value_name = "MIGRATION")]
    pub(crate) at: Option<String>,
    /// The major version of the server that it is for [default: that of the configured database, else 17]
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(14..=99))]
    pub(crate) server_version: Option<u16>,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}

/// `deploy`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) all: All,
    /// Show what would be applied, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The last migration to apply
    #[arg(long, value_name = "MIGRATION")]
    pub(crate) to: Option<String>,
    /// Deploy exactly the plan in this file, which `segue plan --out FILE` has written, or nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "to", "strategy"])]
    pub(crate) plan: Option<PathBuf>,
    /// Whether an app is running meanwhile [default: `strategy` of segue.toml, else online]
    #[arg(long, value_name = "STRATEGY", value_enum)]
    pub(crate) strategy: Option<Strategy>,
    #[command(flatten)]
    pub(crate) carrying: Carrying,
    #[command(flatten)]
    pub(crate) backup: Backup,
    /// Make the database if the server has none of that name
    #[arg(long)]
    pub(crate) create_database: bool,
    /// Go on although applied migrations were changed on disk
    #[arg(long)]
    pub(crate) allow_edited: bool,
    /// Go on although applied migrations are not on disk
    #[arg(long)]
    pub(crate) allow_missing: bool,
    /// Refuse migrations that come before applied ones
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Waiting for another deploy.
#[derive(Debug, ClapArgs)]
pub(crate) struct Wait {
    /// Wait for another deploy to end, for so long (without TIME: an hour)
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "1h", value_parser = duration)]
    pub(crate) wait: Option<Duration>,
}

/// `resolve`.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false, id = "decision", args = ["applied", "rolled_back"])]
pub(crate) struct Resolve {
    /// The database has this migration: record it as applied
    #[arg(long, value_name = "MIGRATION")]
    pub(crate) applied: Option<String>,
    /// The database does not have it: the next deploy runs it from its start
    #[arg(long, value_name = "MIGRATION")]
    pub(crate) rolled_back: Option<String>,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

/// `baseline`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Baseline {
    /// The last migration that the database has [default: the last one on disk]
    #[arg(long, value_name = "MIGRATION")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) wait: Wait,
}

/// Sizes as PostgreSQL writes them: `500kB`, `64MB`.
fn size(text: &str) -> Result<u64, String> {
    segue::parse_bytes(text).ok_or_else(|| "write it like 500kB, 64MB or 1GB".to_owned())
}

/// Times as in segue.toml: `100ms`, `5s`, `2m`, `1h`, `0`.
fn duration(text: &str) -> Result<Duration, String> {
    segue::parse_duration(text).ok_or_else(|| "write it like 500ms, 30s, 5m or 1h".to_owned())
}
