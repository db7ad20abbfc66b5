//! One migration is tried.
//!
//! On one copy of the database before it, with rows, run the statements as they are written. On another one it is deployed as if all
//! tables were large and in use: expanded, taken back, expanded again with a stop on the way, contracted, deployed once more, and reversed.

use std::{sync::Arc, time::Instant};

use segue_catalog::{Catalog, Difference, Disparity, ObjectRef, compare};
use segue_engine::{Deployed, Event, Failure, FailureKind, Interrupt, interrupt};
use segue_plan::Phase;
use segue_sql::Problem;

use super::{
    TestCheck, Tested,
    assertions::{Assertions, Moment},
    contents,
    deploys::{Look, Setup},
    grounds::Database,
    reverse::refusal,
};

pub(crate) mod setting;
mod told;

use told::{lost, told};

/// A migration, and the schemas before and behind it.
pub(super) struct Case {
    pub(super) number: usize,
    pub(super) before: Catalog,
    pub(super) after: Catalog,
}

struct Trial<'a> {
    setup: &'a Setup,
    case: &'a Case,
    tested: Tested,
    /// Why it cannot be taken back, where the file says so.
    irreversible: Option<String>,
    assertions: Option<Assertions>,
}

/// Where a trial runs on, with what was there before.
struct Scene {
    /// Nobody changes it.
    filled: Database,
    /// What is as written; none where a deploy runs nothing else, so that there is nothing to compare.
    written: Option<Look>,
    /// Where it is deployed.
    planned: Database,
    start: Look,
    /// What came of the first deploy.
    first: Result<Deployed, Failure>,
    /// Whether a step of it was begun.
    has_begun: bool,
}

/// Tries a migration on the database before it, in which are no rows that segue makes. It is removed.
pub(super) async fn run(
    setup: Arc<Setup>,
    case: Case,
    database: Database,
) -> Result<Tested, Failure> {
    let start = Instant::now();
    let mut trial = Trial {
        setup: &setup,
        case: &case,
        tested: Tested::of(setup.migration(case.number), case.number),
        irreversible: None,
        assertions: None,
    };
    let done = setup.interrupt.may_stop(trial.all(database)).await;
    let mut tested = trial.tested;
    done?;
    tested.elapsed = start.elapsed();
    Ok(tested)
}

