//! What a session has set that decides what a statement means.

use crate::{Change, Name, change::SessionChange, lower::split_path};

/// The `search_path` of a server of which nobody has said another one (runtime-config-client.html).
pub const DEFAULT_PATH: &str = "\"$user\", public";

/// The settings of a session that names and new objects depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Where unqualified names are looked for, `pg_catalog` first unless it is listed; `$user` is resolved.
    pub search_path: Vec<Name>,
    /// What `search_path` goes back to.
    pub initial_search_path: Vec<Name>,
    /// How a server has the initial path as a setting, where that is not the names: `"$user", public`.
    pub initial_setting: Option<String>,
    /// The role that new objects belong to; `None`: the one that deploys.
    pub role: Option<Name>,
    /// Where new tables and indexes are put; `None`: the database's own.
    pub default_tablespace: Option<Name>,
    /// How new tables are kept; `None`: `heap`.
    pub default_access_method: Option<Name>,
    /// The time zone, as it is written; `None`: not known.
    pub time_zone: Option<String>,
    /// What the end of the transaction goes back to, while there is one.
    transaction: Option<Box<Transaction>>,
}

/// A transaction: sessions as they will be after it. Neither has a transaction itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Transaction {
    /// If it is rolled back: as it was before.
    rolled_back: Session,
    /// If it is committed: without what was `SET LOCAL`.
    committed: Session,
}

impl Default for Session {
    fn default() -> Self {
        Self::of_server(DEFAULT_PATH, None)
    }
}

impl Session {
    /// A new session with this `search_path`.
    pub fn new(search_path: Vec<Name>) -> Self {
        Self {
            initial_search_path: search_path.clone(),
            search_path,
            initial_setting: None,
            role: None,
            default_tablespace: None,
            default_access_method: None,
            time_zone: None,
            transaction: None,
        }
    }

    /// A new session with the path that a server gives it by this setting, such as [`DEFAULT_PATH`]. Without a user, or where that
    /// is called like segue's own schema, its `"$user"` means none.
    pub fn of_server(setting: &str, user: Option<&str>) -> Self {
        let named = split_path(setting).into_iter();
        let named = named.filter_map(|part| match (part.as_str(), user) {
            ("", _) | ("$user", Some("segue") | None) => None,
            ("$user", Some(user)) => Some(Name::stored(user)),
            _ => Some(Name::stored(&part)),
        });
        Self {
            initial_setting: Some(setting.to_owned()),
            ..Self::new(named.collect())
        }
    }

    /// The search path as a server has it as a setting.
    pub fn search_path_setting(&self) -> String {
        match &self.initial_setting {
            Some(setting) if self.search_path == self.initial_search_path => setting.clone(),
            _ => {
                let names: Vec<String> = self.search_path.iter().map(Name::to_string).collect();
                names.join(", ")
            }
        }
    }

    /// A transaction begins, by a statement or because whoever runs the statements opens one. Within one it has no
    /// effect, as on the server.
    pub fn begin(&mut self) {
        if self.transaction.is_none() {
            self.transaction = Some(Box::new(Transaction {
                rolled_back: self.clone(),
                committed: self.clone(),
            }));
        }
    }

    /// Whether a transaction has begun and not ended.
    pub fn is_in_transaction(&self) -> bool {
        self.transaction.is_some()
    }

    /// The transaction is committed: what was `SET LOCAL` in it ends.
    pub fn commit(&mut self) {
        if let Some(transaction) = self.transaction.take() {
            *self = transaction.committed;
        }
    }

    /// The transaction is rolled back: all that was set in it ends.
    pub fn rollback(&mut self) {
        if let Some(transaction) = self.transaction.take() {
            *self = transaction.rolled_back;
        }
    }

    /// Takes over what a change says of the session; all others leave it.
    pub fn apply(&mut self, change: &Change) {
        let Change::Session(change) = change else {
            return;
        };
        match change {
            SessionChange::Begin => self.begin(),
            SessionChange::Commit => self.commit(),
            SessionChange::Rollback => self.rollback(),
            SessionChange::Local(change) => {
                // outside of a transaction it would have none to end with: whoever runs the statement has opened one
                self.begin();
                self.set(change);
            }
            change => {
                self.set(change);
                if let Some(transaction) = &mut self.transaction {
                    transaction.committed.set(change);
                }
            }
        }
    }

    fn set(&mut self, change: &SessionChange) {
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
            SessionChange::TimeZone(zone) => self.time_zone.clone_from(zone),
            SessionChange::Local(_)
            | SessionChange::Begin
            | SessionChange::Commit
            | SessionChange::Rollback => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> SessionChange {
        SessionChange::SearchPath(Some(vec![Name::stored(name)]))
    }

    fn session(changes: impl IntoIterator<Item = SessionChange>) -> Session {
        let mut session = Session::default();
        for change in changes {
            session.apply(&Change::Session(change));
        }
        session
    }

    #[test]
    fn set_local_ends_with_the_transaction() {
        let local = SessionChange::Local(Box::new(path("app")));
        let within = session([SessionChange::Begin, local.clone()]);
        assert_eq!(within.search_path, [Name::stored("app")]);
        let after = session([SessionChange::Begin, local, SessionChange::Commit]);
        assert_eq!(after, Session::default());
    }

    #[test]
    fn set_stays_after_a_commit_and_not_after_a_rollback() {
        let committed = session([SessionChange::Begin, path("app"), SessionChange::Commit]);
        assert_eq!(committed.search_path, [Name::stored("app")]);
        let taken_back = session([SessionChange::Begin, path("app"), SessionChange::Rollback]);
        assert_eq!(taken_back, Session::default());
    }
}
