//! One connection and the statements sent over it. Statements go by the simple protocol: what a file
//! says is what the server gets. Those of one batch are sent without waiting for each other's answers.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use futures_util::{SinkExt, StreamExt, pin_mut};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::{
    connect::{Cancel, Connection},
    error::server_error,
};
use crate::{BatchError, Piece, Row, ServerError};

/// A connection in use by segue.
pub struct Session {
    connection: Connection,
}

/// How many statements may be under way at once: enough to hide the round trip, few enough that what
/// the server answers fits into the socket's buffers.
const WINDOW: usize = 64;

impl Session {
    /// Takes a connection over.
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// The rows that a statement gives.
    ///
    /// # Errors
    /// What the server refused, or that it is gone.
    pub async fn rows(&self, sql: &str) -> Result<Vec<Row>, ServerError> {
        let messages = self
            .connection
            .client
            .simple_query(sql)
            .await
            .map_err(|error| server_error(&error))?;
        Ok(messages
            .into_iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(values(&row)),
                _ => None,
            })
            .collect())
    }

    /// Runs statements of our own whose rows do not matter.
    ///
    /// # Errors
    /// What the server refused, or that it is gone.
    pub async fn execute(&self, sql: &str) -> Result<(), ServerError> {
        self.rows(sql).await.map(drop)
    }

    /// Runs statements one after the other; `done` hears of each that succeeded. Once `stop` is set nothing
    /// more is sent.
    ///
    /// In a transaction nothing runs behind the failed statement (the server refuses it); outside of one
    /// give a single statement at a time.
    ///
    /// # Errors
    /// The first statement that failed.
    pub async fn batch(
        &self,
        pieces: &[Piece<'_>],
        done: &mut (dyn FnMut(usize) + Send),
        stop: &AtomicBool,
    ) -> Result<(), BatchError> {
        let mut under_way = std::collections::VecDeque::new();
        let mut first_error = None;
        for (index, piece) in pieces.iter().enumerate() {
            if stop.load(Ordering::Relaxed) {
                first_error.get_or_insert(not_sent(index));
                break;
            }
            match piece {
                Piece::Sql(sql) => {
                    if under_way.len() == WINDOW {
                        self.receive(&mut under_way, &mut first_error, done).await;
                    }
                    match self.connection.client.simple_query_raw(sql).await {
                        Ok(stream) => under_way.push_back((index, Box::pin(stream))),
                        Err(error) => note(&mut first_error, index, &error),
                    }
                }
                Piece::NoteForeignKeys | Piece::CheckForeignKeys => {}
                Piece::Copy { sql, data } => {
                    while !under_way.is_empty() {
                        self.receive(&mut under_way, &mut first_error, done).await;
                    }
                    if first_error.is_none() {
                        match self.copy(sql, data, stop).await {
                            Ok(true) => done(index),
                            Ok(false) => first_error = Some(not_sent(index)),
                            Err(error) => note(&mut first_error, index, &error),
                        }
                    }
                }
            }
            if first_error.is_some() {
                break;
            }
        }
        while !under_way.is_empty() {
            self.receive(&mut under_way, &mut first_error, done).await;
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Waits for the oldest answer.
    async fn receive<S>(
        &self,
        under_way: &mut std::collections::VecDeque<(usize, std::pin::Pin<Box<S>>)>,
        first_error: &mut Option<BatchError>,
        done: &mut (dyn FnMut(usize) + Send),
    ) where
        S: futures_util::Stream<Item = Result<SimpleQueryMessage, tokio_postgres::Error>>,
    {
        let Some((index, mut answers)) = under_way.pop_front() else {
            return;
        };
        while let Some(answer) = answers.next().await {
            if let Err(error) = answer {
                note(first_error, index, &error);
                return;
            }
        }
        if first_error.is_none() {
            done(index);
        }
    }

    /// `false`: stopped on the way, and nothing of it is kept.
    async fn copy(
        &self,
        sql: &str,
        data: &str,
        stop: &AtomicBool,
    ) -> Result<bool, tokio_postgres::Error> {
        let sink = self.connection.client.copy_in::<_, Bytes>(sql).await?;
        pin_mut!(sink);
        // One message per so many bytes keeps the copy of the data that is in flight small.
        for chunk in data.as_bytes().chunks(1 << 16) {
            if stop.load(Ordering::Relaxed) {
                // An unfinished sink tells the server that the copy failed.
                return Ok(false);
            }
            sink.send(Bytes::copy_from_slice(chunk)).await?;
        }
        sink.finish().await.map(|_| true)
    }

    /// What asks the server to stop the statement that runs then, without this session.
    pub fn canceller(&self) -> Cancel {
        self.connection.cancel.clone()
    }

    /// What the server has told beside its answers since the last call: notices and warnings.
    pub fn notices(&self) -> Vec<String> {
        let notices = self.connection.notices.drain();
        notices
            .iter()
            .filter(|notice| notice.severity() != "DEBUG")
            .map(|notice| format!("{}: {}", notice.severity().to_lowercase(), notice.message()))
            .collect()
    }

    /// Ends the connection and waits until the server knows.
    pub async fn close(self) {
        self.connection.close().await;
    }
}

fn not_sent(index: usize) -> BatchError {
    BatchError {
        index,
        error: ServerError::NotSent,
    }
}

fn note(first: &mut Option<BatchError>, index: usize, error: &tokio_postgres::Error) {
    if first.is_none() {
        *first = Some(BatchError {
            index,
            error: server_error(error),
        });
    }
}

fn values(row: &SimpleQueryRow) -> Row {
    (0..row.len())
        .map(|column| row.get(column).map(str::to_owned))
        .collect()
}
