//! One value of `segue.toml`, read as what its key has.

use std::ops::Range;

use toml::{Spanned, de::DeValue};

use super::{Entry, Key, Kind, Reader, Value, not_a_duration, place_of, with_article};
use crate::{
    config::template::Template,
    quiet::{self, Quiet},
    windows::{self, Window, Windows},
};

impl Reader<'_> {
    pub(super) fn entry(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Option<Entry> {
        let span = value.span();
        let value = match (key.kind, value.get_ref()) {
            (Kind::Flag, DeValue::Boolean(flag)) => Value::Flag(*flag),
            (Kind::Text | Kind::Duration, DeValue::String(text)) => {
                Value::Text(self.template(key, text, &span)?)
            }
            (Kind::Words, DeValue::Array(words)) if !words.is_empty() => {
                Value::Words(self.words(key, words)?)
            }
            (Kind::Command, DeValue::Array(words)) => Value::Words(self.words(key, words)?),
            (Kind::Command, DeValue::String(line)) => Value::Line(line.to_string()),
            (Kind::Number, DeValue::Integer(number)) if whole(number).is_some() => {
                Value::Number(whole(number)?)
            }
            (Kind::Factor, DeValue::Integer(number)) if factor(number.as_str()).is_some() => {
                Value::Factor(factor(number.as_str())?)
            }
            (Kind::Factor, DeValue::Float(number)) if factor(number.as_str()).is_some() => {
                Value::Factor(factor(number.as_str())?)
            }
            (Kind::Windows, DeValue::Array(windows)) => Value::Windows(self.windows(key, windows)?),
            (Kind::Quiet, DeValue::String(text)) => Value::Quiet(self.quiet(text, &span)?),
            (Kind::Webhooks, DeValue::Array(tables)) => Value::Webhooks(self.webhooks(tables)?),
            (_, other) => {
                self.wrong_type(key, &span, other.type_str());
                return None;
            }
        };
        Some(Entry { value, span })
    }

    /// The words of a command; `None` after a problem with any of them.
    fn words(&mut self, key: &Key, words: &[Spanned<DeValue<'_>>]) -> Option<Vec<Template>> {
        let templates: Vec<_> = words
            .iter()
            .filter_map(|word| match word.get_ref() {
                DeValue::String(text) => self.template(key, text, &word.span()),
                other => {
                    self.wrong_type(key, &word.span(), other.type_str());
                    None
                }
            })
            .collect();
        (templates.len() == words.len()).then_some(templates)
    }

    /// The windows of a list; `None` after a problem with any of them.
    fn windows(&mut self, key: &Key, list: &[Spanned<DeValue<'_>>]) -> Option<Windows> {
        let windows: Vec<_> = list
            .iter()
            .filter_map(|window| match window.get_ref() {
                DeValue::String(text) => self.window(text, &window.span()),
                other => {
                    self.wrong_type(key, &window.span(), other.type_str());
                    None
                }
            })
            .collect();
        (windows.len() == list.len()).then(|| Windows::new(windows))
    }

    fn window(&mut self, text: &str, span: &Range<usize>) -> Option<Window> {
        Window::parse(text)
            .map_err(|malformed| {
                self.report(
                    place_of(self.text, span, &malformed.part),
                    "this is not a window".to_owned(),
                    &malformed.message,
                    format!("windows look like \"{}\"", windows::EXAMPLE),
                );
            })
            .ok()
    }

    fn quiet(&mut self, text: &str, span: &Range<usize>) -> Option<Option<Quiet>> {
        Quiet::parse(text)
            .map_err(|malformed| {
                self.report(
                    place_of(self.text, span, &malformed.part),
                    "this is not how quiet a database can be".to_owned(),
                    &malformed.message,
                    format!("write \"{}\", or \"any\"", quiet::EXAMPLE),
                );
            })
            .ok()
    }

    fn template(&mut self, key: &Key, text: &str, span: &Range<usize>) -> Option<Template> {
        let template = self.references(text, span)?;
        let is_wrong_duration = key.kind == Kind::Duration
            && template
                .constant()
                .is_some_and(|text| segue_sql::parse_duration(text).is_none());
        if is_wrong_duration {
            self.problems
                .push(not_a_duration(self.shown, span, key.name));
            return None;
        }
        Some(template)
    }

    /// A text with the variables in it.
    pub(in crate::config) fn references(
        &mut self,
        text: &str,
        span: &Range<usize>,
    ) -> Option<Template> {
        match Template::parse(text) {
            Ok(template) => Some(template),
            Err(malformed) => {
                let at = place_of(self.text, span, &malformed.written);
                let help = "write `$$` for a dollar that is meant as one".to_owned();
                self.report(at, malformed.message, "here", help);
                None
            }
        }
    }

    fn wrong_type(&mut self, key: &Key, span: &Range<usize>, found: &str) {
        let expected = match key.kind {
            Kind::Text => "a string",
            Kind::Duration => "a duration in quotes",
            Kind::Flag => "true or false",
            Kind::Words => "a list of strings: a program and its arguments",
            Kind::Command => "a string, or a list of strings",
            Kind::Number => "a whole number from 1 to 64",
            Kind::Factor => "a number of more than 1, or 0",
            Kind::Windows => "a list of strings: days, times and a time zone each",
            Kind::Quiet => "a string",
            Kind::Webhooks => "a list of sections: [[webhook]]",
        };
        let name = key.name.rsplit('.').next().unwrap_or(key.name);
        self.report(
            span.clone(),
            format!("`{}` must be {expected}", key.name),
            &format!("this is {}", with_article(found)),
            format!("for example: {name} = {}", key.example),
        );
    }
}

/// A number of processes.
fn whole(number: &toml::de::DeInteger<'_>) -> Option<u64> {
    let value = u64::from_str_radix(number.as_str(), number.radix()).ok()?;
    (1..=64).contains(&value).then_some(value)
}

/// How many times as much.
fn factor(text: &str) -> Option<f64> {
    let value: f64 = text.replace('_', "").parse().ok()?;
    (value == 0.0 || value > 1.0 && value.is_finite()).then_some(value)
}
