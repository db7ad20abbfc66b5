//! `dev`: the dev database is looked at, a migration is written, and it is applied.

use segue_catalog::diff::Demand;
use segue_engine::{Deployed, Event, Failure};
use segue_plan::Strategy;
use segue_sql::Problem;

use super::{
    Person,
    breaches::{Breaches, breaches},
    draft::{Draft, Drafted},
    obstacles::{obstacles, refused},
};
use crate::{Migrator, scaffold, workplace::Workplace};

/// How to develop.
#[derive(Debug, Clone, Default)]
pub struct DevOptions {
    /// What the migration does; becomes a part of its name.
    pub name: String,
    /// Write the migration, and apply nothing.
    pub create_only: bool,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Developed {
    /// The migration that was written; `None`: the migrations make the schema already.
    pub drafted: Option<Drafted>,
    /// What was applied.
    pub deployed: Deployed,
    /// What would have stood in the way of applying.
    pub obstacles: Vec<Problem>,
    /// Rows of the dev database that the migration would fail on.
    pub breaches: Vec<Problem>,
    /// It was written and not applied: it loses data and nobody has said that it may, or rows break what it demands.
    pub held_back: bool,
}

/// A migration that was written, and what speaks against applying it.
struct Written {
    drafted: Drafted,
    /// It loses nothing, or somebody has said that it may.
    may_lose: bool,
    breaches: Vec<Problem>,
}

impl Migrator {
    /// Compares the dev database with its migrations, applies what is pending, writes a migration that makes the
    /// schema the one that the project shall have, and applies that.
    ///
    /// # Errors
    /// A history that is not that of the disk and a schema that is not what its migrations make, each with what can be
    /// done; what is wrong with the desired schema; what a server refused.
    pub async fn develop(
        &self,
        options: &DevOptions,
        person: &mut dyn Person,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Developed, Failure> {
        scaffold::refuse_name(&options.name)?;
        let workplace = Workplace::of(self)?;
        super::reset::refuse_production(&workplace, "developed on")?;
        let mut developed = Developed::default();
        let connected = self.connect(&mut |_| {}).await?;
        let found = obstacles(&connected).await;
        connected.close().await;
        developed.obstacles = found?;
        if !developed.obstacles.is_empty() && !options.create_only {
            return Err(refused(developed.obstacles));
        }
        if !options.create_only {
            self.apply(events, &mut developed.deployed).await?;
        }
        let Some(written) = self.draft(&workplace, options, person).await? else {
            return Ok(developed);
        };
        let may_apply = written.may_lose && written.breaches.is_empty();
        developed.drafted = Some(written.drafted);
        developed.breaches = written.breaches;
        developed.held_back = !may_apply && !options.create_only;
        if may_apply && !options.create_only {
            self.apply(events, &mut developed.deployed).await?;
        }
        Ok(developed)
    }

    /// Writes the migration, behind all that is asked and looked at.
    async fn draft(
        &self,
        workplace: &Workplace,
        options: &DevOptions,
        person: &mut dyn Person,
    ) -> Result<Option<Written>, Failure> {
        let found = self.found(workplace).await?;
        let desired = self.desired(workplace).await?;
        let mut stage = self.stage(workplace, None).await?;
        let drafted = async {
            let Some(draft) = Draft::of(&mut stage, &found, &desired, person).await? else {
                return Ok(None);
            };
            let loses = draft.up.losing().next().is_some();
            let may_lose = options.create_only || !loses || person.may_lose(&draft.up);
            // Who stops at the question has not answered it.
            self.interrupt.refuses()?;
            let looked = self.look(&draft.demands()).await?;
            let mut drafted = draft.write(&stage, &found, &options.name).await?;
            drafted.up.notes.extend(looked.unknown);
            Ok(Some(Written {
                drafted,
                may_lose,
                breaches: looked.found,
            }))
        };
        let drafted = drafted.await;
        let (mut written, left_behind) = stage.end(drafted).await?;
        if let Some(written) = &mut written {
            written.drafted.up.notes.extend(left_behind);
        }
        Ok(written)
    }

    /// Which rows of the dev database break what a migration demands.
    async fn look(&self, demands: &[Demand]) -> Result<Breaches, Failure> {
        if demands.is_empty() {
            return Ok(Breaches::default());
        }
        let connected = self.connect(&mut |_| {}).await?;
        let looking = breaches(&connected.link.session, demands);
        let looked = self.interrupt.may_stop(looking).await;
        connected.close().await;
        looked
    }

    /// Deploys what is pending, if there is anything at all.
    pub(super) async fn apply(
        &self,
        events: &mut (dyn FnMut(Event) + Send),
        deployed: &mut Deployed,
    ) -> Result<(), Failure> {
        let mut connected = self.connect(&mut |_| {}).await?;
        // what is done to a dev database is done at once
        connected.options.strategy = Strategy::Direct;
        connected.strict = None;
        connected.backup = None;
        let result = match connected.project.migrations.is_empty() {
            true => Ok(()),
            false => connected.deploy(&self.interrupt, events, deployed).await,
        };
        connected.close().await;
        result
    }
}
