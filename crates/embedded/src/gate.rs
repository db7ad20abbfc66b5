//! The gate before the server: lets one connection in at a time and says so to the others.
//!
//! The library alone is not to be met directly: a second connection would wait for ever, and its server dies with
//! the first client that goes away in the middle of an answer. So each connection gets a server of its own that
//! only ever sees a well-behaved peer, and whatever it dies of, the next connection gets a new one. Owns the
//! sockets and their threads; knows nothing of SQL.

use crate::engine::Backend;
use crate::lock::FolderLock;
use crate::socket::SocketFolder;
use crate::wire;
use segue_host::socket::{Address, Listener, Stream};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a connection waits for the one before it to end: closing takes the server some milliseconds, and
/// clients close in the background.
const TURN: Duration = Duration::from_secs(5);

/// How long closing waits for a running statement; it cannot be interrupted.
const CLOSING: Duration = Duration::from_secs(10);

/// How long a client may take over its first packet.
const GREETING: Duration = Duration::from_secs(10);

/// Message and hint for who waited in vain, because a connection is open.
const OCCUPIED: (&str, &str) = (
    "the embedded database takes one connection at a time, and there is one already",
    "Close the other connection first.",
);

/// The same, because a closed connection has left something running.
const LEAVING: (&str, &str) = (
    "the embedded database is still running a statement of a connection that is closed",
    "It cannot be cancelled; try again when it has ended.",
);

/// Listens for clients until it is closed or dropped.
#[derive(Debug)]
pub(crate) struct Gate {
    shared: Arc<Shared>,
    address: Address,
    listening: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    turn: Mutex<Turn>,
    changed: Condvar,
    inner: Address,
}

/// What is ours as long as a server may run: given free by whoever ends last, the gate or its last connection.
#[derive(Debug)]
struct Claim {
    // In this order: the files are removed while the folder is still ours.
    _sockets: SocketFolder,
    _lock: FolderLock,
}

#[derive(Debug)]
struct Turn {
    closing: bool,
    claim: Option<Claim>,
    taken: Option<Current>,
}

/// The connection whose turn it is.
#[derive(Debug)]
struct Current {
    client: Stream,
    // The client has gone; what it started may still be running.
    gone: Arc<AtomicBool>,
}

impl Gate {
    /// Starts to listen for connections to the cluster at `root`: the gate, and its host and port.
    pub(crate) fn open(
        root: PathBuf,
        sockets: SocketFolder,
        lock: FolderLock,
    ) -> io::Result<(Gate, String, u16)> {
        let (listener, address, host, port) = sockets.listen()?;
        let shared = Arc::new(Shared {
            root,
            inner: sockets.inner(),
            changed: Condvar::new(),
            turn: Mutex::new(Turn {
                closing: false,
                taken: None,
                claim: Some(Claim {
                    _sockets: sockets,
                    _lock: lock,
                }),
            }),
        });
        let for_listening = Arc::clone(&shared);
        let listening = thread::Builder::new()
            .name("segue-embedded-gate".into())
            .spawn(move || listen(&listener, &for_listening))?;
        let gate = Gate {
            shared,
            address,
            listening: Some(listening),
        };
        Ok((gate, host, port))
    }

