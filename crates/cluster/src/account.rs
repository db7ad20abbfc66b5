//! Who the server runs as: ourselves, or, when we are root, which PostgreSQL refuses, a user without
//! power. Owns the choice and how commands and folders are handed to that user.

use crate::{StartError, process};
use std::{
    fs, io,
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::Command,
};

/// The user that server commands run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// We are not root: as we are.
    Ourselves,
    /// We are root: as this user instead.
    Other {
        /// The user.
        uid: u32,
        /// Its group.
        gid: u32,
    },
}

impl Account {
    /// Ourselves; for root `postgres`, else `nobody`.
    pub(crate) fn choose() -> Result<Self, StartError> {
        if process::effective_user() != 0 {
            return Ok(Self::Ourselves);
        }
        let path = "/etc/passwd";
        let users = fs::read_to_string(path).map_err(StartError::io("read", path))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| find(&users, name))
            .ok_or(StartError::NoAccount)
    }

    /// A command that will run as this user, with none of our `PG…` variables (they would change what
    /// it connects to or starts), in English, in a folder that this user may enter.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = plain_command(program);
        command.current_dir("/");
        if let Self::Other { uid, gid } = self {
            // With a uid given, and being root, the standard library drops our other groups too.
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Gives a file or folder of ours to this user.
    pub(crate) fn give(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)),
        }
    }
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

/// The user of this name in the text of a passwd file, unless it is root by another name.
fn find(users: &str, name: &str) -> Option<Account> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some(Account::Other { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name_and_never_root() {
        let users = "root:x:0:0::/root:/bin/sh\npostgresql:x:7:8::/:/bin/sh\npostgres:x:101:104:a,,:/v:/b\nnobody:x:0:0::/:/b\n";
        assert_eq!(
            find(users, "postgres"),
            Some(Account::Other { uid: 101, gid: 104 })
        );
        assert_eq!(find(users, "nobody"), None);
        assert_eq!(find(users, "postgre"), None);
    }
}
