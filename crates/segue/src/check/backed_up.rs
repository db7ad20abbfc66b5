//! Whether there is, or will be, a backup: from `segue.toml`, the programs of this machine, the journal of the database and the plan.

use segue_db::own::backups::Backup;
use segue_engine::Failure;
use segue_plan::Undo;

use super::{
    Known, Learned,
    lines::{Line, first},
};
use crate::{
    Migrator,
    backup::{self, How, Wish},
    schema::Found,
    server::Server,
    workplace::Workplace,
};

/// An older backup is none of what is there today.
const RECENT: u64 = 24 * 60 * 60;

/// What is known of backups.
pub(super) struct Evidence {
    wish: Option<Wish>,
    /// Those that the database knows of, and whether one could be made; none: no database answers.
    database: Option<(Vec<Backup>, Result<(), Failure>)>,
}

impl Migrator {
    /// What is known of backups. A database that does not answer is no failure.
    pub(super) async fn backups_known(
        &self,
        workplace: &Workplace,
        found: &Found,
    ) -> Result<Evidence, Failure> {
        let wish = workplace.backup(self)?;
        let is_remote = matches!(found.server, Some(Server::Remote { .. }));
        let connected = match is_remote {
            true => self.connect(&mut |_| {}).await.ok(),
            false => None,
        };
        let Some(connected) = connected else {
            return Ok(Evidence {
                wish,
                database: None,
            });
        };
        let known = connected.backups().await.unwrap_or_default();
        let can = match &wish {
            Some(wish) => backup::may_be_made(&connected, wish).await,
            None => Ok(()),
        };
        connected.close().await;
        Ok(Evidence {
            wish,
            database: Some((known, can)),
        })
    }
}

/// The line.
pub(super) fn line(learned: &Learned) -> Line {
    let (mut known, mut evidence) = (Known::Unknown, Vec::new());
    if let Ok(planned) = &learned.plan {
        let impossible = |step: &&segue_plan::Step| matches!(step.undo, Undo::Impossible(_));
        match planned.plan.steps().filter(impossible).count() {
            0 => {
                known = Known::Yes;
                evidence.push("plan: nothing is done that cannot be taken back".to_owned());
            }
            1 => evidence.push("plan: 1 step cannot be taken back".to_owned()),
            many => evidence.push(format!("plan: {many} steps cannot be taken back")),
        }
    }
    let found = &learned.backups;
    if let Some((is_one, says)) = found.wish.as_ref().and_then(configured) {
        evidence.push(says);
        if is_one {
            known = Known::Yes;
        }
    }
    let Some((made, can)) = &found.database else {
        evidence.push("no database answers that could know of backups".to_owned());
        return (known, evidence);
    };
    if let Err(failure) = can {
        evidence.push(format!("none can be made from here: {}", first(failure)));
        known = Known::No;
    }
    match made.first() {
        None => evidence.push("segue has made no backup of this database yet".to_owned()),
        Some(last) => {
            evidence.push(format!(
                "the last backup was made and verified at {}: {}",
                last.made_at, last.what
            ));
            if known == Known::Unknown && last.age < RECENT {
                known = Known::Yes;
            }
        }
    }
    match made
        .iter()
        .find_map(|one| Some((one.rehearsed_at.as_ref()?, one.rehearsal.as_ref()?)))
    {
        Some((at, outcome)) if outcome == "same" => {
            evidence.push(format!("a backup was restored at {at}, and was the same"));
        }
        Some((at, outcome)) => {
            evidence.push(format!(
                "a backup was restored at {at}, and was another one: {outcome}"
            ));
            known = Known::No;
        }
        None => evidence.push("none was ever restored: segue restore --rehearse".to_owned()),
    }
    (known, evidence)
}

/// What `[backup]` promises, and whether that is a backup.
fn configured(wish: &Wish) -> Option<(bool, String)> {
    let origin = wish.origin.as_ref()?;
    let (is_one, what) = match &wish.how {
        How::Dump(scope) => (
            true,
            format!("a backup ({}) is made and verified before the first such step", scope.name()),
        ),
        How::Command(command) => (
            true,
            format!("{} has to succeed before the first such step", command.name()),
        ),
        How::Point => (
            false,
            "a restore point is made, which needs an archive of the server's log, of which nothing is known here".to_owned(),
        ),
    };
    Some((is_one, format!("{origin}: {what}")))
}
