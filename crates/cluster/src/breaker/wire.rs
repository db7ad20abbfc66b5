//! Messages of PostgreSQL's protocol, as far as they have to be told apart (protocol-message-formats.html).

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

use segue_host::socket::{Address, Stream};

use super::{Line, Side};

/// How often whoever waits for the line looks around.
pub(super) const LOOK: Duration = Duration::from_millis(20);

/// The version that a client asks for; other numbers in its place are requests to cancel or to encrypt.
const VERSION_3: [u8; 2] = [0, 3];

/// One end of a connection that goes by the line.
#[derive(Debug)]
pub(super) enum End {
    Client(TcpStream),
    Server(Stream),
}

impl End {
    pub(super) fn close(&self) {
        // it may be closed by the other side already
        let _ = match self {
            Self::Client(stream) => stream.shutdown(Shutdown::Both),
            Self::Server(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}

/// Passes on what a client and the server say, until one of them ends.
pub(super) fn pass(line: &Line, client: TcpStream, socket: &Address) {
    // what went wrong is that one of them is gone
    let _ = connected(line, &client, socket);
    let _ = client.shutdown(Shutdown::Both);
}

fn connected(line: &Line, client: &TcpStream, socket: &Address) -> io::Result<()> {
    client.set_nodelay(true)?;
    let hello = untyped(client)?;
    let server = Stream::connect(socket)?;
    let is_session = hello.get(4..6) == Some(&VERSION_3);
    let (round, is_first) = {
        let mut way = line.way();
        if way.is_broken {
            return Ok(());
        }
        way.ends.push(End::Client(client.try_clone()?));
        way.ends.push(End::Server(server.try_clone()?));
        let is_first = is_session && !way.has_first;
        way.has_first |= is_first;
        (way.round, is_first)
    };
    (&server).write_all(&hello)?;
    let result = match is_first {
        true => counted(line, round, client, &server),
        false => both_ways(client, &server),
    };
    let _ = server.shutdown(Shutdown::Both);
    result
}

/// Whatever they say.
fn both_ways(client: &TcpStream, server: &Stream) -> io::Result<()> {
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    let answers = thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let _ = io::copy(&mut &*client, &mut &*server);
    let _ = server.shutdown(Shutdown::Write);
    let _ = answers.join();
    Ok(())
}

/// One statement after the other: the next one is passed on when the server is ready for it.
fn counted(line: &Line, round: usize, client: &TcpStream, server: &Stream) -> io::Result<()> {
    until_ready(client, server)?;
    loop {
        let message = typed(client)?;
        if message.first() != Some(&b'Q') {
            (&*server).write_all(&message)?;
            continue;
        }
        let text = message.get(5..message.len().saturating_sub(1));
        let text = String::from_utf8_lossy(text.unwrap_or_default()).into_owned();
        let breaks = line.counted(round, text);
        if let Some(breaks) = breaks.filter(|breaks| breaks.side == Side::Before) {
            line.breaks(round, breaks.holds);
            return Ok(());
        }
        (&*server).write_all(&message)?;
        if let Some(breaks) = breaks.filter(|breaks| breaks.side == Side::Meanwhile) {
            line.breaks(round, breaks.holds);
            return Ok(());
        }
        until_ready(client, server)?;
        if let Some(breaks) = breaks {
            line.breaks(round, breaks.holds);
            return Ok(());
        }
    }
}

/// What the server asks for before it lets a client in: a password, plainly or by MD5, and the two answers of SASL.
const QUESTIONS: [u32; 4] = [3, 5, 10, 11];

/// Whether the server waits for an answer of a client who logs in.
fn is_question(message: &[u8]) -> bool {
    let code = message.get(5..9).and_then(|code| code.try_into().ok());
    let code = code.map(u32::from_be_bytes);
    message.first() == Some(&b'R') && code.is_some_and(|code| QUESTIONS.contains(&code))
}

/// Passes on what the server says, and what it asks for, until it is ready for a statement, or wants rows.
fn until_ready(client: &TcpStream, server: &Stream) -> io::Result<()> {
    loop {
        let message = typed(server)?;
        (&*client).write_all(&message)?;
        match message.first() {
            Some(b'Z') => return Ok(()),
            Some(b'G') => rows(client, server)?,
            _ if is_question(&message) => (&*server).write_all(&typed(client)?)?,
            _ => {}
        }
    }
}

/// Passes on the rows of a COPY.
fn rows(client: &TcpStream, server: &Stream) -> io::Result<()> {
    loop {
        let message = typed(client)?;
        (&*server).write_all(&message)?;
        if matches!(message.first(), Some(b'c' | b'f')) {
            return Ok(());
        }
    }
}

fn typed(mut from: impl Read) -> io::Result<Vec<u8>> {
    let mut kind = [0; 1];
    from.read_exact(&mut kind)?;
    let mut message = untyped(from)?;
    message.insert(0, kind[0]);
    Ok(message)
}

fn untyped(mut from: impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let size = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    let mut message = length.to_vec();
    let rest = u64::try_from(size.saturating_sub(4)).unwrap_or(u64::MAX);
    from.take(rest).read_to_end(&mut message)?;
    match message.len() == size.max(4) {
        true => Ok(message),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
