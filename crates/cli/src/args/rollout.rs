//! The arguments of what carries plans out: `deploy` in part, `contract`, `rollback`, `quarantine`, `pause`, `resume`, `throttle`.

use std::time::Duration;

use clap::Args as ClapArgs;
use segue::Observe;

use super::{Backup, Wait, duration, size};

/// What `contract --help` ends with.
pub(super) const CONTRACT: &str = "Examples:
  segue contract
  segue contract --after 24h        nothing is done, with exit code 0, while it was expanded later than that
  segue contract --observe 5m       look for five minutes whether the old app still runs
  segue contract --observe none     do not look
  segue contract --backup           back up the tables that lose something first

After contract there is no way back but a migration that does the reverse.";

/// What `rollback --help` ends with.
pub(super) const ROLLBACK: &str = "Examples:
  segue rollback                              the last plan that is expanded, or being expanded
  segue rollback 20261126120000_rename_name   the plan that this migration is part of, where several are

What the new app wrote into columns that go is lost with them.
Once contract has begun nothing can be rolled back: write a migration that does the reverse.";

/// What `quarantine --help` ends with.
pub(super) const QUARANTINE: &str = "Examples:
  segue quarantine                  which rows, and why
  segue quarantine --retry          when the program or the rows are mended

They are in the table segue.quarantine; docs/transforms.md tells how they get there.";

/// How a plan is carried out.
#[derive(Debug, ClapArgs)]
pub(crate) struct Carrying {
    #[command(flatten)]
    pub(crate) wait: Wait,
    /// How long one try may wait for a lock [default: 100ms]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) lock_timeout: Option<Duration>,
    /// How long to try for the locks of one transaction [default: 60s; of a step of a plan 10m]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) lock_budget: Option<Duration>,
    /// End the sessions that keep a step of a plan waiting
    #[arg(long)]
    pub(crate) cancel_blockers: bool,
    /// Take what somebody else has changed since the last step of the plan for right
    #[arg(long)]
    pub(crate) accept_changes: bool,
    /// Write rows in so many batches at once, each over a connection of its own [default: 1]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) workers: Option<u16>,
    /// Write so many rows a second at most
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..=i64::MAX as u64))]
    pub(crate) max_rate: Option<u64>,
    /// Wait while a replica is so far behind; 0: do not wait for replicas [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) max_lag: Option<Duration>,
    /// Wait while a replica or a replication slot is so much of the log behind; 0: never [default: 256MB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_lag_bytes: Option<u64>,
    /// Wait while the app's statements take so many times as long as before the deploy; 0: do not [default:
    /// `backfill.max_slowdown` of segue.toml, else 5]
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(crate) max_slowdown: Option<f64>,
    /// How long one batch of rows shall take [default: 50ms; 20ms where an app is at work, up to 100ms where the server is far away]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) batch_time: Option<Duration>,
    /// Send each batch in one piece though an app is at work: faster, and its statements wait longer for a core where all are taken.
    /// As `backfill.slices = false` in segue.toml
    #[arg(long)]
    pub(crate) no_slices: bool,
    /// Print what happens on stderr as it happens, one JSON object on each line
    #[arg(long)]
    pub(crate) events: bool,
    /// Hand numbers out for Prometheus under http://ADDR/metrics while it runs: `127.0.0.1:9187`, or `:9187` for other machines too
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<String>,
}

fn factor(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    let number = number.filter(|number| *number == 0.0 || *number > 1.0 && number.is_finite());
    number.ok_or_else(|| "a number of more than 1, such as 3 or 1.5; or 0".to_owned())
}

/// `contract`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Contract {
    /// The last migration to contract [default: all that waits]
    #[arg(long, value_name = "MIGRATION")]
    pub(crate) to: Option<String>,
    /// Only what was expanded so long ago
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) after: Option<Duration>,
    /// How long to watch whether statements still run that need what is taken away; `auto`, or `none` [default:
    /// `contract.observe` of segue.toml, else auto: 60s where pg_stat_statements has such a statement]
    #[arg(long, value_name = "TIME", value_parser = observe)]
    pub(crate) observe: Option<Observe>,
    /// Contract although such statements still run, for this reason, which is kept
    #[arg(long, value_name = "REASON", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) force: Option<String>,
    #[command(flatten)]
    pub(crate) backup: Backup,
    #[command(flatten)]
    pub(crate) carrying: Carrying,
}

fn observe(text: &str) -> Result<Observe, String> {
    segue::parse_observe(text).ok_or_else(|| "write it like 60s or 5m, or auto, or none".to_owned())
}

/// `rollback`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Rollback {
    /// A migration: the plan that it is part of is rolled back [default: the last plan]
    #[arg(value_name = "MIGRATION")]
    pub(crate) migration: Option<String>,
    #[command(flatten)]
    pub(crate) carrying: Carrying,
}

/// `quarantine`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Quarantine {
    /// Take them through their program once more: those that it does now are written, and are put aside no more
    #[arg(long)]
    pub(crate) retry: bool,
    #[command(flatten)]
    pub(crate) carrying: Carrying,
}

/// `throttle`.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false, id = "rate", args = ["max_rate", "off"])]
pub(crate) struct Throttle {
    /// So many rows a second at most
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..=i64::MAX as u64))]
    pub(crate) max_rate: Option<u64>,
    /// As fast as the database bears
    #[arg(long)]
    pub(crate) off: bool,
}

/// `backfill`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Backfill {
    /// How far the rows are that a deploy writes elsewhere, how fast, and why they wait
    Status,
    /// Write a few rows as pending migrations would, show what becomes of them, and roll that back
    ///
    /// What the steps before have to have done is done in the same transaction: the app may wait for as long as 400 ms, and
    /// where locks are not to be had at once nothing is tried.
    #[command(
        after_help = "Example:\n  segue backfill try --url postgres://app@db.example.com/app"
    )]
    Try,
}
