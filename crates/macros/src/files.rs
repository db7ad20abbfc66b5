//! The files below a folder, as they go into a program.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use segue_project::Content;
use segue_sql::Problem;

/// One file or link.
pub(crate) struct Found {
    /// Relative to the folder of migrations, with `/` between the parts.
    pub(crate) path: String,
    pub(crate) kept: Kept,
}

/// What goes into the program.
pub(crate) enum Kept {
    Text(String),
    Name,
    Link,
}

impl Found {
    pub(crate) fn as_content(&self) -> (&str, Content<'_>) {
        let content = match &self.kept {
            Kept::Text(text) => Content::Text(text),
            Kept::Name => Content::Name,
            Kept::Link => Content::Link,
        };
        (&self.path, content)
    }
}

/// Everything below a folder that is not hidden, in a fixed order.
///
/// # Errors
/// What cannot be read, and names that are not UTF-8.
pub(crate) fn below(folder: &Path) -> Result<Vec<Found>, Problem> {
    let mut found = Vec::new();
    let mut above = Vec::new();
    walk(folder, "", &mut above, &mut found).map_err(|(path, error)| {
        Problem::new(format!("cannot read `{}`: {error}", path.display()))
    })?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(
    folder: &Path,
    prefix: &str,
    above: &mut Vec<PathBuf>,
    found: &mut Vec<Found>,
) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (folder.to_owned(), error);
    let real = folder.canonicalize().map_err(failed)?;
    // A link that leads back to where it stands has no end.
    if above.contains(&real) {
        return Ok(());
    }
    above.push(real);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let at = entry.path();
        let failed = |error| (at.clone(), error);
        let Ok(name) = entry.file_name().into_string() else {
            return Err(failed(io::Error::other("its name is not UTF-8")));
        };
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        let is_link = entry.file_type().map_err(failed)?.is_symlink();
        if fs::metadata(&at).map_err(failed)?.is_dir() {
            walk(&at, &format!("{path}/"), above, found)?;
            if is_link {
                let kept = Kept::Link;
                found.push(Found { path, kept });
            }
        } else {
            let bytes = fs::read(&at).map_err(failed)?;
            let kept = kept(&name, bytes);
            found.push(Found { path, kept });
        }
    }
    above.pop();
    Ok(())
}

/// Drizzle's snapshots are as large as the schema, once for every migration; only that they are there counts.
fn kept(name: &str, bytes: Vec<u8>) -> Kept {
    if name.ends_with("snapshot.json") {
        return Kept::Name;
    }
    String::from_utf8(bytes).map_or(Kept::Name, Kept::Text)
}
