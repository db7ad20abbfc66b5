//! Lint: what is dangerous about migrations, told from the schema that they meet and from what is known of the database.
//!
//! Owns: what is judged and against what ([`LintOptions`]), and what people and programs get to know ([`Linted`]).
//! Does not own: the rules (crate `segue-plan`).
//! Reads next: `lint/loose.rs`.

use std::{path::PathBuf, sync::Arc};

use segue_engine::Failure;
use segue_plan::{Acknowledged, Class, Finding, Policy, Script, Severity, review_traced, rule};
use segue_sql::{Problem, Source};

use crate::{Migrator, Tracing, workplace::Workplace};

mod chosen;
mod facts;
mod fix;
mod loose;
mod planned;
mod policy;
mod project;
mod standing;
mod stats;
mod traced;

pub use fix::{Fixed, FixedFile, Written};
pub(crate) use policy::of as policy_of;

/// The major version that counts where nothing says another one. The oldest that is still in wide use: what is dangerous
/// there only is not passed over.
const CAUTIOUS_MAJOR: u16 = 15;

/// What is judged, and against what.
#[derive(Debug, Clone, Default)]
pub struct LintOptions {
    /// The files to judge: migrations of the project, or others, which meet the schema that it has. Without any: the
    /// migrations that the configured database has not, or all where none answers.
    pub files: Vec<PathBuf>,
    /// Judge the migrations that were added or changed since this revision of git.
    pub since: Option<String>,
    /// SQL of the schema that exists; tables that it fills count as large and in use, the others as empty.
    pub schema: Option<PathBuf>,
    /// Rows of tables: a file of JSON, `{"table": rows}`.
    pub stats: Option<PathBuf>,
    /// Facts about the database that it is for: a file that `segue facts` has written.
    pub facts: Option<PathBuf>,
    /// Take the facts from the configured database.
    pub live: bool,
    /// Run the statements on a shadow database too, and compare what the server does with what is said of them.
    pub trace: bool,
}

/// What there is to say of migrations.
#[derive(Debug, Clone, Default)]
pub struct Linted {
    /// What the rules found, in the order of the statements.
    pub findings: Vec<Finding>,
    /// What they found, and comments allow.
    pub acknowledged: Vec<Acknowledged>,
    /// What does not parse, or names what is not there, and no rule explains.
    pub refused: Vec<Problem>,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// How bad a finding has to be to forbid the migrations, as the policy says; `None`: none does.
    pub fail_on: Option<Severity>,
    /// How many files were judged.
    pub files: usize,
    /// How many statements they have.
    pub statements: usize,
    /// Each text that was judged, and its file.
    files_on_disk: Vec<(Arc<Source>, PathBuf)>,
    /// The texts that no fix may be written into, and why.
    sealed: Vec<(Arc<Source>, String)>,
}

impl Linted {
    /// The files that were judged.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        let files = self.files_on_disk.iter();
        files.map(|(_, path)| path.clone()).collect()
    }

    /// Whether a fix may be written into a text.
    fn fixable(&self, source: &Arc<Source>) -> Result<(), String> {
        let sealed = self
            .sealed
            .iter()
            .find(|(sealed, _)| sealed.name == source.name);
        match sealed {
            Some((_, why)) => Err(why.clone()),
            None => Ok(()),
        }
    }
}

impl Migrator {
    /// Judges migrations. Nothing is changed anywhere.
    ///
    /// # Errors
    /// What is wrong with the files, or with what they are judged by. Statements that the model refuses are no failure:
    /// they are told in [`Linted::refused`], beside what could be judged.
    pub async fn lint(&self, options: &LintOptions) -> Result<Linted, Failure> {
        self.lint_with(options, &[]).await
    }

    /// What is to be judged or planned, where texts count instead of the files of their names.
    pub(crate) async fn inputs(
        &self,
        options: &LintOptions,
        instead: &[Arc<Source>],
    ) -> Result<Judged, Failure> {
        match &options.schema {
            Some(schema) => {
                let major = self.server_version.unwrap_or(CAUTIOUS_MAJOR);
                let (config, _) = Workplace::config_of(self)?;
                let environment = Workplace::environment_of(self);
                // a name without a section is an error here too
                config.select(environment.as_deref())?;
                let lint = config.lint(environment.as_deref());
                loose::read(options, instead, schema, major, &lint)
            }
            None => self.judged(options, instead).await,
        }
    }

    /// The same, where texts count instead of the files of their names.
    async fn lint_with(
        &self,
        options: &LintOptions,
        instead: &[Arc<Source>],
    ) -> Result<Linted, Failure> {
        let judged = self.inputs(options, instead).await?;
        let traced = match options.trace {
            true => Some(self.trace(&judged.scripts).await?),
            false => None,
        };
        Ok(judged.told(traced))
    }
}

