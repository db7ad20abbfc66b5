//! What would make a deploy fail, found before one is tried. One check per file, one line in [`CHECKS`];
//! each gives evidence and, where something is wrong, the command that mends it. Nothing is changed.

use std::{future::Future, pin::Pin};

use segue_db::{Facts, ServerError, Session};
use segue_project::Project;
use segue_sql::{Dialect, Problem, line_column};

use crate::{Failure, Opened, Opener, Options, Status, history};

mod clock;
mod connections;
mod disk;
mod encryption;
mod extensions;
mod history_check;
mod indexes;
mod integrity;
mod layout;
mod locks;
mod migrations;
mod ownership;
mod permissions;
mod pooler;
mod read_only;
mod settings;
mod version;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check's id.
    pub id: &'static str,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was seen.
    pub evidence: String,
    /// The command that mends it, or what to do.
    pub mend: Option<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It could not be looked at.
    Skipped,
    /// A deploy may succeed, and may not.
    Warning,
    /// A deploy would fail.
    Problem,
}

impl Verdict {
    /// As it is printed, and as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

impl Finding {
    /// As it should be.
    pub fn good(id: &'static str, evidence: impl Into<String>) -> Self {
        Self::new(id, Verdict::Good, evidence, None)
    }

    /// It could not be looked at.
    pub fn skipped(id: &'static str, evidence: impl Into<String>) -> Self {
        Self::new(id, Verdict::Skipped, evidence, None)
    }

    /// A deploy may succeed, and may not.
    pub fn warning(id: &'static str, evidence: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(id, Verdict::Warning, evidence, Some(mend.into()))
    }

    /// A deploy would fail.
    pub fn problem(id: &'static str, evidence: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(id, Verdict::Problem, evidence, Some(mend.into()))
    }

    fn new(
        id: &'static str,
        verdict: Verdict,
        evidence: impl Into<String>,
        mend: Option<String>,
    ) -> Self {
        Self {
            id,
            verdict,
            evidence: evidence.into(),
            mend,
        }
    }
}

/// What the checks look at.
pub struct Patient<'a> {
    /// The connection.
    pub session: &'a Session,
    /// The migrations.
    pub project: &'a Project,
    /// How they would be deployed.
    pub options: &'a Options,
    /// Opens a second connection, where there can be one.
    pub opener: Option<&'a Opener>,
    /// The folder on this machine that holds the data, where it does.
    pub data_folder: Option<std::path::PathBuf>,
}

/// What was learned once for all checks.
struct Examined<'a> {
    session: &'a Session,
    project: &'a Project,
    options: &'a Options,
    opener: Option<&'a Opener>,
    data_folder: Option<&'a std::path::Path>,
    facts: &'a Facts,
    /// The history, or why it cannot be read.
    opened: Result<&'a Opened, &'a Failure>,
}

impl Examined<'_> {
    fn dialect(&self) -> Dialect {
        self.session.dialect()
    }

    /// Where the migrations stand, if the history can be read.
    fn status(&self) -> Option<Status<'_>> {
        let opened = self.opened.ok()?;
        Some(Status::of(self.project, opened))
    }

    /// The first column of the first row.
    async fn value(&self, sql: &str) -> Result<Option<String>, ServerError> {
        let rows = self.session.rows(sql).await?;
        Ok(rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next().flatten()))
    }
}

type Findings<'a> = Pin<Box<dyn Future<Output = Result<Vec<Finding>, ServerError>> + Send + 'a>>;

/// A failure that a deploy would end with.
fn of_failure(id: &'static str, failure: &Failure) -> Finding {
    failure.problems.first().map_or_else(
        || Finding::skipped(id, "unknown"),
        |problem| of_problem(id, Verdict::Problem, problem),
    )
}

/// A problem that a deploy would tell.
fn of_problem(id: &'static str, verdict: Verdict, problem: &Problem) -> Finding {
    let notes: String = problem
        .notes
        .iter()
        .map(|note| format!("; {note}"))
        .collect();
    let place = problem.place.as_ref().map(|place| {
        let (line, _) = line_column(&place.source.text, place.span.start);
        format!("{}:{line}: ", place.source.name)
    });
    Finding {
        id,
        verdict,
        evidence: format!("{}{}{notes}", place.unwrap_or_default(), problem.message),
        mend: problem.help.clone(),
    }
}

/// One check.
pub struct Check {
    /// Its name in the output, JSON and docs/doctor.md.
    pub id: &'static str,
    /// What it looks at.
    pub about: &'static str,
    examine: for<'a> fn(&'a Examined<'a>) -> Findings<'a>,
}

macro_rules! check {
    ($module:ident, $id:literal, $about:literal) => {
        Check {
            id: $id,
            about: $about,
            examine: |examined| Box::pin($module::examine($id, examined)),
        }
    };
}

/// Every check that needs a connection, in the order in which they are told.
pub const CHECKS: &[Check] = &[
    check!(
        version,
        "version",
        "the database's version is one that segue is tested with"
    ),
    check!(read_only, "read-only", "the database takes writes"),
    check!(
        encryption,
        "encryption",
        "the connection cannot be read by others on its way"
    ),
    check!(
        pooler,
        "pooler",
        "the connection is not shared between transactions"
    ),
    check!(
        permissions,
        "permissions",
        "the user may create what a deploy creates"
    ),
    check!(
        ownership,
        "ownership",
        "the tables belong to the role that is to change them"
    ),
    check!(
        settings,
        "settings",
        "no setting of the server, database or user stops a deploy"
    ),
    check!(
        connections,
        "connections",
        "the server has connections left"
    ),
    check!(
        layout,
        "layout",
        "the layout, and whether it is the one that the database was deployed with"
    ),
    check!(
        history_check,
        "history",
        "nothing is edited, missing, failed or half done"
    ),
    check!(
        migrations,
        "migrations",
        "the pending migrations can be read and run"
    ),
    check!(
        extensions,
        "extensions",
        "the extensions that pending migrations create are available"
    ),
    check!(
        indexes,
        "indexes",
        "no invalid index was left behind by a failed build"
    ),
    check!(
        integrity,
        "integrity",
        "SQLite's own check of the file, and of its foreign keys"
    ),
    check!(
        locks,
        "locks",
        "no other deploy, and no old transaction that would block one"
    ),
    check!(
        disk,
        "disk",
        "the size of the data, and the space that is left"
    ),
    check!(clock, "clock", "the server's clock and ours agree"),
];

/// Runs every check. A check that the server refuses to answer is skipped, with the reason.
///
/// # Errors
/// The connection ended.
pub async fn doctor(patient: &Patient<'_>) -> Result<Vec<Finding>, Failure> {
    let Patient {
        session,
        project,
        options,
        ..
    } = patient;
    let facts = segue_db::facts(session, &options.place).await?;
    let opened = history::open(session, &facts, project, &options.place).await;
    let examined = Examined {
        session,
        project,
        options,
        opener: patient.opener,
        data_folder: patient.data_folder.as_deref(),
        facts: &facts,
        opened: opened.as_ref(),
    };
    let mut findings = Vec::new();
    for check in CHECKS {
        match (check.examine)(&examined).await {
            Ok(found) => findings.extend(found),
            Err(error) if error.ends_connection() => return Err(error.into()),
            Err(error) => findings.push(Finding::skipped(
                check.id,
                format!("the database does not tell: {error}"),
            )),
        }
    }
    Ok(findings)
}
