//! `postgres://user:password@host:port,host:port/database?name=value`, taken apart.
//!
//! Owns: where the parts of a URI are, which of them are secrets, and its settings in libpq's
//! order. Does not own: what a setting means (`settings.rs`).
//! Source of the rules: PostgreSQL 17, libpq, "Connection URIs", and `conninfo_uri_parse_options`
//! in fe-connect.c.

use std::ops::Range;

use segue_sql::Problem;

use super::{
    settings::Setting,
    text::{Text, is_secret},
};

/// Byte ranges of a URI's parts. Made for any text, right or wrong: redaction comes before reading.
pub(super) struct Parts {
    scheme: Range<usize>,
    user: Option<Range<usize>>,
    password: Option<Range<usize>>,
    hosts: Range<usize>,
    database: Option<Range<usize>>,
    query: Option<Range<usize>>,
    /// What seems to be a password with an unescaped `/` in it.
    torn: Option<Range<usize>>,
    /// A secret behind the database's name: an `&` stands where the `?` should.
    stray: Option<Range<usize>>,
}

/// Finds the parts.
pub(super) fn locate(uri: &str) -> Parts {
    let scheme_end = uri.find("://");
    let start = scheme_end.map_or(0, |at| at + "://".len());
    let rest = &uri[start..];
    let at = user_end(rest);
    let hosts_start = at.map_or(0, |at| at + 1);
    let tail = &rest[hosts_start..];
    let hosts_end = hosts_start + tail.find(['/', '?']).unwrap_or(tail.len());
    let question = rest[hosts_end..].find('?').map(|at| at + hosts_end);
    let slash = rest[hosts_end..].starts_with('/');
    let database = slash.then(|| start + hosts_end + 1..start + question.unwrap_or(rest.len()));
    let stray = database.clone().and_then(|span| {
        let secret = secret_parameter(&uri[span.clone()])?;
        Some(span.start + secret.start..span.start + secret.end)
    });
    let credentials = at.map(|at| match rest[..at].find(':') {
        Some(colon) => (start..start + colon, Some(start + colon + 1..start + at)),
        None => (start..start + at, None),
    });
    Parts {
        scheme: 0..scheme_end.unwrap_or(0),
        user: credentials.as_ref().map(|(user, _)| user.clone()),
        password: credentials.and_then(|(_, password)| password),
        hosts: start + hosts_start..start + hosts_end,
        database,
        query: question.map(|at| start + at + 1..uri.len()),
        torn: match at {
            None => torn(rest),
            Some(_) => secret_parameter(&rest[hosts_start..hosts_end])
                .map(|range| hosts_start + range.start..hosts_start + range.end),
        }
        .map(|range| start + range.start..start + range.end),
        stray,
    }
}

/// Where the `@` after the credentials is. libpq takes the first one before any `/`, so that a `?`
/// may stand in a password; we take the last one before a `?`, so that an `@` may, too.
fn user_end(rest: &str) -> Option<usize> {
    let head = &rest[..rest.find('/').unwrap_or(rest.len())];
    let question = head.find('?').unwrap_or(head.len());
    head[..question].rfind('@').or_else(|| head.find('@'))
}

/// A password with a `/` in it ends the authority too early: `user:pass/word@host/db`. It would be
/// read as a port and a path, and shown; so any such `@` is taken as a sign of it.
fn torn(rest: &str) -> Option<Range<usize>> {
    let head = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    let after_address = head.rfind(']').map_or(0, |at| at + 1);
    let colon = after_address + head[after_address..].find(':')?;
    let is_port = head[colon + 1..].bytes().all(|byte| byte.is_ascii_digit());
    // After a real port an `@` in a parameter's value is harmless: `?user=name@server`.
    let question = rest.find('?').unwrap_or(rest.len());
    let values = rest[question..]
        .find('=')
        .map_or(rest.len(), |at| question + at);
    let end = rest[..if is_port { values } else { rest.len() }].rfind('@')?;
    Some(colon + 1..end)
}

/// The value of a parameter among the hosts or in the database's name, and what follows it. A `?` before an `@` belongs to the
/// user, so that a parameter behind both would be a host: `?,@&password=…`.
fn secret_parameter(text: &str) -> Option<Range<usize>> {
    let mut start = 0;
    for piece in text.split(['&', ',']) {
        if let Some((name, _)) = piece.split_once('=')
            && is_secret(&percent_encoding_off(name))
        {
            return Some(start + name.len() + 1..text.len());
        }
        start += piece.len() + 1;
    }
    None
}

/// The byte ranges that must not be shown.
pub(super) fn secrets(uri: &str, parts: &Parts) -> Vec<Range<usize>> {
    let mut secrets: Vec<_> = parts
        .password
        .iter()
        .chain(&parts.torn)
        .chain(&parts.stray)
        .cloned()
        .collect();
    // A "port" that is no number is likely a password whose `@host` was forgotten.
    secrets.extend(
        endpoints(uri, parts.hosts.clone())
            .filter_map(|(_, port)| port)
            .filter(|port| !uri[port.clone()].bytes().all(|byte| byte.is_ascii_digit())),
    );
    let mut after_secret = false;
    for (name, value) in parameters(uri, parts.query.clone()) {
        match value {
            Some(value) => {
                let name = percent_encoding_off(&uri[name]);
                after_secret = is_secret(&name);
                secrets.extend(after_secret.then_some(value));
            }
            // An unescaped `&` in a secret cuts it in two.
            None => secrets.extend(after_secret.then_some(name)),
        }
    }
    secrets
}

