//! SQL that says how a schema shall be, run on a database that nobody needs.
//!
//! Its statements may stand in any order: what refers to something that is not there yet waits for it. All is one
//! transaction where the order happens to be right, which is fastest; else each statement is one.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicBool},
};

use segue_db::{BatchError, Piece, ServerError, Session};
use segue_sql::{Kind, Problem, Source, Statement, split};

use super::rehearsal::missing_role;
use crate::{Failure, FailureKind, Settings, failure::describe, report::word_at, work::piece};

/// Where declared SQL is run.
pub struct Stage<'a> {
    /// The connection.
    pub session: &'a Session,
    /// What names mean there.
    pub settings: &'a Settings,
    /// The database in words.
    pub name: &'a str,
    /// Whether roles that are missing may be made: the server is a throwaway one.
    pub makes_roles: bool,
}

/// How many statements that wait for something are told one by one.
const SHOWN: usize = 10;

/// A statement of one of the files.
struct Declared {
    source: Arc<Source>,
    statement: Statement,
    /// The number of its file.
    file: usize,
}

impl Declared {
    fn piece(&self) -> Option<Piece> {
        piece(&self.source, self.statement.clone())
    }

    /// The beginning of its text, in lower case.
    fn head(&self) -> String {
        let text = self.statement.text(&self.source.text);
        text.chars().take(40).collect::<String>().to_lowercase()
    }

    /// Whether what is made before it must be, and what is made behind it must not be, since it says what new objects
    /// get.
    fn is_barrier(&self) -> bool {
        let head = self.head();
        let words: Vec<&str> = head.split_whitespace().take(3).collect();
        words == ["alter", "default", "privileges"]
    }

    /// Whether it sets something that the statements behind it in its file need.
    fn is_of_session(&self) -> bool {
        let head = self.head();
        [
            "set ",
            "reset ",
            "select pg_catalog.set_config(",
            "select set_config(",
        ]
        .iter()
        .any(|start| head.starts_with(start))
    }
}

/// Runs declared SQL.
///
/// # Errors
/// SQL that is cut off; what the server refused, each with its place; everything that refers to what nothing makes.
pub async fn declare(stage: &Stage<'_>, files: &[Arc<Source>]) -> Result<(), Failure> {
    let statements = read(files)?;
    let must_be_alone = |one: &Declared| matches!(one.statement.kind, Kind::OutsideTransaction(_));
    if !statements.iter().any(must_be_alone) && at_once(stage, &statements).await? {
        return Ok(());
    }
    one_by_one(stage, statements).await
}

fn read(files: &[Arc<Source>]) -> Result<Vec<Declared>, Failure> {
    let mut statements = Vec::new();
    let mut problems = Vec::new();
    for (file, source) in files.iter().enumerate() {
        match split(source) {
            Ok(found) => statements.extend(found.iter().map(|statement| Declared {
                source: Arc::clone(source),
                statement,
                file,
            })),
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems.into());
    }
    // They say nothing of the schema.
    statements.retain(|one| !matches!(one.statement.kind, Kind::Rollback) && one.piece().is_some());
    Ok(statements)
}

/// Everything in one transaction; `false` where a statement refers to what is not there yet: nothing is done then.
async fn at_once(stage: &Stage<'_>, statements: &[Declared]) -> Result<bool, Failure> {
    let mut roles = BTreeSet::new();
    loop {
        let mut file = None;
        let body = statements.iter().enumerate().flat_map(|(number, one)| {
            let begins = file.replace(one.file) != Some(one.file);
            let reset = begins.then(|| (0, Piece::own(stage.settings.reset())));
            let piece = one.piece().map(|piece| (number + 1, piece));
            reset.into_iter().chain(piece)
        });
        let head = std::iter::once((0, Piece::own("BEGIN")));
        let tail = std::iter::once((0, Piece::own("COMMIT")));
        let mut pieces = head.chain(body).chain(tail);
        let never = AtomicBool::new(false);
        let result = stage.session.batch(&mut pieces, &mut |_| {}, &never).await;
        let Err(BatchError { number, error }) = result else {
            return Ok(true);
        };
        if error.ends_connection() {
            return Err(error.into());
        }
        stage.session.execute("ROLLBACK").await?;
        let role = missing_role(&error).filter(|_| stage.makes_roles);
        match (role, number.checked_sub(1)) {
            (Some(role), _) if roles.insert(role.clone()) => make_role(stage, &role).await?,
            (_, Some(index)) if !waits(&error) => {
                return Err(refused(stage, [(&statements[index], error)]));
            }
            (_, None) => return Err(error.into()),
            _ => return Ok(false),
        }
    }
}

