//! The arguments of `test`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// What `test --help` ends with.
pub(super) const TEST: &str = "On a throwaway server each migration is deployed as if all tables were large and in use, and beside it runs what is
written: expand, rollback, expand again with a stop on the way, contract, a second deploy, the way back. Files beside a
migration: `seed.sql` (rows, instead of those that segue makes) and `test.sql` (statements with `-- expect: …`).

Examples:
  segue test
  segue test 20260105_products
  segue test --since main --rows 1000
  segue test --junit segue.xml
  segue test --since main --sample postgres://reader@replica.example.com/app
  segue test --shadow-url postgres://localhost/postgres --json

Exit codes: 0 all passed; 1 one has failed, or could not be tried; 64 wrong usage. docs/testing.md says what is tried.";

/// `test`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Test {
    /// Migrations, by name or file [default: all]
    #[arg(value_name = "MIGRATION")]
    pub(crate) migrations: Vec<String>,
    /// Only those that were added or changed since this revision of git
    #[arg(long, value_name = "REVISION", conflicts_with = "migrations")]
    pub(crate) since: Option<String>,
    /// How many rows each table gets
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) rows: u32,
    /// The same number makes the same rows
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// A live database: of each table so many rows, masked as `[mask]` of segue.toml says, are there beside those that segue
    /// makes; also `sample_url` of segue.toml
    #[arg(long, value_name = "URL")]
    pub(crate) sample: Option<String>,
    /// How many migrations are tried at once [default: one for each processor]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// Also write the results as JUnit XML, which CI systems read
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// A server on which databases may be made, or `embedded`; also `shadow_url` of segue.toml [default: one that is started for it]
    #[arg(long, value_name = "URL")]
    pub(crate) shadow_url: Option<String>,
}
