//! `Connected`: a project and a connection to its database, on which everything can be done.

use std::time::Duration;

use segue_db::{Facts, own::backups::Backup, postgres::url::Target};
use segue_engine::{
    Baselined, ContractOptions, Contracted, Deployed, Event, Failure, Interrupt, Observe, Opened,
    Options, Quarantine, Request, Resolution, RolledBack, Sampled, Status, Steering, Watch,
    Watched, Writing, baseline, contract, deploy, end_blocker, open, quarantine, resolve, rollback,
    sample, steer, writing,
};
use segue_plan::Plan;
use segue_project::{Migration, Project, config::Webhook};
use segue_sql::Problem;

use crate::{
    Metrics, backup, gate,
    in_heap::in_heap,
    monitor::{End, Monitor},
    server::Link,
    shadow::Wish,
};

/// A connection to the database of a project.
pub struct Connected {
    pub(crate) link: Link,
    /// Where it may be learned what statements do.
    pub(crate) shadow: Wish,
    /// For how long statements are watched before something is taken away from them, where the project says so.
    pub(crate) observe: Option<Observe>,
    /// Where it stands that only reviewed plans are deployed, if it does.
    pub(crate) strict: Option<String>,
    /// The backup that is made before what nothing takes back.
    pub(crate) backup: Option<backup::Wish>,
    /// The one that was made last.
    pub(crate) backed_up: Option<Backup>,
    /// Whom to talk to, for programs that do so themselves; none of SQLite and of the embedded server.
    pub(crate) target: Option<Box<Target>>,
    /// Whom the project has told of what happens, or what is wrong there: of interest once something is carried out.
    pub(crate) webhooks: Result<Vec<Webhook>, Problem>,
    /// Numbers that follow what is carried out.
    pub(crate) metrics: Option<Metrics>,
    /// The section `[env.NAME]` that was chosen.
    pub(crate) environment: Option<String>,
    /// The migrations, their layout and why it was chosen.
    pub project: Project,
    /// The `[[project]]` of the configuration that was chosen, if it has any.
    pub project_name: Option<String>,
    /// The options in force.
    pub options: Options,
    /// The database, in words without a secret.
    pub database: String,
    /// Where its URL came from.
    pub origin: String,
    /// Parameters of the URL that have no effect.
    pub ignored: Vec<String>,
    /// What else there is to say about how the database was found.
    pub notes: Vec<String>,
    /// Settings of the project that a database of this kind has no place for.
    pub without_effect: Vec<String>,
    /// The URL is that of a pooler, as far as its text tells.
    pub pooled: bool,
    /// Where other URLs stand that do not count.
    pub shadowed: Vec<String>,
    /// Variables that the project's own tool reads its URL from, and that are not set: PostgreSQL's own
    /// variables or the embedded server are used in their place.
    pub unset: Vec<String>,
}

impl Connected {
    /// What the database and its history say.
    ///
    /// # Errors
    /// What the server refused, and histories that are not this project's.
    pub async fn history(&self) -> Result<(Facts, Opened), Failure> {
        let session = &self.link.session;
        let facts = segue_db::facts(session, &self.options.place).await?;
        let opened = open(session, &facts, &self.project, &self.options.place).await?;
        Ok((facts, opened))
    }

    /// How many statements a migration has; 0 where its file cannot be read.
    pub fn statements(&self, migration: &Migration) -> usize {
        let dialect = self.link.session.dialect();
        segue_engine::statements(dialect, migration).map_or(0, |statements| statements.len())
    }