    /// Ends the open connection and waits for its server; whether that has ended in time.
    pub(crate) fn close(&mut self) -> bool {
        let Some(listening) = self.listening.take() else {
            return true;
        };
        {
            let mut turn = self.shared.turn();
            turn.closing = true;
            if let Some(current) = &turn.taken {
                // Fails only when the client has gone already.
                let _ = current.client.shutdown(Shutdown::Both);
            }
            self.shared.changed.notify_all();
        }
        // Wakes the listening thread, which then sees that we are closing.
        if Stream::connect(&self.address).is_ok() {
            let _ = listening.join();
        }
        let still = |turn: &mut Turn| turn.taken.is_some();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(self.shared.turn(), CLOSING, still);
        let mut turn = waited.unwrap_or_else(PoisonError::into_inner).0;
        if turn.taken.is_some() {
            return false;
        }
        turn.claim = None;
        true
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for this connection's turn and takes it.
    fn take(self: &Arc<Self>, client: Stream) -> Result<Held, Vec<u8>> {
        let waited = self.changed.wait_timeout_while(self.turn(), TURN, |turn| {
            turn.taken.is_some() && !turn.closing
        });
        let mut turn = waited.unwrap_or_else(PoisonError::into_inner).0;
        if turn.closing {
            return Err(wire::fatal("57P01", "the embedded database is closing", ""));
        }
        if let Some(current) = &turn.taken {
            let (message, hint) = if current.gone.load(Ordering::Relaxed) {
                LEAVING
            } else {
                OCCUPIED
            };
            return Err(wire::fatal("53300", message, hint));
        }
        let gone = Arc::new(AtomicBool::new(false));
        turn.taken = Some(Current {
            client,
            gone: Arc::clone(&gone),
        });
        Ok(Held {
            shared: Arc::clone(self),
            gone,
        })
    }
}

/// The turn of one connection.
struct Held {
    shared: Arc<Shared>,
    gone: Arc<AtomicBool>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut turn = self.shared.turn();
        turn.taken = None;
        if turn.closing {
            turn.claim = None;
        }
        self.shared.changed.notify_all();
    }
}

fn listen(listener: &Listener, shared: &Arc<Shared>) {
    while let Ok((client, _)) = listener.accept() {
        if shared.turn().closing {
            return;
        }
        let shared = Arc::clone(shared);
        let serving = thread::Builder::new().name("segue-embedded-connection".into());
        // A connection for which there is no thread, or whose client goes away, is dropped: nobody is left to tell.
        let _ = serving.spawn(move || serve(client, &shared));
    }
}

fn serve(mut client: Stream, shared: &Arc<Shared>) -> io::Result<()> {
    client.set_read_timeout(Some(GREETING))?;
    let Some(startup) = wire::read_startup(&mut client)? else {
        return Ok(());
    };
    client.set_read_timeout(None)?;
    let held = match shared.take(client.try_clone()?) {
        Ok(held) => held,
        Err(refusal) => return client.write_all(&refusal),
    };
    let result = match Backend::start(&shared.root, &shared.inner) {
        Ok(backend) => relay(&held, &client, backend, &startup),
        Err(reason) => Err(reason),
    };
    if let Err(reason) = result {
        // Before the turn ends: the next connection may start as soon as it does.
        let message = format!("the embedded database failed: {reason}");
        let _ = client.write_all(&wire::fatal(
            "58000",
            &message,
            "What was committed is kept.",
        ));
    }
    drop(held);
    client.shutdown(Shutdown::Both)
}

/// Carries bytes both ways until the server has ended the connection, then stops the server.
fn relay(held: &Held, client: &Stream, backend: Backend, startup: &[u8]) -> Result<(), String> {
    let carried = backend.connect().and_then(|mut server| {
        server.write_all(startup)?;
        let (from, to) = (client.try_clone()?, server.try_clone()?);
        let gone = Arc::clone(&held.gone);
        thread::Builder::new()
            .name("segue-embedded-requests".into())
            .spawn(move || carry_requests(from, to, &gone))?;
        carry_answers(server, client.try_clone()?)
    });
    let stopped = backend.stop();
    // What the server died of says more than that it was gone.
    stopped.and(carried.map_err(|error| error.to_string()))
}

/// From the client to the server; however the client ends, the server sees a proper end of the stream, on which
/// it rolls back and shuts down.
fn carry_requests(mut client: Stream, mut server: Stream, gone: &AtomicBool) {
    let _ = io::copy(&mut client, &mut server);
    gone.store(true, Ordering::Relaxed);
    let _ = server.shutdown(Shutdown::Write);
}

/// From the server to the client until the server ends; goes on reading when the client has gone, since the server
/// cannot bear to be cut off in the middle of an answer.
fn carry_answers(mut server: Stream, mut client: Stream) -> io::Result<()> {
    let mut gone = client.write_all(&wire::skip_notices(&mut server)?).is_err();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match server.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        gone = gone || client.write_all(&buffer[..read]).is_err();
    }
}
