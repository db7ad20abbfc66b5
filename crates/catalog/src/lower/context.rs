//! What lowering one statement works with: the schema as it is after the changes so far, and those changes.

use std::{ops::Range, sync::Arc};

use segue_sql::{Problem, Source};
use squawk_syntax::{Parse, SourceFile, SyntaxNode};

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
        catalog: &Catalog,
        session: &'a Session,
    ) -> Self {
        Self {
            source,
            span,
            catalog: catalog.clone(),
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
        let range = node.text_range();
        let start = self.span.start;
        let span = start + usize::from(range.start())..start + usize::from(range.end());
        self.problems
            .push(Problem::new(message).at(self.source, span, "here"));
    }

    /// The changes and the schema they lead to, or what was wrong.
    pub(crate) fn finish(
        self,
        parse: &Parse<SourceFile>,
    ) -> Result<(Vec<Change>, Catalog), Vec<Problem>> {
        let _ = parse;
        if self.problems.is_empty() {
            Ok((self.changes, self.catalog))
        } else {
            Err(self.problems)
        }
    }
}
