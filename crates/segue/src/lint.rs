//! Lint: what is dangerous about migrations, told from the schema that they meet and from what is known of the database.
//!
//! Owns: what is judged and against what ([`LintOptions`]), and what people and programs get to know ([`Linted`]).
//! Does not own: the rules (crate `segue-plan`).
//! Reads next: `lint/loose.rs`.

use std::path::PathBuf;

use segue_engine::Failure;
use segue_plan::{Class, Finding, Policy, Script, lint, rule};
use segue_sql::Problem;

use crate::Migrator;

mod loose;
mod stats;

/// The major version that counts where nothing says another one. The oldest that is still in wide use: what is dangerous
/// there only is not passed over.
const CAUTIOUS_MAJOR: u16 = 15;

/// What is judged, and against what.
#[derive(Debug, Clone, Default)]
pub struct LintOptions {
    /// The files to judge.
    pub files: Vec<PathBuf>,
    /// SQL of the schema that exists; tables that it fills count as large and in use, the others as empty.
    pub schema: Option<PathBuf>,
    /// Rows of tables: a file of JSON, `{"table": rows}`.
    pub stats: Option<PathBuf>,
}

/// What there is to say of migrations.
#[derive(Debug, Clone, Default)]
pub struct Linted {
    /// What the rules found, in the order of the statements.
    pub findings: Vec<Finding>,
    /// What does not parse, or names what is not there, and no rule explains.
    pub refused: Vec<Problem>,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// How many files were judged.
    pub files: usize,
    /// How many statements they have.
    pub statements: usize,
}

impl Migrator {
    /// Judges migrations. Nothing is changed anywhere.
    ///
    /// # Errors
    /// What is wrong with the files, or with what they are judged by. Statements that the model refuses are no failure:
    /// they are told in [`Linted::refused`], beside what could be judged.
    pub async fn lint(&self, options: &LintOptions) -> Result<Linted, Failure> {
        let Some(schema) = &options.schema else {
            return Err(Problem::new("lint needs the schema that the files meet")
                .help("give it with --schema FILE")
                .into());
        };
        let major = self.server_version.unwrap_or(CAUTIOUS_MAJOR);
        let judged = loose::read(options, schema, major)?;
        Ok(judged.told())
    }
}

/// What is to be judged, read.
struct Judged {
    scripts: Vec<Script>,
    facts: segue_plan::Facts,
    policy: Policy,
    /// What is wrong with what they are judged by.
    refused: Vec<Problem>,
    notes: Vec<String>,
}

impl Judged {
    fn told(self) -> Linted {
        let findings = lint(&self.scripts, &self.facts, &self.policy);
        let mut refused = self.refused;
        refused.extend(unexplained(&self.scripts, &findings));
        Linted {
            refused,
            notes: self.notes,
            files: self.scripts.len(),
            statements: self.scripts.iter().map(|script| script.lines.len()).sum(),
            findings,
        }
    }
}

/// What the model refuses of statements of which no rule says that, and why, they fail.
fn unexplained(scripts: &[Script], findings: &[Finding]) -> Vec<Problem> {
    let explained = |script: &Script, number: usize| {
        findings.iter().any(|finding| {
            let is_correctness =
                rule(finding.rule).is_some_and(|rule| rule.class == Class::Correctness);
            is_correctness && finding.statement == Some(number) && finding.source == script.source
        })
    };
    let mut problems = Vec::new();
    for script in scripts {
        for (number, line) in script.lines.iter().enumerate() {
            if !line.refused.is_empty() && !explained(script, number) {
                problems.extend(line.refused.iter().cloned());
            }
        }
    }
    problems
}
