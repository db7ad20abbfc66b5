//! Which numbers there are. Names follow Prometheus' conventions (prometheus.io, "Metric and label naming"): base units, `_total` for
//! what only grows.

use prometheus::{
    CounterVec, Encoder, Gauge, GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec,
    Opts, Registry, TextEncoder, core::Collector,
};

/// All numbers.
pub(super) struct Instruments {
    registry: Registry,
    pub(super) rollout: GaugeVec,
    pub(super) step: GaugeVec,
    pub(super) steps: GaugeVec,
    pub(super) step_begun: Gauge,
    pub(super) steps_done: IntCounterVec,
    pub(super) steps_undone: IntCounter,
    pub(super) migration: Gauge,
    pub(super) migrations: Gauge,
    pub(super) rows: IntCounterVec,
    pub(super) rows_left: GaugeVec,
    pub(super) done: GaugeVec,
    pub(super) rows_per_second: GaugeVec,
    pub(super) time_left: GaugeVec,
    pub(super) batches: Histogram,
    pub(super) waiting: GaugeVec,
    pub(super) waits: IntCounterVec,
    pub(super) waited: CounterVec,
    pub(super) lock_tries: IntCounter,
    pub(super) ended_blockers: IntCounter,
    pub(super) warnings: IntCounter,
    pub(super) webhook_failures: IntCounter,
    pub(super) errors: IntCounterVec,
}

/// Seconds: a batch takes 50 to 100 ms where nothing else is said.
const BATCHES: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0];

const TABLE: &[&str] = &["table"];
const REASON: &[&str] = &["reason"];

impl Instruments {
    pub(super) fn new() -> Self {
        let registry = Registry::new();
        let made = Made(&registry);
        made.gauges("segue_build_info", "The version of segue.", &["version"])
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1.0);
        Self {
            rollout: made.gauges(
                "segue_rollout_info",
                "The plan that is carried out, and what it is: expanding, contracting, rolling back.",
                &["rollout", "state"],
            ),
            step: made.gauges(
                "segue_step_number",
                "The number of the step that is under way, from 1.",
                &["phase", "title"],
            ),
            steps: made.gauges("segue_steps", "How many steps the phase has.", &["phase"]),
            step_begun: made.gauge(
                "segue_step_start_time_seconds",
                "When the step that is under way was begun, or gone on with, by this machine's clock.",
            ),
            steps_done: made.counters("segue_steps_done_total", "Steps that are done.", &["phase"]),
            steps_undone: made.counter("segue_steps_undone_total", "Steps that are taken back."),
            migration: made.gauge(
                "segue_migration_number",
                "Which of the migrations that run as written is under way, from 1.",
            ),
            migrations: made.gauge("segue_migrations", "How many migrations run as written."),
            rows: made.counters(
                "segue_rows_written_total",
                "Rows that are written in batches, those of earlier runs of the step included.",
                TABLE,
            ),
            rows_left: made.gauges(
                "segue_rows_left",
                "How many rows are left to write, estimated from the part of the table that is done.",
                TABLE,
            ),
            done: made.gauges(
                "segue_table_done_ratio",
                "How much of the table is done, from 0 to 1.",
                TABLE,
            ),
            rows_per_second: made.gauges(
                "segue_rows_per_second",
                "How many rows a second were written over the last seconds.",
                TABLE,
            ),
            time_left: made.gauges(
                "segue_time_left_seconds",
                "How long the table will take from now on, at this pace.",
                TABLE,
            ),
            batches: made.histogram(
                "segue_batch_duration_seconds",
                "How long batches took that are committed.",
            ),
            waiting: made.gauges(
                "segue_waiting",
                "1 while it is waited for this reason.",
                REASON,
            ),
            waits: made.counters("segue_waits_total", "How often it was waited.", REASON),
            waited: made.seconds(
                "segue_wait_seconds_total",
                "How long it was waited, waits that are over alone.",
                REASON,
            ),
            lock_tries: made.counter(
                "segue_lock_tries_failed_total",
                "Tries that got no lock in time.",
            ),
            ended_blockers: made.counter(
                "segue_blockers_ended_total",
                "Sessions that were ended because they were in the way.",
            ),
            warnings: made.counter("segue_warnings_total", "Warnings, the server's included."),
            webhook_failures: made.counter(
                "segue_webhook_failures_total",
                "Webhooks that could not be told of something.",
            ),
            errors: made.counters(
                "segue_errors_total",
                "Commands that stopped, by what may be done next.",
                &["kind"],
            ),
            registry,
        }
    }

    /// What is said of the rows of a step goes with it.
    pub(super) fn forget_rows(&self) {
        for gauges in [
            &self.rows_left,
            &self.done,
            &self.rows_per_second,
            &self.time_left,
        ] {
            gauges.reset();
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut text)
            .expect("a vector takes all, and every family has numbers");
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Makes numbers, which are all known to a registry.
struct Made<'r>(&'r Registry);

impl Made<'_> {
    fn known<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        let made = made.expect("the name is right");
        let known = self.0.register(Box::new(made.clone()));
        known.expect("no two have the same name");
        made
    }

    fn gauge(&self, name: &str, help: &str) -> Gauge {
        self.known(Gauge::new(name, help))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> GaugeVec {
        self.known(GaugeVec::new(Opts::new(name, help), labels))
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.known(IntCounter::new(name, help))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.known(IntCounterVec::new(Opts::new(name, help), labels))
    }

    fn seconds(&self, name: &str, help: &str, labels: &[&str]) -> CounterVec {
        self.known(CounterVec::new(Opts::new(name, help), labels))
    }

    fn histogram(&self, name: &str, help: &str) -> Histogram {
        let options = HistogramOpts::new(name, help).buckets(BATCHES.to_vec());
        self.known(Histogram::with_opts(options))
    }
}
