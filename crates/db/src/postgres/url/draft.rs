//! Settings, one after the other, become a `Target`.
//!
//! Owns: what each parameter means, except those about encryption (`tls_settings.rs`), and what
//! stands in for the missing ones.

use std::{collections::BTreeSet, net::IpAddr, path::PathBuf};

use segue_sql::Problem;
use tokio_postgres::{
    Config,
    config::{ChannelBinding, LoadBalanceHosts, TargetSessionAttrs},
};

use super::{
    Defaults, Endpoint, Target,
    parameters::{PRISMAS, is_harmless, is_libpqs, parameter, refuse_mistyped},
    pooler::is_pooler,
    settings,
    settings::{Place, Setting},
    text::Text,
    tls_settings::TlsDraft,
};

/// PostgreSQL's port.
pub(super) const PORT: u16 = 5432;

/// What the settings read so far say. Within the string a later one overrides an earlier one; what the
/// string says stands against a service, and that against variables, as in libpq.
pub(super) struct Draft<'a> {
    /// That of the settings being read.
    text: &'a Text<'a>,
    /// The parameters that need nothing from where is looked next.
    given: BTreeSet<String>,
    config: Config,
    hosts: Vec<String>,
    addresses: Vec<Option<IpAddr>>,
    ports: Vec<Option<u16>>,
    ports_place: Option<Place<'a>>,
    options: Vec<String>,
    fallback_name: Option<String>,
    tls: TlsDraft<'a>,
    schema: Option<String>,
    pgbouncer: Option<bool>,
    passfile: Option<PathBuf>,
    password_origin: Option<String>,
    ignored: Vec<String>,
}

impl<'a> Draft<'a> {
    /// Nothing is said yet.
    pub(super) fn new(text: &'a Text<'a>) -> Self {
        Self {
            text,
            given: BTreeSet::new(),
            config: Config::new(),
            hosts: Vec::new(),
            addresses: Vec::new(),
            ports: Vec::new(),
            ports_place: None,
            options: Vec::new(),
            fallback_name: None,
            tls: TlsDraft::default(),
            schema: None,
            pgbouncer: None,
            passfile: None,
            password_origin: None,
            ignored: Vec::new(),
        }
    }

    /// Takes the settings of the string in.
    pub(super) fn string(&mut self, settings: &[Setting]) -> Result<(), Problem> {
        for setting in settings {
            if PRISMAS.contains(&setting.name.as_str()) {
                self.tls.is_prismas = true;
            }
            if !self.apply(setting)? {
                refuse_mistyped(&setting.name)?;
                self.ignore(&setting.name);
            }
            self.given.insert(parameter(&setting.name).to_owned());
        }
        self.tls.end_of_string(&mut self.ignored);
        if self.tls.has_root_cert() {
            self.given.insert("sslrootcert".to_owned());
        }
        Ok(())
    }

    /// Takes in what a service says of what the string leaves open.
    pub(super) fn service(
        &mut self,
        text: &'a Text<'a>,
        settings: &[Setting],
    ) -> Result<(), Problem> {
        self.text = text;
        for setting in settings {
            let name = parameter(&setting.name);
            if self.given.contains(name) {
                continue;
            }
            if name == "password" {
                self.password_origin = Some(format!("the service file {}", text.name()));
            }
            if !self.apply(setting)? {
                self.only_libpqs(setting)?;
            }
        }
        let names = settings.iter().map(|setting| parameter(&setting.name));
        self.given.extend(names.map(str::to_owned));
        Ok(())
    }

    /// Takes in a variable, if its parameter is still open.
    pub(super) fn variable(
        &mut self,
        text: &'a Text<'a>,
        setting: &Setting,
    ) -> Result<(), Problem> {
        self.text = text;
        if !self.given.insert(parameter(&setting.name).to_owned()) {
            return Ok(());
        }
        if setting.name == "password" {
            self.password_origin = Some(text.name().to_owned());
        }
        if !self.apply(setting)? {
            self.ignore(text.name());
        }
        Ok(())
    }

    /// A parameter of a service that libpq knows and segue does not.
    fn only_libpqs(&mut self, setting: &Setting) -> Result<(), Problem> {
        let name = setting.name.as_str();
        if is_libpqs(name) {
            self.ignore(name);
            return Ok(());
        }
        let start = setting.span.start - 1 - name.len();
        Err(self
            .text
            .problem(
                "PostgreSQL's libraries have no such parameter",
                start..start + name.len(),
                "not known",
            )
            .help("write `name=value`, without spaces around the `=`"))
    }

