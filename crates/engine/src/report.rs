//! What is told when a migration stops: the statement in its file, what is committed, what to do next.

use std::{ops::Range, sync::Arc, time::Duration};

use segue_db::ServerError;
use segue_project::Migration;
use segue_sql::{Kind, Problem, Source, Statements, byte_of_character};

use crate::{Failure, FailureKind, failure::describe};

/// What is known of the migration at the moment of the stop.
pub(crate) struct Known<'a> {
    pub(crate) migration: &'a Migration,
    /// Its text, if it could be read.
    pub(crate) source: Option<Arc<Source>>,
    pub(crate) statements: &'a Statements,
    /// So many are committed.
    pub(crate) done: usize,
    /// The one that was stopped at; `None`: at the commit, or between two.
    pub(crate) statement: Option<usize>,
}

impl Known<'_> {
    fn at(&self, problem: Problem, position: Option<usize>, label: &str) -> Problem {
        let Some(statement) = self.statement.and_then(|index| self.statements.get(index)) else {
            return problem;
        };
        let Some(source) = &self.source else {
            return problem.note(format!(
                "`{}` cannot be read any more, so the place cannot be shown",
                self.migration.up.path.display()
            ));
        };
        let span = position.map_or_else(
            || statement.span.clone(),
            |position| word_at(&source.text, &statement.span, position),
        );
        let shown = self.migration.up.masked.as_ref().unwrap_or(source);
        problem.at(shown, span, label)
    }

    /// What is committed of this migration, and where the next run goes on.
    pub(crate) fn committed(&self, problem: Problem) -> Problem {
        let of = self.statements.len();
        let name = &self.migration.name;
        if self.done == 0 {
            return problem
                .note(format!("nothing of `{name}` is committed"))
                .help("mend it and run the same command again");
        }
        let which = match self.done {
            1 => "statement 1".to_owned(),
            done => format!("statements 1–{done}"),
        };
        let verb = if self.done == 1 { "is" } else { "are" };
        problem
            .note(format!("{which} of {of} of `{name}` {verb} committed"))
            .help(format!(
                "mend the rest and run the same command again: it continues at statement {}",
                self.done + 1
            ))
    }
}

/// The word that the server's position (in characters, from 1) points at within a statement, so that the caret underlines it.
pub fn word_at(text: &str, statement: &Range<usize>, position: usize) -> Range<usize> {
    let sql = &text[statement.clone()];
    let start = byte_of_character(sql, position).min(sql.len().saturating_sub(1));
    let start = (0..=start)
        .rev()
        .find(|at| sql.is_char_boundary(*at))
        .unwrap_or(0);
    let rest = &sql[start..];
    let quoted = rest.starts_with('"');
    let length: usize = rest
        .char_indices()
        .take_while(|(at, c)| {
            *at == 0 || c.is_alphanumeric() || *c == '_' || (quoted && !matches!(c, '\n' | ' '))
        })
        .map(|(_, c)| c.len_utf8())
        .sum();
    let first = statement.start + start;
    first..first + length
}

/// The server refused a statement, or is gone.
pub(crate) fn server(known: &Known<'_>, error: &ServerError) -> Failure {
    let ServerError::Refused(refusal) = error else {
        return lost(known, error);
    };
    let name = &known.migration.name;
    let message = if known.statement.is_some() {
        refusal.message.clone()
    } else {
        format!("`{name}` could not be committed: {}", refusal.message)
    };
    let problem = known.at(
        Problem::new(message),
        refusal.position,
        "the server stopped here",
    );
    let mut problem = known.committed(describe(problem, error));
    if known.statement.is_none() && refusal.code == "23505" {
        problem = problem.note(
            "if this is the key of the history's table, another tool has recorded the migration meanwhile: \
             see `segue status`",
        );
    }
    let problem = match advice(&refusal.code) {
        Some(advice) => problem.note(advice),
        None => problem,
    };
    Failure::new(FailureKind::Statement, problem)
}

