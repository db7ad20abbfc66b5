//! Which events are occasions to tell of.

use jiff::Timestamp;
use segue_db::{own::rollouts::State, postgres::blockers::Blocker};
use segue_engine::{Busy, Contracted, Deployed, Event, Expanded, Failure, Hold};
use segue_plan::Phase;
use segue_project::{Opening, config::Occasion};
use serde_json::{Map, Value, json};

use super::End;

/// Whose command it is.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) command: &'static str,
    /// In words without a secret.
    pub(super) database: String,
    pub(super) project: Option<String>,
    pub(super) environment: Option<String>,
}

/// Something to tell.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) occasion: Occasion,
    pub(super) at: Timestamp,
    /// For people, without a full stop.
    pub(super) text: String,
    pub(super) migrations: Vec<String>,
    /// What else there is to say of it, for programs.
    pub(super) details: Map<String, Value>,
    /// Of a wait that is told again and again: which wait it is, and how long it has lasted.
    pub(super) wait: Option<(u64, std::time::Duration)>,
}

/// Hears the events of one command.
pub(super) struct Reporter {
    subject: Subject,
    /// It was told that it has started.
    has_started: bool,
    migrations: Vec<String>,
    step: Option<Step>,
    /// How many steps, or migrations, were begun: a wait belongs to one of them.
    begun: u64,
}

struct Step {
    phase: Phase,
    number: usize,
    of: usize,
    title: String,
}

impl Step {
    fn words(&self) -> String {
        let (number, of, title) = (self.number, self.of, &self.title);
        format!("{} {number} of {of}, {title}", word(self.phase))
    }

    fn document(&self) -> Value {
        json!({ "phase": word(self.phase), "number": self.number, "of": self.of, "title": self.title })
    }
}

fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Expand => "expand",
        Phase::Contract => "contract",
    }
}

impl Reporter {
    pub(super) fn of(subject: Subject) -> Self {
        Self {
            subject,
            has_started: false,
            migrations: Vec::new(),
            step: None,
            begun: 0,
        }
    }

    pub(super) fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What there is to tell of an event.
    pub(super) fn hear(&mut self, event: &Event) -> Option<Note> {
        match event {
            Event::PlanBegins {
                becomes,
                migrations,
                ..
            } => {
                self.migrations.clone_from(migrations);
                let what = match becomes {
                    State::RollingBack => "taking back",
                    State::Contracting => "contract of",
                    _ => "expand of",
                };
                self.started(format!("{what} {}", named(migrations)))
            }
            Event::Begins {
                name, number, of, ..
            } => {
                self.begun += 1;
                self.migrations = vec![name.clone()];
                self.started(format!("{name}, {number} of {of}"))
            }
            Event::StepBegins {
                phase,
                number,
                of,
                title,
            } => {
                self.begun += 1;
                self.step = Some(Step {
                    phase: *phase,
                    number: *number,
                    of: *of,
                    title: title.clone(),
                });
                None
            }
            Event::WaitingForDeploy(_) => Some(self.note(
                Occasion::WaitingForLock,
                "waits for another deploy".to_owned(),
            )),
            Event::WaitingForLock { chain, since } => {
                let mut note = self.note(
                    Occasion::WaitingForLock,
                    self.locked(chain, since.as_secs_f64()),
                );
                let milliseconds = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
                note.details
                    .insert("milliseconds".to_owned(), json!(milliseconds));
                let blockers: Vec<Value> = chain.iter().map(Blocker::document).collect();
                note.details.insert("blockers".to_owned(), json!(blockers));
                note.wait = Some((self.begun, *since));
                Some(note)
            }
            Event::StepWaits {
                phase,
                number,
                of,
                title,
                hold,
            } => {
                self.step = Some(Step {
                    phase: *phase,
                    number: *number,
                    of: *of,
                    title: title.clone(),
                });
                match hold {
                    Hold::Closed(until) => {
                        let why = format!("for the time window of {until}");
                        Some(self.waits_for_window(&why, Some(until)))
                    }
                    hold => self.held(hold),
                }
            }
            Event::FillingWaits { hold, .. } => self.held(hold),
            Event::Expanded(expanded) => Some(self.expanded(expanded)),
            _ => None,
        }
    }

    /// What there is to tell of how it ended.
    pub(super) fn end(&mut self, end: &End<'_>) -> Vec<Note> {
        match end {
            End::Deployed(deployed) => self.deployed(deployed),
            End::Contracted(contracted) => self.contracted(contracted),
            End::RolledBack(Some(back)) => {
                self.migrations.clone_from(&back.migrations);
                let text = format!("{} is rolled back", named(&self.migrations));
                vec![self.note(Occasion::RolledBack, text)]
            }
            End::RolledBack(None) | End::Other => Vec::new(),
            End::Failed(failure) => vec![self.failed(failure)],
        }
    }

    fn started(&mut self, what: String) -> Option<Note> {
        if std::mem::replace(&mut self.has_started, true) {
            return None;
        }
        Some(self.note(Occasion::Started, format!("has started: {what}")))
    }

