//! `push`: the schema that the project shall have, straight to a dev database. No migration and no record of it.

use segue_catalog::sqlite::diff::Frame;
use segue_engine::{Event, Failure, run_unrecorded};

use super::{
    Person,
    breaches::breaches,
    draft::{asked, script},
    obstacles::refused,
    refuse_losses,
    reset::refuse_production,
    segments::segments,
};
use crate::{
    DiffOptions, Migrator, Transition,
    diff::{pair::Pair, read::live},
    workplace::Workplace,
};

/// What was done.
#[derive(Debug)]
pub struct Pushed {
    /// The database, in words without a secret.
    pub database: String,
    /// What was changed; empty: it had the schema already.
    pub transition: Transition,
}

impl Migrator {
    /// Changes the schema of the database to the one that the project shall have, in one transaction; but new values of
    /// enums that the rest uses are committed before it.
    ///
    /// # Errors
    /// A database that is production; a change that loses data where nobody says that it may; rows that break what the
    /// schema demands; what is wrong with the desired schema, and what a server refused: nothing is changed then.
    pub async fn push(
        &self,
        person: &mut dyn Person,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Pushed, Failure> {
        let workplace = Workplace::of(self)?;
        refuse_production(&workplace, "pushed to")?;
        let desired = self.desired(&workplace).await?;
        let mut connected = self.connect(&mut |_| {}).await?;
        let database = connected.database.clone();
        let pushed = async {
            let place = connected.options.place.clone();
            let reading = live(&connected.link.session, database.clone(), &place);
            let read = self.interrupt.may_stop(reading).await?;
            let mut stage = self.stage(&workplace, Some(&read)).await?;
            let wanted = stage.desired(&desired).await;
            let (wanted, left_behind) = stage.end(wanted).await?;
            let pair = asked(Pair::of(read, wanted)?, person);
            let mut transition = pair.transition(DiffOptions::default());
            transition.notes.extend(left_behind);
            let may_lose = transition.losing().next().is_none() || person.may_lose(&transition);
            // Who stops at a question has not answered it.
            self.interrupt.refuses()?;
            if !may_lose {
                let help = "say --accept-data-loss if that is meant, or `-- segue: renamed from NAME` in the schema \
                            where something only has another name";
                return Err(refuse_losses(&transition, help));
            }
            let demands = pair.demands();
            let looking = breaches(&connected.link.session, &demands);
            let looked = self.interrupt.may_stop(looking).await?;
            if !looked.found.is_empty() {
                return Err(refused(looked.found));
            }
            transition.notes.extend(looked.unknown);
            let statements = transition.statements(Frame::Deploy);
            for part in segments(statements).iter().filter(|part| !part.is_empty()) {
                let migration = script("the change of the schema", part);
                let request = connected.request(&self.interrupt, events);
                run_unrecorded(request, &migration, "a push").await?;
            }
            Ok(Pushed {
                database,
                transition,
            })
        };
        let pushed = pushed.await;
        connected.close().await;
        pushed
    }
}
