//! `Problem`: the input is wrong, and this is where, why and what to do next.
//! Rendering one for a terminal is the edge's business, not ours.

use std::{fmt, ops::Range, sync::Arc};

/// A text that problems point into: a migration file, a configuration file, a URL.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// How the user knows the text: usually its path.
    pub name: String,
    /// The text itself.
    pub text: String,
}

impl Source {
    /// A shared source, as every `Place` needs one.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            text: text.into(),
        })
    }
}

/// Where in a source a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// Byte offsets into the text, on character boundaries; may be empty.
    pub span: Range<usize>,
    /// What stands beside the caret; a `Box`, since a problem is what most functions return as their error (clippy, `result_large_err`).
    pub label: Box<str>,
}

/// Something wrong with what the user gave us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where, if it is in a text at all.
    pub place: Option<Place>,
    /// Facts that help to understand it.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Option<String>,
    /// Whether the server refuses it too, however it is deployed.
    pub refused_anyway: bool,
}

impl Problem {
    /// A problem without a place yet.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            place: None,
            notes: Vec::new(),
            help: None,
            refused_anyway: false,
        }
    }

    /// Points at a span of a source.
    #[must_use]
    pub fn at(
        mut self,
        source: &Arc<Source>,
        span: Range<usize>,
        label: impl Into<String>,
    ) -> Self {
        self.place = Some(Place {
            source: Arc::clone(source),
            span,
            label: label.into().into_boxed_str(),
        });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says that the server refuses it too, however it is deployed.
    #[must_use]
    pub fn refused_anyway(mut self) -> Self {
        self.refused_anyway = true;
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            let (line, column) = crate::line_column(&place.source.text, place.span.start);
            write!(f, "{}:{line}:{column}: ", place.source.name)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
