//! `dev`: the dev database is looked at, a migration is written, and it is applied.

use segue_engine::{Deployed, Event, Failure, Interrupt};
use segue_sql::Problem;

use super::{
    Person,
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
    /// It was written and not applied, because it loses data and nobody has said that it may.
    pub held_back: bool,
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
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Developed, Failure> {
        scaffold::refuse_name(&options.name)?;
        let workplace = Workplace::of(self)?;
        super::reset::refuse_production(&workplace, "developed on")?;
        let mut developed = Developed::default();
        let connected = self.connect(&mut |_| {}).await?;
        let found = tokio::select! {
            found = obstacles(&connected) => found,
            () = interrupt.comes() => Err(Failure::interrupted_early()),
        };
        connected.close().await;
        developed.obstacles = found?;
        if !developed.obstacles.is_empty() && !options.create_only {
            return Err(refused(developed.obstacles));
        }
        if !options.create_only {
            self.apply(interrupt, events, &mut developed.deployed)
                .await?;
        }
        let Some((drafted, may_apply)) = self.draft(&workplace, options, person).await? else {
            return Ok(developed);
        };
        developed.drafted = Some(drafted);
        developed.held_back = !may_apply;
        if !options.create_only && may_apply {
            self.apply(interrupt, events, &mut developed.deployed)
                .await?;
        }
        Ok(developed)
    }

    /// Writes the migration; and whether it may be applied.
    async fn draft(
        &self,
        workplace: &Workplace,
        options: &DevOptions,
        person: &mut dyn Person,
    ) -> Result<Option<(Drafted, bool)>, Failure> {
        let found = self.found(workplace).await?;
        let desired = self.desired(workplace).await?;
        let mut stage = self.stage(workplace, None).await?;
        let drafted = async {
            let Some(draft) = Draft::of(&mut stage, &found, &desired, person).await? else {
                return Ok(None);
            };
            let loses = draft.up.losing().next().is_some();
            let may_apply = options.create_only || !loses || person.may_lose(&draft.up);
            let drafted = draft.write(&stage, &found, &options.name).await?;
            Ok(Some((drafted, may_apply)))
        };
        let drafted = drafted.await;
        stage.close().await;
        drafted
    }

    /// Deploys what is pending, if there is anything at all.
    pub(super) async fn apply(
        &self,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
        deployed: &mut Deployed,
    ) -> Result<(), Failure> {
        let mut connected = self.connect(&mut |_| {}).await?;
        let result = match connected.project.migrations.is_empty() {
            true => Ok(()),
            false => connected.deploy(interrupt, events, deployed).await,
        };
        connected.close().await;
        result
    }
}