/// Host and port of each endpoint; brackets of an IPv6 address still on.
fn endpoints(
    uri: &str,
    hosts: Range<usize>,
) -> impl Iterator<Item = (Range<usize>, Option<Range<usize>>)> {
    pieces(uri, hosts, ',').map(|piece| {
        let text = &uri[piece.clone()];
        let after_address = text.rfind(']').map_or(0, |at| at + 1);
        let is_torn = text.starts_with('[') && after_address == 0;
        match text[after_address..].find(':').filter(|_| !is_torn) {
            Some(colon) => {
                let colon = piece.start + after_address + colon;
                (piece.start..colon, Some(colon + 1..piece.end))
            }
            None => (piece, None),
        }
    })
}

/// Name and value of each parameter; no value where there is no `=`.
fn parameters(
    uri: &str,
    query: Option<Range<usize>>,
) -> impl Iterator<Item = (Range<usize>, Option<Range<usize>>)> {
    query
        .into_iter()
        .flat_map(|query| pieces(uri, query, '&'))
        .map(|piece| match uri[piece.clone()].find('=') {
            Some(equals) => {
                let equals = piece.start + equals;
                (piece.start..equals, Some(equals + 1..piece.end))
            }
            None => (piece, None),
        })
}

fn pieces(text: &str, span: Range<usize>, separator: char) -> impl Iterator<Item = Range<usize>> {
    let mut start = span.start;
    text[span].split(separator).map(move |piece| {
        let range = start..start + piece.len();
        start = range.end + separator.len_utf8();
        range
    })
}

/// Enough decoding to recognise `pass%77ord`; what cannot be decoded stays.
fn percent_encoding_off(name: &str) -> String {
    let whole = Text::new("", name, Vec::new());
    match whole.decode(0..name.len()) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => name.to_owned(),
    }
}

/// The settings of a URI in the order in which they count: a parameter overrides a part.
///
/// # Errors
/// Another scheme than PostgreSQL's, a bad port, bad percent-encoding, a parameter without `=`.
pub(super) fn settings(text: &Text<'_>, parts: &Parts) -> Result<Vec<Setting>, Problem> {
    super::scheme::check(text, parts.scheme.clone())?;
    if let Some(torn) = &parts.torn {
        return Err(text
            .problem(
                "the database URL has an `@` where none can be",
                torn.clone(),
                "is this a password?",
            )
            .help("in a user, a password or a database name write `/` as `%2F`, `?` as `%3F`, `@` as `%40`"));
    }
    if let Some(stray) = &parts.stray {
        return Err(text
            .problem(
                "the database URL has a parameter within the name of the database",
                stray.clone(),
                "is this a password?",
            )
            .help("the first parameter stands behind a `?`: `/database?name=value`; in the name write `&` as `%26`"));
    }
    let mut settings = Vec::new();
    let named = [
        ("user", &parts.user),
        ("password", &parts.password),
        ("dbname", &parts.database),
    ];
    for (name, span) in named {
        // An empty part is as good as none: `postgres://@/`.
        if let Some(span) = span.as_ref().filter(|span| !span.is_empty()) {
            settings.push(Setting::new(name, text.decode(span.clone())?, span.clone()));
        }
    }
    settings.extend(host_settings(text, parts.hosts.clone())?);
    for (name, value) in parameters(text.original, parts.query.clone()) {
        match value {
            Some(value) => settings.push(parameter(text, name, value)?),
            None if name.is_empty() => {}
            None => return Err(without_value(text, name)),
        }
    }
    Ok(settings)
}

fn parameter(text: &Text<'_>, name: Range<usize>, value: Range<usize>) -> Result<Setting, Problem> {
    let decoded = text.decode(name.clone())?;
    let Ok(decoded) = String::from_utf8(decoded) else {
        return Err(text.problem("a parameter's name is not UTF-8", name, "this one"));
    };
    Ok(Setting::new(decoded, text.decode(value.clone())?, value))
}

fn without_value(text: &Text<'_>, name: Range<usize>) -> Problem {
    text.problem("a parameter has no value", name, "no `=` here")
        .help("write `name=value`; an `&` within a value is written `%26`")
}

/// Hosts and ports as the comma-separated lists that libpq makes of them.
fn host_settings(text: &Text<'_>, span: Range<usize>) -> Result<Vec<Setting>, Problem> {
    let (mut hosts, mut ports, mut any_port) = (Vec::new(), Vec::new(), false);
    for (index, (host, port)) in endpoints(text.original, span.clone()).enumerate() {
        if index > 0 {
            hosts.push(b',');
            ports.push(b',');
        }
        hosts.extend(text.decode(without_brackets(text, host)?)?);
        if let Some(port) = port.filter(|port| !port.is_empty()) {
            super::settings::port(text, &text.original[port.clone()], port.clone())?;
            ports.extend_from_slice(text.original[port].as_bytes());
            any_port = true;
        }
    }
    let mut settings = Vec::new();
    if hosts.iter().any(|byte| *byte != b',') {
        settings.push(Setting::new("host", hosts, span.clone()));
    }
    if any_port {
        settings.push(Setting::new("port", ports, span));
    }
    Ok(settings)
}

fn without_brackets(text: &Text<'_>, host: Range<usize>) -> Result<Range<usize>, Problem> {
    let raw = &text.original[host.clone()];
    match (raw.starts_with('['), raw.ends_with(']')) {
        (false, false) => Ok(host),
        (true, true) => Ok(host.start + 1..host.end - 1),
        _ => Err(text
            .problem(
                "the brackets around the address do not match",
                host,
                "this host",
            )
            .help("an IPv6 address is written `[2001:db8::1]:5432`")),
    }
}
