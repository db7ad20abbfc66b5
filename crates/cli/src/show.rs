//! What people and programs get to see.

use std::{
    fmt::Arguments,
    io::{self, ErrorKind, Write},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use segue::Connected;
use serde_json::json;

use crate::args::Common;

/// A line on standard output, written as `println!` does.
macro_rules! out {
    ($($text:tt)*) => {
        $crate::show::line(format_args!($($text)*))
    };
}

/// A line on standard error, written as `eprintln!` does; where nobody can read it, the work goes on all the same.
macro_rules! tell {
    () => {
        $crate::show::told(format_args!("\n"))
    };
    ($($text:tt)*) => {
        $crate::show::told(format_args!("{}\n", format_args!($($text)*)))
    };
}

pub(crate) mod ask;
pub(crate) mod difference;
pub(crate) mod event_lines;
pub(crate) mod events;
mod filling;
pub(crate) mod finding;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod page;
pub(crate) mod problem;
pub(crate) mod sarif;

/// A text on standard error, in one piece. A reader that is gone and a disk that is full stop no deploy half-way.
pub(crate) fn told(text: Arguments<'_>) {
    let _ = anstream::stderr().write_all(text.to_string().as_bytes());
}

/// A line on standard output. A reader that has seen enough (`| head`) is no error: what was asked is done.
pub(crate) fn line(text: Arguments<'_>) {
    if let Err(error) = write(&format!("{text}\n"))
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.store(true, Ordering::Relaxed);
        tell!("error: standard output cannot be written to: {error}");
    }
}

/// Whether something that was to be said did not get out.
static LOST: AtomicBool = AtomicBool::new(false);

/// The code to exit with: what did not get out is a failure, whatever came of the command.
pub(crate) fn code(of_command: u8) -> u8 {
    match LOST.load(Ordering::Relaxed) && of_command == crate::exit::DONE {
        true => crate::exit::FAILED,
        false => of_command,
    }
}

/// Where colours are taken out, a text would be written in as many pieces as there were between them, each by a call of its own.
fn write(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout();
    match out.current_choice() {
        anstream::ColorChoice::Never => {
            let plain = anstream::adapter::strip_str(text).to_string();
            io::stdout().write_all(plain.as_bytes())
        }
        _ => out.write_all(text.as_bytes()),
    }
}

/// Whether a terminal would act on a character: control characters, and what turns the direction of the text
/// behind it (Unicode Standard Annex 9, "Explicit Directional Formatting Characters"), so that it reads as
/// something else.
pub(crate) fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text from outside without characters that a terminal would act on.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' => ' ',
            c if is_steering(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// `1 migration`, `2 migrations`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A duration to two digits or so.
pub(crate) fn time(time: Duration) -> String {
    let milliseconds = time.as_millis();
    if milliseconds < 1000 {
        format!("{milliseconds} ms")
    } else if milliseconds < 120_000 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {} s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

/// What is worked on: the line or two that every command begins with.
pub(crate) struct Header {
    project: Option<String>,
    layout: &'static str,
    title: &'static str,
    reason: String,
    folder: String,
    migrations: usize,
    database: String,
    origin: String,
    notes: Vec<(String, String)>,
    warnings: Vec<String>,
}

impl Header {
    pub(crate) fn of(connected: &Connected) -> Self {
        let project = &connected.project;
        let mut warnings = Vec::new();
        if !connected.ignored.is_empty() {
            warnings.push(format!(
                "parameters and variables without effect: {}",
                connected.ignored.join(", ")
            ));
        }
        warnings.extend(connected.notes.iter().cloned());
        if !connected.without_effect.is_empty() {
            warnings.push(format!(
                "settings without effect in SQLite: {}",
                connected.without_effect.join(", ")
            ));
        }
        for origin in &connected.shadowed {
            warnings.push(format!("another URL, from {origin}, is not used"));
        }
        if connected.pooled {
            warnings.push(
                "this looks like the URL of a pooler: if the deploy fails, give the direct one \
                 (DIRECT_URL beside DATABASE_URL, or `direct_url` in segue.toml)"
                    .to_owned(),
            );
        }
        warnings.extend(connected.unset.iter().cloned());
        Self {
            project: connected.project_name.clone(),
            layout: project.choice.layout.name,
            title: project.choice.layout.title,
            reason: project.choice.reason.clone(),
            folder: segue::shown_path(&project.folder.path),
            migrations: project.migrations.len(),
            database: connected.database.clone(),
            origin: connected.origin.clone(),
            notes: project
                .notes
                .iter()
                .map(|note| (note.path.clone(), note.text.clone()))
                .collect(),
            warnings,
        }
    }

    /// On stderr: results alone go to stdout.
    pub(crate) fn print(&self, common: &Common) {
        if common.quiet || common.is_json() {
            return;
        }
        let project = self.project.iter().map(|name| format!("{}: ", clean(name)));
        tell!(
            "{}{} of {} in {} (layout {}: {})",
            project.collect::<String>(),
            count(self.migrations, "migration"),
            self.title,
            clean(&self.folder),
            self.layout,
            clean(&self.reason)
        );
        tell!("{} ({})", clean(&self.database), clean(&self.origin));
        for warning in &self.warnings {
            tell!("note: {}", clean(warning));
        }
        let shown = if common.verbose { usize::MAX } else { 3 };
        for (path, text) in self.notes.iter().take(shown) {
            tell!("note: {}: {}", clean(path), clean(text));
        }
        if let Some(more) = self.notes.len().checked_sub(shown).filter(|more| *more > 0) {
            tell!("note: {more} more files not used; --verbose lists them");
        }
    }

    pub(crate) fn json(&self) -> json::Rest {
        let notes: Vec<_> = self
            .notes
            .iter()
            .map(|(path, text)| json!({ "path": path, "note": text }))
            .collect();
        let mut rest = json::Rest::new();
        if let Some(project) = &self.project {
            rest.insert("project".to_owned(), json!(project));
        }
        rest.insert(
            "layout".to_owned(),
            json!({ "name": self.layout, "reason": self.reason }),
        );
        rest.insert("folder".to_owned(), json!(self.folder));
        rest.insert(
            "database".to_owned(),
            json!({ "name": self.database, "origin": self.origin }),
        );
        rest.insert("not_used".to_owned(), json!(notes));
        rest.insert("warnings".to_owned(), json!(self.warnings));
        rest
    }
}
