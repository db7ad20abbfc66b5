//! Asking the server to stop what a connection runs.
//!
//! Source: PostgreSQL 17, "Canceling Requests in Progress" (protocol-flow.html), and libpq's `PQcancel`, which waits until
//! the server closes the request's connection: only then has the process that runs the statement been told. Whoever goes on
//! before may find that the request meets the statement after it.

use std::{
    io,
    net::IpAddr,
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};
use tokio_postgres::{CancelToken, Config, NoTls, config::Host, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::postgres::url::Endpoint;

/// How long a request may take: it is made when time matters.
const LIMIT: Duration = Duration::from_secs(5);

/// Stops what the connection runs.
#[derive(Clone)]
pub struct Cancel {
    token: CancelToken,
    server: Server,
    tls: Option<MakeRustlsConnect>,
}

impl Cancel {
    /// For a connection that `config`, which has one host, that of the endpoint, has led to.
    pub(super) fn new(
        token: CancelToken,
        config: &Config,
        endpoint: &Endpoint,
        tls: Option<MakeRustlsConnect>,
    ) -> Self {
        Self {
            token,
            server: Server::of(config, endpoint),
            tls,
        }
    }

    /// Asks the server to cancel what the connection runs, on a connection of its own; at most five
    /// seconds. Behind it nothing is left of the request that could meet what the connection runs next. The server does not
    /// tell whether anything was cancelled: the cancelled statement's error (57014) does.
    ///
    /// # Errors
    /// The server could not be asked: why.
    pub async fn cancel(&self) -> Result<(), String> {
        match timeout(LIMIT, self.request()).await {
            Ok(result) => result,
            Err(_) => Err("timed out".into()),
        }
    }

    async fn request(&self) -> Result<(), String> {
        match &self.server {
            Server::Tcp { address, port, .. } => {
                let stream = TcpStream::connect((*address, *port)).await;
                self.send(stream.map_err(|error| error.to_string())?).await
            }
            Server::Socket(file) => {
                let stream = segue_host::socket::connect(file).await;
                self.send(stream.map_err(|error| error.to_string())?).await
            }
            Server::Unknown => Err("the server's address is not known".into()),
        }
    }

    async fn send<S>(&self, stream: S) -> Result<(), String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = UntilClosed(stream);
        let sent = match &self.tls {
            Some(tls) => {
                let mut tls = tls.clone();
                let tls = MakeTlsConnect::<UntilClosed<S>>::make_tls_connect(
                    &mut tls,
                    self.server.name(),
                );
                let tls = tls.map_err(|error| error.to_string())?;
                self.token.cancel_query_raw(stream, tls).await
            }
            None => self.token.cancel_query_raw(stream, NoTls).await,
        };
        sent.map_err(|error| super::error::causes(&error))
    }
}

/// The one server that has answered: a request that goes to another one of the same name has no effect.
#[derive(Clone)]
enum Server {
    Tcp {
        /// The name in its certificate.
        name: String,
        address: IpAddr,
        port: u16,
    },
    Socket(PathBuf),
    Unknown,
}

impl Server {
    fn of(config: &Config, endpoint: &Endpoint) -> Self {
        let port = endpoint.port;
        match (config.get_hosts().first(), config.get_hostaddrs().first()) {
            (Some(Host::Tcp(name)), Some(address)) => Self::Tcp {
                name: name.clone(),
                address: *address,
                port,
            },
            _ if endpoint.is_socket() => {
                Self::Socket(Path::new(&endpoint.host).join(format!(".s.PGSQL.{port}")))
            }
            _ => Self::Unknown,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Tcp { name, .. } => name,
            Self::Socket(_) | Self::Unknown => "",
        }
    }
}

/// A stream that is shut down when the other side has closed it too. The library that sends the request ends by a shutdown,
/// and does not wait itself.
struct UntilClosed<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for UntilClosed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for UntilClosed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // a server that has closed it already cannot be told any more, and need not be
        let _ = ready!(Pin::new(&mut self.0).poll_shutdown(context));
        loop {
            let mut bytes = [0; 256];
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut self.0).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
