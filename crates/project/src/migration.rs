//! One migration as every layout delivers it.

use std::{path::PathBuf, sync::Arc};

use segue_sql::Source;

use crate::{Script, Transform};

/// A migration on disk.
#[derive(Debug, Clone)]
pub struct Migration {
    /// What the user calls it: the name of its folder, or of its file without the ending.
    pub name: String,
    /// What its tool's history calls it: the name, a version number, a time. Unique in a project.
    pub key: String,
    /// What some histories need beside the key (sqlx: the name with blanks for underscores; golang-migrate:
    /// the version before this one, empty for the first).
    pub description: String,
    /// The tool's own checksum of the text, as that tool stores it; `None` where the tool has none.
    pub checksum: Option<String>,
    /// What is run.
    pub up: Script,
    /// What takes it back, where the layout has such a file.
    pub down: Option<Script>,
    /// Whether it runs inside a transaction; `false` is the tool's own marker for "outside".
    pub transactional: bool,
    /// Whether it is run again whenever its text has changed (Flyway's `R__` files).
    pub repeatable: bool,
    /// The command of the migration's own tool that runs it, where it is code and segue cannot.
    pub run_by: Option<String>,
    /// The program that rows go through behind it, where there is one beside it.
    pub transform: Option<Arc<Transform>>,
}

impl Migration {
    /// What is known of a migration whose file is gone: enough to find it in its tool's history, where that knows single ones.
    pub fn without_file(name: &str, key: &str) -> Self {
        let nothing = Source::new(name, String::new());
        Self {
            name: name.to_owned(),
            key: key.to_owned(),
            description: String::new(),
            checksum: None,
            up: Script::whole(PathBuf::new(), nothing),
            down: None,
            transactional: true,
            repeatable: false,
            run_by: None,
            transform: None,
        }
    }
}

/// Something found on disk that is not used, and why; everything found is either used or noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What was found, relative to the folder of migrations.
    pub path: String,
    /// Why it is not used, or what was made of it.
    pub text: String,
}
