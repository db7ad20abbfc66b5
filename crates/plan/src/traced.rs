//! What a trace has shown, as findings.

use std::{ops::Range, sync::Arc};

use segue_sql::Source;

use crate::{
    Disagreement, Finding, LockMode, Observed, Policy, Rule,
    hazards::{TRACE_DISAGREEMENT, TRACE_OPAQUE},
    lint::severity_of,
};

/// A statement of a script, as the trace knows it.
#[derive(Debug, Clone)]
pub struct TracedPlace {
    /// The script's text.
    pub source: Arc<Source>,
    /// Where the statement is.
    pub span: Range<usize>,
    /// Its number, from 0.
    pub statement: usize,
}

impl TracedPlace {
    /// What is said of a statement that did something else than is said of it; `None` where the policy does not ask.
    pub fn disagreement(&self, found: &[Disagreement], policy: &Policy) -> Option<Finding> {
        let first = found.first()?;
        let message = format!(
            "on {} the server did something else than is said",
            first.about
        );
        let mut finding = self.finding(TRACE_DISAGREEMENT, message, policy)?;
        for one in found {
            let (about, claimed, observed) = (&one.about, &one.claimed, &one.observed);
            finding.note(format!("{about}: said {claimed}, seen {observed}"));
        }
        Some(finding)
    }

    /// What is said of a statement that only a server can read, where it kept others waiting.
    pub fn opaque(&self, seen: &Observed, policy: &Policy) -> Option<Finding> {
        let blocking = |mode: LockMode| mode.blocks_writes();
        let locks = seen.locks.iter().flatten();
        let locks: Vec<_> = locks.filter(|(_, mode)| blocking(**mode)).collect();
        let table = locks.first().map(|(table, _)| *table);
        let table = table.or(seen.refiled.first())?;
        let message =
            format!("this statement, which cannot be read, keeps others waiting for {table}");
        let mut finding = self.finding(TRACE_OPAQUE, message, policy)?;
        for (table, mode) in locks {
            let who = mode.blocked().unwrap_or("nobody");
            finding.note(format!("{mode} on {table}: {who} wait"));
        }
        for table in &seen.refiled {
            finding.note(format!("all rows of {table} are written anew"));
        }
        Some(finding)
    }

    fn finding(&self, rule: &Rule, message: String, policy: &Policy) -> Option<Finding> {
        Some(Finding {
            rule: rule.id,
            severity: severity_of(rule, policy)?,
            source: Arc::clone(&self.source),
            span: self.span.clone(),
            statement: Some(self.statement),
            message,
            notes: Vec::new(),
            help: Some(rule.remedy.to_owned()),
            fix: None,
            planned: Vec::new(),
        })
    }
}
