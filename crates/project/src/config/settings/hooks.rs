//! Whom a deploy tells what happens.

use segue_sql::Problem;

use super::{Settings, Value};
use crate::config::{
    Secret, Vars,
    webhooks::{Hook, Webhook},
};

impl Settings<'_> {
    /// The webhooks of the innermost section that has any: those of an environment stand in the place of those of the top.
    pub fn webhooks(&self, vars: &Vars<'_>) -> Result<Vec<Webhook>, Problem> {
        let section = self.section_with("webhook");
        let Some(entry) = section.and_then(|section| section.get("webhook")) else {
            return Ok(Vec::new());
        };
        let Value::Webhooks(hooks) = &entry.value else {
            return Ok(Vec::new());
        };
        hooks.iter().map(|hook| self.webhook(hook, vars)).collect()
    }

    fn webhook(&self, hook: &Hook, vars: &Vars<'_>) -> Result<Webhook, Problem> {
        let url = self.fill(&hook.url, &hook.span, "webhook.url", vars)?;
        let url = url.trim();
        let host = ["https://", "http://"]
            .iter()
            .find_map(|scheme| url.strip_prefix(scheme));
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
            let message = "`webhook.url` is no URL of http or https".to_owned();
            let problem = self.config.problem(&hook.span, message, "this one");
            return Err(problem.help("give the whole URL, as https://hooks.example.com/…"));
        }
        Ok(Webhook {
            url: Secret::new(url),
            shape: hook.shape,
            on: hook.on.clone(),
            timeout: hook.timeout,
            patience: hook.patience,
            origin: self.config.origin(&hook.span),
        })
    }
}
