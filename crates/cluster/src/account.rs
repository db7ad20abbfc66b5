//! Who the server runs as: ourselves, or, when we are root, which PostgreSQL refuses, a user without
//! power. Owns the choice and how commands and folders are handed to that user.

use crate::StartError;
use segue_host::user::{self, User};
use std::{io, path::Path, process::Command};

/// The user that server commands run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// We are not root: as we are.
    Ourselves,
    /// We are root: as this user instead.
    Other(User),
}

impl Account {
    /// Ourselves; for root `postgres`, else `nobody`.
    pub(crate) fn choose() -> Result<Self, StartError> {
        if ourselves()? != 0 {
            return Ok(Self::Ourselves);
        }
        for name in ["postgres", "nobody"] {
            let user = User::unprivileged(name).map_err(StartError::io("read", "/etc/passwd"))?;
            if let Some(user) = user {
                return Ok(Self::Other(user));
            }
        }
        Err(StartError::NoAccount)
    }

    /// A command that will run as this user, with none of our `PG…` variables (they would change what
    /// it connects to or starts), in English, in a folder that this user may enter.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = plain_command(program);
        command.current_dir("/");
        if let Self::Other(user) = self {
            user.run(&mut command);
        }
        command
    }

    /// Gives a file or folder of ours to this user.
    pub(crate) fn give(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other(user) => user.give(path),
        }
    }
}

/// The number of the user that we act as.
pub(crate) fn ourselves() -> Result<u32, StartError> {
    user::effective_id().ok_or(StartError::Unsupported)
}

/// A command as ourselves, without `PG…` variables and in English.
pub(crate) fn plain_command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    command.env("LC_ALL", "C");
    command
}
