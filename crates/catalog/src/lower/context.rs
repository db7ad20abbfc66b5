//! What lowering one statement works with: the schema as it is after the changes so far, and those changes.

use std::{mem, ops::Range, sync::Arc};

use segue_sql::{Problem, Source};
use squawk_syntax::{SyntaxNode, syntax_error::SyntaxError};

use super::complaint::worded;
use crate::{Catalog, Change, Session, apply};

/// One statement that is being lowered.
pub(crate) struct Context<'a> {
    source: &'a Arc<Source>,
    span: Range<usize>,
    /// The schema after the changes emitted so far: a later action of a statement sees the earlier ones.
    pub(crate) catalog: Catalog,
    pub(crate) session: &'a Session,
    changes: Vec<Change>,
    problems: Vec<Problem>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        source: &'a Arc<Source>,
        span: Range<usize>,
        catalog: Catalog,
        session: &'a Session,
    ) -> Self {
        Self {
            source,
            span,
            catalog,
            session,
            changes: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Adds an effect, and carries on with the schema that it leads to.
    pub(crate) fn emit(&mut self, change: Change) {
        apply(&mut self.catalog, &change);
        self.changes.push(change);
    }

    /// The statement does what only a server can tell.
    pub(crate) fn unknown(&mut self, reason: impl Into<String>) {
        self.emit(Change::Unknown {
            reason: reason.into(),
        });
    }

    /// Something is wrong at this node.
    pub(crate) fn problem(&mut self, node: &SyntaxNode, message: impl Into<String>) {
        self.report(node, Problem::new(message));
    }

    /// Something is wrong at this node, with notes or a help of its own.
    pub(crate) fn report(&mut self, node: &SyntaxNode, problem: Problem) {
        let range = node.text_range();
        let span = self.within(range.start().into(), range.end().into());
        self.problems.push(problem.at(self.source, span, "here"));
    }

    /// The statement does not parse.
    pub(crate) fn syntax_error(&mut self, error: &SyntaxError) {
        let range = error.range();
        let span = self.within(range.start().into(), range.end().into());
        // the place in a statement within another one may be none in the file
        let at = self.source.text.get(span.start..self.span.end);
        let problem = Problem::new(worded(error.message(), at.unwrap_or_default()));
        self.problems.push(problem.at(self.source, span, "here"));
    }

    /// A part of the statement as a part of its source.
    fn within(&self, start: usize, end: usize) -> Range<usize> {
        self.span.start + start..self.span.start + end
    }

    /// Whether anything has been found wrong so far.
    pub(crate) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Lowers a part of the statement in a session of its own, as `CREATE SCHEMA` does with its elements.
    pub(crate) fn within_session(&mut self, session: &Session, run: impl FnOnce(&mut Context<'_>)) {
        let bare = Catalog::bare(self.catalog.major);
        let mut inner = Context {
            source: self.source,
            span: self.span.clone(),
            catalog: mem::replace(&mut self.catalog, bare),
            session,
            changes: mem::take(&mut self.changes),
            problems: mem::take(&mut self.problems),
        };
        run(&mut inner);
        self.catalog = inner.catalog;
        self.changes = inner.changes;
        self.problems = inner.problems;
    }

    /// A context for statements within this one, which starts with the schema as it is now. What is wrong with them
    /// is said of the whole statement.
    pub(crate) fn nested(&self) -> Context<'a> {
        let catalog = self.catalog.clone();
        Context::new(self.source, self.span.clone(), catalog, self.session)
    }

    /// The changes of statements within another one, or what was wrong.
    pub(crate) fn into_result(self) -> Result<Vec<Change>, Vec<Problem>> {
        self.finish().map(|(changes, _)| changes)
    }

    /// The changes and the schema they lead to, or what was wrong.
    pub(crate) fn finish(self) -> Result<(Vec<Change>, Catalog), Vec<Problem>> {
        let (changes, catalog) = self.part();
        Ok((changes?, catalog))
    }

    /// The changes, or what was wrong; and the schema as it is by now.
    pub(crate) fn part(self) -> (Result<Vec<Change>, Vec<Problem>>, Catalog) {
        let changes = match self.problems.is_empty() {
            true => Ok(self.changes),
            false => Err(self.problems),
        };
        (changes, self.catalog)
    }
}
