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

/// The SHA-256 of texts joined by a semicolon and a line's end, one after the other.
#[derive(Debug, Clone, Default)]
pub struct TextsDigest {
    hash: Sha256,
    count: usize,
}

impl TextsDigest {
    /// How many texts are in it.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Adds the next text.
    pub fn add(&mut self, text: &str) {
        if self.count > 0 {
            self.hash.update(b";\n");
        }
        self.hash.update(text.as_bytes());
        self.count += 1;
    }

    /// In lower-case hexadecimal.
    pub fn hex(&self) -> String {
        hex(&self.hash.clone().finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = vec![0; bytes.len() * 2];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    String::from_utf8(digits).expect("digits are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_one_by_one_have_the_digest_of_the_joined_text() {
        let mut digest = TextsDigest::default();
        assert_eq!(digest.hex(), sha256_hex(""));
        for text in ["SELECT 1", "", "SELECT 2"] {
            digest.add(text);
        }
        assert_eq!(digest.hex(), sha256_hex("SELECT 1;\n;\nSELECT 2"));
        assert_eq!(digest.count(), 3);
    }
}
