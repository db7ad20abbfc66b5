//! The trace of a command, told by OTLP: a span for the command, for each migration or plan, and for each step.
//!
//! Switched on by the standard variables (`OTEL_EXPORTER_OTLP_ENDPOINT` and others: opentelemetry.io, "OTLP Exporter Configuration").
//! Owns: which event begins and ends which span. Does not own: how spans reach a collector (`traces/export.rs`).

use std::{borrow::Cow, time::SystemTime};

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, SpanId, TraceFlags, TraceId, Value,
    trace::{Event as SpanEvent, SpanContext, SpanKind, Status, TraceState},
};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SpanData, SpanEvents, SpanLinks};
use segue_db::own::rollouts::State;
use segue_engine::{Event, Failure};
use segue_plan::Phase;
use segue_sql::Dialect;

use super::reporter::named;
use crate::Connected;

mod export;
mod parent;
#[cfg(test)]
mod tests;

pub(super) use export::Exporter;
use parent::Parent;

/// Follows the events of one command.
pub(super) struct Traces {
    ids: RandomIdGenerator,
    trace: TraceId,
    scope: InstrumentationScope,
    /// What the spans of this command have in common: which database it is.
    database: Vec<KeyValue>,
    /// Those that are open, the outer ones first: the command, a plan or a migration, a step.
    open: Vec<Open>,
    /// When the last step ended: what takes a step back tells of its end alone.
    ended: SystemTime,
}

/// A span that has begun.
struct Open {
    id: SpanId,
    parent: SpanId,
    parent_is_remote: bool,
    name: String,
    since: SystemTime,
    attributes: Vec<KeyValue>,
    events: Vec<SpanEvent>,
}

/// How deep spans of a kind are.
const PLAN: usize = 1;
const STEP: usize = 2;

impl Traces {
    /// Begins the trace of a command.
    pub(super) fn begin(command: &'static str, database: Vec<KeyValue>, now: SystemTime) -> Self {
        let parent = Parent::of_environment();
        let ids = RandomIdGenerator::default();
        let mut traces = Self {
            trace: parent.map_or_else(|| ids.new_trace_id(), |parent| parent.trace),
            ids,
            scope: InstrumentationScope::builder("segue")
                .with_version(env!("CARGO_PKG_VERSION"))
                .build(),
            database,
            open: Vec::new(),
            ended: now,
        };
        let mut attributes = vec![KeyValue::new("segue.command", command)];
        attributes.extend(traces.database.iter().cloned());
        traces.open(format!("segue {command}"), attributes, now);
        if let (Some(root), Some(parent)) = (traces.open.first_mut(), parent) {
            root.parent = parent.span;
            root.parent_is_remote = true;
        }
        traces
    }

    /// The spans that end with an event.
    pub(super) fn hear(&mut self, event: &Event, now: SystemTime) -> Vec<SpanData> {
        match event {
            Event::PlanBegins {
                rollout,
                becomes,
                migrations,
            } => {
                let ended = self.close(PLAN, None, now);
                let name = format!("{} {}", word(*becomes), named(migrations));
                self.open(name, plan(*rollout, migrations), now);
                ended
            }
            Event::Begins { name, .. } => {
                let ended = self.close(PLAN, None, now);
                let attributes = vec![KeyValue::new("segue.migration", name.clone())];
                self.open(format!("migration {name}"), attributes, now);
                ended
            }
            Event::StepBegins {
                phase,
                number,
                title,
                ..
            } => {
                let ended = self.close(STEP, None, now);
                self.open(title.clone(), step(Some(*phase), *number), now);
                ended
            }
            Event::StepUndone { number, title, .. } => self.undone(*number, title, now),
            Event::StepDone { .. } => self.close(STEP, None, now),
            Event::Applied { .. } | Event::Expanded(_) => self.close(PLAN, None, now),
            event => {
                self.note(event, now);
                Vec::new()
            }
        }
    }

    /// A step that was taken back, since the one before.
    fn undone(&mut self, number: usize, title: &str, now: SystemTime) -> Vec<SpanData> {
        let since = self.ended;
        let mut ended = self.close(STEP, None, now);
        self.open(format!("take back: {title}"), step(None, number), since);
        ended.extend(self.close(STEP, None, now));
        ended
    }

