//! The transaction that everything is read in, and sending all queries at once.

use std::pin::Pin;

use futures_util::StreamExt;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryStream};

use super::{Unread, fields::Fields, part::Part, reading::Reading};
use crate::{ServerError, postgres::Session, postgres::error::server_error};

/// The version, and whether a transaction is open: only then it began before this statement
/// (functions-datetime.html, "Current Date/Time").
const OPENING: &str = "SELECT current_setting('server_version_num')::int / 10000, \
     now() IS DISTINCT FROM statement_timestamp()";

/// What the server prints depends on these. Compiling queries takes longer than these run. Whoever has a table for himself is waited
/// for no longer than five seconds, where nobody has said how long.
const SETTINGS: &str = "SET LOCAL search_path = ''; SET LOCAL quote_all_identifiers = off; \
     SET LOCAL standard_conforming_strings = on; SET LOCAL bytea_output = hex; SET LOCAL DateStyle = 'ISO, MDY'; \
     SET LOCAL IntervalStyle = postgres; SET LOCAL TimeZone = 'UTC'; SET LOCAL extra_float_digits = 1; \
     SET LOCAL jit = off; SELECT pg_catalog.set_config(name, '5000', true) FROM pg_catalog.pg_settings \
     WHERE name = 'lock_timeout' AND setting = '0'; SAVEPOINT segue_part";

/// A transaction, of our own or within that of the caller.
pub(super) struct Transaction<'a> {
    session: &'a Session,
    /// The server's major version.
    pub(super) major: u16,
    /// Whether the caller's was open already.
    within: bool,
}

impl<'a> Transaction<'a> {
    /// Begins to read.
    pub(super) async fn begin(session: &'a Session) -> Result<Self, ServerError> {
        let rows = session.rows(OPENING).await?;
        let mut row = rows.into_iter().next().unwrap_or_default().into_iter();
        let major = row.next().flatten().and_then(|text| text.parse().ok());
        let within = row.next().flatten().as_deref() == Some("t");
        let begin = if within {
            "SAVEPOINT segue_introspect"
        } else {
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        };
        let transaction = Self {
            session,
            major: major.unwrap_or_default(),
            within,
        };
        match session.execute(&format!("{begin}; {SETTINGS}")).await {
            Ok(()) => Ok(transaction),
            Err(error) => {
                // The first error says what was wrong.
                let _ = transaction.end().await;
                Err(error)
            }
        }
    }

    /// Goes back to what was before: settings made since a savepoint go with it.
    pub(super) async fn end(&self) -> Result<(), ServerError> {
        let end = if self.within {
            "ROLLBACK TO SAVEPOINT segue_introspect; RELEASE SAVEPOINT segue_introspect"
        } else {
            "ROLLBACK"
        };
        self.session.execute(end).await
    }

    /// Reads all parts; those that the server refuses are noted.
    pub(super) async fn read(
        &self,
        parts: &[Part],
        reading: &mut Reading,
    ) -> Result<(), ServerError> {
        let mut rest = parts;
        while let Some((failed, reason)) = self.read_until_refused(rest, reading).await? {
            reading.unread.push(Unread {
                what: rest[failed].what.to_owned(),
                reason,
            });
            rest = &rest[failed + 1..];
            self.session
                .execute("ROLLBACK TO SAVEPOINT segue_part")
                .await?;
        }
        Ok(())
    }

    /// Sends all queries and takes their answers in order. `Some`: the number of the first that was refused, and
    /// why; the answers to those behind it are errors too.
    async fn read_until_refused(
        &self,
        parts: &[Part],
        reading: &mut Reading,
    ) -> Result<Option<(usize, String)>, ServerError> {
        let mut answers: Vec<Pin<Box<SimpleQueryStream>>> = Vec::with_capacity(parts.len());
        for part in parts {
            answers.push(Box::pin(self.session.send(&part.sql).await?));
        }
        for (number, (part, mut answer)) in parts.iter().zip(answers).enumerate() {
            while let Some(message) = answer.next().await {
                match message {
                    Ok(SimpleQueryMessage::Row(row)) => {
                        // Nothing to say of a row that means nothing.
                        let _ = (part.read)(reading, &mut Fields::new(&row));
                    }
                    Ok(_) => {}
                    Err(error) => match server_error(&error) {
                        ServerError::Refused(refusal)
                            if !refusal.is_cancelled
                                && !refusal.is_passing
                                && !refusal.code.starts_with("57P") =>
                        {
                            return Ok(Some((number, refusal.message)));
                        }
                        error => return Err(error),
                    },
                }
            }
        }
        Ok(None)
    }
}
