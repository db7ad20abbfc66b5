//! The same statements on a database that nobody needs, so that it can be looked at what they did.
//!
//! They run as psql would run them: in the file's own transactions, and outside of any where they have to. There is
//! no history, no journal and no lock. It runs no further than it is asked to, and may stop within a transaction.

use std::{ops::Range, sync::atomic::AtomicBool};

use segue_catalog::{Catalog, Name, deployed_by};
use segue_db::{Piece, Session};
use segue_sql::Problem;

use super::{Bookkeeping, Part, Position, script::Script};
use crate::{Failure, FailureKind, Settings, UnitKind, failure::describe, work::piece};

/// Migrations that are run on a database, up to a statement at a time.
pub struct Rehearsal<'a> {
    parts: Vec<Part<'a>>,
    settings: Settings,
    /// The database in words, for messages.
    name: String,
    /// Whether roles that are missing may be made: the server is a throwaway one.
    makes_roles: bool,
    /// The history that the migrations may name.
    history: Option<Bookkeeping>,
    /// What it runs, for messages.
    what: &'static str,
    /// Whom it runs as.
    role: Option<Name>,
    /// The next migration.
    part: usize,
    open: Option<Open<'a>>,
}

/// The migration that is under way.
struct Open<'a> {
    script: Script<'a>,
    next: usize,
    in_transaction: bool,
}

impl<'a> Rehearsal<'a> {
    /// Nothing is run yet. `name` is what messages call the database.
    pub fn new(
        parts: impl IntoIterator<Item = Part<'a>>,
        settings: Settings,
        name: impl Into<String>,
    ) -> Self {
        Self {
            parts: parts.into_iter().collect(),
            settings,
            name: name.into(),
            makes_roles: false,
            history: None,
            what: "a migration that is to be learned from",
            role: None,
            part: 0,
            open: None,
        }
    }

    /// Gives the database the history that a deploy has made before the first migration.
    #[must_use]
    pub fn with_history(mut self, history: Bookkeeping) -> Self {
        self.history = Some(history);
        self
    }

    /// Says what it runs, where that is no migration to be learned from.
    #[must_use]
    pub fn called(mut self, what: &'static str) -> Self {
        self.what = what;
        self
    }

    /// Says which database it is. Roles that the migrations name and a throwaway server has not are made there.
    pub fn is_on(&mut self, name: &str, throwaway: bool) {
        name.clone_into(&mut self.name);
        self.makes_roles = throwaway;
    }

    /// The schema that the database has, as that of a deploy: what belongs to the role that this is run as belongs to
    /// the one that deploys.
    pub fn as_deployed(&self, mut read: Catalog) -> Catalog {
        if let Some(role) = &self.role {
            deployed_by(&mut read, role);
        }
        read
    }

