//! The public key within a certificate that rustls does not read.
//!
//! rustls reads X.509 version 3 only, but `openssl x509 -req` without extensions, as in PostgreSQL's
//! own documentation, makes version 1. Where nothing is verified such a certificate is as good as any,
//! and only its key is wanted.
//! Source of the structure: RFC 5280, section 4.1.

use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};

/// The tag of a structure.
const SEQUENCE: u8 = 0x30;
/// The tag of the version, which version 1 leaves out.
const VERSION: u8 = 0xA0;

/// Finds the subject's public key; none in what is no certificate.
pub(super) fn public_key<'a>(
    certificate: &'a CertificateDer<'_>,
) -> Option<SubjectPublicKeyInfoDer<'a>> {
    let certificate = Element::first(certificate)?.inside(SEQUENCE)?;
    let mut rest = Element::first(certificate)?.inside(SEQUENCE)?;
    let mut next = || {
        let element = Element::first(rest)?;
        rest = &rest[element.whole.len()..];
        Some(element)
    };
    // Serial number, signature's algorithm, issuer, validity, subject.
    let first = next()?;
    for _ in 0..if first.tag == VERSION { 5 } else { 4 } {
        next()?;
    }
    let key = next()?;
    (key.tag == SEQUENCE).then(|| SubjectPublicKeyInfoDer::from(key.whole))
}

/// One element of DER.
struct Element<'a> {
    tag: u8,
    whole: &'a [u8],
    content: &'a [u8],
}

impl<'a> Element<'a> {
    /// The element at the beginning.
    fn first(der: &'a [u8]) -> Option<Self> {
        let (tag, length) = (*der.first()?, *der.get(1)?);
        let (length, header) = match usize::from(length) {
            short @ 0..=0x7F => (short, 2),
            // A length of up to four bytes follows; no certificate needs more.
            long @ 0x81..=0x84 => {
                let header = 2 + long - 0x80;
                let bytes = der.get(2..header)?;
                (
                    bytes
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
                    header,
                )
            }
            _ => return None,
        };
        let whole = der.get(..header.checked_add(length)?)?;
        Some(Self {
            tag,
            whole,
            content: &whole[header..],
        })
    }

    fn inside(self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version, serial number, algorithm, issuer, validity, subject, key.
    const BODY: [u8; 17] = [
        0xA0, 3, 2, 1, 2, 2, 1, 7, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30,
    ];

    fn certificate(body: &[u8]) -> CertificateDer<'static> {
        let key = [2, 5, 0];
        let length = u8::try_from(body.len() + key.len()).expect("short");
        let inner = [&[0x30, length], body, &key].concat();
        let outer = [&[0x30, 0x81, length + 2], inner.as_slice()].concat();
        CertificateDer::from(outer)
    }

    #[test]
    fn finds_the_key_in_version_3_and_1() {
        for body in [&BODY[..], &BODY[5..]] {
            let certificate = certificate(body);
            let key = public_key(&certificate).expect("a key");
            assert_eq!(key.as_ref(), [0x30, 2, 5, 0]);
        }
    }

    #[test]
    fn survives_what_is_torn() {
        let whole = certificate(&BODY);
        for end in 0..whole.len() {
            let torn = CertificateDer::from(&whole[..end]);
            assert!(public_key(&torn).is_none(), "{end}");
        }
        let endless = CertificateDer::from([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF].as_slice());
        assert!(public_key(&endless).is_none());
    }
}
