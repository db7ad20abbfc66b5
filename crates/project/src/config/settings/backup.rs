//! `[backup]`: what is made before what nothing takes back.

use std::path::PathBuf;

use super::{Found, Setting, Settings, Value};
use crate::config::{CommandLine, Vars};

impl Settings<'_> {
    /// Of what a backup is: `tables` or `all`.
    pub fn backup_what(&self, vars: &Vars<'_>) -> Found<String> {
        match self.is_by_command() {
            true => Ok(None),
            false => self.text("backup.what", vars),
        }
    }

    /// The program that makes the backup in its place. In the chosen section it hides a `backup.what` of the top.
    pub fn backup_command(&self, vars: &Vars<'_>) -> Found<CommandLine> {
        match self.section_with("backup.command") {
            Some(section) if self.is_by_command() => {
                self.command_in(section, "backup.command", vars)
            }
            _ => Ok(None),
        }
    }

    /// Where it stands that a restore point is made too, if it is.
    pub fn backup_restore_point(&self) -> Option<String> {
        let entry = self.section_with("backup.restore_point")?;
        let entry = entry.get("backup.restore_point")?;
        matches!(entry.value, Value::Flag(true)).then(|| self.config.origin(&entry.span))
    }

    /// The folder that backups are kept in; relative to `segue.toml` in the file, joined to its folder here.
    pub fn backup_folder(&self, vars: &Vars<'_>) -> Found<PathBuf> {
        self.path("backup.folder", vars)
    }

    /// The folder of `pg_dump` and `pg_restore`.
    pub fn backup_bin_dir(&self, vars: &Vars<'_>) -> Found<PathBuf> {
        self.path("backup.bin_dir", vars)
    }

    /// How backups are compressed, as `pg_dump --compress` has it.
    pub fn backup_compress(&self, vars: &Vars<'_>) -> Found<String> {
        self.text("backup.compress", vars)
    }

    /// How many processes write a backup.
    pub fn backup_jobs(&self) -> Option<u64> {
        match self.section_with("backup.jobs")?.get("backup.jobs")?.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    fn path(&self, key: &str, vars: &Vars<'_>) -> Found<PathBuf> {
        let folder = &self.config.folder;
        let found = self.text(key, vars)?;
        Ok(found.map(|setting: Setting<String>| setting.map(|path| folder.join(path))))
    }

    /// Which of the two counts: the first that a layer has.
    fn is_by_command(&self) -> bool {
        let mut layers = self.layers();
        let first = layers.find(|section| {
            section.contains_key("backup.what") || section.contains_key("backup.command")
        });
        first.is_some_and(|section| section.contains_key("backup.command"))
    }
}
