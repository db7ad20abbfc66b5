//! The connection service file: named sets of parameters.
//!
//! Owns: where the file is looked for, and the parameters of one section.
//! Source of the rules: PostgreSQL 17, libpq, "The Connection Service File" (libpq-pgservice.html), and
//! `parseServiceInfo`, `parseServiceFile` in fe-connect.c; PostgreSQL 18 for `servicefile`.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use segue_sql::Problem;

use super::{
    environment::Environment,
    settings::Setting,
    text::{Text, is_secret},
};

/// Where packages of PostgreSQL look for the system's file: Debian's, and those of yum.postgresql.org.
/// libpq has one such folder built in.
const SYSTEM_FOLDERS: [&str; 2] = ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];

/// A service file that has been read.
pub(super) struct ServiceFile {
    name: String,
    text: String,
}

/// The file that has the service. The first that is there, in libpq's order: the one that is named, else
/// the user's; then the system's.
///
/// # Errors
/// No file has it, or the file that is named cannot be read.
pub(super) fn find(
    service: &str,
    named: Option<&str>,
    environment: &Environment,
) -> Result<ServiceFile, Problem> {
    let mut looked_in = Vec::new();
    for (path, is_named) in places(named, environment) {
        match fs::read_to_string(&path) {
            Ok(text) => {
                let name = path.display().to_string();
                looked_in.push(name.clone());
                if section(&text, service).is_some() {
                    return Ok(ServiceFile { name, text });
                }
            }
            Err(error) if is_named => {
                let message = format!("cannot read the service file {}: {error}", path.display());
                return Err(Problem::new(message)
                    .note(format!(
                        "the service `{}` is asked for",
                        service.escape_debug()
                    ))
                    .help("check PGSERVICEFILE, or the `servicefile` of the URL"));
            }
            // As in libpq: what is not there is not looked in.
            Err(_) => {}
        }
    }
    Err(unknown(service, &looked_in))
}

fn unknown(service: &str, looked_in: &[String]) -> Problem {
    let service = service.escape_debug();
    let place = match looked_in {
        [] => "there is no service file".to_owned(),
        files => format!("looked in {}", files.join(", ")),
    };
    Problem::new(format!("there is no service `{service}`"))
        .note(place)
        .help(format!(
            "add a section `[{service}]` to ~/.pg_service.conf, or name another file by PGSERVICEFILE"
        ))
}

fn places(named: Option<&str>, environment: &Environment) -> Vec<(PathBuf, bool)> {
    let named = named.or_else(|| environment.get("PGSERVICEFILE"));
    let own = match (named, &environment.home) {
        (Some(file), _) => Some((PathBuf::from(file), true)),
        (None, Some(home)) => Some((home.join(".pg_service.conf"), false)),
        (None, None) => None,
    };
    let system = match environment.get("PGSYSCONFDIR") {
        Some(folder) => vec![folder],
        None => SYSTEM_FOLDERS.to_vec(),
    };
    let system = system
        .into_iter()
        .map(|folder| (Path::new(folder).join("pg_service.conf"), false));
    own.into_iter().chain(system).collect()
}

/// A line without the white space around it.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start + line.len() - line.trim_start().len();
        start += line.len();
        at..at + line.trim().len()
    })
}

/// The lines of the first section of that name, without comments.
fn section(text: &str, service: &str) -> Option<Vec<Range<usize>>> {
    let header = format!("[{service}]");
    let mut all = lines(text).skip_while(|line| !text[line.clone()].starts_with(&header));
    all.next()?;
    let own = all.take_while(|line| !text[line.clone()].starts_with('['));
    Some(
        own.filter(|line| !line.is_empty() && !text[line.clone()].starts_with('#'))
            .collect(),
    )
}

/// Passwords, and lines that may be broken ones.
fn secrets(text: &str) -> Vec<Range<usize>> {
    lines(text)
        .filter_map(|line| match text[line.clone()].find('=') {
            Some(at) => is_secret(&text[line.start..line.start + at])
                .then_some(line.start + at + 1..line.end),
            None => is_secret(&text[line.clone()]).then_some(line),
        })
        .collect()
}

impl ServiceFile {
    /// The file's text, of which problems show lines without passwords.
    pub(super) fn text(&self) -> Text<'_> {
        Text::new(self.name.as_str(), &self.text, secrets(&self.text))
    }

    /// The parameters of the service. The first of a name counts, as in libpq.
    ///
    /// # Errors
    /// A line that is none of a parameter, with its place.
    pub(super) fn settings(&self, text: &Text<'_>, service: &str) -> Result<Vec<Setting>, Problem> {
        let mut settings: Vec<Setting> = Vec::new();
        for line in section(&self.text, service).unwrap_or_default() {
            let setting = setting(text, line)?;
            if !settings.iter().any(|known| known.name == setting.name) {
                settings.push(setting);
            }
        }
        Ok(settings)
    }
}

fn setting(text: &Text<'_>, line: Range<usize>) -> Result<Setting, Problem> {
    let written = &text.original[line.clone()];
    if written.starts_with("ldap") {
        return Err(text
            .problem("segue looks nothing up by LDAP", line, "this line")
            .help("write the parameters into the service file, or give a URL"));
    }
    let Some(equals) = written.find('=') else {
        return Err(text
            .problem("this is no parameter", line, "no `=` in this line")
            .help("write `name=value`, without spaces around the `=`"));
    };
    let (name, value) = (&written[..equals], line.start + equals + 1..line.end);
    if name == "service" {
        return Err(text
            .problem("a service cannot refer to another one", line, "this line")
            .help("write that service's parameters here"));
    }
    let bytes = text.original[value.clone()].as_bytes().to_vec();
    Ok(Setting::new(name, bytes, value))
}
