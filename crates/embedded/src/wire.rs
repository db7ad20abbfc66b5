//! The few messages of PostgreSQL's protocol that the gate reads and writes itself.

use std::io::{self, Read, Write};

/// Codes in the place of the protocol version (PostgreSQL manual, "Message Formats").
const CANCEL: i32 = 80_877_102;
const SSL: i32 = 80_877_103;
const GSS: i32 = 80_877_104;

/// The largest first packet that PostgreSQL takes, in bytes.
const LARGEST: usize = 10_000;

/// Reads up to the startup packet, refusing encryption, and returns that packet; `None` when the peer wants to
/// cancel a statement or says nothing that makes sense, which the connection is simply closed on.
pub(crate) fn read_startup(peer: &mut (impl Read + Write)) -> io::Result<Option<Vec<u8>>> {
    loop {
        let mut packet = vec![0; 8];
        peer.read_exact(&mut packet)?;
        let (length, code) = (number(&packet[..4]), number(&packet[4..]));
        let Some(length) = usize::try_from(length)
            .ok()
            .filter(|n| (8..=LARGEST).contains(n))
        else {
            return Ok(None);
        };
        packet.resize(length, 0);
        peer.read_exact(&mut packet[8..])?;
        match code {
            SSL | GSS => peer.write_all(b"N")?,
            CANCEL => return Ok(None),
            _ => return Ok(Some(packet)),
        }
    }
}

/// Reads the answer to the startup packet up to the header of the first message that is no notice, and returns that
/// header. The server writes notices there (where it says "database system was shut down at …"), which clients do
/// not expect before they are let in.
pub(crate) fn skip_notices(server: &mut impl Read) -> io::Result<[u8; 5]> {
    loop {
        let mut header = [0; 5];
        server.read_exact(&mut header)?;
        if header[0] != b'N' {
            return Ok(header);
        }
        let rest = u64::try_from(number(&header[1..]).saturating_sub(4)).unwrap_or(0);
        io::copy(&mut server.by_ref().take(rest), &mut io::sink())?;
    }
}

fn number(bytes: &[u8]) -> i32 {
    i32::from_be_bytes(bytes.try_into().expect("the callers pass four bytes"))
}

/// An ErrorResponse of severity FATAL.
pub(crate) fn fatal(sqlstate: &str, message: &str, hint: &str) -> Vec<u8> {
    let mut fields = Vec::new();
    for (kind, value) in [
        ('S', "FATAL"),
        ('V', "FATAL"),
        ('C', sqlstate),
        ('M', message),
        ('H', hint),
    ] {
        if !value.is_empty() {
            fields.push(kind as u8);
            fields.extend(value.bytes().filter(|byte| *byte != 0));
            fields.push(0);
        }
    }
    fields.push(0);
    let length = u32::try_from(fields.len() + 4).unwrap_or(u32::MAX);
    let mut packet = vec![b'E'];
    packet.extend(length.to_be_bytes());
    packet.extend(fields);
    packet
}