    /// Takes a setting in; false if it has no effect.
    fn apply(&mut self, setting: &Setting) -> Result<bool, Problem> {
        let is_known = self.apply_place(setting)?
            || self.apply_session(setting)?
            || self.apply_socket(setting)?
            || self.apply_choice(setting)?
            || self.tls.apply(self.text, setting)?
            || is_harmless(setting);
        Ok(is_known)
    }

    fn ignore(&mut self, name: &str) {
        if !self.ignored.iter().any(|known| known == name) {
            self.ignored.push(name.to_owned());
        }
    }

    /// Where the database is, and who asks.
    fn apply_place(&mut self, setting: &Setting) -> Result<bool, Problem> {
        let text = self.text;
        match setting.name.as_str() {
            "user" => {
                self.config.user(setting.text(text)?);
            }
            // An empty one is as good as none, as in libpq.
            "password" if setting.value.is_empty() => {}
            "password" => {
                self.config.password(&setting.value);
            }
            "passfile" => {
                let path = setting.text(text)?;
                self.passfile = (!path.is_empty()).then(|| path.into());
            }
            // They are read before all else.
            "service" | "servicefile" => {}
            "dbname" => {
                self.config.dbname(setting.text(text)?);
            }
            "host" => {
                let hosts = setting.list(text)?;
                self.hosts = hosts.into_iter().map(|(host, _)| host).collect();
            }
            "hostaddr" => self.addresses = settings::addresses(text, setting)?,
            "port" => {
                self.ports = settings::ports(text, setting)?;
                self.ports_place = Some(Place {
                    text,
                    span: setting.span.clone(),
                });
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What the session is like.
    fn apply_session(&mut self, setting: &Setting) -> Result<bool, Problem> {
        let text = self.text;
        match setting.name.as_str() {
            "application_name" => {
                self.config.application_name(setting.text(text)?);
            }
            "fallback_application_name" => {
                self.fallback_name = Some(setting.text(text)?.to_owned());
            }
            "options" => self.options.push(setting.text(text)?.to_owned()),
            "schema" => {
                self.schema = Some(setting.text(text)?.to_owned()).filter(|name| !name.is_empty());
            }
            "pgbouncer" => self.pgbouncer = Some(setting.switch(text)?),
            // The Go drivers send parameters that they do not know to the server; this is the one
            // that migrations depend on.
            "search_path" => self.option("search_path", setting.text(text)?),
            // sqlx: options[name]=value
            name if name.starts_with("options[") && name.ends_with(']') => {
                let name = &name["options[".len()..name.len() - 1];
                self.option(name, setting.text(text)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `-c name=value`, with spaces and backslashes escaped (PostgreSQL 17, libpq, `options`).
    pub(super) fn option(&mut self, name: &str, value: &str) {
        let value = value.replace('\\', "\\\\").replace(' ', "\\ ");
        self.options.push(format!("-c {name}={value}"));
    }

    /// Which server will do, and how the login is protected.
    fn apply_choice(&mut self, setting: &Setting) -> Result<bool, Problem> {
        let (text, config) = (self.text, &mut self.config);
        match setting.name.as_str() {
            "target_session_attrs" => self.target_session_attrs(setting)?,
            "load_balance_hosts" => {
                let [disable, random] = [LoadBalanceHosts::Disable, LoadBalanceHosts::Random];
                let choices = [("disable", disable), ("random", random)];
                config.load_balance_hosts(setting.choice(text, &choices)?);
            }
            "channel_binding" => {
                let choices = [
                    ("disable", ChannelBinding::Disable),
                    ("prefer", ChannelBinding::Prefer),
                    ("require", ChannelBinding::Require),
                ];
                config.channel_binding(setting.choice(text, &choices)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// How the connection is made and kept.
    fn apply_socket(&mut self, setting: &Setting) -> Result<bool, Problem> {
        let (text, config) = (self.text, &mut self.config);
        match setting.name.as_str() {
            "connect_timeout" => {
                let timeout = setting.seconds(text)?;
                timeout.map(|timeout| config.connect_timeout(timeout));
            }
            "keepalives" => {
                config.keepalives(setting.number(text)?.is_some());
            }
            "keepalives_idle" => {
                let idle = setting.seconds(text)?;
                idle.map(|idle| config.keepalives_idle(idle));
            }
            "keepalives_interval" => {
                let interval = setting.seconds(text)?;
                interval.map(|interval| config.keepalives_interval(interval));
            }
            "keepalives_count" => {
                let count = setting
                    .number(text)?
                    .map(|count| count.min(u32::MAX.into()));
                count.map(|count| {
                    config.keepalives_retries(u32::try_from(count).expect("cut to 32 bits"))
                });
            }
            // Milliseconds, other than all the rest.
            "tcp_user_timeout" => {
                let timeout = setting.number(text)?.map(std::time::Duration::from_millis);
                timeout.map(|timeout| config.tcp_user_timeout(timeout));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// tokio-postgres asks whether transactions are read-only, which tells a primary from a standby
    /// unless `default_transaction_read_only` is set. To prefer a standby makes no sense for
    /// somebody who writes.
    fn target_session_attrs(&mut self, setting: &Setting) -> Result<(), Problem> {
        let choices = [
            ("any", Some(TargetSessionAttrs::Any)),
            ("read-write", Some(TargetSessionAttrs::ReadWrite)),
            ("read-only", Some(TargetSessionAttrs::ReadOnly)),
            ("primary", Some(TargetSessionAttrs::ReadWrite)),
            ("standby", Some(TargetSessionAttrs::ReadOnly)),
            ("prefer-standby", None),
        ];
        match setting.choice(self.text, &choices)? {
            Some(attributes) => {
                self.config.target_session_attrs(attributes);
            }
            None => self.ignore(&setting.name),
        }
        Ok(())
    }

    /// What was said, and the defaults for the rest.
    pub(super) fn finish(self, defaults: &Defaults) -> Result<Target, Problem> {
        let endpoints = self.endpoints(defaults)?;
        let mut config = self.config;
        let given = |name: Option<&str>| name.filter(|name| !name.is_empty()).map(str::to_owned);
        let user = given(config.get_user()).unwrap_or_else(|| defaults.user.clone());
        let database = given(config.get_dbname()).unwrap_or_else(|| user.clone());
        config.user(user).dbname(database);
        if let (None, Some(name)) = (config.get_application_name(), self.fallback_name) {
            config.application_name(name);
        }
        if !self.options.is_empty() {
            config.options(self.options.join(" "));
        }
        let tls = self.tls.finish()?;
        if tls.direct {
            config.ssl_negotiation(tokio_postgres::config::SslNegotiation::Direct);
        }
        Ok(Target {
            pooled: self
                .pgbouncer
                .unwrap_or_else(|| endpoints.iter().any(is_pooler)),
            config,
            endpoints,
            tls,
            schema: self.schema,
            ignored: self.ignored,
            password_origin: self.password_origin,
            passfile: self.passfile,
            notes: Vec::new(),
        })
    }

    /// Hosts, addresses and ports side by side; one port may serve for all of them.
    fn endpoints(&self, defaults: &Defaults) -> Result<Vec<Endpoint>, Problem> {
        let count = self.hosts.len().max(self.addresses.len()).max(1);
        let named = [self.hosts.len(), self.addresses.len()];
        if named.iter().any(|named| *named != 0 && *named != count) {
            return Err(Problem::new("the numbers of `host` and `hostaddr` differ")
                .help("give each host its address, or leave `hostaddr` away"));
        }
        if self.ports.len() > 1 && self.ports.len() != count {
            let message = format!("{} ports for {count} hosts", self.ports.len());
            let place = self.ports_place.as_ref().expect("the ports came from one");
            return Err(place
                .problem(message, "these ports")
                .help("give one port for all hosts, or as many as there are hosts"));
        }
        let endpoint = |index: usize| {
            let address = self.addresses.get(index).copied().flatten();
            let host = self
                .hosts
                .get(index)
                .filter(|host| !host.is_empty())
                .cloned();
            let default = || defaults.host.clone().unwrap_or_else(|| "localhost".into());
            let port = self.ports.get(index).or(self.ports.first());
            Endpoint {
                // A certificate is then compared with the address.
                host: host
                    .or_else(|| address.map(|ip| ip.to_string()))
                    .unwrap_or_else(default),
                address,
                port: port.copied().flatten().unwrap_or(PORT),
                password: None,
            }
        };
        Ok((0..count).map(endpoint).collect())
    }
}