    /// What is waited for, noted at the innermost span each time that it is another thing.
    fn note(&mut self, event: &Event, now: SystemTime) {
        let reason = match event {
            Event::StepWaits { hold, .. } | Event::FillingWaits { hold, .. } => hold.name(),
            Event::WaitingForLock { .. } => "lock",
            Event::WaitingForDeploy(_) => "deploy",
            _ => return,
        };
        let Some(innermost) = self.open.last_mut() else {
            return;
        };
        let reason = KeyValue::new("segue.reason", reason);
        let is_same = |last: &SpanEvent| last.attributes.contains(&reason);
        if !innermost.events.last().is_some_and(is_same) {
            let waits = SpanEvent::new("waiting", now, vec![reason], 0);
            innermost.events.push(waits);
        }
    }

    /// The spans that end with the command.
    pub(super) fn end(&mut self, failure: Option<&Failure>, now: SystemTime) -> Vec<SpanData> {
        self.close(0, failure, now)
    }

    fn open(&mut self, name: String, attributes: Vec<KeyValue>, since: SystemTime) {
        let parent = self.open.last().map_or(SpanId::INVALID, |parent| parent.id);
        self.open.push(Open {
            id: self.ids.new_span_id(),
            parent,
            parent_is_remote: false,
            name,
            since,
            attributes,
            events: Vec::new(),
        });
    }

    /// Ends the spans that are so deep and deeper, the innermost first.
    fn close(&mut self, depth: usize, failure: Option<&Failure>, now: SystemTime) -> Vec<SpanData> {
        self.ended = now;
        let from = depth.min(self.open.len());
        let open = self.open.split_off(from);
        let ended = open.into_iter().rev();
        ended.map(|one| self.data(one, failure, now)).collect()
    }

    /// What the server said is left out: it can repeat a value of a row.
    fn data(&self, open: Open, failure: Option<&Failure>, now: SystemTime) -> SpanData {
        let mut attributes = open.attributes;
        let status = match failure {
            None => Status::Unset,
            Some(failure) => {
                attributes.push(KeyValue::new("error.type", failure.kind.name()));
                Status::error(failure.kind.name())
            }
        };
        let mut events = SpanEvents::default();
        events.events = open.events;
        SpanData {
            span_context: SpanContext::new(
                self.trace,
                open.id,
                TraceFlags::SAMPLED,
                false,
                TraceState::default(),
            ),
            parent_span_id: open.parent,
            parent_span_is_remote: open.parent_is_remote,
            span_kind: SpanKind::Internal,
            name: Cow::Owned(open.name),
            start_time: open.since,
            end_time: now,
            attributes,
            dropped_attributes_count: 0,
            events,
            links: SpanLinks::default(),
            status,
            instrumentation_scope: self.scope.clone(),
        }
    }
}

/// Which database it is (opentelemetry.io, "Semantic conventions for database client spans").
pub(super) fn database(connected: &Connected) -> Vec<KeyValue> {
    let Some(target) = &connected.target else {
        let system = match connected.link.session.dialect() {
            Dialect::Postgres => "postgresql",
            Dialect::Sqlite => "sqlite",
        };
        return vec![KeyValue::new("db.system.name", system)];
    };
    let mut attributes = vec![KeyValue::new("db.system.name", "postgresql")];
    let name = target.config.get_dbname().map(str::to_owned);
    attributes.extend(name.map(|name| KeyValue::new("db.namespace", name)));
    // of several it is not told which one took the connection
    if let [server] = target.endpoints.as_slice() {
        attributes.push(KeyValue::new("server.address", server.host.clone()));
        attributes.push(KeyValue::new("server.port", i64::from(server.port)));
    }
    attributes
}

fn word(becomes: State) -> &'static str {
    match becomes {
        State::RollingBack => "roll back",
        State::Contracting => "contract",
        _ => "expand",
    }
}

fn plan(rollout: i64, migrations: &[String]) -> Vec<KeyValue> {
    let names = migrations.iter().map(|name| name.clone().into());
    let names = Array::String(names.collect());
    vec![
        KeyValue::new("segue.rollout", rollout),
        KeyValue::new("segue.migrations", Value::Array(names)),
    ]
}

fn step(phase: Option<Phase>, number: usize) -> Vec<KeyValue> {
    let phase = phase.map(|phase| match phase {
        Phase::Expand => "expand",
        Phase::Contract => "contract",
    });
    let phase = phase.map(|phase| KeyValue::new("segue.phase", phase));
    let number = KeyValue::new("segue.step", i64::try_from(number).unwrap_or(i64::MAX));
    phase.into_iter().chain([number]).collect()
}
