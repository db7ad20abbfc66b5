//! What a session has set that decides what a statement means.

use crate::{Change, Name, change::SessionChange};

/// The settings of a session that names and new objects depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Where unqualified names are looked for, `pg_catalog` first unless it is listed; `$user` is resolved.
    pub search_path: Vec<Name>,
    /// What `search_path` goes back to.
    pub initial_search_path: Vec<Name>,
    /// The role that new objects belong to; `None`: the one that deploys.
    pub role: Option<Name>,
    /// Where new tables and indexes are put; `None`: the database's own.
    pub default_tablespace: Option<Name>,
    /// How new tables are kept; `None`: `heap`.
    pub default_access_method: Option<Name>,
}

impl Default for Session {
    fn default() -> Self {
        Self::new(vec![Name::stored("public")])
    }
}

impl Session {
    /// A new session with this `search_path`.
    pub fn new(search_path: Vec<Name>) -> Self {
        Self {
            initial_search_path: search_path.clone(),
            search_path,
            role: None,
            default_tablespace: None,
            default_access_method: None,
        }
    }

    /// Takes over what a change says of the session; all others leave it.
    pub fn apply(&mut self, change: &Change) {
        let Change::Session(change) = change else {
            return;
        };
        match change {
            SessionChange::SearchPath(path) => {
                self.search_path
                    .clone_from(path.as_ref().unwrap_or(&self.initial_search_path));
            }
            SessionChange::Role(role) => self.role.clone_from(role),
            SessionChange::DefaultTablespace(name) => self.default_tablespace.clone_from(name),
            SessionChange::DefaultAccessMethod(name) => {
                self.default_access_method.clone_from(name);
            }
        }
    }
}
