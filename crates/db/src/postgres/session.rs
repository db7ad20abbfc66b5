//! One connection and the statements sent over it. Statements go by the simple protocol: what a file
//! says is what the server gets. Those of one batch are sent without waiting for each other's answers.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;

use futures_util::{SinkExt, StreamExt, pin_mut};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow, SimpleQueryStream};

use super::{
    connect::{Cancel, Connection},
    error::server_error,
};
use crate::{BatchError, Piece, Pieces, Row, ServerError, error::shortened};

/// A connection in use by segue.
pub struct Session {
    connection: Connection,
}

/// How many statements may be under way at once: enough to hide the round trip, few enough that what
/// the server answers fits into the socket's buffers.
const WINDOW: usize = 64;

/// How many bytes of statements may be under way at once: the client keeps a copy of each until it is sent.
const WINDOW_BYTES: usize = 1 << 20;

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

    /// How many rows each of some statements gave or wrote; zero for those that do neither.
    ///
    /// # Errors
    /// What the server refused, or that it is gone.
    pub async fn counts(&self, sql: &str) -> Result<Vec<u64>, ServerError> {
        let stream = self.send(sql).await?;
        pin_mut!(stream);
        let mut counts = Vec::new();
        while let Some(message) = stream.next().await {
            let message = message.map_err(|error| server_error(&error))?;
            if let SimpleQueryMessage::CommandComplete(count) = message {
                counts.push(count);
            }
        }
        Ok(counts)
    }

    pub(super) fn client(&self) -> &tokio_postgres::Client {
        &self.connection.client
    }

    /// Sends a query without waiting for the answers to those before; its own come as they arrive.
    pub(super) async fn send(&self, sql: &str) -> Result<SimpleQueryStream, ServerError> {
        let sent = self.connection.client.simple_query_raw(sql).await;
        sent.map_err(|error| server_error(&error))
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
        pieces: &mut Pieces<'_>,
        done: &mut (dyn FnMut(usize) + Send),
        stop: &AtomicBool,
    ) -> Result<(), BatchError> {
        let mut under_way = UnderWay::default();
        for (number, piece) in pieces {
            if stop.load(Ordering::Relaxed) {
                under_way.first_error.get_or_insert(not_sent(number));
            }
            match piece {
                Piece::Sql(sql) => {
                    under_way.make_room(sql.len(), done).await;
                    if under_way.first_error.is_none() {
                        let bytes = sql.len();
                        let sent = self.connection.client.simple_query_raw(&sql).await;
                        // The client has a copy of its own now, and this one may be the last of 50 MB.
                        drop(sql);
                        match sent {
                            Ok(answers) => under_way.push(number, bytes, answers),
                            Err(error) => note(&mut under_way.first_error, number, &error),
                        }
                    }
                }
                Piece::NoteForeignKeys | Piece::CheckForeignKeys => {}
                Piece::Copy { sql, data } => {
                    under_way.receive_all(done).await;
                    if under_way.first_error.is_none() {
                        match self.copy(&sql, &data, stop).await {
                            Ok(true) => done(number),
                            Ok(false) => under_way.first_error = Some(not_sent(number)),
                            Err(error) => note(&mut under_way.first_error, number, &error),
                        }
                    }
                }
            }
            if under_way.first_error.is_some() {
                break;
            }
        }
        under_way.receive_all(done).await;
        under_way.first_error.map_or(Ok(()), Err)
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
            .map(|notice| {
                format!(
                    "{}: {}",
                    notice.severity().to_lowercase(),
                    shortened(notice.message())
                )
            })
            .collect()
    }

    /// All that the server has told beside its answers since the last call, what it tells of its work included.
    pub fn messages(&self) -> Vec<String> {
        let notices = self.connection.notices.drain();
        let messages = notices.iter().map(|notice| notice.message().to_owned());
        messages.collect()
    }

    /// Ends the connection and waits until the server knows.
    pub async fn close(self) {
        self.connection.close().await;
    }
}

/// Statements whose answers are not there yet.
#[derive(Default)]
struct UnderWay {
    answers: VecDeque<(usize, usize, Pin<Box<SimpleQueryStream>>)>,
    bytes: usize,
    first_error: Option<BatchError>,
}

impl UnderWay {
    fn push(&mut self, number: usize, bytes: usize, answers: SimpleQueryStream) {
        self.bytes += bytes;
        self.answers.push_back((number, bytes, Box::pin(answers)));
    }

    /// Waits until a statement of so many bytes may be sent.
    async fn make_room(&mut self, bytes: usize, done: &mut (dyn FnMut(usize) + Send)) {
        while !self.answers.is_empty()
            && (self.answers.len() >= WINDOW || self.bytes + bytes > WINDOW_BYTES)
        {
            self.receive(done).await;
        }
    }

    async fn receive_all(&mut self, done: &mut (dyn FnMut(usize) + Send)) {
        while !self.answers.is_empty() {
            self.receive(done).await;
        }
    }

    /// Waits for the oldest answer.
    async fn receive(&mut self, done: &mut (dyn FnMut(usize) + Send)) {
        let Some((number, bytes, mut answers)) = self.answers.pop_front() else {
            return;
        };
        self.bytes -= bytes;
        while let Some(answer) = answers.next().await {
            if let Err(error) = answer {
                note(&mut self.first_error, number, &error);
                return;
            }
        }
        if self.first_error.is_none() {
            done(number);
        }
    }
}

fn not_sent(number: usize) -> BatchError {
    BatchError {
        number,
        error: ServerError::NotSent,
    }
}

fn note(first: &mut Option<BatchError>, number: usize, error: &tokio_postgres::Error) {
    if first.is_none() {
        *first = Some(BatchError {
            number,
            error: server_error(error),
        });
    }
}

fn values(row: &SimpleQueryRow) -> Row {
    (0..row.len())
        .map(|column| row.get(column).map(str::to_owned))
        .collect()
}
