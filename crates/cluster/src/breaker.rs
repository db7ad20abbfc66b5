//! A line to a server that breaks at a chosen statement: what a crash leaves behind can be looked at, wherever it comes.
//!
//! Owns: the listening port, the threads that pass messages on, and where they stop. The messages of the first client are
//! counted and passed on one by one; those of later clients are passed on as they come.
//! Reads next: `breaker/wire.rs`.

mod wire;

use std::{
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use segue_host::socket;

use crate::{Cluster, SUPERUSER};

/// When a line breaks, seen from a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The server never hears of it.
    Before,
    /// The server has it, and nobody hears the answer: it may still run.
    Meanwhile,
    /// The server has answered, and so has the client heard.
    After,
}

/// Where a line breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    /// At which of the first client's statements, from 1: of those that count.
    pub at: usize,
    /// How a line of a statement begins that counts; where it is empty, all do.
    pub words: &'static str,
    /// On which side of it.
    pub side: Side,
    /// Whether nothing is passed on any more while all connections stay, until [`Breaker::mend`]: the client is to die.
    pub holds: bool,
}

/// A port that leads to a server, until it breaks. Dropping it ends all that goes by it.
#[derive(Debug)]
pub struct Breaker {
    line: Arc<Line>,
    port: u16,
}

#[derive(Debug, Default)]
struct Line {
    way: Mutex<Way>,
    changed: Condvar,
    is_over: AtomicBool,
}

#[derive(Debug, Default)]
struct Way {
    breaks: Option<Break>,
    /// Whether the client whose statements count has come.
    has_first: bool,
    is_broken: bool,
    statements: Vec<String>,
    /// How many of them counted.
    counted: usize,
    ends: Vec<wire::End>,
    /// Distinguishes what was before the line was mended from what comes later.
    round: usize,
}

impl Breaker {
    /// Opens a port in front of a cluster.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(cluster: &Cluster) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let socket = socket::address(
            &cluster.socket_dir(),
            &format!(".s.PGSQL.{}", cluster.port()),
        );
        let line = Arc::new(Line::default());
        let ours = Arc::clone(&line);
        thread::spawn(move || {
            for client in listener.incoming() {
                if ours.is_over.load(Ordering::Acquire) {
                    return;
                }
                let Ok(client) = client else { continue };
                let (line, socket) = (Arc::clone(&ours), socket.clone());
                // a client that does not get through sees its connection end
                thread::spawn(move || wire::pass(&line, client, &socket));
            }
        });
        Ok(Self { line, port })
    }

    /// The URL of a database by this line, as superuser.
    pub fn url(&self, database: &str) -> String {
        self.url_of(SUPERUSER, database)
    }

    /// The URL of a database by this line, as somebody.
    pub fn url_of(&self, user: &str, database: &str) -> String {
        format!(
            "postgresql://{user}@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// Ends all that goes by it, and makes it whole again: the next client is the first one. It breaks there; never, where
    /// nothing is said.
    pub fn mend(&self, breaks: Option<Break>) {
        let mut way = self.line.way();
        way.close();
        let round = way.round + 1;
        *way = Way {
            breaks,
            round,
            ..Way::default()
        };
        self.line.changed.notify_all();
    }

    /// Whether it is broken.
    pub fn is_broken(&self) -> bool {
        self.line.way().is_broken
    }

    /// Waits until it breaks, as long as `goes_on` says so; false: it does not break any more.
    pub fn wait(&self, mut goes_on: impl FnMut() -> bool) -> bool {
        let mut way = self.line.way();
        while !way.is_broken {
            if !goes_on() {
                return false;
            }
            let waited = self.line.changed.wait_timeout(way, wire::LOOK);
            (way, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    /// What the first client has sent so far, statement by statement.
    pub fn statements(&self) -> Vec<String> {
        self.line.way().statements.clone()
    }
}

impl Drop for Breaker {
    fn drop(&mut self) {
        self.line.is_over.store(true, Ordering::Release);
        self.mend(None);
        // it waits for a client
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl Line {
    fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a statement of the first client in; whether and how the line breaks at it.
    fn counted(&self, round: usize, statement: String) -> Option<Break> {
        let mut way = self.way();
        if way.round != round {
            return None;
        }
        let words = way.breaks.map_or("", |breaks| breaks.words);
        let counts = words.is_empty() || statement.lines().any(|line| line.starts_with(words));
        way.statements.push(statement);
        if !counts {
            return None;
        }
        way.counted += 1;
        way.breaks.filter(|breaks| breaks.at == way.counted)
    }

    /// Breaks: nobody gets through any more.
    fn breaks(&self, round: usize, holds: bool) {
        let mut way = self.way();
        if way.round != round {
            return;
        }
        way.is_broken = true;
        if !holds {
            way.close();
        }
        self.changed.notify_all();
        while holds && way.round == round {
            way = self
                .changed
                .wait(way)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Way {
    fn close(&mut self) {
        for end in self.ends.drain(..) {
            end.close();
        }
    }
}
