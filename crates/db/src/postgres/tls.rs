//! Encryption by rustls, with the meaning that libpq gives to its modes.
//!
//! Owns: which certificates are read, and when; how the server's certificate is verified.
//! Does not own: which mode is asked for (`url.rs`), falling back to plain (`connect.rs`).
//! Source of the rules: PostgreSQL 17, libpq, "SSL Support" (libpq-ssl.html).
//!
//! Not as in libpq: certificates of X.509 version 1 and those that name the host only in their common
//! name are refused where they are to be verified (rustls follows RFC 6125 here), and without
//! `sslrootcert` the platform's roots are trusted, not those in `~/.postgresql/root.crt`.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::{ClientCert, RootCert, SslMode, TlsPolicy};

mod explain;
mod public_key;
mod verifier;

pub(super) use explain::{explain, help_with_handshake};
use verifier::{Trust, Verifier};

/// What is verified of a server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scrutiny {
    /// Nothing: the traffic is hidden from those who listen, not from those who interfere.
    Nothing,
    /// Who signed it, and when.
    Chain,
    /// That, and that it is the host's.
    ChainAndName,
}

/// Something about our side's certificate files. The message names the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct SetupError {
    message: String,
    /// What to do about it.
    pub(super) help: &'static str,
}

impl SetupError {
    fn new(message: impl Into<String>, help: &'static str) -> Self {
        Self {
            message: message.into(),
            help,
        }
    }
}

/// `sslmode=require` verifies the chain if a root certificate file is given.
///
/// Source: PostgreSQL 17, libpq, "SSL Mode Descriptions", the note on backwards compatibility.
fn scrutiny(policy: &TlsPolicy) -> Scrutiny {
    match (policy.mode, &policy.root_cert) {
        (SslMode::VerifyFull, _) => Scrutiny::ChainAndName,
        (SslMode::VerifyCa, _) | (SslMode::Require, Some(_)) => Scrutiny::Chain,
        _ => Scrutiny::Nothing,
    }
}

/// Makes connections encrypted. Reads certificate files, roots only if something is verified.
///
/// # Errors
/// A certificate file that cannot be read or used.
pub(super) fn connector(policy: &TlsPolicy) -> Result<MakeRustlsConnect, SetupError> {
    let provider = Arc::new(ring::default_provider());
    let trust = match (scrutiny(policy), &policy.root_cert) {
        (Scrutiny::Nothing, _) => Trust::default(),
        (_, Some(RootCert::File(path))) => roots_of_file(path)?,
        (_, None | Some(RootCert::System)) => roots_of_platform()?,
    };
    let verifier = Verifier::new(scrutiny(policy), trust, &provider);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &policy.client_cert {
        None => builder.with_no_client_auth(),
        Some(files) => {
            let certificates = certificates(&files.certificate)?;
            builder
                .with_client_auth_cert(certificates, private_key(files)?)
                .map_err(|error| unusable_pair(files, &error))?
        }
    };
    config.enable_sni = policy.server_name;
    if policy.direct {
        // Source: PostgreSQL 17, protocol, "SSL Session Encryption": direct TLS must name it.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(config))
}

fn roots_of_file(path: &Path) -> Result<Trust, SetupError> {
    let certificates = certificates(path)?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|error| {
            let message = format!(
                "{} holds a certificate that is not valid: {error}",
                path.display()
            );
            SetupError::new(
                message,
                "let `sslrootcert` name a PEM file of root certificates",
            )
        })?;
    }
    Ok(Trust {
        roots,
        exact: certificates,
    })
}

/// A store may hold old certificates that rustls cannot read: they are passed over, as elsewhere.
fn roots_of_platform() -> Result<Trust, SetupError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let cause = found.errors.first().map(|error| format!(": {error}"));
        let message = format!(
            "this machine has no root certificates to verify the server's with{}",
            cause.unwrap_or_default()
        );
        let help = "install the package `ca-certificates`, or name a PEM file by `sslrootcert`";
        return Err(SetupError::new(message, help));
    }
    Ok(Trust {
        roots,
        exact: Vec::new(),
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    match read() {
        Ok(certificates) if certificates.is_empty() => Err(SetupError::new(
            format!("{} holds no certificate", path.display()),
            "a PEM file is expected: it has a line `-----BEGIN CERTIFICATE-----`",
        )),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn private_key(files: &ClientCert) -> Result<PrivateKeyDer<'static>, SetupError> {
    PrivateKeyDer::from_pem_file(&files.key).map_err(|error| match error {
        pem::Error::NoItemsFound => SetupError::new(
            format!(
                "{} holds no private key that can be read",
                files.key.display()
            ),
            "an encrypted key must be decrypted first: `openssl pkey -in KEY -out PLAIN_KEY`",
        ),
        error => unreadable(&files.key, &error),
    })
}

fn unusable_pair(files: &ClientCert, error: &rustls::Error) -> SetupError {
    let (certificate, key) = (files.certificate.display(), files.key.display());
    SetupError::new(
        format!("the client certificate {certificate} and the key {key} cannot be used: {error}"),
        "check that `sslkey` is the key of `sslcert`",
    )
}

fn unreadable(path: &Path, error: &pem::Error) -> SetupError {
    let cause = match error {
        pem::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    };
    SetupError::new(
        format!("cannot read {}: {cause}", path.display()),
        "check `sslrootcert`, `sslcert` and `sslkey`; relative paths start at the current folder",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(mode: SslMode, root_cert: Option<RootCert>) -> TlsPolicy {
        TlsPolicy {
            mode,
            root_cert,
            client_cert: None,
            server_name: true,
            direct: false,
        }
    }

    #[test]
    fn verifies_what_libpq_verifies() {
        let file = || Some(RootCert::File("/nowhere/root.crt".into()));
        let table = [
            (SslMode::Prefer, None, Scrutiny::Nothing),
            (SslMode::Prefer, file(), Scrutiny::Nothing),
            (SslMode::Require, None, Scrutiny::Nothing),
            (SslMode::Require, file(), Scrutiny::Chain),
            (SslMode::VerifyCa, None, Scrutiny::Chain),
            (SslMode::VerifyFull, None, Scrutiny::ChainAndName),
        ];
        for (mode, root, expected) in table {
            assert_eq!(scrutiny(&policy(mode, root)), expected);
        }
    }

    #[test]
    fn reads_roots_only_to_verify() {
        let root = || Some(RootCert::File("/nowhere/root.crt".into()));
        assert!(connector(&policy(SslMode::Prefer, root())).is_ok());
        let Err(error) = connector(&policy(SslMode::Require, root())) else {
            panic!("there is no such file");
        };
        assert!(error.to_string().contains("/nowhere/root.crt"), "{error}");
    }
}
