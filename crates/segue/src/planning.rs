//! Plans: what will run in the place of migrations as they are written, so that the app can run on.
//!
//! Owns: what is planned and against what ([`PlanOptions`]), and what people and programs get to know ([`PlannedDeploy`]).
//! Does not own: how a change is made while the app runs (crate `segue-plan`); which migrations these are and what is known of
//! the database, which is as for lint (`lint/`).
//! Reads next: `planning/verify.rs`.

use std::{collections::BTreeMap, path::PathBuf};

use segue_catalog::Session;
use segue_engine::{Failure, no_server_takes};
use segue_plan::{Plan, Script, Strategy, Wanted, WrittenStatement, shown};
use segue_sql::{Problem, Source, line_column};

use crate::{LintOptions, Migrator, lint::Judged, workplace::Workplace};

mod verify;

pub use verify::{StepTrouble, Verified};

/// What is planned, and against what.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Migrations of the project, or other files, which meet the schema that it has. Without any: the migrations that the
    /// configured database has not, or all where none answers.
    pub files: Vec<PathBuf>,
    /// The migrations that were added or changed since this revision of git.
    pub since: Option<String>,
    /// SQL of the schema that exists; tables that it fills count as large and in use, the others as empty.
    pub schema: Option<PathBuf>,
    /// Rows of tables: a file of JSON, `{"table": rows}`.
    pub stats: Option<PathBuf>,
    /// Facts about the database that it is for: a file that `segue facts` has written.
    pub facts: Option<PathBuf>,
    /// Take the facts from the configured database.
    pub live: bool,
    /// How far the plan goes to keep the app running.
    pub strategy: Strategy,
    /// Run the plan on a shadow database, and compare what the server does with what the plan says.
    pub verify: bool,
}

/// A plan, and what there is to say of it.
#[derive(Debug, Clone)]
pub struct PlannedDeploy {
    /// What runs.
    pub plan: Plan,
    /// The same as it may be shown: values that come from the environment are not in it.
    pub shown: Plan,
    /// What else there is to say.
    pub notes: Vec<String>,
    /// What names mean before the first statement.
    pub names: Session,
    /// What came of it on a shadow database, where it was run there.
    pub verified: Option<Verified>,
}

impl PlannedDeploy {
    /// The plan as a script that can be run.
    pub fn sql(&self) -> String {
        shown::sql(&self.shown, &self.names)
    }
}

impl Migrator {
    /// Plans migrations. Nothing is changed anywhere.
    ///
    /// # Errors
    /// What is wrong with the files, or with what they are judged by; statements that cannot be planned, each with its place,
    /// the reason and what the choices are; where the plan is to be verified, no shadow database to be had.
    pub async fn plan(&self, options: &PlanOptions) -> Result<PlannedDeploy, Failure> {
        let inputs = LintOptions {
            files: options.files.clone(),
            since: options.since.clone(),
            schema: options.schema.clone(),
            stats: options.stats.clone(),
            facts: options.facts.clone(),
            live: options.live,
            trace: false,
        };
        let mut judged = self.inputs(&inputs, &[]).await?;
        if !judged.refused.is_empty() {
            return Err(judged.refused.into());
        }
        leave_out_applied(&mut judged);
        let (scripts, facts, policy) = (&judged.scripts, &judged.facts, &judged.policy);
        let is_of_files = !options.live && options.facts.is_none() && options.stats.is_none();
        let plan = segue_plan::plan(scripts, facts, policy, options.strategy)
            .map_err(|problems| explained(problems, &judged, is_of_files))?;
        let names = scripts.iter().find_map(|script| script.lines.first());
        let names = names.map(|line| line.session.clone()).unwrap_or_default();
        let verified = match options.verify {
            true => {
                let wish = self.shadow_wish(&Workplace::of(self)?)?;
                let mut verified = verify::run(&plan, scripts, &wish).await?;
                if scripts
                    .iter()
                    .any(|script| judged.mask(&script.source).is_some())
                {
                    verified.keep_back();
                }
                Some(verified)
            }
            false => None,
        };
        Ok(PlannedDeploy {
            shown: as_may_be_shown(&plan, &judged),
            plan,
            notes: judged.notes,
            names,
            verified,
        })
    }
}

/// What a database has applied is not planned again, though the file was changed since.
fn leave_out_applied(judged: &mut Judged) {
    let is_edited = |script: &Script| script.kept.as_ref().is_some_and(|kept| kept.is_edited);
    let (applied, scripts): (Vec<Script>, Vec<Script>) = std::mem::take(&mut judged.scripts)
        .into_iter()
        .partition(is_edited);
    judged.scripts = scripts;
    judged.notes.extend(applied.iter().map(|script| {
        format!(
            "`{}` was changed since it was applied, and is not planned",
            script.name
        )
    }));
}

/// What cannot be planned, as it may be shown; and why that may be no fault of the file's.
fn explained(problems: Vec<Problem>, judged: &Judged, is_of_files: bool) -> Failure {
    let mut problems = no_server_takes(problems, &judged.scripts);
    let mut planned = problems.iter_mut().filter(|(_, is_wrong)| !is_wrong);
    if is_of_files && let Some((last, _)) = planned.next_back() {
        last.notes.push(
            "from files alone every table counts as large and in use; `segue plan --live` goes by the database".to_owned(),
        );
    }
    let shown = problems.into_iter().map(|(problem, _)| {
        let problem = judged.kept_back(problem);
        match judged.guessed {
            true => {
                problem.note("the schema is not known for certain: see the notes of `segue lint`")
            }
            false => problem,
        }
    });
    shown.collect::<Vec<_>>().into()
}

/// The plan without values that come from the environment.
fn as_may_be_shown(plan: &Plan, judged: &Judged) -> Plan {
    let planned = judged.scripts.iter().take(plan.migrations.len());
    let masked: BTreeMap<usize, segue_plan::Written> = planned
        .enumerate()
        .filter_map(|(number, script)| {
            let shown = judged.mask(&script.source)?;
            let hides = |line: &segue_plan::Line| {
                shown.text[line.span.clone()] != script.source.text[line.span.clone()]
            };
            let is_hidden = script.lines.iter().any(hides);
            is_hidden.then(|| (number, written(script, shown)))
        })
        .collect();
    shown::withheld(plan, masked)
}

fn written(script: &Script, shown: &Source) -> segue_plan::Written {
    let statement = |line: &segue_plan::Line| WrittenStatement {
        sql: shown.text[line.span.clone()].to_owned(),
        line: line_column(&shown.text, line.span.start).0,
    };
    segue_plan::Written {
        name: script.name.clone(),
        file: shown.name.clone(),
        statements: (script.lines.iter().map(statement))
            .chain(script.transform.as_ref().map(Wanted::written))
            .collect(),
    }
}
