//! The names of parameters: which mean the same, which have no effect, which are libpq's alone.

use segue_sql::{Problem, mistyped};

use super::settings::Setting;

/// Parameters that say something here: what is one slip away from one of them would say nothing, and the deploy go to another
/// database or without encryption. `ssl` is too short to tell a slip from another word.
const WITH_EFFECT: [&str; 39] = [
    "user",
    "password",
    "passfile",
    "service",
    "servicefile",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "application_name",
    "fallback_application_name",
    "options",
    "schema",
    "pgbouncer",
    "search_path",
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "target_session_attrs",
    "load_balance_hosts",
    "channel_binding",
    "sslmode",
    "ssl-mode",
    "requiressl",
    "sslaccept",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "sslcertmode",
    "sslsni",
    "sslnegotiation",
    "sslidentity",
];

/// Parameters of Prisma, of its pool and its cache, and of other drivers' prepared statements. None
/// of them has a meaning for one session that runs migrations.
const WITHOUT_EFFECT: [&str; 10] = [
    "connection_limit",
    "pool_timeout",
    "socket_timeout",
    "statement_cache_size",
    "max_connection_lifetime",
    "max_idle_connection_lifetime",
    "single_use_connections",
    // sqlx
    "statement-cache-capacity",
    // lib/pq
    "binary_parameters",
    // Vercel appends it to the URLs of Supabase's poolers
    "supa",
];

/// Parameters of libpq that segue does nothing about. Elsewhere any unknown parameter is only told of; a
/// service file is libpq's own, and a name that libpq does not know either is a mistake in it.
const LIBPQS: [&str; 18] = [
    "sslcrl",
    "sslcrldir",
    "sslpassword",
    "sslkeylogfile",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "min_protocol_version",
    "max_protocol_version",
    "requirepeer",
    "require_auth",
    "krbsrvname",
    "gsslib",
    "scram_client_key",
    "scram_server_key",
    "oauth_issuer",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_scope",
];

/// Parameters by which a URL shows that it was written for Prisma.
pub(super) const PRISMAS: [&str; 7] = [
    "schema",
    "connection_limit",
    "pool_timeout",
    "socket_timeout",
    "statement_cache_size",
    "sslaccept",
    "sslidentity",
];

/// Parameters that `is_harmless` knows some values of.
const WITH_VALUES_WITHOUT_EFFECT: [&str; 5] = [
    "client_encoding",
    "gssencmode",
    "replication",
    "sslcompression",
    "gssdelegation",
];

/// The parameter of libpq that says what this one says: where it is given, nothing else is asked for that.
pub(super) fn parameter(name: &str) -> &str {
    match name {
        "ssl" | "ssl-mode" | "requiressl" | "sslaccept" => "sslmode",
        "ssl-root-cert" | "ssl-ca" => "sslrootcert",
        "ssl-cert" => "sslcert",
        "ssl-key" => "sslkey",
        "search_path" => "options",
        name if name.starts_with("options[") => "options",
        name => name,
    }
}

/// A name that is one slip away from a parameter with an effect is a mistake. The string is not shown: what was to be a password would be in it.
pub(super) fn refuse_mistyped(name: &str) -> Result<(), Problem> {
    let Some(meant) = meant(name) else {
        return Ok(());
    };
    let message = format!(
        "the connection string has an unknown parameter `{}`",
        name.escape_debug()
    );
    Err(Problem::new(message).help(format!("did you mean `{meant}`?")))
}

fn meant(name: &str) -> Option<&'static str> {
    let is_known = WITH_EFFECT.contains(&name) || WITHOUT_EFFECT.contains(&name) || is_libpqs(name);
    match is_known {
        true => None,
        false => mistyped(name, WITH_EFFECT.into_iter()),
    }
}

/// Settings that ask for what we do anyhow.
pub(super) fn is_harmless(setting: &Setting) -> bool {
    let name = setting.name.as_str();
    let value = String::from_utf8_lossy(&setting.value).to_ascii_lowercase();
    WITHOUT_EFFECT.contains(&name)
        || match name {
            // Our sessions are always UTF-8.
            "client_encoding" => matches!(value.as_str(), "auto" | "utf8" | "utf-8"),
            "gssencmode" => matches!(value.as_str(), "disable" | "prefer"),
            "replication" => matches!(value.as_str(), "0" | "false" | "off" | "no"),
            "sslcompression" | "gssdelegation" => value == "0",
            // Older ones than 1.2 are never spoken.
            "ssl_min_protocol_version" => {
                matches!(value.as_str(), "" | "tlsv1" | "tlsv1.1" | "tlsv1.2")
            }
            _ => false,
        }
}

/// Whether libpq has such a parameter, of those that mean nothing here or not with every value.
pub(super) fn is_libpqs(name: &str) -> bool {
    LIBPQS.contains(&name) || WITH_VALUES_WITHOUT_EFFECT.contains(&name)
}