    fn locked(&self, chain: &[Blocker], seconds: f64) -> String {
        let what = self.where_it_is();
        match chain.first() {
            Some(first) => format!(
                "{what} waits for a lock, for {seconds:.1} s so far: blocked by process {} of user {} ({}), open for {}",
                first.pid, first.user, first.state, first.open_for
            ),
            None => format!("{what} waits for a lock, for {seconds:.1} s so far"),
        }
    }

    fn where_it_is(&self) -> String {
        match &self.step {
            Some(step) => step.words(),
            None => named(&self.migrations),
        }
    }

    fn held(&self, hold: &Hold) -> Option<Note> {
        match hold {
            Hold::Closed(opening) => Some(self.waits_for_window(&hold.to_string(), Some(opening))),
            Hold::Busy(Busy::Over { .. }) => Some(self.waits_for_window(&hold.to_string(), None)),
            Hold::Slower { times, most } => {
                let text = format!("{} waits: {hold}", self.where_it_is());
                let mut note = self.note(Occasion::WaitingForApp, text);
                note.details.insert("times".to_owned(), json!(times));
                note.details.insert("max_slowdown".to_owned(), json!(most));
                Some(note)
            }
            _ => None,
        }
    }

    fn waits_for_window(&self, why: &str, opening: Option<&Opening>) -> Note {
        let text = format!("{} waits: {why}", self.where_it_is());
        let mut note = self.note(Occasion::WaitingForWindow, text);
        note.details.insert(
            "until".to_owned(),
            json!(opening.map(|opening| opening.at.to_string())),
        );
        note
    }

    fn expanded(&self, expanded: &Expanded) -> Note {
        let text = format!(
            "{} is expanded: the new app may start",
            named(&expanded.migrations)
        );
        let mut note = self.note(Occasion::Expanded, text);
        note.migrations.clone_from(&expanded.migrations);
        note.details
            .insert("steps".to_owned(), json!(expanded.steps));
        note.details.insert(
            "steps_waiting_for_contract".to_owned(),
            json!(expanded.contract),
        );
        note
    }

    fn deployed(&mut self, deployed: &Deployed) -> Vec<Note> {
        let mut notes = Vec::new();
        if !deployed.applied.is_empty() {
            self.migrations = deployed
                .applied
                .iter()
                .map(|one| one.name.clone())
                .collect();
            let text = format!("{} is applied", named(&self.migrations));
            notes.push(self.note(Occasion::Applied, text));
        }
        let expanded = deployed.expanded.last().filter(|one| one.contract > 0);
        let waits = match (expanded, &deployed.waiting) {
            (Some(expanded), _) => Some((&expanded.migrations, None)),
            (None, Some(waiting)) => Some((&waiting.migrations, Some(&waiting.since))),
            (None, None) => None,
        };
        if let Some((migrations, since)) = waits {
            self.migrations.clone_from(migrations);
            notes.push(self.waits_for_contract(since.map(String::as_str)));
        }
        notes
    }

    fn waits_for_contract(&self, since: Option<&str>) -> Note {
        let since_when = since.map_or_else(String::new, |since| format!(" since {since}"));
        let text = format!(
            "{} waits for contract{since_when}: `segue contract` once only the new app runs",
            named(&self.migrations)
        );
        let mut note = self.note(Occasion::WaitingForContract, text);
        note.details.insert("since".to_owned(), json!(since));
        note
    }

    fn contracted(&mut self, contracted: &Contracted) -> Vec<Note> {
        match contracted {
            Contracted::Nothing => Vec::new(),
            Contracted::TooEarly { migrations, .. } => {
                self.migrations.clone_from(migrations);
                vec![self.waits_for_contract(None)]
            }
            Contracted::Done { migrations, steps } => {
                self.migrations.clone_from(migrations);
                let text = format!("{} is contracted", named(migrations));
                let mut note = self.note(Occasion::Contracted, text);
                note.details.insert("steps".to_owned(), json!(steps));
                vec![note]
            }
        }
    }

    fn failed(&self, failure: &Failure) -> Note {
        let problem = failure.problems.first();
        let message = problem.map_or("", |problem| problem.message.as_str());
        let mut note = self.note(Occasion::Failed, format!("stopped: {message}"));
        let details = &mut note.details;
        details.insert("kind".to_owned(), json!(failure.kind.name()));
        details.insert("problem".to_owned(), json!(message));
        let help = problem.and_then(|problem| problem.help.as_deref());
        details.insert("help".to_owned(), json!(help));
        note
    }

    fn note(&self, occasion: Occasion, text: String) -> Note {
        let mut details = Map::new();
        details.insert(
            "step".to_owned(),
            self.step.as_ref().map_or(Value::Null, Step::document),
        );
        Note {
            occasion,
            at: Timestamp::now(),
            text,
            migrations: self.migrations.clone(),
            details,
            wait: None,
        }
    }
}

/// Names of migrations, for people.
pub(super) fn named(migrations: &[String]) -> String {
    match migrations {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, .., last] => format!("{} migrations, {first} to {last},", migrations.len()),
    }
}
