//! What happens during a deploy, as it happens: lines and a progress bar on stderr.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use segue::{Blocker, Event, Hold, Holder, Progress, Retry};

use super::{
    clean,
    event_lines::{self, word},
    filling::{self, Lines},
    time,
};
use crate::args::Common;

/// Shows events.
pub(crate) struct Show {
    silent: bool,
    verbose: bool,
    /// Each event is a line of JSON.
    as_lines: bool,
    bar: Option<ProgressBar>,
    /// The last chain that was shown: the same one is not shown again and again.
    chain: Vec<String>,
    /// It has been said that the file is locked.
    is_locked: bool,
    current: String,
    /// Of rows that are written in batches, where there is no bar.
    lines: Lines,
}

impl Show {
    pub(crate) fn new(common: &Common) -> Self {
        let silent = common.quiet || common.is_json();
        let bar = (!silent && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}")
                .expect("the template is right");
            let target = ProgressDrawTarget::stderr_with_hz(10);
            ProgressBar::with_draw_target(Some(0), target).with_style(style)
        });
        Self {
            silent,
            verbose: common.verbose,
            as_lines: false,
            bar,
            chain: Vec::new(),
            is_locked: false,
            current: String::new(),
            lines: Lines::default(),
        }
    }

    /// The same; `as_lines`: as data for programs, in the place of what is for people.
    pub(crate) fn with_events(common: &Common, as_lines: bool) -> Self {
        let mut show = Self::new(common);
        if as_lines {
            show.end();
            show.bar = None;
            show.silent = true;
            show.as_lines = true;
        }
        show
    }

    /// The server did not answer yet.
    pub(crate) fn retry(&mut self, retry: &Retry) {
        if retry.attempts == 1 || self.verbose {
            self.line(&format!(
                "waiting for the server: {} (for up to {} more)",
                clean(&retry.cause),
                time(retry.left)
            ));
        }
    }

    /// Something happened in a deploy.
    pub(crate) fn event(&mut self, event: &Event) {
        if self.as_lines {
            // there are ten of them a second
            if matches!(event, Event::Batch { .. }) && !self.verbose {
                return;
            }
            tell!("{}", event_lines::object(event));
            return;
        }
        match event {
            Event::StepBegins { .. }
            | Event::StepWaits { .. }
            | Event::StepDone { .. }
            | Event::StepUndone { .. }
            | Event::Expanded(_) => self.step(event),
            Event::Begins {
                name,
                number,
                of,
                resumed_at,
            } => {
                self.current = clean(name);
                self.chain.clear();
                self.is_locked = false;
                if let Some(bar) = &self.bar {
                    bar.set_length(*of as u64);
                    bar.set_position(*number as u64 - 1);
                    bar.set_message(self.current.clone());
                }
                if *resumed_at > 0 {
                    self.line(&format!(
                        "{}: going on at statement {}",
                        self.current,
                        resumed_at + 1
                    ));
                }
            }
            Event::Statement { done, of } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("{} (statement {done} of {of})", self.current));
                }
            }
            Event::PlanBegins { .. } | Event::Batch { .. } => {}
            Event::Filling(progress) => self.filling(progress),
            Event::FillingWaits { table, hold } => {
                self.line(&format!("{}: {}", clean(table), clean(&hold.to_string())));
            }
            Event::Applied { name, elapsed } => {
                self.line(&format!("applied {}  {}", clean(name), time(*elapsed)));
            }
            Event::WaitingForDeploy(holder) => self.line(&waiting(holder.as_ref())),
            Event::WaitingForLock { chain, since } if chain.is_empty() => {
                self.locked(&time(*since));
            }
            Event::WaitingForLock { chain, since } => self.blocked(chain, &time(*since)),
            Event::Retrying { tries, pause } if self.verbose => self.line(&format!(
                "no lock at try {tries}; rolled back, again in {}",
                time(*pause)
            )),
            Event::Retrying { .. } => {}
            Event::EndedBlocker(ended) => {
                self.line(&format!(
                    "ended what kept us waiting: {}",
                    blocker(ended).trim_start()
                ));
            }
            Event::DroppedLeftover(index) => self.line(&format!(
                "dropped {}, left invalid by an index build that failed",
                clean(index)
            )),
            Event::Notice(notice) => {
                if self.verbose || !notice.starts_with("notice") {
                    self.line(&clean(notice));
                }
            }
        }
    }

    /// With a bar at every event, else a line from time to time.
    fn filling(&mut self, progress: &Progress) {
        match &self.bar {
            Some(bar) => bar.set_message(filling::line(progress)),
            None if self.lines.are_due(progress) => self.line(&filling::line(progress)),
            None => {}
        }
    }

    /// Something happened to a step of a plan.
    fn step(&mut self, event: &Event) {
        match event {
            Event::StepBegins {
                phase,
                number,
                of,
                title,
            } => {
                self.current = format!("{} {number} of {of}", word(*phase));
                self.chain.clear();
                if let Some(bar) = &self.bar {
                    bar.set_length(*of as u64);
                    bar.set_position(*number as u64 - 1);
                    bar.set_message(clean(title));
                }
            }
            Event::StepWaits {
                phase,
                number,
                of,
                title,
                hold,
            } => {
                let why = match hold {
                    Hold::Closed(until) => format!("waits for the time window of {until}"),
                    hold => format!("waits: {hold}"),
                };
                self.line(&format!(
                    "{} {number}/{of}  {}: {why}",
                    word(*phase),
                    clean(title)
                ));
            }
            Event::StepDone {
                phase,
                number,
                of,
                title,
                elapsed,
            } => self.line(&format!(
                "{} {number}/{of}  {}  {}",
                word(*phase),
                clean(title),
                time(*elapsed)
            )),
            Event::StepUndone { number, of, title } => {
                self.line(&format!("taken back {number}/{of}  {}", clean(title)))
            }
            _ => {}
        }
    }

    /// SQLite does not tell who it is.
    fn locked(&mut self, since: &str) {
        if self.is_locked {
            return;
        }
        self.is_locked = true;
        let who = self.who();
        self.line(&format!(
            "{who} waits for another connection to the file, {since} so far"
        ));
    }

    /// What is under way: the step or the migration that has begun last. Of a step that is taken back no beginning is told.
    fn who(&self) -> &str {
        match self.current.as_str() {
            "" => "segue",
            current => current,
        }
    }

    fn blocked(&mut self, chain: &[Blocker], since: &str) {
        let lines: Vec<String> = chain.iter().map(blocker).collect();
        let identities: Vec<String> = chain.iter().map(|b| b.pid.clone()).collect();
        if identities == self.chain {
            return;
        }
        self.chain = identities;
        let who = self.who();
        self.line(&format!("{who} waits for a lock, {since} so far:"));
        for line in lines {
            self.line(&line);
        }
    }

    /// Prints a line above the progress bar.
    fn line(&self, line: &str) {
        if self.silent {
            return;
        }
        match &self.bar {
            Some(bar) => bar.suspend(|| tell!("{line}")),
            None => tell!("{line}"),
        }
    }

    /// Takes the progress bar away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn waiting(holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => format!(
            "waiting for another deploy: process {} of {} {}",
            holder.pid,
            clean(&holder.user),
            clean(&holder.application)
        ),
        None => "waiting for another deploy".to_owned(),
    }
}

fn blocker(blocker: &Blocker) -> String {
    let indent = "  ".repeat(blocker.depth as usize);
    let who = if blocker.pid == "0" {
        String::new()
    } else {
        format!("process {}, ", blocker.pid)
    };
    let application = if blocker.application.is_empty() {
        String::new()
    } else {
        format!(" ({})", clean(&blocker.application))
    };
    let relation = blocker
        .relation
        .as_deref()
        .map_or_else(String::new, |relation| {
            format!(", holds {}", clean(relation))
        });
    format!(
        "{indent}blocked by {who}user {}{application}: {}, open for {}{relation}",
        clean(&blocker.user),
        clean(&blocker.state),
        blocker.open_for
    )
}