/// Each statement by itself; those that refer to what is not there are tried again behind the others.
async fn one_by_one(stage: &Stage<'_>, mut statements: Vec<Declared>) -> Result<(), Failure> {
    let mut has_barriers = true;
    loop {
        let pass = pass(stage, statements, has_barriers).await?;
        let waiting = pass
            .later
            .iter()
            .filter_map(|(one, error)| Some((one, error.clone()?)));
        if waiting.clone().next().is_none() {
            stage.session.execute(&stage.settings.reset()).await?;
            return Ok(());
        }
        if !pass.is_further && !pass.is_stopped {
            return Err(refused(stage, waiting));
        }
        // What waits may need what stands behind a barrier.
        has_barriers &= pass.is_further;
        statements = pass.later.into_iter().map(|(one, _)| one).collect();
    }
}

/// What trying all statements once has come to.
#[derive(Default)]
struct Pass {
    /// Those that are to be tried again, with the reason where there is one.
    later: Vec<(Declared, Option<ServerError>)>,
    /// Some have succeeded.
    is_further: bool,
    /// It went no further than a barrier, since something before that waits.
    is_stopped: bool,
}

async fn pass(
    stage: &Stage<'_>,
    statements: Vec<Declared>,
    has_barriers: bool,
) -> Result<Pass, Failure> {
    let mut pass = Pass::default();
    let mut is_waiting = false;
    let mut file = None;
    for one in statements {
        if file.replace(one.file) != Some(one.file) {
            stage.session.execute(&stage.settings.reset()).await?;
        }
        pass.is_stopped |= has_barriers && is_waiting && one.is_barrier();
        if pass.is_stopped {
            pass.later.push((one, None));
            continue;
        }
        match run(stage, &one).await? {
            Ok(()) if one.is_of_session() => pass.later.push((one, None)),
            Ok(()) => pass.is_further = true,
            Err(error) if waits(&error) => {
                is_waiting = true;
                pass.later.push((one, Some(error)));
            }
            Err(error) => return Err(refused(stage, [(&one, error)])),
        }
    }
    Ok(pass)
}

/// One statement, with the roles that it names.
async fn run(stage: &Stage<'_>, one: &Declared) -> Result<Result<(), ServerError>, Failure> {
    let mut roles = BTreeSet::new();
    loop {
        let mut pieces = one.piece().into_iter().map(|piece| (1, piece));
        let never = AtomicBool::new(false);
        let result = stage.session.batch(&mut pieces, &mut |_| {}, &never).await;
        let Err(BatchError { error, .. }) = result else {
            return Ok(Ok(()));
        };
        if error.ends_connection() {
            return Err(error.into());
        }
        match missing_role(&error).filter(|_| stage.makes_roles) {
            Some(role) if roles.insert(role.clone()) => make_role(stage, &role).await?,
            _ => return Ok(Err(error)),
        }
    }
}

async fn make_role(stage: &Stage<'_>, role: &str) -> Result<(), Failure> {
    let role = segue_db::identifier(role);
    let made = stage.session.execute(&format!("CREATE ROLE {role}")).await;
    Ok(made?)
}

/// Whether a statement may succeed once others have run: it refers to a table, type, function, column, schema or key
/// that is not there (errcodes-appendix.html).
fn waits(error: &ServerError) -> bool {
    let code = error.code().unwrap_or_default();
    ["42P01", "42704", "42883", "42703", "3F000", "42830"].contains(&code)
}

fn refused<'a>(
    stage: &Stage<'_>,
    all: impl IntoIterator<Item = (&'a Declared, ServerError)>,
) -> Failure {
    let mut problems: Vec<Problem> = all
        .into_iter()
        .map(|(one, error)| problem(stage, one, &error))
        .collect();
    let more = problems.len().saturating_sub(SHOWN);
    problems.truncate(SHOWN);
    if let Some(last) = problems.last_mut().filter(|_| more > 0) {
        last.notes.push(format!(
            "{more} more statements wait for something that nothing makes, perhaps for these"
        ));
    }
    Failure {
        kind: FailureKind::Statement,
        problems,
    }
}

fn problem(stage: &Stage<'_>, one: &Declared, error: &ServerError) -> Problem {
    let position = match error {
        ServerError::Refused(refusal) => refusal.position,
        ServerError::Lost(_) | ServerError::NotSent => None,
    };
    let span = position.map_or_else(
        || one.statement.span.clone(),
        |position| word_at(&one.source.text, &one.statement.span, position),
    );
    let label = match waits(error) {
        true => "nothing here makes it",
        false => "the server stopped here",
    };
    let problem = describe(Problem::new(error.to_string()), error).at(&one.source, span, label);
    let problem = problem.note(format!("it was tried on {}", stage.name));
    match &one.statement.kind {
        Kind::CreateExtension(name) => problem
            .note(format!("the extension {name} is not installed there"))
            .help(
                "name a server that has it with --shadow-url or `shadow_url` in segue.toml: that of the database \
                 itself will do, a database of its own is made there",
            ),
        _ if missing_role(error).is_some() => problem.help(
            "make the role on that server, or leave the choice of one to segue: it makes roles on a throwaway server",
        ),
        _ if waits(error) => problem.help(
            "add what it refers to; if an extension or another server brings it, add its CREATE EXTENSION, or name a \
             server that has it with --shadow-url",
        ),
        _ => problem,
    }
}
