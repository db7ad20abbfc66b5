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
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
