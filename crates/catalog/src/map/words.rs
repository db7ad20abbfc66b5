//! The words of names and texts: by them it is told which pages of a map cannot have anything to do with a name, without a look
//! at each of thousands of tables.

use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hasher},
    sync::Arc,
};

use crate::{Expr, QName};

/// What says by which names it refers to other objects.
pub trait Mentions {
    /// Puts in every name by which something else is referred to, and every text that may have one.
    fn mention(&self, words: &mut Words);
}

impl<T: Mentions> Mentions for Arc<T> {
    fn mention(&self, words: &mut Words) {
        T::mention(self, words);
    }
}

/// The words of names and texts, each by a number that another one may have too.
#[derive(Debug, Default)]
pub struct Words {
    numbers: Vec<u32>,
    /// Whether there is a text with escapes in it, which may say any name.
    anything: bool,
}

impl Words {
    /// A name, or a text in which each name is written as it is.
    pub(crate) fn text(&mut self, text: &str) {
        self.numbers.extend(words(text).map(number));
    }

    /// The name of an object, whose schema does not count: texts need not name it.
    pub(crate) fn name(&mut self, name: &QName) {
        self.text(&name.name);
    }

    pub(crate) fn names<'n>(&mut self, names: impl IntoIterator<Item = &'n QName>) {
        names.into_iter().for_each(|name| self.name(name));
    }

    pub(crate) fn expressions<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expr>) {
        for expression in expressions {
            let text: &str = &expression.text;
            // E'\x61', U&'\0061' and U&"\0061" (sql-syntax-lexical.html, "String Constants With Unicode Escapes")
            self.anything |= text.contains('\\') || text.contains("U&") || text.contains("u&");
            if text.contains('*') {
                self.numbers.push(number("*"));
            }
            self.text(text);
        }
    }

    /// In the order in which they are looked up.
    pub(super) fn sorted(mut self) -> Self {
        self.numbers.sort_unstable();
        self.numbers.dedup();
        self.numbers.shrink_to_fit();
        self
    }
}

/// What is sought: any one of several names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sought {
    /// The words of each name.
    names: Vec<Vec<u32>>,
}

impl Sought {
    /// What is called by this name, whatever its schema.
    pub(crate) fn name(name: &str) -> Self {
        Self::default().or(name)
    }

    /// Or what is called by this one.
    #[must_use]
    pub(crate) fn or(mut self, name: &str) -> Self {
        self.names.push(words(name).map(number).collect());
        self
    }

    /// Or what says `*`, which names columns without saying so.
    #[must_use]
    pub(crate) fn or_all_columns(mut self) -> Self {
        self.names.push(vec![number("*")]);
        self
    }

    /// Whatever there is.
    pub(crate) fn anything() -> Self {
        Self {
            names: vec![Vec::new()],
        }
    }

    pub(super) fn may_be_in(&self, words: &Words) -> bool {
        let has = |word: &u32| words.numbers.binary_search(word).is_ok();
        words.anything || self.names.iter().any(|name| name.iter().all(has))
    }
}

/// What stands between signs. A name that is written in a text has its words there, whether it is quoted or not.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_sign = |sign: char| !(sign.is_alphanumeric() || sign == '_');
    text.split(is_sign).filter(|word| !word.is_empty())
}

/// Names are written in any case.
fn number(word: &str) -> u32 {
    let word = match word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(word.to_ascii_lowercase()),
        false => Cow::Borrowed(word),
    };
    let mut hasher = DefaultHasher::new();
    hasher.write(word.as_bytes());
    // the lower half of a good hash is as good
    hasher.finish() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Words {
        let mut words = Words::default();
        words.expressions(&texts.iter().map(Expr::written).collect::<Vec<_>>());
        words.sorted()
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        let words = of(&[
            "lower(\"First Name\") > app.Größe",
            "nextval('app.users_id_seq'::regclass)",
        ]);
        for name in ["First Name", "größe", "APP", "users_id_seq", "lower", "-"] {
            assert!(Sought::name(name).may_be_in(&words), "{name}");
        }
        for name in ["first_name", "users", "id", "user", "Last Name"] {
            assert!(!Sought::name(name).may_be_in(&words), "{name}");
        }
        assert!(Sought::name("users").or("app").may_be_in(&words));
        assert!(Sought::anything().may_be_in(&words));
        assert!(!Sought::default().may_be_in(&words));
    }

    #[test]
    fn what_is_not_written_as_it_is_called_may_be_anything() {
        for text in [r"E'us\x65rs'::regclass", "U&\"us\\0065rs\".id"] {
            assert!(Sought::name("users").may_be_in(&of(&[text])), "{text}");
        }
        let all = Sought::name("users").or_all_columns();
        assert!(all.may_be_in(&of(&["SELECT * FROM towns"])));
        assert!(!all.may_be_in(&of(&["SELECT name FROM towns"])));
    }
}
