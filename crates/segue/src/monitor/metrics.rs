//! Numbers of what runs, for Prometheus and what reads its text.
//!
//! Owns: where they are handed out, and which event is which number. Which numbers there are: `metrics/instruments.rs`.

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use segue_db::own::rollouts::State;
use segue_engine::{Event, Failure, FailureKind, Progress};
use segue_plan::Phase;
use tokio::task::JoinHandle;

mod instruments;
mod serve;

use instruments::Instruments;

/// Numbers of what runs: `Migrator::metrics` has them follow what it does.
#[derive(Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

struct Inner {
    state: Arc<Mutex<Numbers>>,
    address: Option<SocketAddr>,
    server: Option<JoinHandle<()>>,
}

/// The numbers, and what has to be known to go on with them.
struct Numbers {
    numbers: Instruments,
    /// How many rows were counted of the step under way, by table.
    rows: BTreeMap<String, u64>,
    /// What is waited for, and since when.
    waits: BTreeMap<&'static str, Instant>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Metrics");
        debug.field("address", &self.inner.address).finish()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Numbers that are read by [`text`](Self::text) alone.
    pub fn new() -> Self {
        Self::with(Numbers::new(), None, None)
    }

    /// Numbers that are handed out over HTTP, under `/metrics`, as long as somebody holds them: `127.0.0.1:9187`, `:9187` for
    /// all addresses of the machine, or a port of its own.
    ///
    /// # Errors
    /// An address that cannot be listened on: another program does, or the machine has none such.
    pub async fn listen(address: &str) -> Result<Self, Failure> {
        let listener = serve::listen(address).await?;
        let bound = listener.local_addr().ok();
        let state = Arc::new(Mutex::new(Numbers::new()));
        let read = Arc::clone(&state);
        let text = move || lock(&read).numbers.text();
        let server = tokio::spawn(serve::accept(listener, Arc::new(text)));
        let inner = Inner {
            state,
            address: bound,
            server: Some(server),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    fn with(state: Numbers, address: Option<SocketAddr>, server: Option<JoinHandle<()>>) -> Self {
        let inner = Inner {
            state: Arc::new(Mutex::new(state)),
            address,
            server,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Where they are handed out.
    pub fn address(&self) -> Option<SocketAddr> {
        self.inner.address
    }

    /// All numbers as they are now, as Prometheus reads them (prometheus.io, "Text-based format").
    pub fn text(&self) -> String {
        lock(&self.inner.state).numbers.text()
    }

    pub(crate) fn hear(&self, event: &Event) {
        lock(&self.inner.state).hear(event);
    }

    /// So many webhooks could not be told.
    pub(crate) fn untold(&self, many: usize) {
        if many > 0 {
            let state = lock(&self.inner.state);
            state.numbers.webhook_failures.inc_by(many as u64);
        }
    }

    pub(crate) fn failed(&self, kind: FailureKind) {
        let mut state = lock(&self.inner.state);
        state.goes_on();
        state.numbers.errors.with_label_values(&[kind.name()]).inc();
    }
}

fn lock(state: &Mutex<Numbers>) -> MutexGuard<'_, Numbers> {
    // what is in it is whole between any two statements
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Numbers {
    fn new() -> Self {
        Self {
            numbers: Instruments::new(),
            rows: BTreeMap::new(),
            waits: BTreeMap::new(),
        }
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::PlanBegins {
                rollout, becomes, ..
            } => self.plan(*rollout, *becomes),
            Event::StepBegins {
                phase,
                number,
                of,
                title,
            } => self.step(*phase, *number, *of, title),
            Event::StepDone { phase, .. } => {
                self.goes_on();
                let done = &self.numbers.steps_done;
                done.with_label_values(&[word(*phase)]).inc();
            }
            Event::StepUndone { .. } => {
                self.goes_on();
                self.numbers.steps_undone.inc();
            }
            Event::Begins { number, of, .. } => {
                self.goes_on();
                self.numbers.migration.set(*number as f64);
                self.numbers.migrations.set(*of as f64);
            }
            Event::Statement { .. } => self.ends("lock"),
            Event::Filling(progress) => self.filling(progress),
            Event::Batch { took, .. } => {
                self.goes_on();
                self.numbers.batches.observe(took.as_secs_f64());
            }
            Event::StepWaits { hold, .. } | Event::FillingWaits { hold, .. } => {
                self.waits(hold.name());
            }
            Event::WaitingForLock { .. } => self.waits("lock"),
            Event::WaitingForDeploy(_) => self.waits("deploy"),
            Event::Retrying { .. } => self.numbers.lock_tries.inc(),
            Event::EndedBlocker(_) => self.numbers.ended_blockers.inc(),
            Event::Notice(text) if text.starts_with("warning") => self.numbers.warnings.inc(),
            Event::Expanded(_)
            | Event::Applied { .. }
            | Event::Notice(_)
            | Event::DroppedLeftover(_) => {}
        }
    }

    fn plan(&mut self, rollout: i64, becomes: State) {
        self.goes_on();
        let rollouts = &self.numbers.rollout;
        rollouts.reset();
        let labels = [&rollout.to_string(), becomes.name()];
        rollouts.with_label_values(&labels).set(1.0);
    }

    fn step(&mut self, phase: Phase, number: usize, of: usize, title: &str) {
        self.goes_on();
        self.rows.clear();
        let numbers = &self.numbers;
        numbers.forget_rows();
        numbers.step.reset();
        let phase = word(phase);
        numbers
            .step
            .with_label_values(&[phase, title])
            .set(number as f64);
        numbers.steps.with_label_values(&[phase]).set(of as f64);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        numbers
            .step_begun
            .set(now.map_or(0.0, |time| time.as_secs_f64()));
    }

    fn filling(&mut self, progress: &Progress) {
        let table = [progress.table.as_str()];
        let numbers = &self.numbers;
        let counted = self.rows.entry(progress.table.clone()).or_default();
        let more = progress.rows.saturating_sub(*counted);
        *counted = progress.rows;
        numbers.rows.with_label_values(&table).inc_by(more);
        numbers.done.with_label_values(&table).set(progress.done);
        numbers
            .rows_per_second
            .with_label_values(&table)
            .set(progress.per_second);
        if progress.done > 0.0 {
            // as many as there were in what is done
            let left = progress.rows as f64 / progress.done * (1.0 - progress.done);
            numbers.rows_left.with_label_values(&table).set(left);
        }
        if let Some(left) = progress.left {
            let seconds = left.as_secs_f64();
            numbers.time_left.with_label_values(&table).set(seconds);
        }
    }

    /// It is waited for something.
    fn waits(&mut self, reason: &'static str) {
        let numbers = &self.numbers;
        numbers.waiting.with_label_values(&[reason]).set(1.0);
        if !self.waits.contains_key(reason) {
            numbers.waits.with_label_values(&[reason]).inc();
            self.waits.insert(reason, Instant::now());
        }
    }

    /// It is not waited for this any more.
    fn ends(&mut self, reason: &str) {
        if let Some((reason, since)) = self.waits.remove_entry(reason) {
            let numbers = &self.numbers;
            numbers.waiting.with_label_values(&[reason]).set(0.0);
            numbers
                .waited
                .with_label_values(&[reason])
                .inc_by(since.elapsed().as_secs_f64());
        }
    }

    /// Nothing is waited for any more.
    fn goes_on(&mut self) {
        let reasons: Vec<&'static str> = self.waits.keys().copied().collect();
        for reason in reasons {
            self.ends(reason);
        }
    }
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Expand => "expand",
        Phase::Contract => "contract",
    }
}

#[cfg(test)]
#[path = "metrics/tests.rs"]
mod tests;
