//! A folder that is not on disk: the files of an application that carries its migrations in itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path},
};

use segue_sql::Problem;

use crate::folder::Entry;

/// What is known of a file in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// Its whole text.
    Text(&'a str),
    /// That it is there: it is no text, or one that no layout reads.
    Name,
    /// It is a symbolic link to a folder; what is in that is listed like everything else.
    Link,
}

/// Files by their paths relative to the folder, with `/` between the parts.
#[derive(Debug)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
    /// Files of which nothing but the name is known.
    names: BTreeSet<String>,
    /// Every folder, and whether it is a symbolic link; the outermost is `""`.
    folders: BTreeMap<String, bool>,
}

impl Tree {
    pub(crate) fn of<'a>(files: impl IntoIterator<Item = (&'a str, Content<'a>)>) -> Self {
        let mut tree = Self {
            files: BTreeMap::new(),
            names: BTreeSet::new(),
            folders: BTreeMap::from([(String::new(), false)]),
        };
        for (path, content) in files {
            for (at, _) in path.match_indices('/') {
                tree.folders.entry(path[..at].to_owned()).or_default();
            }
            match content {
                Content::Text(text) => {
                    tree.files.insert(path.to_owned(), text.to_owned());
                }
                Content::Name => {
                    tree.names.insert(path.to_owned());
                }
                Content::Link => {
                    tree.folders.insert(path.to_owned(), true);
                }
            }
        }
        tree
    }

    /// What is in a folder, sorted by name; `None` where there is no such folder.
    pub(crate) fn entries(&self, folder: &str) -> Option<Vec<Entry>> {
        if !self.folders.contains_key(folder) {
            return None;
        }
        let entry = |path: &String, is_dir, is_link| {
            let inside = match folder {
                "" => path.as_str(),
                folder => path.strip_prefix(folder)?.strip_prefix('/')?,
            };
            let is_direct = !inside.is_empty() && !inside.contains('/');
            is_direct.then(|| Entry {
                name: inside.to_owned(),
                is_dir,
                is_link,
            })
        };
        let files = self.files.keys().chain(&self.names);
        let mut entries: Vec<Entry> = files
            .filter_map(|path| entry(path, false, false))
            .chain(
                self.folders
                    .iter()
                    .filter_map(|(path, is_link)| entry(path, true, *is_link)),
            )
            .collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Some(entries)
    }

    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.names.contains(path)
    }

    /// The text of a file; `shown` is how the user knows it.
    pub(crate) fn text(&self, path: &str, shown: &Path) -> Result<&str, Problem> {
        let shown = shown.display();
        match self.files.get(path) {
            Some(text) => Ok(text),
            None if self.names.contains(path) => Err(Problem::new(format!(
                "the text of `{shown}` is not in the program"
            ))
            .note("it is no UTF-8, or a file that no layout reads")
            .help("save it as UTF-8, or remove it from the folder")),
            None => Err(
                Problem::new(format!("there is no `{shown}` in the program"))
                    .help("build the program again: its folder of migrations has changed"),
            ),
        }
    }
}

/// A path in a tree, from a folder of it on; `.` and `..` are followed.
pub(crate) fn path_below(folder: &str, relative: &Path) -> Option<String> {
    let mut parts: Vec<String> = match folder {
        "" => Vec::new(),
        folder => folder.split('/').map(str::to_owned).collect(),
    };
    for part in relative.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?.to_owned()),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Folder;

    fn folder() -> Folder {
        Folder::in_memory(
            "migrations",
            [
                ("2_b/up.sql", Content::Text("SELECT 2;")),
                ("1_a/up.sql", Content::Text("\u{feff}SELECT 1;\r\n")),
                ("logo.png", Content::Name),
                ("3_linked", Content::Link),
                ("3_linked/up.sql", Content::Text("SELECT 3;")),
            ],
        )
    }

    #[test]
    fn a_folder_in_memory_lists_what_is_directly_in_it() {
        let names: Vec<_> = folder()
            .entries
            .iter()
            .map(|e| (e.name.clone(), e.is_dir, e.is_link))
            .collect();
        let expected = [
            ("1_a".to_owned(), true, false),
            ("2_b".to_owned(), true, false),
            ("3_linked".to_owned(), true, true),
            ("logo.png".to_owned(), false, false),
        ];
        assert_eq!(names, expected);
        let below = folder().below("2_b").expect("it is there");
        assert!(below.has("up.sql") && below.has_file("up.sql") && below.has_file("../logo.png"));
        assert!(below.below("nothing").is_err());
    }

    #[test]
    fn a_text_in_memory_is_as_it_was_in_the_file() {
        let text = folder().text("1_a/up.sql").expect("it is there");
        assert_eq!(text.raw, "\u{feff}SELECT 1;\r\n");
        assert!(text.has_mark);
        let source = folder().source("1_a/up.sql").expect("it is there");
        assert_eq!(source.name, "migrations/1_a/up.sql");
        assert_eq!(source.text, "SELECT 1;\r\n");
        let problem = folder()
            .text("logo.png")
            .err()
            .expect("only its name is known");
        assert!(problem.message.contains("migrations/logo.png"), "{problem}");
    }
}
