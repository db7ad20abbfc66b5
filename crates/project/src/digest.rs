//! Checksums as the tools write them.

use sha2::{Digest, Sha256, Sha384};

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// SHA-384 in lower-case hexadecimal.
pub(crate) fn sha384_hex(text: &str) -> String {
    hex(&Sha384::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from(DIGITS[usize::from(half)]))
        .collect()
}