    /// Where each migration stands.
    pub fn status(&self, opened: &Opened) -> Status<'_> {
        Status::of(&self.project, opened)
    }

    /// Deploys what is pending; `deployed` holds what was done also when it fails.
    ///
    /// # Errors
    /// See [`FailureKind`](crate::FailureKind).
    pub async fn deploy(
        &mut self,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
        deployed: &mut Deployed,
    ) -> Result<(), Failure> {
        self.may_deploy()?;
        if self.options.dry_run {
            return in_heap(deploy(self.request(interrupt, events), None, deployed)).await;
        }
        let mut monitor = Monitor::of(self, "deploy")?;
        let mut heard = monitor.heard(events);
        let done = self.deployed(interrupt, &mut heard, deployed).await;
        drop(heard);
        let end = end_of(&done, |()| End::Deployed(deployed));
        monitor.end(end, events).await;
        done
    }

    async fn deployed(
        &mut self,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
        deployed: &mut Deployed,
    ) -> Result<(), Failure> {
        Box::pin(backup::before_deploy(self, interrupt, events)).await?;
        let opener = self.link.opener.take();
        in_heap(deploy(self.request(interrupt, events), opener, deployed)).await?;
        Box::pin(gate::sample(self, deployed, events)).await;
        Ok(())
    }

    /// Ends what was expanded, once only the new app is left: before anything is taken away it is looked whether statements that
    /// need it still run ([`ContractOptions::gate`]).
    ///
    /// # Errors
    /// What is not expanded yet; statements that need what is taken away, and still run; see [`FailureKind`](crate::FailureKind).
    pub async fn contract(
        &mut self,
        wish: &ContractOptions,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Contracted, Failure> {
        let mut monitor = Monitor::of(self, "contract")?;
        let mut heard = monitor.heard(events);
        let done = self.contracted(wish, interrupt, &mut heard).await;
        drop(heard);
        let end = end_of(&done, End::Contracted);
        monitor.end(end, events).await;
        done
    }

    async fn contracted(
        &mut self,
        wish: &ContractOptions,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Contracted, Failure> {
        Box::pin(gate::pass(self, wish, interrupt, events)).await?;
        Box::pin(backup::before_contract(self, wish, interrupt, events)).await?;
        let opener = self.link.opener.take();
        let done = in_heap(contract(self.request(interrupt, events), opener, wish)).await?;
        gate::forget(self).await;
        Ok(done)
    }

    /// Takes back what was expanded, or is being expanded: the plan of this migration, else the last one; `None`: there is nothing
    /// of that kind.
    ///
    /// # Errors
    /// What cannot be taken back; see [`FailureKind`](crate::FailureKind).
    pub async fn rollback(
        &mut self,
        of: Option<&str>,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Option<RolledBack>, Failure> {
        let mut monitor = Monitor::of(self, "rollback")?;
        let opener = self.link.opener.take();
        let mut heard = monitor.heard(events);
        let done = in_heap(rollback(self.request(interrupt, &mut heard), opener, of)).await;
        drop(heard);
        if done.is_ok() {
            gate::forget(self).await;
        }
        let end = end_of(&done, |back| End::RolledBack(back.as_ref()));
        monitor.end(end, events).await;
        done
    }

    /// The rows that programs could not do; `retries`: after they went through once more.
    ///
    /// # Errors
    /// A program that cannot be run, or does not answer as it should; see [`FailureKind`](crate::FailureKind).
    pub async fn quarantine(
        &mut self,
        retries: bool,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Quarantine, Failure> {
        let mut monitor = Monitor::of(self, "quarantine")?;
        let opener = self.link.opener.take();
        let mut heard = monitor.heard(events);
        let done = quarantine(self.request(interrupt, &mut heard), opener, retries).await;
        drop(heard);
        let end = end_of(&done, |_| End::Other);
        monitor.end(end, events).await;
        done
    }

    /// Tells a deploy that runs elsewhere how to go on; gives the names of its migrations.
    ///
    /// # Errors
    /// That none is under way.
    pub async fn steer(&mut self, wish: Steering) -> Result<String, Failure> {
        let interrupt = Interrupt::never();
        let mut events = |_| {};
        steer(self.request(&interrupt, &mut events), wish).await
    }

    /// Rows that deploys write elsewhere, looked at for so long.
    ///
    /// # Errors
    /// What the server refused; a plan of another version.
    pub async fn writing(&mut self, time: Duration) -> Result<Vec<Writing>, Failure> {
        let interrupt = Interrupt::never();
        let mut events = |_| {};
        writing(self.request(&interrupt, &mut events), time).await
    }

    /// The running rollout and the database around it at this moment. Paces are those since the snapshot before.
    ///
    /// # Errors
    /// That there is nothing to watch in SQLite; what the server refused; a plan of another version.
    pub async fn watch(&mut self, watch: &mut Watch) -> Result<Watched, Failure> {
        let place = &self.options.place;
        watch
            .snapshot(&self.link.session, &self.project, place)
            .await
    }

    /// Ends what a session does that keeps one of segue's waiting, both by their processes, if it still does: its statement, or
    /// itself where it is idle in a transaction. Whether it was told.
    ///
    /// # Errors
    /// What the server refused: it takes the same role, or `pg_signal_backend`.
    pub async fn end_blocker(&mut self, waiter: &str, pid: &str) -> Result<bool, Failure> {
        end_blocker(&self.link.session, waiter, pid).await
    }

    /// Tries the steps of a plan that write rows in batches on a few blocks of their tables, and rolls that back.
    ///
    /// # Errors
    /// What the server refused; of a step that cannot be tried, why.
    pub async fn sample(&mut self, plan: &Plan) -> Result<Vec<Result<Sampled, Failure>>, Failure> {
        sample(&self.link.session, plan, &self.options.settings).await
    }

    /// Records a person's decision about a migration; gives its full name.
    ///
    /// # Errors
    /// A decision that contradicts the history; a lock that is held.
    pub async fn resolve(
        &mut self,
        name: &str,
        resolution: Resolution,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<String, Failure> {
        resolve(self.request(interrupt, events), name, resolution).await
    }

    /// Records migrations as applied without running them.
    ///
    /// # Errors
    /// A history that has begun already; a lock that is held.
    pub async fn baseline(
        &mut self,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Baselined, Failure> {
        baseline(self.request(interrupt, events)).await
    }

    pub(crate) fn request<'a>(
        &'a mut self,
        interrupt: &'a Interrupt,
        events: &'a mut (dyn FnMut(Event) + Send),
    ) -> Request<'a> {
        Request {
            session: &mut self.link.session,
            project: &self.project,
            options: &self.options,
            interrupt,
            events,
        }
    }

    /// Ends the connection, and the embedded server if there is one.
    pub async fn close(self) {
        self.link.close().await;
    }
}

/// What is told of how it ended.
fn end_of<'e, T>(done: &'e Result<T, Failure>, as_done: impl FnOnce(&'e T) -> End<'e>) -> End<'e> {
    match done {
        Ok(done) => as_done(done),
        Err(failure) => End::Failed(failure),
    }
}
