//! `[[webhook]]` of `segue.toml`: whom a deploy tells what happens, in which form.
//!
//! The address is a secret: at Slack whoever knows its path may write.

use std::{ops::Range, time::Duration};

use segue_sql::nearest;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Secret,
    keys::{Reader, not_a_duration, with_article},
    template::Template,
};

/// The value of `webhook` as it may stand on a line of its own.
pub(super) const EXAMPLE: &str = r#"[{ url = "${SLACK_WEBHOOK}", format = "slack" }]"#;

/// What a webhook hears of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    /// Something is carried out: there was something to do, and no lock of another deploy was in the way.
    Started,
    /// Somebody is in the way.
    WaitingForLock,
    /// It is not the time for what comes next.
    WaitingForWindow,
    /// The app's statements take longer than before, and rows wait for that.
    WaitingForApp,
    /// The new app may start; the rest waits until the old one has ended.
    WaitingForContract,
    /// It stopped.
    Failed,
    /// Migrations ran as they are written.
    Applied,
    /// The first phase of a plan is done.
    Expanded,
    /// The second phase is done.
    Contracted,
    /// The first phase is taken back.
    RolledBack,
}

impl Occasion {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Started,
        Self::WaitingForLock,
        Self::WaitingForWindow,
        Self::WaitingForApp,
        Self::WaitingForContract,
        Self::Failed,
        Self::Applied,
        Self::Expanded,
        Self::Contracted,
        Self::RolledBack,
    ];

    /// As in `on`, and in what is sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::WaitingForLock => "waiting_for_lock",
            Self::WaitingForWindow => "waiting_for_window",
            Self::WaitingForApp => "waiting_for_app",
            Self::WaitingForContract => "waiting_for_contract",
            Self::Failed => "failed",
            Self::Applied => "applied",
            Self::Expanded => "expanded",
            Self::Contracted => "contracted",
            Self::RolledBack => "rolled_back",
        }
    }
}

/// In which form something is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// segue's own document: docs/monitoring.md.
    #[default]
    Json,
    /// What Slack's incoming webhooks take, and those of Mattermost and others.
    Slack,
}

