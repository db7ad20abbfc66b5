//! Which extensions there are, and how their files come into a cluster.
//!
//! The library bundles some; `pgcrypto` and `uuid-ossp` are ours, written in SQL: the same functions with the same
//! signatures, of which those that cannot be had without the real library say so when they are called.

use crate::engine;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// Our own extensions: name, control file, name of the script, script.
const OURS: &[(&str, &str, &str, &str)] = &[
    (
        "pgcrypto",
        include_str!("extensions/pgcrypto.control"),
        "pgcrypto--1.3.sql",
        include_str!("extensions/pgcrypto.sql"),
    ),
    (
        "uuid-ossp",
        include_str!("extensions/uuid-ossp.control"),
        "uuid-ossp--1.1.sql",
        include_str!("extensions/uuid-ossp.sql"),
    ),
];

/// What both scripts take in at the place of `/* sha1 */`.
const SHA1: &str = include_str!("extensions/sha1.sql");

/// Always there, without any files of ours.
const BUILT_IN: &str = "plpgsql";

/// Bundled, but a library for LOAD: there is nothing that CREATE EXTENSION could create.
const LIBRARY: &str = "auto_explain";

/// Whether the embedded server has `extension`, a name as in CREATE EXTENSION (lower case, without quotes).
#[must_use]
pub fn supports(extension: &str) -> bool {
    extension == BUILT_IN
        || OURS.iter().any(|(name, ..)| *name == extension)
        || (engine::bundles(extension) && extension != LIBRARY)
}

/// Puts the files of our extensions, of the bundled ones in `wanted`, and of those that were installed before into
/// the cluster at `root`: again each time, since the program files may be newer than the cluster.
pub(crate) fn install(root: &Path, wanted: &[String]) -> Result<(), String> {
    let folder = engine::extension_folder(root);
    let mut names: BTreeSet<String> = wanted.iter().cloned().collect();
    names.extend(installed(&folder).map_err(|error| format!("{}: {error}", folder.display()))?);
    names
        .iter()
        .filter(|name| engine::bundles(name))
        .try_for_each(|name| engine::install(root, name))?;
    write_ours(&folder).map_err(|error| format!("{}: {error}", folder.display()))
}

fn installed(folder: &Path) -> io::Result<Vec<String>> {
    fs::create_dir_all(folder)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.file_name();
        names.extend(
            file.to_str()
                .and_then(|file| file.strip_suffix(".control"))
                .map(str::to_owned),
        );
    }
    Ok(names)
}

fn write_ours(folder: &Path) -> io::Result<()> {
    for (name, control, script_name, script) in OURS {
        fs::write(folder.join(format!("{name}.control")), control)?;
        fs::write(folder.join(script_name), script.replace("/* sha1 */", SHA1))?;
    }
    Ok(())
}
