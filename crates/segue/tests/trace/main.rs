//! What statements are said to do is what servers do: the judged cases, with their schemas, and every history of the corpus,
//! on a server of any major version (`SEGUE_TEST_PG`).
//!
//! What is known to differ is listed in `known.rs`, with the reason; the list is exact, so it can only shrink.

mod cases;
mod histories;
mod known;
mod library;
mod server;

use std::fmt;

use segue_engine::trace::Traced;
use segue_sql::line_column;

/// What came of a run.
#[derive(Debug, Default)]
struct Counted {
    statements: usize,
    agreeing: usize,
    opaque: Vec<String>,
    refused: Vec<String>,
    wrong: Vec<String>,
}

impl Counted {
    /// Takes notice of a statement.
    fn add(
        &mut self,
        name: &str,
        script: &segue_plan::Script,
        line: &segue_plan::Line,
        traced: &Traced,
    ) {
        let (number, _) = line_column(&script.source.text, line.span.start);
        let text = &script.source.text[line.span.clone()];
        let text: Vec<&str> = text.split_whitespace().collect();
        let text: String = text.join(" ").chars().take(160).collect();
        let place = format!("{name}:{number}: {text}");
        match traced {
            Traced::Passed => return,
            Traced::Agrees(_) => self.agreeing += 1,
            Traced::Opaque(_) => self.opaque.push(place),
            Traced::Refused(message) => self.refused.push(format!("{place}: {message}")),
            Traced::Disagrees(_, found) => {
                for one in found {
                    self.wrong.push(format!(
                        "{place}\n    {}: said: {}; seen: {}",
                        one.about, one.claimed, one.observed
                    ));
                }
            }
        }
        self.statements += 1;
    }

    fn merge(&mut self, other: Self) {
        self.statements += other.statements;
        self.agreeing += other.agreeing;
        self.opaque.extend(other.opaque);
        self.refused.extend(other.refused);
        self.wrong.extend(other.wrong);
    }

    /// Fails where something differs that is not known to, or does not that is.
    fn judge(&self, major: u16, what: &str) {
        println!("PostgreSQL {major}, {what}: {self}");
        let unknown: Vec<&String> = self
            .wrong
            .iter()
            .filter(|wrong| !known::is_known(wrong, major))
            .collect();
        assert!(
            unknown.is_empty(),
            "{} disagreements:\n{}",
            unknown.len(),
            unknown
                .iter()
                .map(|one| one.as_str())
                .collect::<Vec<_>>()
                .join("\n")
        );
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} statements: {} as said, {} opaque, {} refused, {} disagreements",
            self.statements,
            self.agreeing,
            self.opaque.len(),
            self.refused.len(),
            self.wrong.len()
        )
    }
}