impl Shape {
    const ALL: [(&'static str, Self); 2] = [("json", Self::Json), ("slack", Self::Slack)];
}

/// Whom a deploy tells what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where to.
    pub url: Secret,
    /// In which form.
    pub shape: Shape,
    /// Of what.
    pub on: Vec<Occasion>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Waits for locks are told of that have taken so long.
    pub patience: Duration,
    /// Where it was set: `segue.toml:3`.
    pub origin: String,
}

/// How long an answer may take where nothing is said of it.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Which waits for locks are told of where nothing is said of it: most end after a try or two.
const PATIENCE: Duration = Duration::from_secs(10);

/// One as it stands in the file.
#[derive(Debug, Clone)]
pub(super) struct Hook {
    pub(super) url: Template,
    /// Of the URL's text.
    pub(super) span: Range<usize>,
    pub(super) shape: Shape,
    pub(super) on: Vec<Occasion>,
    pub(super) timeout: Duration,
    pub(super) patience: Duration,
}

/// The list of occasions: its key, what it is, and one.
const ON: (&str, &str, &str) = (
    "webhook.on",
    "a list of strings",
    "[\"failed\", \"expanded\"]",
);

const KEYS: [&str; 5] = ["url", "format", "on", "timeout", "lock_wait"];

impl Reader<'_> {
    /// Those of a list; `None` after a problem with any of them.
    pub(super) fn webhooks(&mut self, list: &[Spanned<DeValue<'_>>]) -> Option<Vec<Hook>> {
        let hooks: Vec<Hook> = list
            .iter()
            .filter_map(|value| match value.get_ref() {
                DeValue::Table(table) => self.hook(table, &value.span()),
                other => {
                    self.not_a_table("webhook", &value.span(), other.type_str());
                    None
                }
            })
            .collect();
        (hooks.len() == list.len()).then_some(hooks)
    }

    fn hook(&mut self, table: &DeTable<'_>, header: &Range<usize>) -> Option<Hook> {
        let mut is_right = true;
        let mut hook = Hook {
            url: Template::parse("").ok()?,
            span: 0..0,
            shape: Shape::default(),
            on: Occasion::ALL.to_vec(),
            timeout: TIMEOUT,
            patience: PATIENCE,
        };
        for (name, value) in table {
            let read = match name.get_ref().as_ref() {
                "url" => self.address(value).map(|(url, span)| {
                    (hook.url, hook.span) = (url, span);
                }),
                "format" => self.shape(value).map(|shape| hook.shape = shape),
                "on" => self.occasions(value).map(|on| hook.on = on),
                "timeout" => self
                    .wait("webhook.timeout", value)
                    .map(|time| hook.timeout = time),
                "lock_wait" => self
                    .wait("webhook.lock_wait", value)
                    .map(|time| hook.patience = time),
                other => {
                    self.unknown(other, &name.span());
                    None
                }
            };
            is_right &= read.is_some();
        }
        if table.get("url").is_none() {
            self.report(
                header.clone(),
                "a webhook needs `url`".to_owned(),
                "none in here",
                "for example: url = \"${SLACK_WEBHOOK}\"".to_owned(),
            );
            return None;
        }
        is_right.then_some(hook)
    }

    fn address(&mut self, value: &Spanned<DeValue<'_>>) -> Option<(Template, Range<usize>)> {
        let span = value.span();
        let DeValue::String(text) = value.get_ref() else {
            self.mistyped("webhook.url", "a string", "\"${SLACK_WEBHOOK}\"", value);
            return None;
        };
        Some((self.references(text, &span)?, span))
    }

    fn shape(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Shape> {
        let text = self.word_of(("webhook.format", "a string", "\"slack\""), value)?;
        let found = Shape::ALL.into_iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let names = Shape::ALL.map(|(name, _)| name);
            self.no_such(("format", &text), &value.span(), &names);
        }
        found.map(|(_, shape)| shape)
    }

    fn occasions(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Vec<Occasion>> {
        let DeValue::Array(list) = value.get_ref() else {
            self.mistyped(ON.0, ON.1, ON.2, value);
            return None;
        };
        let found: Vec<Occasion> = list.iter().filter_map(|one| self.occasion(one)).collect();
        (found.len() == list.len()).then_some(found)
    }

    fn occasion(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Occasion> {
        let text = self.word_of(ON, value)?;
        let found = Occasion::ALL.into_iter().find(|one| one.name() == text);
        if found.is_none() {
            let names = Occasion::ALL.map(Occasion::name);
            self.no_such(("occasion", &text), &value.span(), &names);
        }
        found
    }

    fn word_of(
        &mut self,
        (name, expected, example): (&str, &str, &str),
        value: &Spanned<DeValue<'_>>,
    ) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => {
                self.mistyped(name, expected, example, value);
                None
            }
        }
    }

    fn wait(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Duration> {
        let time = match value.get_ref() {
            DeValue::String(text) => segue_sql::parse_duration(text),
            _ => None,
        };
        if time.is_none() {
            self.push(not_a_duration(self.shown, &value.span(), name));
        }
        time
    }

    fn no_such(&mut self, (what, text): (&str, &str), span: &Range<usize>, names: &[&str]) {
        let help = match nearest(text, names.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("there are: {}", names.join(", ")),
        };
        let message = format!("webhooks know no {what} of this name");
        self.report(span.clone(), message, "here", help);
    }

    fn mistyped(
        &mut self,
        name: &str,
        expected: &str,
        example: &str,
        value: &Spanned<DeValue<'_>>,
    ) {
        let key = name.rsplit('.').next().unwrap_or(name);
        self.report(
            value.span(),
            format!("`{name}` must be {expected}"),
            &format!("this is {}", with_article(value.get_ref().type_str())),
            format!("for example: {key} = {example}"),
        );
    }

    fn unknown(&mut self, name: &str, span: &Range<usize>) {
        let help = match nearest(name, KEYS.into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are: {}", KEYS.join(", ")),
        };
        let message = format!("unknown key `webhook.{name}`");
        self.report(span.clone(), message, "not a key of a webhook", help);
    }
}
