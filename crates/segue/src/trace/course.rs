//! Which schema the server has while statements are traced: that of the model, until a statement is refused, or did what
//! only the server can tell. From then on what comes later is told anew, from what is really there.

use std::borrow::Cow;

use segue_catalog::{Catalog, Change};
use segue_db::{ServerError, introspect, postgres};
use segue_engine::trace::Traced;
use segue_plan::{Line, Script};
use segue_sql::{Kind, Statement, line_column};

/// The schema that the server has.
#[derive(Default)]
pub(super) struct Course {
    /// Where it is no longer the one that the statements were told from.
    real: Option<Catalog>,
    /// That at the `BEGIN` of the transaction that is open.
    at_begin: Option<Catalog>,
    /// Whether a statement of the open transaction was refused, so that the server has taken all of it back.
    aborted: bool,
    /// Whether the server has to be looked at, once no transaction is open.
    look: bool,
}

impl Course {
    /// Another script begins, outside of any transaction.
    pub(super) fn enter(&mut self) {
        self.end(true);
    }

    /// The statement as it is to be run; none where it needs what a refused one would have made, or is of its transaction.
    ///
    /// # Errors
    /// The server does not tell which schema it has.
    pub(super) async fn next<'l>(
        &mut self,
        session: &postgres::Session,
        script: &Script,
        line: &'l Line,
    ) -> Result<Option<Cow<'l, Line>>, ServerError> {
        if self.aborted {
            if ends(&line.kind) {
                self.end(true);
            }
            return Ok(None);
        }
        if self.look && self.at_begin.is_none() {
            self.real = Some(introspect(session).await?.catalog);
            self.look = false;
        }
        let Some(real) = &self.real else {
            return Ok(Some(Cow::Borrowed(line)));
        };
        let mut after = real.clone();
        let told = told_anew(script, line, &mut after);
        let needs_more = !told.refused.is_empty() && line.refused.is_empty();
        Ok((!needs_more).then_some(Cow::Owned(told)))
    }

    /// Takes notice of what came of it.
    pub(super) fn took(&mut self, line: &Line, outcome: &Traced) {
        match outcome {
            Traced::Refused(_) => {
                self.aborted = self.at_begin.is_some() && !ends(&line.kind);
                let before = self.at_begin.take();
                self.real = Some(before.unwrap_or_else(|| line.before.clone()));
                return;
            }
            Traced::Opaque(_) => self.look = true,
            _ if line.changes.iter().any(is_guess) => self.look = true,
            _ => {}
        }
        if self.real.is_some() {
            self.real = Some(line.after.clone());
        }
        match line.kind {
            Kind::Begin if self.at_begin.is_none() => self.at_begin = Some(line.before.clone()),
            _ if ends(&line.kind) => self.end(line.kind != Kind::Commit),
            _ => {}
        }
    }

    /// The transaction that is open ends.
    fn end(&mut self, is_taken_back: bool) {
        let begun = self.at_begin.take();
        if is_taken_back && self.real.is_some() && begun.is_some() {
            self.real = begun;
        }
        self.aborted = false;
    }
}

/// A statement, told from another schema.
fn told_anew(script: &Script, line: &Line, catalog: &mut Catalog) -> Line {
    let statement = Statement {
        span: line.span.clone(),
        kind: line.kind.clone(),
        data: None,
    };
    let mut names = line.session.clone();
    Line::read(
        &script.source,
        statement,
        line.transaction,
        catalog,
        &mut names,
    )
}

fn ends(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Commit | Kind::Rollback | Kind::PrepareTransaction
    )
}

/// Whether only a server can tell what the change leads to.
fn is_guess(change: &Change) -> bool {
    matches!(change, Change::Unknown { .. })
}

/// Says which statements of a script were not run.
pub(super) fn skipped(script: &Script, lines: &[&Line]) -> Option<String> {
    let lines = lines.iter().filter(|line| !ends(&line.kind));
    let mut lines: Vec<String> = lines
        .map(|line| {
            line_column(&script.source.text, line.span.start)
                .0
                .to_string()
        })
        .collect();
    lines.dedup();
    let lines = match lines.as_slice() {
        [] => return None,
        [only] => format!("line {only} was"),
        [all @ .., last] => format!("lines {} and {last} were", all.join(", ")),
    };
    Some(format!(
        "{}: {lines} not run: behind a refused statement, and in its transaction or in need of what it would have made",
        script.name
    ))
}