    /// Makes what a deploy makes before the first migration, and sets the session.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn start(&mut self, session: &Session) -> Result<(), Failure> {
        if let Some(schema) = &self.settings.schema {
            let schema = segue_db::identifier(schema);
            session
                .execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))
                .await?;
        }
        if let Some(history) = &self.history {
            history.make_on(session).await?;
        }
        session.execute(&self.settings.set()).await?;
        let rows = session.rows("SELECT current_user").await?;
        self.role = rows
            .into_iter()
            .flatten()
            .flatten()
            .next()
            .map(Name::stored);
        Ok(())
    }

    /// Runs everything up to this statement and with it.
    ///
    /// # Errors
    /// What the server refused, with its place in the file; a migration that cannot be read.
    pub async fn through(&mut self, session: &Session, at: Position) -> Result<(), Failure> {
        while self.part < at.part {
            self.whole_part(session).await?;
        }
        if self.part == at.part {
            self.statements(session, at.statement + 1).await?;
        }
        Ok(())
    }

    /// Runs everything up to the end of this migration.
    ///
    /// # Errors
    /// As for [`through`](Self::through).
    pub async fn through_part(&mut self, session: &Session, part: usize) -> Result<(), Failure> {
        while self.part <= part && self.part < self.parts.len() {
            self.whole_part(session).await?;
        }
        Ok(())
    }

    /// Whether a transaction is open.
    pub fn is_in_transaction(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.in_transaction)
    }

    async fn whole_part(&mut self, session: &Session) -> Result<(), Failure> {
        self.statements(session, usize::MAX).await?;
        if self.is_in_transaction() {
            // Where a migration is replayed in part: what was committed of it ends here.
            session.execute("COMMIT").await?;
        }
        session.execute(&self.settings.reset()).await?;
        self.open = None;
        self.part += 1;
        Ok(())
    }

    /// Runs the statements of the migration under way up to this one, without it.
    async fn statements(&mut self, session: &Session, end: usize) -> Result<(), Failure> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => Open {
                script: Script::read(self.parts[self.part])?,
                next: 0,
                in_transaction: false,
            },
        };
        let end = end.min(open.script.end());
        while open.next < end {
            self.section(session, &mut open, end).await?;
        }
        self.open = Some(open);
        Ok(())
    }

    /// Runs the rest of a unit, or as much of it as is wanted.
    async fn section(
        &self,
        session: &Session,
        open: &mut Open<'a>,
        end: usize,
    ) -> Result<(), Failure> {
        let first = open.next;
        let Some(unit) = open.script.unit_of(first).cloned() else {
            open.next += 1;
            return Ok(());
        };
        let upto = unit.statements.end.min(end);
        let begin = match &unit.kind {
            UnitKind::Transaction { begin, .. } if !open.in_transaction => Some(begin.clone()),
            _ => None,
        };
        let ends = matches!(unit.kind, UnitKind::Transaction { .. }) && upto == unit.statements.end;
        loop {
            let result = run(session, &open.script, begin.clone(), first..upto, ends).await;
            let Err((statement, error)) = result else {
                break;
            };
            if !error.ends_connection() {
                session.execute("ROLLBACK").await?;
            }
            let role = self.makes_roles.then(|| missing_role(&error)).flatten();
            match role {
                // The unit begins anew with the role; within its middle it cannot.
                Some(role) if first == unit.statements.start => {
                    let role = segue_db::identifier(&role);
                    session.execute(&format!("CREATE ROLE {role}")).await?;
                }
                _ => return Err(self.refused(&open.script, statement, &error)),
            }
        }
        open.in_transaction = matches!(unit.kind, UnitKind::Transaction { .. }) && !ends;
        open.next = upto;
        Ok(())
    }

    fn refused(
        &self,
        script: &Script<'_>,
        statement: Option<usize>,
        error: &segue_db::ServerError,
    ) -> Failure {
        let mut problem = Problem::new(format!("{} refused {}: {error}", self.name, self.what));
        if let Some(statement) = statement {
            problem.place = Some(script.place(statement));
        }
        let kind = if error.ends_connection() {
            FailureKind::Connection
        } else {
            FailureKind::Statement
        };
        let problem = describe(problem, error).help(
            "if the migration is right, name a server that has what it needs (extensions, roles, settings) with \
             --shadow-url, or go without with --no-shadow",
        );
        Failure::new(kind, problem)
    }
}

/// Runs statements, in one transaction with those before and after where `begin` or `ends` say so.
async fn run(
    session: &Session,
    script: &Script<'_>,
    begin: Option<Option<Range<usize>>>,
    statements: Range<usize>,
    ends: bool,
) -> Result<(), (Option<usize>, segue_db::ServerError)> {
    let head = begin.map(|begin| match begin {
        Some(span) => Piece::part(script.source(), span),
        None => Piece::own("BEGIN"),
    });
    let body = statements.filter_map(|index| {
        let piece = piece(script.source(), script.get(index)?)?;
        Some((index + 1, piece))
    });
    let tail = ends.then(|| Piece::own("COMMIT"));
    let own = |piece| (0, piece);
    let mut pieces = head
        .into_iter()
        .map(own)
        .chain(body)
        .chain(tail.into_iter().map(own));
    let never = AtomicBool::new(false);
    let result = session.batch(&mut pieces, &mut |_| {}, &never).await;
    result.map_err(|error| (error.number.checked_sub(1), error.error))
}

/// The role that a refusal says is missing (`undefined_object`).
pub(super) fn missing_role(error: &segue_db::ServerError) -> Option<String> {
    if error.code() != Some("42704") {
        return None;
    }
    role_said_missing(&error.to_string())
}

/// The role that a server's message says is missing; throwaway servers speak English.
pub fn role_said_missing(message: &str) -> Option<String> {
    let name = message.strip_prefix("role \"")?;
    Some(name.strip_suffix("\" does not exist")?.to_owned())
}
