//! What a server really did, and where that is something else than what was said ([`Effect`]).

use std::collections::{BTreeMap, BTreeSet};

use segue_catalog::{Change, Object, QName, ViewChange};
use serde::Serialize;

use crate::{Effect, Line, LockMode, WorkKind};

/// What a statement was seen to do. Relations are called as they were before it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Observed {
    /// The strongest lock on each relation that its transaction held before.
    pub held: BTreeMap<QName, LockMode>,
    /// The strongest lock behind it; none where locks could not be seen.
    pub locks: Option<BTreeMap<QName, LockMode>>,
    /// Tables and materialized views that got another file.
    pub refiled: BTreeSet<QName>,
    /// Tables and materialized views that were read from end to end; none where that could not be seen.
    pub read: Option<BTreeSet<QName>>,
    /// Tables that the server said it verified, without their schemas.
    pub verified: BTreeSet<String>,
    /// Indexes that it said it built, each behind its table, without schemas.
    pub built: BTreeSet<(String, String)>,
    /// Foreign keys that it said it checked.
    pub checked: BTreeSet<String>,
}

/// A statement that does something else than was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// On what: a relation, an index, a constraint.
    pub about: String,
    /// What was said.
    pub claimed: String,
    /// What was seen.
    pub observed: String,
}

impl Observed {
    /// Takes notice of what the server says of its work with `client_min_messages = debug1`.
    pub fn hear(&mut self, message: &str) {
        let mut quoted = message.split('"').skip(1).step_by(2).map(str::to_owned);
        if message.starts_with("verifying table ") {
            self.verified.extend(quoted.next());
        } else if message.starts_with("building index ") {
            if let (Some(index), Some(table)) = (quoted.next(), quoted.next())
                && !table.starts_with("pg_toast_")
            {
                self.built.insert((table, index));
            }
        } else if message.starts_with("validating foreign key constraint ") {
            self.checked.extend(quoted.next());
        }
    }

    /// Where a statement did something else than was said. Nothing is known of one whose effect is not known.
    pub fn disagreements(&self, line: &Line, effect: &Effect) -> Vec<Disagreement> {
        let mut found = Vec::new();
        self.locks_differ(line, effect, &mut found);
        self.work_differs(line, effect, &mut found);
        found
    }

    fn locks_differ(&self, line: &Line, effect: &Effect, found: &mut Vec<Disagreement>) {
        let Some(locks) = &self.locks else { return };
        let names: BTreeSet<&QName> = locks.keys().chain(effect.locks.keys()).collect();
        for name in names {
            let held = self.held.get(name).copied();
            let (claimed, seen) = (effect.lock_on(name), locks.get(name).copied());
            let expected = claimed.max(held);
            let strong = |mode: Option<LockMode>| mode >= Some(LockMode::ShareUpdateExclusive);
            let differs = match (strong(expected), strong(seen)) {
                (false, false) => {
                    // whoever only reads waits for nobody who only writes; triggers may read anything
                    let writes = seen >= Some(LockMode::RowShare);
                    writes && seen > expected && line.before.tables.contains_key(name)
                }
                _ => expected != seen,
            };
            if differs {
                found.push(Disagreement {
                    about: name.to_string(),
                    claimed: lock(expected),
                    observed: lock(seen),
                });
            }
        }
    }

    fn work_differs(&self, line: &Line, effect: &Effect, found: &mut Vec<Disagreement>) {
        let of = |kind| effect.work_of(kind).map(|work| work.table.clone());
        let rewritten: BTreeSet<QName> = of(WorkKind::Rewrite).collect();
        let emptied = emptied(line, effect);
        let refiled = self.refiled.difference(&emptied).cloned().collect();
        compare("is rewritten", &rewritten, &refiled, found);
        self.scans_differ(line, effect, found);
        self.builds_differ(line, effect, &rewritten, &emptied, found);
        let keys: BTreeSet<String> = effect
            .work_of(WorkKind::ForeignKeyCheck)
            .map(|work| subject(&work.reason))
            .collect();
        compare("is checked", &keys, &self.checked, found);
    }

