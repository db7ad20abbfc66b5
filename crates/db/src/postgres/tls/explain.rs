//! What rustls says about a failed handshake, in the words of those who set up servers.

use rustls::{AlertDescription, CertificateError, Error};

use crate::postgres::url::TlsPolicy;

/// What happened, and what to do about it.
pub(in crate::postgres) fn explain(error: &Error) -> (String, String) {
    match error {
        Error::InvalidCertificate(reason) => explain_certificate(reason),
        Error::AlertReceived(alert) => explain_alert(*alert),
        Error::InvalidMessage(_) => (
            format!("the server's answer is not TLS: {error}"),
            "check that host and port are those of PostgreSQL itself".into(),
        ),
        error => (
            error.to_string(),
            "the server and segue do not agree on TLS; segue speaks versions 1.2 and 1.3".into(),
        ),
    }
}

/// rustls passes this reason of webpki's on without a type that we could name.
pub(super) fn is_version_1(reason: &CertificateError) -> bool {
    matches!(reason, CertificateError::Other(_))
        && format!("{reason:?}").contains("UnsupportedCertVersion")
}

fn explain_certificate(reason: &CertificateError) -> (String, String) {
    use CertificateError as C;
    let (cause, help) = match reason {
        C::UnknownIssuer => (
            "the server's certificate is not signed by a root that is trusted".into(),
            "name the root certificate by `sslrootcert=FILE` (cloud providers offer theirs for \
             download); `sslmode=require` encrypts without verifying",
        ),
        C::Expired | C::ExpiredContext { .. } => (
            "the server's certificate has expired".into(),
            "renew the server's certificate; check this machine's clock",
        ),
        C::NotValidYet | C::NotValidYetContext { .. } => (
            "the server's certificate is not valid yet".into(),
            "check this machine's clock",
        ),
        C::NotValidForName | C::NotValidForNameContext { .. } => (
            format!("the server's certificate is not for this host: {reason}"),
            "connect by a name that the certificate has as `subjectAltName` (its common name does \
             not count); `sslmode=verify-ca` does not compare names",
        ),
        C::BadSignature => (
            "the signature on the server's certificate is not its root's".into(),
            "check that `sslrootcert` is the root of this server",
        ),
        reason if is_version_1(reason) => (
            "the server's certificate is of X.509 version 1, which segue does not read".into(),
            "issue it anew as version 3, with a `subjectAltName`: `openssl x509 -req -extfile …`",
        ),
        reason => (
            format!("the server's certificate is not valid: {reason}"),
            "check the server's certificate by `openssl s_client -starttls postgres -connect HOST:PORT`",
        ),
    };
    (cause, help.into())
}

fn explain_alert(alert: AlertDescription) -> (String, String) {
    use AlertDescription as A;
    match alert {
        A::CertificateRequired | A::HandshakeFailure => (
            "the server wants a client certificate, or none of our ciphers".into(),
            "name a client certificate by `sslcert=FILE` and its key by `sslkey=FILE`".into(),
        ),
        A::UnknownCA | A::BadCertificate | A::CertificateExpired | A::CertificateUnknown => (
            format!("the server does not accept our client certificate ({alert:?})"),
            "check that `sslcert` is signed by the root in the server's `ssl_ca_file`".into(),
        ),
        A::NoApplicationProtocol => (
            "the server does not know direct TLS".into(),
            "leave `sslnegotiation=direct` away: it is for PostgreSQL 17 and later".into(),
        ),
        alert => (
            format!("the server ended the TLS handshake ({alert:?})"),
            "the server's log says why".into(),
        ),
    }
}

/// What to do where the handshake ends without a reason.
pub(in crate::postgres) fn help_with_handshake(policy: &TlsPolicy) -> &'static str {
    match policy.direct {
        true => "leave `sslnegotiation=direct` away: it needs PostgreSQL 17 or later",
        false => "the server's log may say more",
    }
}