/// What helps with errors that PostgreSQL leaves unexplained.
fn advice(code: &str) -> Option<&'static str> {
    match code {
        "55P04" => Some(
            "a new value of an enum can be used only after its transaction: move the statement that adds it \
             to a migration before this one, or put COMMIT behind it",
        ),
        "25001" => Some(
            "the statement refuses a transaction: mark the migration as its tool has it (sqlx: \
             `-- no-transaction`, Diesel: metadata.toml, goose: `-- +goose NO TRANSACTION`, dbmate: \
             `transaction:false`), or put COMMIT before it",
        ),
        "25006" => Some("the server takes no writes: is this a standby, or a read-only user?"),
        _ => None,
    }
}

fn lost(known: &Known<'_>, error: &ServerError) -> Failure {
    let problem = known.at(
        Problem::new(error.to_string()),
        None,
        "the last that was sent",
    );
    let (of, name) = (known.statements.len(), &known.migration.name);
    let committed = match known.done {
        0 => format!("nothing of `{name}` is known to be committed"),
        1 => format!("statement 1 of {of} of `{name}` is known to be committed"),
        done => format!("statements 1–{done} of {of} of `{name}` are known to be committed"),
    };
    let problem = problem.note(format!(
        "{committed}; what was under way is rolled back by the server, unless its commit was the last thing it did"
    ));
    Failure::new(
        FailureKind::Connection,
        problem.help(
            "run the same command again: the history tells which it was, and it goes on from there",
        ),
    )
}

/// No lock within the budget.
pub(crate) fn locked(known: &Known<'_>, error: &ServerError, elapsed: Duration) -> Failure {
    let problem = known.at(
        Problem::new(format!("gave up after {:.0?} of trying: {error}", elapsed)),
        None,
        "waits for a lock",
    );
    let problem = known.committed(describe(problem, error));
    Failure::new(
        FailureKind::Locked,
        problem.help("end what blocks it, or give it more time with --lock-budget, and run the same command again"),
    )
}

/// Another connection has not let us write to the file.
pub(crate) fn no_turn(error: &ServerError, elapsed: Duration) -> Failure {
    let problem = Problem::new(format!("gave up after {elapsed:.0?} of trying: {error}"));
    Failure::new(
        FailureKind::Locked,
        describe(problem, error)
            .note("another connection to the file writes, or keeps its transaction open; nothing was begun")
            .help("end what blocks it, or give it more time with --lock-budget, and run the same command again"),
    )
}

/// The user stopped it.
pub(crate) fn interrupted(known: &Known<'_>) -> Failure {
    let problem = known.committed(known.at(
        Problem::new("interrupted"),
        None,
        "this statement was stopped",
    ));
    Failure::new(
        FailureKind::Interrupted,
        problem.help("run the same command again to go on"),
    )
}

/// Statements that are committed were changed in the file.
pub(crate) fn changed_behind_us(migration: &Migration, done: usize) -> Failure {
    Failure::refused(
        Problem::new(format!(
            "the first {done} statements of `{}` are committed, and were changed in the file since",
            migration.name
        ))
        .help("restore them: only what comes after them can be mended; or take the migration back by hand and \
               run `segue resolve --rolled-back`"),
    )
}

/// Somebody builds the index at this moment.
pub(crate) fn being_built(migration: &Migration, index: &str) -> Failure {
    Failure::new(
        FailureKind::Locked,
        Problem::new(format!(
            "{index}, which `{}` is to build, is being built by another session",
            migration.name
        ))
        .help("let it finish, then run the same command again"),
    )
}

/// Whether doing it twice does no harm.
pub(crate) fn may_be_repeated(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::OutsideTransaction(
            "VACUUM"
                | "PRAGMA"
                | "ATTACH"
                | "DETACH"
                | "REINDEX CONCURRENTLY"
                | "REINDEX of a schema or database"
                | "CLUSTER of every table"
                | "ALTER SYSTEM"
        )
    )
}

/// The process or the server died while this statement ran.
pub(crate) fn outcome_unknown(
    migration: &Migration,
    shown: &Arc<Source>,
    statements: &Statements,
    statement: usize,
) -> Failure {
    let number = statement + 1;
    Failure::refused(
        Problem::new(format!(
            "whether statement {number} of `{}` took effect is not known",
            migration.name
        ))
        .at(
            shown,
            statements.span(statement).unwrap_or_default(),
            "was under way when the connection ended",
        )
        .help(format!(
            "look at the database: if it did, finish the migration by hand and run `segue resolve --applied {0}`; \
             if not, `segue resolve --rolled-back {0}` after taking back what came before",
            migration.name
        )),
    )
}
