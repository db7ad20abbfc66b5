//! What a server really has: its system catalogs read into a [`Catalog`].
//!
//! Owns: the queries (one for each kind of object, all on their way at once), and what their rows mean.
//! Does not own: what two schemas differ in (crate `catalog`).
//!
//! Everything is read in one transaction under an empty `search_path`. Where the session is in a transaction
//! already, that one is used, under a savepoint, and keeps its isolation level. Nothing is written, so a standby
//! and a read-only transaction will do. What a role may not read is told, not left out.
//! Reads next: `introspect/part.rs`, then `introspect/reading.rs`.

use segue_catalog::Catalog;

use self::{part::Part, reading::Reading, transaction::Transaction};
use super::Session;
use crate::ServerError;

mod aggregates;
mod columns;
mod comments;
mod constraints;
mod depends;
mod extensions;
mod fields;
mod finish;
mod indexes;
mod names;
mod opaque;
mod part;
mod partitions;
mod policies;
mod privileges;
mod publications;
mod reading;
mod relations;
mod routines;
mod rules;
mod sequences;
mod statistics;
mod surroundings;
mod text;
mod transaction;
mod triggers;
mod types;
mod views;

/// The newest major version whose system catalogs this knows.
const NEWEST_KNOWN: u16 = 18;

/// What was read of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introspected {
    /// The schema, without the server's own objects and those of extensions.
    pub catalog: Catalog,
    /// What could not be read, which is not the same as not being there.
    pub unread: Vec<Unread>,
    /// What else is worth knowing of the reading, for people.
    pub notes: Vec<String>,
}

/// Objects that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Which: `policies`, `connection strings of subscriptions`…
    pub what: String,
    /// Why, as the server says.
    pub reason: String,
}

/// Reads the schema of the database that the session is in.
///
/// Settings are as before afterwards, and so is a transaction that was open. A caller that stops waiting leaves
/// the session within the transaction.
///
/// # Errors
/// That the server is gone, that somebody cancelled it or a timeout ran out, or that the session is in a
/// transaction that has failed already. A refusal to read some kind of object is no error: see [`Unread`].
pub async fn introspect(session: &Session) -> Result<Introspected, ServerError> {
    let transaction = Transaction::begin(session).await?;
    let mut reading = Reading::new(transaction.major);
    let parts = parts(transaction.major);
    let read = transaction.read(&parts, &mut reading).await;
    // What went wrong first counts; a lost connection fails here too.
    let ended = transaction.end().await;
    read.and(ended)?;
    if reading.major > NEWEST_KNOWN {
        reading.notes.push(format!(
            "the server is PostgreSQL {}, newer than the {NEWEST_KNOWN} that this segue knows: what is new there was \
             not looked at",
            reading.major
        ));
    }
    Ok(reading.finish())
}

/// All that is asked, in an order in which each can refer to those before.
fn parts(major: u16) -> Vec<Part> {
    let mut parts = vec![
        surroundings::roles(),
        extensions::members(),
        comments::part(),
        privileges::part(),
        surroundings::schemas(),
        surroundings::tablespaces(),
        surroundings::access_methods(),
        surroundings::collations(),
        surroundings::operator_classes(),
        extensions::part(),
        types::used(),
        types::part(),
        types::labels(),
        relations::part(),
        partitions::bounds(),
        columns::part(),
        columns::defaults(),
        relations::foreign(),
        partitions::keys(),
        views::queries(),
        indexes::part(major),
        indexes::attributes(),
        relations::parents(),
        constraints::part(major),
        sequences::part(),
        routines::part(),
        aggregates::part(),
        triggers::part(major),
        rules::part(),
        policies::part(),
        statistics::part(),
        publications::part(major),
        publications::tables(major),
        privileges::defaults(),
        depends::part(),
    ];
    if major >= 15 {
        parts.push(publications::schemas());
    }
    parts.extend(opaque::parts(major));
    parts
}
