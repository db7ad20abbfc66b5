//! A folder and those above it, in which a tool may have left its marker.

use std::path::PathBuf;

use segue_sql::Problem;

use crate::{Folder, locate::upward};

/// A folder and those above it, each listed once, when it is first looked into.
pub(crate) struct Levels<'a> {
    /// The folder itself.
    pub(crate) folder: &'a Folder,
    paths: Vec<PathBuf>,
    listed: Vec<Folder>,
}

impl<'a> Levels<'a> {
    /// Nothing is listed yet.
    pub(crate) fn of(folder: &'a Folder) -> Self {
        Self {
            folder,
            paths: upward(&folder.path),
            listed: Vec::new(),
        }
    }

    /// So many levels above the folder.
    fn level(&mut self, distance: usize) -> Result<Option<&Folder>, Problem> {
        while self.listed.len() <= distance {
            let Some(path) = self.paths.get(self.listed.len()) else {
                break;
            };
            let level = if self.listed.is_empty() && self.folder.is_on_disk() {
                self.folder.at(path)
            } else {
                Folder::list(path)?
            };
            self.listed.push(level);
        }
        Ok(self.listed.get(distance))
    }

    /// The nearest level that gives something, and what.
    pub(crate) fn nearest<T>(
        &mut self,
        mut look: impl FnMut(usize, &Folder) -> Result<Option<T>, Problem>,
    ) -> Result<Option<T>, Problem> {
        for distance in 0.. {
            let Some(level) = self.level(distance)? else {
                break;
            };
            if let Some(found) = look(distance, level)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
