//! What stands around the statements of a diff: the transaction, and the foreign keys. Steps 1, 2 and 10 to 12 of
//! "Making Other Kinds Of Table Schema Changes" (lang_altertable.html).
//!
//! While foreign keys are enforced, `DROP TABLE` deletes the rows that refer to the table with `ON DELETE CASCADE`
//! (foreignkeys.html, section 5), and a table that is made anew is dropped. The enforcement cannot be changed
//! within a transaction: `PRAGMA foreign_keys` has no effect there. `PRAGMA defer_foreign_keys` is of no help, since
//! it puts off complaints, not deletions. So a script says in itself that the enforcement has to be off, and
//! fails where it is not, whoever runs it.

use serde::Serialize;

use super::{
    super::{Catalog, ConstraintKind, Name, Reference, Table},
    Diff,
};

/// Who runs the statements, and what that one does around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frame {
    /// Nobody does anything: a shell, or a tool that runs a file without a transaction. The script has its own.
    Script,
    /// Whoever runs them makes a transaction of them and heeds `PRAGMA foreign_keys` before it begins, as a deploy
    /// by segue does; or does not enforce foreign keys anyway.
    Deploy,
    /// They run in a transaction, with foreign keys enforced. The script ends it, has its own, and leaves another
    /// one begun.
    Within,
    /// They run in a transaction and without enforcement, by a tool that takes offence at `PRAGMA foreign_keys`.
    Bare,
}

/// What is looked at where foreign keys have to be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KeyCheck {
    /// Whether SQLite can tell before the change which rows break a foreign key: it cannot where one refers to
    /// columns that are no key. Rows that break one before may do so after.
    pub before: bool,
    /// Whether it can tell after it.
    pub after: bool,
}

const OFF: &str = "PRAGMA foreign_keys = OFF;";
const ON: &str = "PRAGMA foreign_keys = ON;";

/// SQLite's error has the name of the constraint that fails.
const CHECKS: &str = "\
CREATE TEMP TABLE segue_foreign_keys (
    enforced INTEGER CONSTRAINT \"foreign keys have to be off here, and PRAGMA foreign_keys has no effect within a \
transaction\" CHECK (enforced = 0),
    broken INTEGER CONSTRAINT \"rows would break a foreign key, see PRAGMA foreign_key_check\" CHECK (broken <= 0)
);";

/// What stands around the statements of a diff, each with its semicolon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Framing {
    /// Before the first.
    pub before: Vec<String>,
    /// Behind the last.
    pub after: Vec<String>,
}

impl Frame {
    /// What stands around statements that need foreign keys off, or that may have them as they are.
    pub fn around(self, keys: Option<KeyCheck>) -> Framing {
        let (head, tail): (&[&str], &[&str]) = match (self, keys.is_some()) {
            (Self::Script, true) => (&[OFF, "BEGIN;"], &["COMMIT;", ON]),
            (Self::Script, false) => (&["BEGIN;"], &["COMMIT;"]),
            (Self::Within, true) => (&["COMMIT;", OFF, "BEGIN;"], &["COMMIT;", ON, "BEGIN;"]),
            (Self::Deploy, true) => (&[OFF], &[ON]),
            (Self::Deploy | Self::Within, false) | (Self::Bare, _) => (&[], &[]),
        };
        let checks = keys.map(KeyCheck::statements).unwrap_or_default();
        let own = |statement: &&str| (*statement).to_owned();
        let before = head.iter().map(own).chain(checks.before);
        let after = checks.after.into_iter().chain(tail.iter().map(own));
        Framing {
            before: before.collect(),
            after: after.collect(),
        }
    }
}

pub(super) fn framed(diff: &Diff, frame: Frame) -> Vec<String> {
    let own = diff.changes.iter().flat_map(|change| &change.statements);
    let own: Vec<String> = own.cloned().collect();
    if own.is_empty() {
        return own;
    }
    let framing = frame.around(diff.keys);
    let statements = framing.before.into_iter().chain(own);
    statements.chain(framing.after).collect()
}

impl KeyCheck {
    pub(super) fn of(from: &Catalog, to: &Catalog) -> Self {
        Self {
            before: can_be_checked(from),
            after: can_be_checked(to),
        }
    }

    /// They fail at once where keys are enforced, and at the end where more rows break one than at the beginning.
    /// The transaction is rolled back then even where a shell goes on behind an error.
    fn statements(self) -> Framing {
        const COUNT: &str = "(SELECT count(*) FROM pragma_foreign_key_check)";
        let broken = if self.before {
            format!("-{COUNT}")
        } else {
            "0".to_owned()
        };
        let insert = format!(
            "INSERT OR ROLLBACK INTO segue_foreign_keys SELECT foreign_keys, {broken} FROM pragma_foreign_keys;"
        );
        let update =
            format!("UPDATE OR ROLLBACK segue_foreign_keys SET broken = broken + {COUNT};");
        let drop = "DROP TABLE segue_foreign_keys;".to_owned();
        Framing {
            before: vec![CHECKS.to_owned(), insert],
            after: self
                .after
                .then_some(update)
                .into_iter()
                .chain([drop])
                .collect(),
        }
    }
}

/// Whether `PRAGMA foreign_key_check` runs: every foreign key refers to a key (foreignkeys.html, section 3), or to a
/// table that is not there.
fn can_be_checked(catalog: &Catalog) -> bool {
    catalog.tables.values().all(|table| {
        table
            .constraints
            .iter()
            .all(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey(reference) => is_of_key(catalog, reference),
                _ => true,
            })
    })
}

fn is_of_key(catalog: &Catalog, reference: &Reference) -> bool {
    if catalog.views.contains_key(&reference.table) {
        return false;
    }
    let Some((name, parent)) = catalog.tables.get_key_value(&reference.table) else {
        return true;
    };
    let keys = keys(catalog, name, parent);
    if reference.referenced.is_empty() {
        let mut primary = keys.iter().filter(|(is_primary, _)| *is_primary);
        return primary.any(|(_, columns)| columns.len() == reference.columns.len());
    }
    let mut wanted: Vec<&Name> = reference.referenced.iter().collect();
    wanted.sort();
    keys.iter().any(|(_, columns)| *columns == wanted)
}

/// The keys of a table, and which one is the primary key.
fn keys<'a>(catalog: &'a Catalog, name: &Name, table: &'a Table) -> Vec<(bool, Vec<&'a Name>)> {
    let own = table
        .constraints
        .iter()
        .filter_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(keys) => Some((true, keys)),
            ConstraintKind::Unique(keys) => Some((false, keys)),
            _ => None,
        });
    let indexes = catalog.indexes.values();
    let indexes = indexes
        .filter(|index| index.table == *name && index.unique && index.definition.is_none())
        .map(|index| (false, &index.keys));
    own.chain(indexes)
        .map(|(is_primary, keys)| {
            let columns = keys.iter().filter_map(|key| key.column.as_ref());
            let mut columns: Vec<&Name> = columns.collect();
            columns.sort();
            (is_primary, columns)
        })
        .collect()
}
