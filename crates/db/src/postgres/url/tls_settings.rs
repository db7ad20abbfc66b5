//! The parameters about encryption become a [`TlsPolicy`].
//!
//! Source of the rules: PostgreSQL 17, libpq, "Parameter Key Words" (`ssl…`); Prisma: quaint,
//! `connector/postgres/url.rs`; sqlx-postgres, `options/parse.rs`; node-postgres,
//! `pg-connection-string`.

use std::path::PathBuf;

use segue_sql::Problem;

use super::{
    ClientCert, RootCert, SslMode, TlsPolicy,
    settings::{Place, Setting},
    text::Text,
};

/// libpq's modes.
const MODES: [(&str, SslMode); 6] = [
    ("disable", SslMode::Disable),
    ("allow", SslMode::Allow),
    ("prefer", SslMode::Prefer),
    ("require", SslMode::Require),
    ("verify-ca", SslMode::VerifyCa),
    ("verify-full", SslMode::VerifyFull),
];

/// What the settings read so far say about encryption.
#[derive(Default)]
pub(super) struct TlsDraft<'a> {
    /// The URL was written for Prisma, where `sslcert` means the root certificate.
    pub(super) is_prismas: bool,
    mode: Option<SslMode>,
    mode_place: Option<Place<'a>>,
    /// node-postgres: encrypt and trust any certificate, even if a root certificate is given.
    is_unverified: bool,
    /// Prisma's `sslaccept=strict`.
    is_strict: bool,
    root_cert: Option<RootCert>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    is_without_client_cert: bool,
    is_without_server_name: bool,
    is_direct: bool,
    direct_place: Option<Place<'a>>,
}

impl<'a> TlsDraft<'a> {
    /// Takes a setting in; false if it is not about encryption.
    pub(super) fn apply(&mut self, text: &'a Text<'a>, setting: &Setting) -> Result<bool, Problem> {
        match setting.name.as_str() {
            "sslmode" | "ssl-mode" => self.set_mode(text, setting)?,
            "ssl" => self.set_ssl(text, setting)?,
            "requiressl" => {
                // Before PostgreSQL 7.4; libpq still reads it so, by its first character.
                let is_required = setting.value.starts_with(b"1") || setting.value == b"true";
                let mode = [SslMode::Prefer, SslMode::Require];
                self.mode = Some(mode[usize::from(is_required)]);
            }
            "sslaccept" => {
                let choices = [("strict", true), ("accept_invalid_certs", false)];
                self.is_strict = setting.choice(text, &choices)?;
            }
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => {
                self.root_cert = match setting.text(text)? {
                    "" => None,
                    "system" => Some(RootCert::System),
                    path => Some(RootCert::File(path.into())),
                };
            }
            "sslcert" | "ssl-cert" => self.certificate = path(text, setting)?,
            "sslkey" | "ssl-key" => self.key = path(text, setting)?,
            "sslcertmode" => {
                let choices = [("disable", true), ("allow", false), ("require", false)];
                self.is_without_client_cert = setting.choice(text, &choices)?;
            }
            "sslsni" => self.is_without_server_name = !setting.switch(text)?,
            "sslnegotiation" => {
                self.direct_place = Some(place(text, setting));
                let choices = [("postgres", false), ("direct", true)];
                self.is_direct = setting.choice(text, &choices)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn set_mode(&mut self, text: &'a Text<'a>, setting: &Setting) -> Result<(), Problem> {
        self.is_unverified = setting.value == b"no-verify";
        self.mode_place = Some(place(text, setting));
        self.mode = Some(match self.is_unverified {
            true => SslMode::Require,
            false => setting.choice(text, &MODES)?,
        });
        Ok(())
    }

    /// `ssl=true` is JDBC's, and libpq takes it; `ssl=require` and the like are postgres.js's.
    fn set_ssl(&mut self, text: &'a Text<'a>, setting: &Setting) -> Result<(), Problem> {
        self.mode_place = Some(place(text, setting));
        match setting.value.as_slice() {
            b"true" | b"1" => self.mode = Some(SslMode::Require),
            b"false" | b"0" => self.mode = Some(SslMode::Disable),
            _ => self.set_mode(text, setting)?,
        }
        Ok(())
    }

    /// The string has been read: what a URL of Prisma's means is settled by it alone. What turns out to
    /// have no effect is `ignored`.
    pub(super) fn end_of_string(&mut self, ignored: &mut Vec<String>) {
        if self.is_prismas {
            self.read_as_prisma(ignored);
        }
    }

    /// Whether it is said whom to trust.
    pub(super) fn has_root_cert(&self) -> bool {
        self.root_cert.is_some()
    }

    /// Everything that was said, put together.
    pub(super) fn finish(self) -> Result<TlsPolicy, Problem> {
        let mode = self.checked_mode()?;
        let client_cert = self.certificate.map(|certificate| ClientCert {
            key: self.key.unwrap_or_else(|| certificate.clone()),
            certificate,
        });
        Ok(TlsPolicy {
            mode,
            root_cert: self.root_cert.filter(|_| !self.is_unverified),
            client_cert: client_cert.filter(|_| !self.is_without_client_cert),
            server_name: !self.is_without_server_name,
            direct: self.is_direct,
        })
    }

    /// The mode, or its default; it must be strong enough for what else is asked.
    ///
    /// Source: PostgreSQL 17, libpq, `sslrootcert` and `sslnegotiation`.
    fn checked_mode(&self) -> Result<SslMode, Problem> {
        let is_system = self.root_cert == Some(RootCert::System);
        let default = [SslMode::Prefer, SslMode::VerifyFull][usize::from(is_system)];
        let mode = self.mode.unwrap_or(default);
        if is_system && mode != SslMode::VerifyFull && !self.is_unverified {
            let message = "this `sslmode` is too weak for `sslrootcert=system`";
            let problem = match &self.mode_place {
                Some(place) => place.problem(message, "weak"),
                None => Problem::new(message),
            };
            return Err(problem
                .note("anybody gets a certificate that the platform trusts, for a name of his own")
                .help("write `sslmode=verify-full`"));
        }
        if self.is_direct && mode < SslMode::Require {
            let message = "`sslnegotiation=direct` needs encryption";
            let place = self.direct_place.as_ref().expect("somebody asked for it");
            return Err(place
                .problem(message, "this")
                .help("write `sslmode=require` or a stronger one"));
        }
        Ok(mode)
    }

    /// Prisma's `sslcert` is the root certificate, and counts with `sslaccept=strict` only;
    /// `accept_invalid_certs` is its default and leaves `sslmode` as it is.
    fn read_as_prisma(&mut self, ignored: &mut Vec<String>) {
        if self.is_strict && self.mode.is_none_or(|mode| mode != SslMode::Disable) {
            let mode = self.mode.unwrap_or(SslMode::VerifyFull);
            self.mode = Some(match mode {
                SslMode::VerifyCa => mode,
                _ => SslMode::VerifyFull,
            });
        }
        if self.key.is_some() || self.root_cert.is_some() {
            return;
        }
        match self.certificate.take() {
            Some(certificate) if self.is_strict => {
                self.root_cert = Some(RootCert::File(certificate));
            }
            Some(_) => ignored.push("sslcert".into()),
            None => {}
        }
    }
}

fn place<'a>(text: &'a Text<'a>, setting: &Setting) -> Place<'a> {
    Place {
        text,
        span: setting.span.clone(),
    }
}

fn path(text: &Text<'_>, setting: &Setting) -> Result<Option<PathBuf>, Problem> {
    let path = setting.text(text)?;
    Ok((!path.is_empty()).then(|| path.into()))
}
