//! The options of every command.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use super::duration;

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// The folder of migrations, or the project folder in which it is found
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
    /// The database: a postgres:// URL, key=value pairs such as service=NAME, or a file of SQLite's (sqlite:app.db); `embedded` or `embedded:FOLDER` for the embedded PostgreSQL
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) url: Option<String>,
    /// Whose layout the migrations have: segue, prisma, drizzle, drizzle-v1, diesel, sqlx, golang-migrate, goose, dbmate, flyway, refinery
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) layout: Option<String>,
    /// The configuration file, instead of the segue.toml that would be found
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The section [env.NAME] of segue.toml; also from `SEGUE_ENV`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// The `[[project]]` of segue.toml, where it has several; also from `SEGUE_PROJECT`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Try to connect for so long while the server does not answer yet (30s, 2m)
    #[arg(long, global = true, value_name = "TIME", value_parser = duration)]
    pub(crate) connect_timeout: Option<Duration>,
    /// How to print the result
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// The same as --format json
    #[arg(long, global = true, conflicts_with = "format")]
    pub(crate) json: bool,
    /// Go on where a command asks or refuses without it: `seed` in production, `push` where data are lost, `reset`
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,
    /// Print results and errors only
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print more
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// When to use colour; `NO_COLOR` is respected
    #[arg(long, global = true, value_name = "WHEN", default_value_t = Color::Auto, value_enum)]
    pub(crate) color: Color,
}

impl Common {
    /// Whether the result is to be data.
    pub(crate) fn is_json(&self) -> bool {
        self.json || self.format == Format::Json
    }
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[value(alias = "text")]
    Human,
    /// For programs: one JSON document, described in docs/json.md
    Json,
    /// `schema`, `diff` and `plan` only: as SQL that makes it
    Sql,
    /// `schema` and `diff` only: as a tree, which is what people get
    Tree,
    /// `lint` only: SARIF 2.1.0
    Sarif,
    /// `lint` only: annotations of GitHub Actions
    Github,
    /// `lint`, `explain`, `plan` and `check` only
    #[value(alias = "md")]
    Markdown,
    /// `plan` only: a graph for Graphviz
    Dot,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// For everything that is printed from now on.
    pub(crate) fn write_global(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::AlwaysAnsi,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}
