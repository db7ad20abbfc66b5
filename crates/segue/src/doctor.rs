//! `doctor`: how far a deploy would come, and what would stop it.

use segue_db::{Session, postgres::connect::Retry, sqlite::Path};
use segue_engine::{Failure, Finding, Patient, Verdict, doctor};

use crate::{Connected, Migrator};

/// How far a connection has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// `segue.toml`, `.env`, the folder and its layout.
    #[default]
    Project,
    /// The database's URL.
    Url,
    /// The files of the migrations.
    Migrations,
    /// The connection.
    Connection,
}

/// The checks that need no connection, as [`CHECKS`](crate::CHECKS) has the others: id and what they look at.
pub const EARLY_CHECKS: &[(&str, &str)] = &[
    (
        "project",
        "segue.toml, .env, the folder of migrations and its layout can be read",
    ),
    ("url", "a database is configured, and it is clear which"),
    ("files", "the migrations can be read"),
    ("connection", "the database answers, and lets us in"),
];

impl Stage {
    const ALL: [Self; 4] = [Self::Project, Self::Url, Self::Migrations, Self::Connection];

    fn id(self) -> &'static str {
        EARLY_CHECKS[self as usize].0
    }
}

impl Migrator {
    /// Looks for everything that would make a deploy fail, and changes nothing. A connection that cannot be
    /// made is a finding too.
    ///
    /// # Errors
    /// The connection ended while it was looked at.
    pub async fn doctor(
        &self,
        retries: &mut (dyn FnMut(&Retry) + Send),
    ) -> Result<Vec<Finding>, Failure> {
        let mut stage = Stage::default();
        let connected = match self.connect_in_stages(retries, &mut stage).await {
            Ok(connected) => connected,
            Err(failure) => return Ok(stopped_at(stage, &failure)),
        };
        let mut findings = of_connection(&connected);
        let examined = examine(&connected).await;
        connected.close().await;
        findings.extend(examined?);
        Ok(findings)
    }
}

/// What was fine up to the failure, the failure, and that nothing is known of the rest.
fn stopped_at(reached: Stage, failure: &Failure) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Stage::ALL
        .into_iter()
        .filter(|stage| *stage < reached)
        .map(|stage| Finding::good(stage.id(), EARLY_CHECKS[stage as usize].1))
        .collect();
    findings.extend(failure.problems.iter().map(|problem| {
        let notes: String = problem
            .notes
            .iter()
            .map(|note| format!("; {note}"))
            .collect();
        Finding {
            id: reached.id(),
            verdict: Verdict::Problem,
            evidence: format!("{problem}{notes}"),
            mend: problem.help.clone(),
        }
    }));
    findings
}

fn of_connection(connected: &Connected) -> Vec<Finding> {
    let mut findings = vec![
        Finding::good(
            "project",
            segue_project::shown_path(&connected.project.folder.path),
        ),
        Finding::good(
            "url",
            format!("{} ({})", connected.database, connected.origin),
        ),
    ];
    findings.extend(connected.shadowed.iter().map(|origin| {
        Finding::warning(
            "url",
            format!("another URL, from {origin}, is not used"),
            "remove the one that is not meant, or name the one that is with --url",
        )
    }));
    if !connected.ignored.is_empty() {
        findings.push(Finding::warning(
            "url",
            format!(
                "parameters without effect: {}",
                connected.ignored.join(", ")
            ),
            "remove them; docs/connections.md has those that are known",
        ));
    }
    findings.extend(connected.unset.iter().map(|note| {
        Finding::warning(
            "url",
            note.clone(),
            "set the variable, or give the URL with --url",
        )
    }));
    if connected.pooled {
        findings.push(Finding::warning(
            "url",
            "this looks like the URL of a pooler",
            "give the database's direct URL",
        ));
    }
    findings.push(Finding::good("files", "can be read"));
    findings.push(Finding::good("connection", "established"));
    findings
}

async fn examine(connected: &Connected) -> Result<Vec<Finding>, Failure> {
    let link = &connected.link;
    let data_folder = match &link.session {
        Session::Sqlite(session) => match &session.location().path {
            Path::File(file) => file
                .canonicalize()
                .ok()
                .and_then(|file| Some(file.parent()?.to_owned())),
            Path::Memory => None,
        },
        Session::Postgres(_) => link.data_folder.clone(),
    };
    doctor(&Patient {
        session: &link.session,
        project: &connected.project,
        options: &connected.options,
        opener: link.opener.as_ref(),
        data_folder,
    })
    .await
}
