//! Where a project's database is, as its file says.

use std::time::Duration;

use super::{Found, Setting, Settings};
use crate::config::{
    CommandLine, Secret, Vars,
    keys::{self, Section, Value},
    url::{Given, read_url_file},
};

impl<'a> Settings<'a> {
    /// The database's URL, or what prints it: from `direct_url`, `url`, from the file that `url_file`
    /// names (relative to `segue.toml`), or from `url_command`. Only the file speaks here:
    /// [`resolve_url`](crate::config::resolve_url) knows the other places.
    pub fn url(&self, vars: &Vars<'_>) -> Found<Given> {
        let Some((key, section)) = self.url_key() else {
            return Ok(None);
        };
        // What migrations connect to, whether or not the URL beside it shows that it is a pooler's.
        if let Some(direct) = self.direct_in(section, vars)? {
            return Ok(Some(direct.map(Given::Url)));
        }
        if key == "url_command" {
            let command = self.command_in(section, key, vars)?;
            return Ok(command.map(|setting| setting.map(Given::Command)));
        }
        let Some(setting) = self.text_in(section, key, vars)? else {
            return Ok(None);
        };
        if key == "url" {
            return Ok(Some(setting.map(|url| Given::Url(Secret::new(url)))));
        }
        let path = self.config.folder.join(&setting.value);
        let url = read_url_file(&path).map_err(|problem| {
            let span = section[key].span.clone();
            problem.at(&self.config.source, span, "named here")
        })?;
        Ok(Some(Setting {
            value: Given::Url(url),
            origin: format!("{} ({})", setting.origin, path.display()),
        }))
    }

    /// The variables that `url` and `direct_url` are, where each is nothing but one.
    pub(in crate::config) fn url_variables(&self) -> Vec<String> {
        let sole = |key| match &self.section_with(key)?.get(key)?.value {
            Value::Text(template) => template.sole_variable().map(str::to_owned),
            _ => None,
        };
        ["url", "direct_url"].into_iter().filter_map(sole).collect()
    }

    /// The `direct_url` for a pooler's URL that was found in the environment: one that has no other URL
    /// beside it. That of the top does not count where an `[env.NAME]` was chosen: it is another database's.
    pub(in crate::config) fn direct_url_for(
        &self,
        pooled: &Secret,
        vars: &Vars<'_>,
    ) -> Found<Secret> {
        let section = self.chosen.iter().flatten().next().copied();
        let section = section.unwrap_or(&self.config.document.top);
        let is_same = match url_key_of(section) {
            // `url = "${DATABASE_URL}"` says again what the environment says.
            Some("url") => matches!(
                self.text_in(section, "url", vars),
                Ok(Some(url)) if url.value.trim() == pooled.expose()
            ),
            Some(_) => false,
            None => true,
        };
        match is_same {
            true => self.direct_in(section, vars),
            false => Ok(None),
        }
    }

    fn direct_in(&self, section: &Section, vars: &Vars<'_>) -> Found<Secret> {
        let setting = self.text_in(section, "direct_url", vars)?;
        Ok(setting.map(|setting| Setting {
            value: Secret::new(setting.value),
            origin: format!("`direct_url` in {}", setting.origin),
        }))
    }

    /// The program that prints the password for a URL that has none.
    pub fn password_command(&self, vars: &Vars<'_>) -> Found<CommandLine> {
        match self.section_with("password_command") {
            Some(section) => self.command_in(section, "password_command", vars),
            None => Ok(None),
        }
    }

    /// How long `url_command` and `password_command` may take; zero is no limit.
    pub fn command_timeout(&self, vars: &Vars<'_>) -> Found<Duration> {
        self.duration("command_timeout", vars)
    }

    /// Whether the chosen `[env.NAME]` or `[[project]]` has a URL of its own.
    pub fn url_is_chosen(&self) -> bool {
        let mut chosen = self.chosen.iter().flatten();
        chosen.any(|section| url_key_of(section).is_some())
    }

    /// `url`, `url_file` and `url_command` are one setting: each in the chosen section hides all at the top.
    fn url_key(&self) -> Option<(&'static str, &'a Section)> {
        let mut layers = self.layers();
        layers.find_map(|section| Some((url_key_of(section)?, section)))
    }
}

fn url_key_of(section: &Section) -> Option<&'static str> {
    keys::URLS.into_iter().find(|key| section.contains_key(key))
}
