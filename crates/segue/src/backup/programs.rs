//! `pg_dump` and `pg_restore`: where they are, whether they are new enough for the server, and how they are told which server that
//! is. A password is in their environment, never on a command line.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use segue_db::postgres::url::{RootCert, SslMode, Target};
use segue_engine::Failure;
use segue_project::shown_path;
use segue_sql::Problem;

use super::refused;

/// A pair of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    pub(super) dump: PathBuf,
    pub(super) restore: PathBuf,
    pub(super) major: u32,
}

impl Programs {
    /// Those that can read a server of this version: in the folder that is named, else in `PATH`, else beside a server that is
    /// installed. Among several the nearest version.
    pub(super) fn find(folder: Option<&Path>, server: u32) -> Result<Self, Failure> {
        let (mut found, mut unfit) = (Vec::new(), Vec::new());
        if let Some(folder) = folder {
            look(folder, &mut found, &mut unfit);
            if found.is_empty() {
                let shown = shown_path(folder);
                let message = format!("there are no pg_dump and pg_restore in {shown}");
                let mut problem = Problem::new(message)
                    .note("`backup.bin_dir` of segue.toml names it")
                    .help(INSTALL);
                problem.notes.extend(unfit);
                return Err(refused(problem));
            }
        } else {
            let path = env::var_os("PATH").unwrap_or_default();
            env::split_paths(&path).for_each(|folder| look(&folder, &mut found, &mut unfit));
            if found.iter().all(|one| one.major != server) {
                let installed = segue_cluster::installed();
                installed
                    .iter()
                    .for_each(|one| look(&one.bin_dir, &mut found, &mut unfit));
            }
        }
        choose(found, server).map_err(|mut problem| {
            problem.notes.extend(unfit);
            refused(problem)
        })
    }
}

fn look(folder: &Path, found: &mut Vec<Programs>, unfit: &mut Vec<String>) {
    match at(folder) {
        Ok(programs) => found.extend(programs),
        Err(why) => unfit.push(why),
    }
}

const INSTALL: &str = "install the client programs of PostgreSQL (Debian: postgresql-client), or name their folder: [backup] bin_dir in segue.toml";

fn choose(found: Vec<Programs>, server: u32) -> Result<Programs, Problem> {
    if found.is_empty() {
        let problem =
            Problem::new("a backup needs pg_dump and pg_restore, and they are not in PATH");
        return Err(problem.help(INSTALL));
    }
    let newest = found.iter().map(|one| one.major).max().unwrap_or_default();
    let fit = found.into_iter().filter(|one| one.major >= server);
    fit.min_by_key(|one| one.major).ok_or_else(|| {
        Problem::new(format!(
            "pg_dump is older than the server: it has version {newest}, the server {server}"
        ))
        .note("pg_dump refuses servers that are newer than itself")
        .help(INSTALL)
    })
}

/// The pair in a folder, where there is one; why it cannot be used.
fn at(folder: &Path) -> Result<Option<Programs>, String> {
    let name = |program: &str| format!("{program}{}", env::consts::EXE_SUFFIX);
    let dump = folder.join(name("pg_dump"));
    if !dump.is_file() {
        return Ok(None);
    }
    let beside = folder.join(name("pg_restore"));
    // packagers link to programs
    let linked = || {
        Some(
            fs::canonicalize(&dump)
                .ok()?
                .parent()?
                .join(name("pg_restore")),
        )
    };
    let restore = match beside.is_file() {
        true => Some(beside),
        false => linked().filter(|it| it.is_file()),
    };
    let shown = shown_path(folder);
    let restore = restore.ok_or_else(|| format!("{shown} has a pg_dump, and no pg_restore"))?;
    let [dumps, restores] = [&dump, &restore].map(|program| major_of(program));
    match (dumps?, restores?) {
        (dumps, restores) if dumps == restores => Ok(Some(Programs {
            dump,
            restore,
            major: dumps,
        })),
        (dumps, restores) => Err(format!(
            "{shown} has a pg_dump of version {dumps}, and a pg_restore of version {restores}"
        )),
    }
}

