//! `push`: the schema that the project shall have, straight to a dev database. No migration and no record of it.

use segue_catalog::sqlite::diff::Frame;
use segue_engine::{Event, Failure, Interrupt, run_unrecorded};

use super::{
    Person,
    draft::{asked, script},
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
    /// A database that is production; a change that loses data where nobody says that it may; what is wrong with the
    /// desired schema, and what a server refused: nothing is changed then.
    pub async fn push(
        &self,
        person: &mut dyn Person,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Pushed, Failure> {
        let workplace = Workplace::of(self)?;
        refuse_production(&workplace, "pushed to")?;
        let desired = self.desired(&workplace).await?;
        let mut connected = self.connect(&mut |_| {}).await?;
        let database = connected.database.clone();
        let pushed = async {
            let place = connected.options.place.clone();
            let read = live(&connected.link.session, database.clone(), &place).await?;
            let mut stage = self.stage(&workplace, Some(&read)).await?;
            let wanted = stage.desired(&desired).await;
            stage.close().await;
            let pair = asked(Pair::of(read, wanted?)?, person);
            let transition = pair.transition(DiffOptions::default());
            if transition.losing().next().is_some() && !person.may_lose(&transition) {
                let help = "say --accept-data-loss if that is meant, or `-- segue: renamed from NAME` in the schema \
                            where something only has another name";
                return Err(refuse_losses(&transition, help));
            }
            let statements = transition.statements(Frame::Deploy);
            for part in segments(statements).iter().filter(|part| !part.is_empty()) {
                let migration = script("the change of the schema", part);
                let request = connected.request(interrupt, events);
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
