//! The arguments of `ci`.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// What `ci init --help` ends with.
const INIT: &str = "Examples:
  segue ci init github
  segue ci init github --env production --secret PRODUCTION_DATABASE_URL
  segue ci init gitlab --project shop

It is written into the repository that the migrations are in. Secrets are named in it, never read. docs/ci.md says what
each part of it does.";

/// `ci`.
#[derive(Debug, Subcommand)]
pub(crate) enum Ci {
    /// Write the pipeline: lint, test and plan on proposals that touch migrations, deploy on the default branch, contract by hand
    #[command(after_help = INIT)]
    Init(CiInit),
}

/// `ci init`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CiInit {
    /// For which system
    #[arg(value_enum)]
    pub(crate) system: CiSystem,
    /// The name of the secret that holds the URL of the database [default: `DATABASE_URL`]
    #[arg(long, value_name = "NAME")]
    pub(crate) secret: Option<String>,
    /// Overwrite files that are there and say something else
    #[arg(long)]
    pub(crate) force: bool,
}

/// A system that runs pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CiSystem {
    /// GitHub Actions
    Github,
    /// GitLab CI/CD
    Gitlab,
}
