//! Drift: whether a live database has the schema that its applied migrations make.

use segue_catalog::{Difference, Disparity, ObjectRef, compare, sqlite};
use segue_db::{Facts, Unread};
use segue_engine::{
    Entry, Failure, Opened, Standing, Status,
    replay::{Bookkeeping, Part},
};
use segue_sql::Dialect;

use crate::{
    Connected, Provenance,
    bookkeeping::{forget, forget_in_sqlite, forget_schema_of, forget_way_in},
    schema::{Question, beginning, in_sqlite, introspect, memberships, predict, run},
    unread::is_hidden,
};

/// In what a live database differs from what its migrations make.
#[derive(Debug, Clone)]
pub struct Drift {
    /// The migrations that are applied, and how it was told what they make.
    pub provenance: Provenance,
    /// What differs for certain.
    pub differences: Vec<Departure>,
    /// Texts that may mean the same: only a server can tell.
    pub unclear: Vec<Departure>,
    /// What could not be read, for want of rights or because the server refused it: not compared.
    pub unread: Vec<Unread>,
    /// Objects of the database whose parts the model does not know: only that they are there is compared.
    pub opaque: Vec<ObjectRef>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// One thing in which a database differs from what its migrations make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// What kind of object it is: `table`, `column`…
    pub kind: String,
    /// Its kind and name: `column public.users.email`.
    pub object: String,
    /// In what; first what the migrations make, then what the database has.
    pub disparity: Disparity,
}

impl From<Difference> for Departure {
    fn from(difference: Difference) -> Self {
        Self {
            kind: difference.object.kind().to_owned(),
            object: difference.object.to_string(),
            disparity: difference.disparity,
        }
    }
}

impl From<sqlite::Difference> for Departure {
    fn from(difference: sqlite::Difference) -> Self {
        let kind = difference.object.split(' ').next().unwrap_or_default();
        Self {
            kind: kind.to_owned(),
            object: difference.object,
            disparity: difference.disparity,
        }
    }
}

impl Drift {
    /// Whether the database has drifted away, as far as is known.
    pub fn is_there(&self) -> bool {
        !self.differences.is_empty()
    }
}

impl Connected {
    /// Compares the schema that the applied migrations make with the one that the database has.
    ///
    /// What is not known for certain is learned from a shadow database.
    ///
    /// # Errors
    /// A migration that cannot be read, no shadow database where one is needed, and what a server refused.
    pub async fn drift(&self, facts: &Facts, opened: &Opened) -> Result<Drift, Failure> {
        let status = self.status(opened);
        let parts: Vec<Part<'_>> = status.entries.iter().filter_map(applied).collect();
        if self.link.session.dialect() == Dialect::Sqlite {
            return self
                .drift_in_sqlite(&parts, opened, notes_on(&status))
                .await;
        }
        let reading = introspect(&self.link.session);
        let read = self.shadow.interrupt.may_stop(reading).await?;
        let roles = memberships(&self.link.session).await?;
        let mut live = read.catalog;
        let history = Bookkeeping::of(Dialect::Postgres, opened.format, &opened.table, &parts);
        forget(&mut live, &opened.table);
        let settings = &self.options.settings;
        let (expected, mut provenance) = predict(Question {
            parts,
            beginning: beginning(live.major, Some(&facts.user), settings),
            history,
            settings,
            shadow: &self.shadow,
            compared_with: Some(&live),
        })
        .await?;
        let mut notes = read.notes;
        notes.append(&mut provenance.notes);
        notes.extend(notes_on(&status));
        forget_schema_of(&mut live, &expected, &opened.table);
        forget_way_in(&mut live, &expected, &roles);
        let (of_order, differences): (Vec<_>, Vec<_>) = compare(&expected, &live)
            .into_iter()
            .filter(|one| !one.is_of_inherited_not_null(&expected))
            // a column that got its type online is the last of its table
            .partition(Difference::is_order_of_columns);
        notes.extend(of_order.iter().map(|one| format!("not drift: {one}")));
        let (differences, unclear): (Vec<_>, Vec<_>) = differences
            .into_iter()
            .filter(|difference| !is_hidden(difference, &read.unread))
            .partition(|difference| difference.certain);
        Ok(Drift {
            differences: differences.into_iter().map(Departure::from).collect(),
            unclear: unclear.into_iter().map(Departure::from).collect(),
            unread: read.unread,
            opaque: live
                .opaque
                .keys()
                .map(|id| ObjectRef::Opaque(id.clone()))
                .collect(),
            provenance,
            notes,
        })
    }

    async fn drift_in_sqlite(
        &self,
        parts: &[Part<'_>],
        opened: &Opened,
        notes: Vec<String>,
    ) -> Result<Drift, Failure> {
        let (layout, table) = (self.project.choice.layout, &opened.table);
        let history = Bookkeeping::of(Dialect::Sqlite, opened.format, table, parts);
        let (expected, provenance) = run(parts, layout, Some(&history)).await?;
        let mut live = in_sqlite::introspect(&self.link.session).await?;
        forget_in_sqlite(&mut live, table);
        let differences = sqlite::compare(&expected, &live);
        Ok(Drift {
            provenance,
            differences: differences.into_iter().map(Departure::from).collect(),
            unclear: Vec::new(),
            unread: Vec::new(),
            opaque: Vec::new(),
            notes,
        })
    }
}

/// What of a migration the database has.
fn applied<'a>(entry: &Entry<'a>) -> Option<Part<'a>> {
    match entry.standing {
        Standing::Applied { .. } | Standing::Edited { .. } => Some(entry.migration.into()),
        Standing::Partial { done, .. } => Some(Part {
            migration: entry.migration,
            statements: Some(done),
        }),
        Standing::Pending { .. } | Standing::Failed { .. } => None,
    }
}

/// Why the comparison may say more than is so.
fn notes_on(status: &Status<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let edited = status.edited().count();
    if edited > 0 {
        notes.push(format!(
            "{edited} applied migrations were changed on disk: they are compared as they are now"
        ));
    }
    if !status.missing.is_empty() {
        notes.push(format!(
            "{} applied migrations are not on disk: what they did shows as drift",
            status.missing.len()
        ));
    }
    if status.failed().next().is_some() {
        notes.push(
            "a migration was begun and not ended: what it has done shows as drift".to_owned(),
        );
    }
    let is_half_way = |entry: &Entry<'_>| {
        let stage = entry.stage.as_ref();
        stage.is_some_and(|stage| !stage.state.has_ended())
    };
    if status.entries.iter().any(is_half_way) {
        notes.push(
            "a plan waits for contract or is under way: what it has not done yet shows as drift"
                .to_owned(),
        );
    }
    notes
}
