//! What the project and the user want of backups: `[backup]` of `segue.toml`, and what is said for one run.

use std::path::PathBuf;

use segue_engine::Failure;
use segue_project::config::CommandLine;
use segue_sql::Problem;

use super::FOLDER;
use crate::{Migrator, workplace::Workplace};

/// What is said for one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupWanted {
    /// As `[backup]` says; where it says nothing, of the tables that lose something.
    Yes,
    /// Of so much, whatever `[backup]` says.
    Of(BackupScope),
    /// None.
    No,
}

/// Of what a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupScope {
    /// The rows of the tables that lose something, and all definitions.
    Tables,
    /// Everything.
    All,
}

impl BackupScope {
    /// As in `segue.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tables => "tables",
            Self::All => "all",
        }
    }
}

/// How a backup is made.
#[derive(Debug, Clone)]
pub(crate) enum How {
    /// By the database's own tools.
    Dump(BackupScope),
    /// By a program of the user's.
    Command(CommandLine),
    /// A restore point alone.
    Point,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) how: How,
    /// Where backups are kept.
    pub(crate) folder: PathBuf,
    /// How many tables are written at once.
    pub(crate) jobs: usize,
    /// As `pg_dump --compress` has it.
    pub(crate) compress: String,
    /// Where `pg_dump` and `pg_restore` are.
    pub(crate) bin_dir: Option<PathBuf>,
    /// Whether a restore point is made too.
    pub(crate) restore_point: bool,
    /// Where it stands that backups are made, if it does.
    pub(crate) origin: Option<String>,
}

impl Wish {
    pub(super) fn is_compressed(&self) -> bool {
        !["0", "none"].contains(&self.compress.as_str()) && !self.compress.ends_with(":0")
    }
}

/// How many tables are written at once where nobody says.
const JOBS: u64 = 2;
/// gzip at a level that costs half the time of pg_dump's own 6, for a tenth more of space.
const COMPRESS: &str = "3";

impl Migrator {
    /// Whether a backup is made before what nothing takes back, in this run.
    #[must_use]
    pub fn backup(mut self, wanted: BackupWanted) -> Self {
        self.backup = Some(wanted);
        self
    }
}

impl Workplace {
    /// The backup that is wanted; none: none is.
    pub(crate) fn backup(&self, migrator: &Migrator) -> Result<Option<Wish>, Failure> {
        let (settings, vars) = (self.settings()?, self.vars());
        let what = settings.backup_what(&vars)?;
        let scope = what
            .as_ref()
            .map(|what| scope_of(&what.value, &what.origin));
        let scope = scope.transpose()?;
        let command = settings.backup_command(&vars)?;
        let point = settings.backup_restore_point();
        let configured = match (scope, &command) {
            (Some(scope), _) => Some(How::Dump(scope)),
            (None, Some(command)) => Some(How::Command(command.value.clone())),
            (None, None) => point.as_ref().map(|_| How::Point),
        };
        let how = match migrator.backup {
            Some(BackupWanted::No) => None,
            Some(BackupWanted::Of(scope)) => Some(How::Dump(scope)),
            Some(BackupWanted::Yes) => Some(configured.unwrap_or(How::Dump(BackupScope::Tables))),
            None => configured,
        };
        let Some(how) = how else {
            return Ok(None);
        };
        let root = self.config_folder.as_ref().unwrap_or(&self.current);
        let folder = settings.backup_folder(&vars)?.map(|setting| setting.value);
        let origin = what.map(|what| what.origin);
        let origin = origin.or(command.map(|command| command.origin));
        Ok(Some(Wish {
            how,
            folder: absolute(folder.unwrap_or_else(|| root.join(FOLDER))),
            jobs: usize::try_from(settings.backup_jobs().unwrap_or(JOBS)).unwrap_or(1),
            compress: settings
                .backup_compress(&vars)?
                .map_or_else(|| COMPRESS.to_owned(), |setting| setting.value),
            bin_dir: settings.backup_bin_dir(&vars)?.map(|setting| setting.value),
            restore_point: point.is_some(),
            origin: origin.or(point),
        }))
    }
}

/// The journal is read from other folders too.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

fn scope_of(text: &str, origin: &str) -> Result<BackupScope, Problem> {
    let all = [BackupScope::Tables, BackupScope::All];
    all.into_iter()
        .find(|scope| scope.name() == text)
        .ok_or_else(|| {
            Problem::new(format!("`backup.what` is `{text}` ({origin})"))
                .help("\"tables\": those that lose something; \"all\": the whole database")
        })
}
