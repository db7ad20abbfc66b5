//! What is told of a command to those who are not at its terminal: webhooks, metrics, traces.
//!
//! All of it is beside the work: what it is told of never waits for who is told, and no trouble of theirs stops it.
//!
//! Owns: which event is told to whom ([`Monitor`]), and who is told ([`Metrics`]).
//! Does not own: the events themselves (`segue_engine::Event`).
//! Reads next: `monitor/reporter.rs`, `monitor/courier.rs`, `monitor/metrics.rs`, `monitor/traces.rs`.

use std::time::SystemTime;

use segue_engine::{Contracted, Deployed, Event, Failure, RolledBack};

use crate::{Connected, logged::log};

mod address;
mod courier;
mod message;
pub(crate) mod metrics;
mod reporter;
mod traces;

use courier::Courier;
pub use metrics::Metrics;
use reporter::{Reporter, Subject};
use traces::{Exporter, Traces};

/// What a command came to.
pub(crate) enum End<'e> {
    /// A deploy that is done.
    Deployed(&'e Deployed),
    /// A second phase.
    Contracted(&'e Contracted),
    /// A way back; none where there was nothing to take back.
    RolledBack(Option<&'e RolledBack>),
    /// Another command that is done.
    Other,
    /// It stopped.
    Failed(&'e Failure),
}

/// Tells of one command.
pub(crate) struct Monitor {
    reporter: Reporter,
    couriers: Vec<Courier>,
    metrics: Option<Metrics>,
    traces: Option<(Traces, Exporter)>,
}

impl Monitor {
    /// Begins to tell of a command.
    ///
    /// # Errors
    /// What is wrong in `[[webhook]]`.
    pub(crate) fn of(connected: &Connected, command: &'static str) -> Result<Self, Failure> {
        let hooks = connected.webhooks.clone()?;
        let couriers = hooks.iter().map(Courier::of).collect::<Result<_, _>>()?;
        Ok(Self {
            reporter: Reporter::of(Subject {
                command,
                database: connected.database.clone(),
                project: connected.project_name.clone(),
                environment: connected.environment.clone(),
            }),
            couriers,
            metrics: connected.metrics.clone(),
            traces: Exporter::of_environment().map(|exporter| {
                let database = traces::database(connected);
                let traces = Traces::begin(command, database, SystemTime::now());
                (traces, exporter)
            }),
        })
    }

    /// The same events, each told of first.
    pub(crate) fn heard<'e>(
        &'e mut self,
        events: &'e mut (dyn FnMut(Event) + Send),
    ) -> impl FnMut(Event) + Send + use<'e> {
        move |event| {
            log(&event);
            self.hear(&event);
            for trouble in self.troubles() {
                events(Event::Notice(trouble));
            }
            events(event);
        }
    }

    fn hear(&mut self, event: &Event) {
        if let Some(metrics) = &self.metrics {
            metrics.hear(event);
        }
        if let Some((traces, exporter)) = &mut self.traces {
            exporter.take(traces.hear(event, SystemTime::now()));
        }
        if self.couriers.is_empty() {
            return;
        }
        if let Some(note) = self.reporter.hear(event) {
            for courier in &mut self.couriers {
                courier.take(&note, self.reporter.subject());
            }
        }
    }

    /// What there is to say of those who could not be told: once of each.
    fn troubles(&mut self) -> Vec<String> {
        let troubles = self.couriers.iter_mut().filter_map(Courier::trouble);
        let mut troubles: Vec<String> = troubles.collect();
        if let Some(metrics) = &self.metrics {
            metrics.untold(troubles.len());
        }
        let exporter = self.traces.as_mut().map(|(_, exporter)| exporter);
        troubles.extend(exporter.and_then(Exporter::trouble));
        troubles
    }

    /// Tells of the end, and waits for what is still on its way: not for long.
    pub(crate) async fn end(mut self, end: End<'_>, events: &mut (dyn FnMut(Event) + Send)) {
        if let (Some(metrics), End::Failed(failure)) = (&self.metrics, &end) {
            metrics.failed(failure.kind);
        }
        let failure = match &end {
            End::Failed(failure) => Some(*failure),
            _ => None,
        };
        for note in self.reporter.end(&end) {
            for courier in &mut self.couriers {
                courier.take(&note, self.reporter.subject());
            }
        }
        let told = async {
            if let Some((traces, exporter)) = &mut self.traces {
                exporter.take(traces.end(failure, SystemTime::now()));
                exporter.arrive().await;
            }
        };
        tokio::join!(courier::arrive(&mut self.couriers), told);
        for trouble in self.troubles() {
            events(Event::Notice(trouble));
        }
    }
}