    fn scans_differ(&self, line: &Line, effect: &Effect, found: &mut Vec<Disagreement>) {
        let claimed: BTreeSet<&QName> = effect
            .work_of(WorkKind::Scan)
            .map(|work| &work.table)
            .collect();
        for table in &claimed {
            let read = self.read.as_ref().is_none_or(|read| read.contains(*table));
            if !read && !self.verified.contains(table.name.as_str()) {
                found.push(differs("is scanned", table, true));
            }
        }
        let verified = self.verified.iter().filter(|name| {
            let mut tables = line.before.tables.keys();
            let is_old = tables.any(|table| table.name.as_str() == name.as_str());
            is_old
                && !claimed
                    .iter()
                    .any(|table| table.name.as_str() == name.as_str())
        });
        for name in verified {
            found.push(differs("is scanned", name, false));
        }
        // what is read without a word: of statements that have no other reason to read
        let reads = line.changes.iter().all(|change| match change {
            Change::Table { .. } | Change::Type { .. } => false,
            Change::Create(object) => !matches!(&**object, Object::Table(..)),
            _ => true,
        });
        for table in self.read.iter().flatten().filter(|_| !reads) {
            let explained = effect.work.iter().any(|work| work.table == *table)
                || self.checked_reads(line, table)
                || effect.lock_on(table) == Some(LockMode::AccessShare);
            if !explained {
                found.push(differs("is scanned", table, false));
            }
        }
    }

    /// Whether a foreign key that was checked reads a table, on either side.
    fn checked_reads(&self, line: &Line, table: &QName) -> bool {
        line.after.tables.values().any(|of| {
            of.constraints.iter().any(|(name, constraint)| {
                let segue_catalog::model::ConstraintKind::ForeignKey(key) = &constraint.kind else {
                    return false;
                };
                self.checked.contains(name.as_str()) && key.references == *table
            })
        })
    }

    fn builds_differ(
        &self,
        line: &Line,
        effect: &Effect,
        rewritten: &BTreeSet<QName>,
        emptied: &BTreeSet<QName>,
        found: &mut Vec<Disagreement>,
    ) {
        let kinds = [WorkKind::Build, WorkKind::ConcurrentBuild];
        let claimed: BTreeSet<(String, String)> = effect
            .work
            .iter()
            .filter(|work| kinds.contains(&work.kind))
            .map(|work| (work.table.name.as_str().to_owned(), subject(&work.reason)))
            .collect();
        let is_old = |table: &str| {
            let tables = line.before.tables.keys().chain(line.before.views.keys());
            let mut tables =
                tables.filter(|name| !rewritten.contains(*name) && !emptied.contains(*name));
            tables.any(|name| name.name.as_str() == table)
        };
        let built: BTreeSet<(String, String)> = self
            .built
            .iter()
            .map(|(table, index)| {
                // what REINDEX CONCURRENTLY calls it meanwhile
                let index = index.strip_suffix("_ccnew").unwrap_or(index);
                (table.clone(), index.to_owned())
            })
            .filter(|built| claimed.contains(built) || is_old(&built.0))
            .collect();
        let name = |(table, index): &(String, String)| format!("{index} on {table}");
        let claimed: BTreeSet<String> = claimed.iter().map(name).collect();
        compare(
            "is built",
            &claimed,
            &built.iter().map(name).collect(),
            found,
        );
    }
}

/// What `TRUNCATE`, or `REFRESH … WITH NO DATA`, gave a new file with nothing in it.
fn emptied(line: &Line, effect: &Effect) -> BTreeSet<QName> {
    let truncates = line.changes.iter().any(|change| {
        matches!(
            change,
            Change::Data {
                statement: "TRUNCATE",
                ..
            } | Change::View {
                change: ViewChange::Refresh { populated: false },
                ..
            }
        )
    });
    match truncates {
        true => effect.locks.keys().cloned().collect(),
        false => BTreeSet::new(),
    }
}

/// The index or constraint that a reason names.
fn subject(reason: &str) -> String {
    let (_, name) = reason.split_once(' ').unwrap_or(("", reason));
    let plain = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    plain.map_or_else(|| name.to_owned(), |name| name.replace("\"\"", "\""))
}

fn compare<T: Ord + ToString>(
    what: &str,
    claimed: &BTreeSet<T>,
    seen: &BTreeSet<T>,
    found: &mut Vec<Disagreement>,
) {
    for one in claimed.difference(seen) {
        found.push(differs(what, one, true));
    }
    for one in seen.difference(claimed) {
        found.push(differs(what, one, false));
    }
}

fn differs(what: &str, about: &impl ToString, claimed: bool) -> Disagreement {
    let said = |yes: bool| {
        if yes {
            what.to_owned()
        } else {
            what.replacen("is", "is not", 1)
        }
    };
    Disagreement {
        about: about.to_string(),
        claimed: said(claimed),
        observed: said(!claimed),
    }
}

fn lock(mode: Option<LockMode>) -> String {
    mode.map_or_else(|| "no lock".to_owned(), |mode| mode.to_string())
}