fn major_of(program: &Path) -> Result<u32, String> {
    let shown = shown_path(program);
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(|error| format!("{shown} cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    version(&said).ok_or_else(|| format!("{shown} does not tell its version"))
}

/// Of `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn version(text: &str) -> Option<u32> {
    let rest = text.split_once("(PostgreSQL)")?.1.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest[..end.unwrap_or(rest.len())].parse().ok()
}

/// What tells libpq whom to talk to. What is not said there must not come from our own environment.
pub(super) fn environment(target: &Target) -> Vec<(&'static str, Option<String>)> {
    let joined = |part: &dyn Fn(&segue_db::postgres::url::Endpoint) -> String| {
        let parts: Vec<String> = target.endpoints.iter().map(part).collect();
        parts.join(",")
    };
    let addresses = joined(&|one| one.address.map(|it| it.to_string()).unwrap_or_default());
    let has_addresses = target.endpoints.iter().any(|one| one.address.is_some());
    let password = target
        .password()
        .and_then(|it| String::from_utf8(it.to_vec()).ok());
    let tls = &target.tls;
    let verifies = tls.mode >= SslMode::VerifyCa;
    let root = match &tls.root_cert {
        Some(RootCert::File(path)) => Some(path.display().to_string()),
        Some(RootCert::System) => Some("system".to_owned()),
        None => verifies.then(|| "system".to_owned()),
    };
    let client = tls.client_cert.as_ref();
    vec![
        ("PGHOST", Some(joined(&|one| one.host.clone()))),
        ("PGHOSTADDR", has_addresses.then_some(addresses)),
        ("PGPORT", Some(joined(&|one| one.port.to_string()))),
        ("PGUSER", Some(target.user().to_owned())),
        ("PGDATABASE", Some(target.database().to_owned())),
        ("PGPASSWORD", password),
        ("PGSSLMODE", Some(mode(tls.mode).to_owned())),
        ("PGSSLROOTCERT", root),
        (
            "PGSSLCERT",
            client.map(|it| it.certificate.display().to_string()),
        ),
        ("PGSSLKEY", client.map(|it| it.key.display().to_string())),
        ("PGSSLSNI", (!tls.server_name).then(|| "0".to_owned())),
        ("PGSSLNEGOTIATION", tls.direct.then(|| "direct".to_owned())),
        ("PGAPPNAME", Some("segue backup".to_owned())),
        ("PGOPTIONS", target.config.get_options().map(str::to_owned)),
        ("PGSERVICE", None),
        ("PGSERVICEFILE", None),
        ("PGPASSFILE", None),
        ("PGCLIENTENCODING", None),
    ]
}

fn mode(mode: SslMode) -> &'static str {
    match mode {
        SslMode::Disable => "disable",
        SslMode::Allow => "allow",
        SslMode::Prefer => "prefer",
        SslMode::Require => "require",
        SslMode::VerifyCa => "verify-ca",
        SslMode::VerifyFull => "verify-full",
    }
}

/// A program that talks to a server.
pub(super) fn told(program: &Path, target: &Target) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(program);
    for (name, value) in environment(target) {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[cfg(test)]
mod tests {
    use segue_db::postgres::url::{self, Defaults};

    use super::*;

    #[test]
    fn the_nearest_version_that_can_read_the_server_is_taken() {
        let pair = |major| Programs {
            dump: format!("/{major}/pg_dump").into(),
            restore: format!("/{major}/pg_restore").into(),
            major,
        };
        let chosen =
            |server| choose(vec![pair(15), pair(18), pair(17)], server).map(|one| one.major);
        assert_eq!(chosen(15).expect("one"), 15);
        assert_eq!(chosen(16).expect("one"), 17);
        let failure = chosen(19).expect_err("too old");
        assert!(failure.message.contains("version 18, the server 19"));
        let failure = choose(Vec::new(), 15).expect_err("none");
        assert!(failure.message.contains("not in PATH"));
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(
            version("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0)"),
            Some(15)
        );
        assert_eq!(version("pg_dump (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(version("something else"), None);
    }

    #[test]
    fn libpq_is_told_all_of_a_url() {
        let url = "postgres://me:s%20cret@a.example:6000,b.example/app?sslmode=verify-full&options=-c%20x%3Dy";
        let target = url::read(url, &Defaults::default()).expect("a URL");
        let all = environment(&target);
        let of = |name: &str| {
            let found = all.iter().find(|(known, _)| *known == name);
            found.and_then(|(_, value)| value.as_deref())
        };
        assert_eq!(of("PGHOST"), Some("a.example,b.example"));
        assert_eq!(of("PGPORT"), Some("6000,5432"));
        assert_eq!(of("PGUSER"), Some("me"));
        assert_eq!(of("PGDATABASE"), Some("app"));
        assert_eq!(of("PGPASSWORD"), Some("s cret"));
        assert_eq!(of("PGSSLMODE"), Some("verify-full"));
        assert_eq!(of("PGSSLROOTCERT"), Some("system"));
        assert_eq!(of("PGOPTIONS"), Some("-c x=y"));
        assert_eq!(of("PGHOSTADDR"), None);
    }
}
