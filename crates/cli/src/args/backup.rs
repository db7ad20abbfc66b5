//! The arguments of backups, and of `restore`.

use clap::{Args as ClapArgs, ValueEnum};
use segue::{BackupScope, BackupWanted};

use super::Shadow;

/// What `restore --help` ends with.
pub(super) const RESTORE: &str = "Examples:
  segue restore                       the backups that the database knows of, and the command for each
  segue restore --rehearse            the last one
  segue restore --rehearse .segue/backups/20260105T101500-app

Exit codes: 0 the rehearsal gave what was backed up; 1 it differs, or could not be made; 64 wrong usage.";

/// Whether a backup is made.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub(crate) struct Backup {
    /// Before the first step that nothing takes back, back up `tables` (those that lose something), `all`, or `none`
    /// [without WHAT: as `backup` in segue.toml says, else tables; without the option: if that section says so]
    #[arg(long, value_name = "WHAT", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "configured")]
    pub(crate) backup: Option<What>,
}

/// What is backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// As segue.toml says
    #[value(hide = true)]
    Configured,
    /// The tables that lose something
    Tables,
    /// Everything
    All,
    /// Nothing
    None,
}

impl Backup {
    /// Tells the library.
    pub(crate) fn onto(self, migrator: segue::Migrator) -> segue::Migrator {
        match self.backup {
            None => migrator,
            Some(What::Configured) => migrator.backup(BackupWanted::Yes),
            Some(What::Tables) => migrator.backup(BackupWanted::Of(BackupScope::Tables)),
            Some(What::All) => migrator.backup(BackupWanted::Of(BackupScope::All)),
            Some(What::None) => migrator.backup(BackupWanted::No),
        }
    }
}

/// `restore`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Restore {
    /// A backup: its folder, or its name [default: the last one of the database]
    #[arg(value_name = "BACKUP", requires = "rehearse")]
    pub(crate) backup: Option<String>,
    /// Restore it into a fresh database that nobody needs, and compare the schema and the number of rows with what was backed up
    #[arg(long)]
    pub(crate) rehearse: bool,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}
