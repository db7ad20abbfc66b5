//! An address that takes requests of HTTP: its path is a secret, its host is not.

use std::{fmt::Display, sync::Arc};

use http_body_util::Full;
use hyper::{
    Method, Request, Uri,
    body::Bytes,
    client::conn::http1,
    header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use segue_engine::Failure;
use segue_project::config::Secret;
use segue_sql::Problem;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::OnceCell,
};
use tokio_rustls::TlsConnector;

/// What is wrong with a request that cannot be written.
const UNSENT: &str = "has an address that cannot be sent";

/// Where requests go.
pub(super) struct Address {
    uri: Uri,
    host: String,
    port: u16,
    is_encrypted: bool,
    /// Read when it is first needed: the system's roots are many.
    tls: OnceCell<Arc<ClientConfig>>,
}

impl Address {
    /// # Errors
    /// What is no URL of http or https; `origin` is where it was set. Its text is not repeated.
    pub(super) fn of(url: &Secret, origin: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            let problem = Problem::new(format!("{what} ({origin})"));
            Failure::from(problem.help("give the whole URL, as https://hooks.example.com/…"))
        };
        let uri: Uri = url
            .expose()
            .parse()
            .map_err(|_| wrong("an address of HTTP cannot be read"))?;
        let is_encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("an address is no URL of http or https")),
        };
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        if authority.contains('@') {
            return Err(wrong(
                "an address of HTTP has a user in it, which is not sent",
            ));
        }
        let host = uri
            .host()
            .ok_or_else(|| wrong("an address of HTTP has no host"))?
            .trim_matches(['[', ']'])
            .to_owned();
        if uri.port_u16().is_none() && uri.host() != Some(authority.as_str()) {
            return Err(wrong("an address of HTTP has a port that is none"));
        }
        let usual = if is_encrypted { 443 } else { 80 };
        Ok(Self {
            port: uri.port_u16().unwrap_or(usual),
            uri,
            host,
            is_encrypted,
            tls: OnceCell::new(),
        })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Sends a request; any answer but 2xx is an error.
    ///
    /// # Errors
    /// Why, behind the word *it*, and without the path.
    pub(super) async fn post(&self, content: &str, body: Bytes) -> Result<(), String> {
        let mut headers = HeaderMap::new();
        let content = HeaderValue::from_str(content);
        headers.insert(CONTENT_TYPE, content.map_err(|_| UNSENT.to_owned())?);
        match self.exchange(headers, body).await? {
            200..300 => Ok(()),
            status => Err(format!("answered {status}")),
        }
    }

    /// Sends a request with these headers; gives the status of the answer.
    ///
    /// # Errors
    /// Why, behind the word *it*, and without the path.
    pub(super) async fn exchange(&self, headers: HeaderMap, body: Bytes) -> Result<u16, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(|error| format!("cannot be reached: {error}"))?;
        if !self.is_encrypted {
            return self.send(stream, headers, body).await;
        }
        let config = self.tls.get_or_try_init(config).await?;
        let name = ServerName::try_from(self.host.clone())
            .map_err(|_| "has no name that a certificate could have".to_owned())?;
        let stream = TlsConnector::from(Arc::clone(config)).connect(name, stream);
        let stream = stream.await.map_err(not_encrypted)?;
        self.send(stream, headers, body).await
    }

    async fn send(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<u16, String> {
        let cut_off = |error: hyper::Error| format!("cut the connection off: {error}");
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(cut_off)?;
        let path = self.uri.path_and_query();
        let host = self
            .uri
            .authority()
            .map_or("", |authority| authority.as_str());
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path.map_or("/", |path| path.as_str()))
            .header(HOST, host)
            .header(USER_AGENT, concat!("segue/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(body))
            .map_err(|_| UNSENT.to_owned())?;
        request.headers_mut().extend(headers);
        let answer = sender.send_request(request);
        tokio::pin!(connection, answer);
        let answer = tokio::select! {
            answer = &mut answer => answer,
            // what answers may close the connection at once
            _ = &mut connection => answer.await,
        };
        Ok(answer.map_err(cut_off)?.status().as_u16())
    }
}

fn not_encrypted(error: impl Display) -> String {
    format!("cannot be encrypted to: {error}")
}

/// Trusts whom the system trusts; `SSL_CERT_FILE` names others.
async fn config() -> Result<Arc<ClientConfig>, String> {
    let read = tokio::task::spawn_blocking(|| {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        let (some, _) = roots.add_parsable_certificates(found.certs);
        (some > 0).then_some(roots)
    });
    let roots = read.await.ok().flatten();
    let roots = roots.ok_or_else(|| not_encrypted("this machine has no root certificates"))?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(not_encrypted)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused_without_its_text() {
        for url in [
            "hunter2",
            "ftp://hunter2",
            "http://me:hunter2@host/x",
            "http://host:hunter2/",
        ] {
            let failure = Address::of(&Secret::new(url), "segue.toml:3").err();
            let failure = failure.expect(url).to_string();
            assert!(!failure.contains("hunter2"), "{failure}");
            assert!(failure.contains("segue.toml:3"), "{failure}");
        }
        let address = Address::of(&Secret::new("http://[::1]:81/x?y"), "").expect("it is one");
        assert_eq!((address.host(), address.port), ("::1", 81));
        let address = Address::of(&Secret::new("https://h"), "").expect("it is one");
        assert_eq!((address.port, address.is_encrypted), (443, true));
    }
}
