//! One attempt: each host, each of its addresses, with and without encryption.
//!
//! Source of the order: PostgreSQL 17, libpq, "Specifying Multiple Hosts" (a server that answers and
//! refuses ends the attempt, unless it is not ready) and "SSL Mode Descriptions".

use std::{io, net::IpAddr, time::Duration};

use rustls::pki_types::ServerName;
use tokio::{net::lookup_host, time::timeout};
use tokio_postgres::{
    Config, NoTls,
    config::{LoadBalanceHosts, SslMode as Negotiation, SslNegotiation},
};

use super::{
    ADDRESS_TIMEOUT,
    driver::{Connection, open},
    error::{ConnectError, Failure},
};
use crate::postgres::{
    tls,
    url::{Endpoint, SslMode, Target},
};

/// Makes an attempt, within the limit as a whole and `connect_timeout` per address.
pub(super) async fn attempt(target: &Target, limit: Duration) -> Result<Connection, Failure> {
    let mut attempt = Attempt {
        target,
        failures: Vec::new(),
    };
    match timeout(limit, attempt.run()).await {
        Ok(result) => result,
        // What was learnt before says more than that there is no time left.
        Err(_) if attempt.failures.is_empty() => Err(timed_out(target)),
        Err(_) => Err(Failure::united(target, attempt.failures)),
    }
}

fn timed_out(target: &Target) -> Failure {
    Failure::unreachable(target, "the server did not answer in time")
}

struct Attempt<'a> {
    target: &'a Target,
    /// Of the endpoints tried so far, all of which may be better soon.
    failures: Vec<(Endpoint, Failure)>,
}

impl Attempt<'_> {
    async fn run(&mut self) -> Result<Connection, Failure> {
        for endpoint in order(self.target) {
            let addresses = match self.addresses(endpoint).await {
                Ok(addresses) => addresses,
                Err(failure) => {
                    self.failures.push((endpoint.clone(), failure));
                    continue;
                }
            };
            for address in addresses {
                match self.address(endpoint, address).await {
                    Ok(connection) => return Ok(connection),
                    Err(failure) if failure.may_pass => {
                        self.failures.push((endpoint.clone(), failure));
                    }
                    Err(failure) => return Err(failure),
                }
            }
        }
        Err(Failure::united(
            self.target,
            std::mem::take(&mut self.failures),
        ))
    }

    /// The addresses of a host; for a socket one that is none.
    async fn addresses(&self, endpoint: &Endpoint) -> Result<Vec<Option<IpAddr>>, Failure> {
        if endpoint.is_socket() || endpoint.address.is_some() {
            return Ok(vec![endpoint.address]);
        }
        let lookup = lookup_host((endpoint.host.as_str(), endpoint.port));
        let found = match timeout(self.timeout(), lookup).await {
            Ok(found) => found,
            Err(_) => return Err(timed_out(self.target)),
        };
        let mut addresses: Vec<_> = match found {
            Ok(found) => found.map(|address| Some(address.ip())).collect(),
            Err(error) => return Err(Failure::unreachable(self.target, error.to_string())),
        };
        addresses.dedup();
        match addresses.is_empty() {
            true => Err(Failure::unreachable(self.target, "the host has no address")),
            false => Ok(addresses),
        }
    }

    fn timeout(&self) -> Duration {
        let given = self.target.config.get_connect_timeout();
        given.copied().unwrap_or(ADDRESS_TIMEOUT)
    }

    /// One address, with what its mode allows to try after a failure.
    async fn address(
        &self,
        endpoint: &Endpoint,
        address: Option<IpAddr>,
    ) -> Result<Connection, Failure> {
        let mode = match endpoint.is_socket() {
            true => SslMode::Disable,
            false => self.target.tls.mode,
        };
        let [plain, prefer, require] = [
            Negotiation::Disable,
            Negotiation::Prefer,
            Negotiation::Require,
        ];
        let (first, second) = match mode {
            SslMode::Disable => (plain, None),
            SslMode::Allow => (plain, Some(require)),
            SslMode::Prefer => (prefer, Some(plain)),
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => (require, None),
        };
        let failure = match self.once(endpoint, address, first).await {
            Ok(connection) => return Ok(connection),
            Err(failure) => failure,
        };
        match second.filter(|_| is_worth_a_fallback(mode, &failure.error)) {
            None => Err(failure),
            Some(second) => match self.once(endpoint, address, second).await {
                Ok(connection) => Ok(connection),
                Err(other) => Err(more_telling(failure, other)),
            },
        }
    }

    async fn once(
        &self,
        endpoint: &Endpoint,
        address: Option<IpAddr>,
        negotiation: Negotiation,
    ) -> Result<Connection, Failure> {
        let config = self.config(endpoint, address, negotiation);
        let connection = async {
            if negotiation == Negotiation::Disable {
                return open(&config, endpoint, NoTls, None)
                    .await
                    .map_err(|error| Failure::of(self.target, &error));
            }
            let policy = &self.target.tls;
            let tls =
                tls::connector(policy).map_err(|error| Failure::setup(self.target, &error))?;
            open(&config, endpoint, tls.clone(), Some(tls))
                .await
                .map_err(|error| Failure::of(self.target, &error))
        };
        match timeout(self.timeout(), connection).await {
            Ok(result) => result,
            Err(_) => Err(timed_out(self.target)),
        }
    }

    /// The target's settings with this one address. A `Config` cannot be rid of what it has, so this
    /// begins with one that has no hosts.
    fn config(
        &self,
        endpoint: &Endpoint,
        address: Option<IpAddr>,
        negotiation: Negotiation,
    ) -> Config {
        let mut config = self.target.config.clone();
        config.port(endpoint.port).ssl_mode(negotiation);
        if let Some(password) = &endpoint.password {
            config.password(password.expose());
        }
        if negotiation == Negotiation::Disable {
            config.ssl_negotiation(SslNegotiation::Postgres);
        }
        match address {
            // A name that no certificate can have fails the handshake even where names do not
            // count; the address takes its place there.
            Some(ip) => {
                let is_name = ServerName::try_from(endpoint.host.as_str()).is_ok();
                let counts = self.target.tls.mode == SslMode::VerifyFull;
                let host = if is_name || counts {
                    endpoint.host.clone()
                } else {
                    ip.to_string()
                };
                config.host(host).hostaddr(ip);
            }
            None => {
                config.host(&endpoint.host);
            }
        }
        config
    }
}

/// The endpoints in the order in which they are tried.
fn order(target: &Target) -> Vec<&Endpoint> {
    let mut endpoints: Vec<_> = target.endpoints.iter().collect();
    if target.config.get_load_balance_hosts() == LoadBalanceHosts::Random {
        endpoints.sort_by_cached_key(|_| super::random());
    }
    endpoints
}

/// libpq falls back after any refusal; we only where it can help, so that a wrong password is sent
/// once, and never in the clear after it was sent encrypted.
fn is_worth_a_fallback(mode: SslMode, error: &ConnectError) -> bool {
    match mode {
        SslMode::Prefer => error.is_tls() || error.is_refused_by_hba(),
        SslMode::Allow => matches!(error, ConnectError::Authentication { .. }),
        _ => false,
    }
}

/// Of two failures at one address, the one that does not just say "not this way".
fn more_telling(first: Failure, second: Failure) -> Failure {
    match second.error.is_refused_by_hba() || second.error.is_tls() {
        true => first,
        false => second,
    }
}

/// Whether the error is about a file or a socket that we may not touch.
pub(super) fn is_our_permission(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_some()
}