/// What is to be judged, read.
pub(crate) struct Judged {
    pub(crate) scripts: Vec<Script>,
    pub(crate) facts: segue_plan::Facts,
    pub(crate) policy: Policy,
    fail_on: Option<Severity>,
    /// What is wrong with what they are judged by.
    pub(crate) refused: Vec<Problem>,
    pub(crate) notes: Vec<String>,
    files: Vec<(Arc<Source>, PathBuf)>,
    sealed: Vec<(Arc<Source>, String)>,
    /// Texts that hold what may be secret, and the same as they may be shown.
    masks: Vec<(Arc<Source>, Arc<Source>)>,
    /// Whether the schema is not known for certain, so that what the model refuses may be right.
    pub(crate) guessed: bool,
}

impl Judged {
    /// A problem as it may be shown.
    pub(crate) fn kept_back(&self, problem: Problem) -> Problem {
        kept_back(problem, &self.masks)
    }

    /// A text as it may be shown, where that is another one.
    pub(crate) fn mask(&self, source: &Arc<Source>) -> Option<&Arc<Source>> {
        mask(&self.masks, source)
    }

    fn told(self, tracing: Option<Tracing>) -> Linted {
        let (mut refused, mut notes) = (self.refused, self.notes);
        let traced = tracing.map(|tracing| {
            let truth = traced::told(tracing, &self.scripts, &self.policy, &self.masks);
            refused.extend(truth.refused);
            notes.extend(truth.notes);
            truth.findings
        });
        let mut review = review_traced(&self.scripts, &self.facts, &self.policy, traced);
        planned::add(
            &mut review.findings,
            &self.scripts,
            &self.facts,
            &self.policy,
        );
        let kept_back = |problem: Problem| kept_back(problem, &self.masks);
        refused.extend(review.problems.into_iter().map(kept_back));
        let meant = review.acknowledged.iter().map(|one| &one.finding);
        let found = review.findings.iter().chain(meant);
        let unexplained = unexplained(&self.scripts, found).into_iter();
        let unexplained: Vec<Problem> = unexplained.map(kept_back).collect();
        let is_new = |finding: &Finding| !is_of_the_past(finding, &self.scripts);
        match self.guessed {
            false => refused.extend(unexplained),
            true => notes.extend(
                unexplained
                    .iter()
                    .map(|problem| format!("{problem}; perhaps it is made by what is not known")),
            ),
        }
        let masks = self.masks;
        let masked = |finding: Finding| masked(finding, &masks);
        Linted {
            files_on_disk: self.files,
            sealed: self.sealed,
            refused,
            notes,
            fail_on: self.fail_on,
            files: self.scripts.len(),
            statements: self.scripts.iter().map(|script| script.lines.len()).sum(),
            findings: review
                .findings
                .into_iter()
                .filter(is_new)
                .map(masked)
                .collect(),
            acknowledged: (review.acknowledged.into_iter())
                .filter(|one| is_new(&one.finding))
                .map(|one| Acknowledged {
                    finding: masked(one.finding),
                    ..one
                })
                .collect(),
        }
    }
}

/// Texts that hold what may be secret, each with the same as it may be shown.
type Masks = [(Arc<Source>, Arc<Source>)];

/// A text as it may be shown, where that is another one.
fn mask<'m>(masks: &'m Masks, source: &Arc<Source>) -> Option<&'m Arc<Source>> {
    let mut masks = masks.iter();
    let found = masks.find(|(real, _)| Arc::ptr_eq(real, source))?;
    Some(&found.1)
}

/// A problem as it may be shown: where the text holds what may be secret, its words may quote that.
fn kept_back(problem: Problem, masks: &Masks) -> Problem {
    let is_it = |text: &Arc<Source>| problem.place.as_ref().is_some_and(|it| it.source == *text);
    let found = masks
        .iter()
        .find(|(real, shown)| is_it(real) || is_it(shown));
    let (Some((_, shown)), Some(place)) = (found, &problem.place) else {
        return problem;
    };
    Problem::new("this statement is refused; it holds values from the environment, so what is wrong is not shown")
        .at(shown, place.span.clone(), "here")
}

/// A finding as it may be shown.
fn masked(finding: Finding, masks: &Masks) -> Finding {
    match mask(masks, &finding.source) {
        None => finding,
        Some(shown) => Finding {
            source: Arc::clone(shown),
            fix: None,
            planned: Vec::new(),
            ..finding
        },
    }
}

/// Whether a finding is about what an applied migration has done: only that it was changed matters of it.
fn is_of_the_past(finding: &Finding, scripts: &[Script]) -> bool {
    let is_edited = |script: &Script| script.kept.as_ref().is_some_and(|kept| kept.is_edited);
    let mut edited = scripts.iter().filter(|script| is_edited(script));
    finding.rule != "edited-applied-migration"
        && edited.any(|script| Arc::ptr_eq(&script.source, &finding.source))
}

/// What the model refuses of statements of which no rule says that, and why, they fail.
fn unexplained<'a>(scripts: &[Script], found: impl Iterator<Item = &'a Finding>) -> Vec<Problem> {
    let explains = |finding: &&Finding| {
        rule(finding.rule).is_some_and(|rule| rule.class == Class::Correctness)
    };
    let explaining: Vec<&Finding> = found.filter(explains).collect();
    let explained = |script: &Script, number: usize| {
        explaining.iter().any(|finding| {
            finding.statement == Some(number) && Arc::ptr_eq(&finding.source, &script.source)
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
