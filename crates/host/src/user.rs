//! Users of the system: who we are, and somebody with less power to run a command as.

use std::{io, path::Path, process::Command};

use crate::system;

/// The number of the user that we act as, 0 for root; none where users have no numbers.
#[must_use]
pub fn effective_id() -> Option<u32> {
    system::effective_id()
}

/// A user without root's power. Where there is no such choice, nobody is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User(system::User);

impl User {
    /// The user of this name in `/etc/passwd`, unless it is root by another name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn unprivileged(name: &str) -> io::Result<Option<Self>> {
        Ok(system::User::unprivileged(name)?.map(Self))
    }

    /// Makes a command run as this user and its group, which takes root's power.
    pub fn run(self, command: &mut Command) {
        self.0.run(command);
    }

    /// Gives a file or a folder to this user and its group.
    ///
    /// # Errors
    /// What the system says.
    pub fn give(self, path: &Path) -> io::Result<()> {
        self.0.give(path)
    }
}
