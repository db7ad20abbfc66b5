//! What an expression in a tool's config stands for: a chain of environment variables, as in
//! `process.env.DIRECT_URL ?? env("DATABASE_URL")`, followed through constants of the same file.

use std::ops::Range;

use super::script::{Kind, Script};

/// One link of a chain; the first that has a value counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// An environment variable.
    Variable(String),
    /// A text that stands in the file; `process.env.X ?? ""` is how people please the type checker.
    Literal(String),
}

/// How many constants and parentheses may be gone into: a circle ends here.
const DEPTH: usize = 8;

/// The chain that a value is, or `None` if it is anything else.
pub(super) fn chain(
    script: &Script<'_>,
    value: &Range<usize>,
    has_env_function: bool,
) -> Option<Vec<Term>> {
    let mut reader = Reader {
        script,
        at: value.start,
        end: value.end,
        has_env_function,
        depth: 0,
    };
    let terms = reader.chain()?;
    (reader.at == value.end).then_some(terms)
}

struct Reader<'a> {
    script: &'a Script<'a>,
    at: usize,
    end: usize,
    /// `env("X")` reads a variable: in Prisma's files.
    has_env_function: bool,
    depth: usize,
}

impl Reader<'_> {
    fn chain(&mut self) -> Option<Vec<Term>> {
        let mut terms = self.term()?;
        while self.mark("??") || self.mark("||") {
            terms.extend(self.term()?);
        }
        Some(terms)
    }

    fn term(&mut self) -> Option<Vec<Term>> {
        let terms = self.primary()?;
        while self.mark("!") {}
        if self.word("as") {
            self.any(Kind::Word)?;
        }
        Some(terms)
    }

    fn primary(&mut self) -> Option<Vec<Term>> {
        if self.mark("(") {
            return self.parenthesised();
        }
        if let Some(text) = self.any(Kind::Text) {
            return Some(vec![Term::Literal(text)]);
        }
        if self.any(Kind::Opaque).is_some() {
            return None;
        }
        let name = self.any(Kind::Word)?;
        let variable = match name.as_str() {
            "process" => self.of_process(),
            "env" if self.has_env_function => self.of_env_function(),
            _ => return self.constant(&name),
        };
        Some(vec![Term::Variable(variable?)])
    }

    fn parenthesised(&mut self) -> Option<Vec<Term>> {
        if self.depth >= DEPTH {
            return None;
        }
        self.depth += 1;
        let terms = self.chain()?;
        self.depth -= 1;
        self.mark(")").then_some(terms)
    }

    /// `.env.X`, `.env["X"]`, after `process`.
    fn of_process(&mut self) -> Option<String> {
        if !(self.dot() && self.word("env")) {
            return None;
        }
        let has_dot = self.dot();
        if self.mark("[") {
            let name = self.any(Kind::Text)?;
            return self.mark("]").then_some(name);
        }
        if has_dot { self.any(Kind::Word) } else { None }
    }

    /// `("X")` or `<Type>("X")`, after `env`.
    fn of_env_function(&mut self) -> Option<String> {
        if self.mark("<") {
            self.any(Kind::Word)?;
            if !self.mark(">") {
                return None;
            }
        }
        if !self.mark("(") {
            return None;
        }
        let name = self.any(Kind::Text)?;
        self.mark(")").then_some(name)
    }

    /// `const name = …` at the top of the file, if there is exactly one.
    fn constant(&self, name: &str) -> Option<Vec<Term>> {
        let tokens = &self.script.tokens;
        let mut declared = (1..tokens.len()).filter(|at| {
            tokens[at - 1].is_word("const")
                && tokens[*at].is_word(name)
                && self.script.is_outermost(*at)
        });
        let at = declared.next()?;
        if declared.next().is_some() || self.depth >= DEPTH {
            return None;
        }
        let mut reader = Reader {
            script: self.script,
            at: at + 1,
            end: tokens.len(),
            has_env_function: self.has_env_function,
            depth: self.depth + 1,
        };
        reader.type_annotation()?;
        let terms = reader.mark("=").then(|| reader.chain())??;
        reader.ends_statement().then_some(terms)
    }

    /// `: string | undefined`
    fn type_annotation(&mut self) -> Option<()> {
        if self.mark(":") {
            self.any(Kind::Word)?;
            while self.mark("|") {
                self.any(Kind::Word)?;
            }
        }
        Some(())
    }

    /// A semicolon, the end, or a new line that begins with a word: any other could go on.
    fn ends_statement(&self) -> bool {
        self.script.tokens.get(self.at).is_none_or(|token| {
            token.is(";") || (token.kind == Kind::Word && self.script.starts_line(self.at))
        })
    }

    fn dot(&mut self) -> bool {
        self.mark(".") || self.mark("?.")
    }

    fn mark(&mut self, mark: &str) -> bool {
        let is_there = self.at < self.end && self.script.tokens[self.at].is(mark);
        self.at += usize::from(is_there);
        is_there
    }

    fn word(&mut self, word: &str) -> bool {
        let is_there = self.at < self.end && self.script.tokens[self.at].is_word(word);
        self.at += usize::from(is_there);
        is_there
    }

    fn any(&mut self, kind: Kind) -> Option<String> {
        let token = self.script.tokens[..self.end].get(self.at)?;
        if token.kind != kind {
            return None;
        }
        self.at += 1;
        Some(token.text.to_owned())
    }
}