impl Trial<'_> {
    fn check(&mut self, name: &'static str, problems: Vec<Problem>) -> bool {
        let is_right = problems.is_empty();
        self.tested.checks.push(TestCheck { name, problems });
        is_right
    }

    async fn all(&mut self, database: Database) -> Result<(), Failure> {
        if !self.read_files()? {
            self.setup.grounds.remove(database).await;
            return Ok(());
        }
        let Some(mut scene) = self.set(database).await? else {
            return Ok(());
        };
        if self.forth(&mut scene).await? {
            let end = self.setup.look(&scene.planned).await?;
            self.same_end(&scene, &end).await?;
            self.again(&scene).await?;
            self.back(&scene, &end).await?;
        }
        self.setup.grounds.remove(scene.planned).await;
        self.setup.grounds.remove(scene.filled).await;
        Ok(())
    }

    /// Brings what was deployed to its end; whether that came about.
    async fn forth(&mut self, scene: &mut Scene) -> Result<bool, Failure> {
        let (number, never) = (self.case.number, Interrupt::never());
        let deployed = match std::mem::replace(&mut scene.first, Ok(Deployed::default())) {
            Ok(deployed) => deployed,
            Err(failure) if is_refusal(&failure) && !scene.has_begun => {
                self.tested.notes.push(format!(
                    "while an app is running `segue deploy` refuses it: {}",
                    first_line(&failure)
                ));
                let setup = self.setup;
                let direct = setup
                    .deploy(&scene.planned, number, None, &never, &mut |_| {})
                    .await;
                if !self.check("direct", refusal(direct)?) {
                    return Ok(false);
                }
                return self
                    .assert(&scene.planned, &[Moment::Expanded, Moment::Contracted])
                    .await;
            }
            Err(failure) => return Ok(self.check("expand", failure.problems)),
        };
        if deployed.expanded.is_empty() {
            return self
                .assert(&scene.planned, &[Moment::Expanded, Moment::Contracted])
                .await;
        }
        self.check("expand", Vec::new());
        self.assert(&scene.planned, &[Moment::Expanded]).await?;
        if self.taken_back(scene).await? && !self.interrupted(scene).await? {
            return Ok(false);
        }
        let contracted = self.setup.contract(&scene.planned).await;
        if !self.check("contract", refusal(contracted)?) {
            return Ok(false);
        }
        self.assert(&scene.planned, &[Moment::Contracted]).await
    }

    async fn assert(&mut self, database: &Database, moments: &[Moment]) -> Result<bool, Failure> {
        let Some(assertions) = &self.assertions else {
            return Ok(true);
        };
        let session = self.setup.session(database).await?;
        let mut problems = Vec::new();
        for &moment in moments {
            for problem in assertions.run(&session, moment).await? {
                let is_told = problems
                    .iter()
                    .any(|told: &Problem| told.to_string() == problem.to_string());
                if !is_told {
                    problems.push(problem);
                }
            }
        }
        self.setup.leave(database, session, true).await;
        self.check("assertions", problems);
        Ok(true)
    }

    /// Takes the first phase back; whether it is undone.
    async fn taken_back(&mut self, scene: &Scene) -> Result<bool, Failure> {
        let problems = refusal(self.setup.rollback(&scene.planned).await)?;
        if let Some(first) = problems.first() {
            match &self.irreversible {
                Some(reason) => self
                    .tested
                    .notes
                    .push(format!("{}; the file says why: {reason}", first.message)),
                None => {
                    let help = "say why in its file: `-- segue: irreversible because …`";
                    let problem = Problem::new(first.message.clone()).help(help);
                    self.check("rollback", vec![problem]);
                }
            }
            return Ok(false);
        }
        let now = self.setup.look(&scene.planned).await?;
        let mut problems = self.other_schema(&now.catalog, &scene.start.catalog, "before it");
        let unlike = contents::differences(&now.contents, &scene.start.contents);
        problems.extend(told(&unlike, "behind rollback", "before"));
        self.check("rollback", problems);
        Ok(true)
    }

    /// Expands with a stop half way, and goes on; whether that came to its end.
    async fn interrupted(&mut self, scene: &Scene) -> Result<bool, Failure> {
        let (number, planned_for) = (self.case.number, Some(&self.case.before));
        let (sender, stop) = interrupt();
        let mut events = |event: Event| {
            if let Event::StepDone {
                phase: Phase::Expand,
                number,
                of,
                ..
            } = event
                && number * 2 >= of
                && number < of
            {
                sender.send_replace(true);
            }
        };
        let setup = self.setup;
        let stopped = setup.deploy(&scene.planned, number, planned_for, &stop, &mut events);
        match stopped.await {
            Err(failure) if failure.kind == FailureKind::Interrupted => {}
            done => return Ok(self.check("expand again", refusal(done)?)),
        }
        let never = Interrupt::never();
        let again = setup
            .deploy(&scene.planned, number, planned_for, &never, &mut |_| {})
            .await;
        let problems = refusal(again)?;
        Ok(self.check("interrupted", problems))
    }

    /// Compares the end with what is as written.
    async fn same_end(&mut self, scene: &Scene, end: &Look) -> Result<(), Failure> {
        let Some(written) = &scene.written else {
            return Ok(());
        };
        let mut problems = self.other_schema(
            &end.catalog,
            &written.catalog,
            "that the statements as written lead to",
        );
        let mut unlike = contents::differences(&end.contents, &written.contents);
        if !unlike.is_empty()
            && let Ok(twice) = self.written(&scene.filled).await?
        {
            let chance = contents::differences(&twice.contents, &written.contents);
            unlike = contents::without_chance(unlike, &chance);
        }
        problems.extend(told(&unlike, "deployed", "as written"));
        let sequences = written.counted.iter();
        problems.extend(sequences.filter_map(|(name, at)| {
            let now = end.counted.get(name)?;
            (now < at).then(|| {
                Problem::new(format!(
                    "sequence {name} is at {now}, as written at {at}: it would give numbers again"
                ))
            })
        }));
        self.check("same end", problems);
        Ok(())
    }

    /// Deploys once more.
    async fn again(&mut self, scene: &Scene) -> Result<(), Failure> {
        let never = Interrupt::never();
        let planned_for = Some(&self.case.after);
        let number = self.case.number;
        let again = self
            .setup
            .deploy(&scene.planned, number, planned_for, &never, &mut |_| {})
            .await;
        let problems = match again {
            Ok(deployed) if !deployed.up_to_date => {
                vec![Problem::new("a second deploy does something again")]
            }
            done => refusal(done)?,
        };
        self.check("again", problems);
        Ok(())
    }

    /// Goes back from the end, and says what is lost.
    async fn back(&mut self, scene: &Scene, end: &Look) -> Result<(), Failure> {
        let setup = self.setup;
        let reversed = setup
            .reverse(&scene.planned, self.case.number, end, &scene.start)
            .await?;
        let mut problems = reversed.problems;
        let now = setup.look(&scene.planned).await?;
        if problems.is_empty() {
            problems = self.other_schema(&now.catalog, &scene.start.catalog, "before it");
        }
        if problems.is_empty() {
            let unlike = contents::differences(&now.contents, &scene.start.contents);
            self.tested.lost.extend(unlike.iter().map(lost));
        } else if let (Some(reason), Some(first)) = (&self.irreversible, problems.first()) {
            let first = &first.message;
            self.tested.notes.push(format!(
                "there is no way back: {first}; the file says why: {reason}"
            ));
            return Ok(());
        } else if let Some(first) = problems.first_mut() {
            let what = match reversed.is_written {
                true => "mend the script that takes it back",
                false => "write a script that takes it back",
            };
            first.help = Some(format!(
                "{what}, or say why there is none: `-- segue: irreversible because …`"
            ));
        }
        self.check("way back", problems);
        Ok(())
    }

    /// In what two schemas differ. Columns in another order, and views that read all of them in their order, are noted: nothing
    /// changes that.
    fn other_schema(&mut self, now: &Catalog, wanted: &Catalog, what: &str) -> Vec<Problem> {
        let differences = compare(now, wanted);
        let in_order = !differences.iter().any(Difference::is_order_of_columns);
        let mut problems = Vec::new();
        let differences = differences.into_iter();
        for difference in
            differences.filter(|one| one.certain && !one.is_of_inherited_not_null(now))
        {
            let follows = !in_order && is_order_in_view(&difference);
            match follows || difference.is_order_of_columns() {
                true => {
                    let note = format!("{}: its columns are in another order", difference.object);
                    if !self.tested.notes.contains(&note) {
                        self.tested.notes.push(note);
                    }
                }
                false => problems.push(Problem::new(format!(
                    "the schema is not the one {what}: {difference}"
                ))),
            }
        }
        problems
    }
}

/// Whether a view says the same but for the order of what it lists.
fn is_order_in_view(difference: &Difference) -> bool {
    let Disparity::Changed { first, second, .. } = &difference.disparity else {
        return false;
    };
    let words = |text: &str| {
        let split = text.split(|of: char| of.is_whitespace() || of == ',');
        let mut words: Vec<String> = split
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words.sort_unstable();
        words
    };
    matches!(difference.object, ObjectRef::View(_)) && words(first) == words(second)
}

/// Whether nobody but a person can go on.
fn is_refusal(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Input | FailureKind::Refused)
}

fn first_line(failure: &Failure) -> String {
    let first = failure.problems.first();
    first.map_or_else(String::new, |problem| problem.message.clone())
}
