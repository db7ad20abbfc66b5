//! libpq's environment: the `PG…` variables, and where the user's own files are.
//!
//! Owns: which variable stands for which parameter. Does not own: the process environment, which the
//! edge passes in as data; what a parameter means (`draft.rs`, `tls_settings.rs`).
//! Source: PostgreSQL 17, libpq, "Environment Variables" (libpq-envars.html), and the table
//! `PQconninfoOptions` in fe-connect.c.

use std::{collections::BTreeMap, path::PathBuf};

use segue_project::config::Secret;

/// Each variable and the parameter that it stands for where neither the URL nor a service names that.
const PARAMETERS: [(&str, &str); 35] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    // After PGSSLMODE, which goes before it.
    ("PGREQUIRESSL", "requiressl"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLSNI", "sslsni"),
    ("PGSSLCOMPRESSION", "sslcompression"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGGSSDELEGATION", "gssdelegation"),
    ("PGGSSLIB", "gsslib"),
    ("PGKRBSRVNAME", "krbsrvname"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGMINPROTOCOLVERSION", "min_protocol_version"),
    ("PGMAXPROTOCOLVERSION", "max_protocol_version"),
];

/// Variables that become settings of the session, whatever the URL says.
///
/// Source: fe-connect.c, `EnvironmentOptions`, and fe-protocol3.c, which leaves `default` out.
const SESSION: [(&str, &str); 3] = [
    ("PGDATESTYLE", "datestyle"),
    ("PGTZ", "timezone"),
    ("PGGEQO", "geqo"),
];

/// Variables about the service file.
const SERVICE: [&str; 3] = ["PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR"];

/// A variable and where it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its value.
    pub value: Secret,
    /// As the product prints it: `environment variable PGHOST`, `PGHOST in .env:3`.
    pub origin: String,
}

/// What of the environment a connection depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// The variables of [`Environment::names`] that are set.
    pub variables: BTreeMap<&'static str, Variable>,
    /// The user's home, in which `.pgpass` and `.pg_service.conf` are looked for.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// The names of all variables that count.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let named = PARAMETERS.iter().chain(&SESSION).map(|(name, _)| *name);
        named.chain(SERVICE)
    }

    /// A variable's value; an empty one is there.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(|variable| variable.value.expose())
    }

    /// The variables that stand for parameters, each with its parameter, in the order in which they count.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&Variable, &'static str)> {
        // Of the old PGREQUIRESSL only a leading 1 means anything.
        PARAMETERS
            .iter()
            .filter_map(|(name, parameter)| Some((self.variables.get(name)?, *parameter)))
            .filter(|(variable, parameter)| {
                *parameter != "requiressl" || variable.value.expose().starts_with('1')
            })
    }

    /// Settings of the session: name and value.
    pub(super) fn session(&self) -> impl Iterator<Item = (&'static str, &str)> {
        SESSION
            .iter()
            .filter_map(|(name, setting)| Some((*setting, self.get(name)?)))
            .filter(|(_, value)| !value.is_empty() && !value.eq_ignore_ascii_case("default"))
    }
}
