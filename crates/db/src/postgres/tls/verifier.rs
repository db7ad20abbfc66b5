//! Verifies a server's certificate as much as the mode asks for.

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{
        CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
        verify_tls13_signature_with_raw_key,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use super::{Scrutiny, explain::is_version_1, public_key::public_key};

/// Whom to trust.
#[derive(Debug)]
pub(super) struct Trust {
    /// Those who sign.
    pub(super) roots: RootCertStore,
    /// Certificates that are trusted as they are: a self-signed one that the server itself uses.
    pub(super) exact: Vec<CertificateDer<'static>>,
}

impl Default for Trust {
    fn default() -> Self {
        Self {
            roots: RootCertStore::empty(),
            exact: Vec::new(),
        }
    }
}

/// The verifier of one policy.
#[derive(Debug)]
pub(super) struct Verifier {
    scrutiny: Scrutiny,
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    /// Verifies that much, with that trust.
    pub(super) fn new(scrutiny: Scrutiny, trust: Trust, provider: &CryptoProvider) -> Self {
        Self {
            scrutiny,
            trust,
            algorithms: provider.signature_verification_algorithms,
        }
    }

    fn verify_chain(
        &self,
        certificate: &CertificateDer<'_>,
        parsed: &ParsedCertificate<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let verdict = verify_server_cert_signed_by_trust_anchor(
            parsed,
            &self.trust.roots,
            intermediates,
            now,
            self.algorithms.all,
        );
        match verdict {
            // webpki never takes a CA's certificate for a server's, but `openssl req -x509` makes
            // servers such ones, and OpenSSL, hence libpq, trusts what the root file holds. Validity
            // in time is webpki's first question and is not waived.
            Err(error) if !is_about_time(&error) && self.trust.exact.contains(certificate) => {
                Ok(())
            }
            verdict => verdict,
        }
    }
}

fn is_about_time(error: &Error) -> bool {
    use CertificateError as C;
    let Error::InvalidCertificate(error) = error else {
        return false;
    };
    matches!(
        error,
        C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. }
    )
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.scrutiny != Scrutiny::Nothing {
            let parsed = ParsedCertificate::try_from(end_entity)?;
            self.verify_chain(end_entity, &parsed, intermediates, now)?;
            if self.scrutiny == Scrutiny::ChainAndName {
                verify_server_name(&parsed, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    // Signatures are verified even where certificates are not: SCRAM's channel binding counts on
    // the server's having the key of the certificate that it shows.

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match verify_tls13_signature(message, certificate, signature, &self.algorithms) {
            Err(Error::InvalidCertificate(reason))
                if self.scrutiny == Scrutiny::Nothing && is_version_1(&reason) =>
            {
                let key = public_key(certificate).ok_or(CertificateError::BadEncoding)?;
                verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms)
            }
            verdict => verdict,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
