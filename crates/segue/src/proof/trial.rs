//! One migration is tried.
//!
//! On one copy of the database before it, with rows, run the statements as they are written. On another one it is deployed as if all
//! tables were large and in use: expanded, taken back, expanded again with a stop on the way, contracted, deployed once more, and reversed.

use std::{path::PathBuf, sync::Arc, time::Instant};

use segue_catalog::{Catalog, Disparity, compare};
use segue_db::Session;
use segue_engine::{Event, Failure, FailureKind, Interrupt, interrupt};
use segue_plan::Phase;
use segue_sql::{Problem, Said, Source, directives};

use super::{
    TestCheck, Tested,
    assertions::{Assertions, Moment},
    contents::{self, Unlike},
    demands::with_demands,
    deploys::{Look, Setup},
    fill::fill,
    grounds::Database,
    reverse::{ends_the_run, refusal},
};

/// A migration, and the schemas before and behind it.
pub(super) struct Case {
    pub(super) number: usize,
    /// The database before it, without rows that segue makes.
    pub(super) database: Database,
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
    /// What is as written.
    written: Look,
    /// Where it is deployed.
    planned: Database,
    start: Look,
}

/// Tries a migration.
pub(super) async fn run(setup: Arc<Setup>, case: Case) -> Result<Tested, Failure> {
    let start = Instant::now();
    let migration = setup.migration(case.number);
    let tested = Tested {
        name: migration.name.clone(),
        file: migration.up.path.clone(),
        checks: Vec::new(),
        skipped: None,
        lost: Vec::new(),
        notes: Vec::new(),
        elapsed: std::time::Duration::ZERO,
        number: case.number,
    };
    let mut trial = Trial {
        setup: &setup,
        case: &case,
        tested,
        irreversible: None,
        assertions: None,
    };
    let done = setup.interrupt.may_stop(trial.all()).await;
    let mut tested = trial.tested;
    setup.grounds.remove(case.database).await;
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

    async fn all(&mut self) -> Result<(), Failure> {
        if !self.read_files()? {
            return Ok(());
        }
        let Some(scene) = self.set().await? else {
            return Ok(());
        };
        if self.forth(&scene).await? {
            let end = self.setup.look(&scene.planned).await?;
            self.same_end(&scene, &end).await?;
            self.again(&scene).await?;
            self.back(&scene, &end).await?;
        }
        self.setup.grounds.remove(scene.planned).await;
        self.setup.grounds.remove(scene.filled).await;
        Ok(())
    }

    /// What the file says of the way back, and what is asserted.
    fn read_files(&mut self) -> Result<bool, Failure> {
        let source = self.setup.migration(self.case.number).up.source()?;
        if let Ok(said) = directives(&source) {
            self.irreversible = said.into_iter().find_map(|one| match one.said {
                Said::Irreversible { reason } => Some(source.text[reason].to_owned()),
                _ => None,
            });
        }
        let Some(file) = self.beside("test.sql") else {
            return Ok(true);
        };
        match Assertions::read(text_of(&file)?) {
            Ok(assertions) => self.assertions = Some(assertions),
            Err(problems) => return Ok(self.check("assertions", problems)),
        }
        Ok(true)
    }

    /// A file that belongs to the migration: in its folder where it has one, else in the folder `…_test` beside that of the
    /// migrations, where no tool takes it for a migration.
    fn beside(&self, name: &str) -> Option<PathBuf> {
        let migration = self.setup.migration(self.case.number);
        let folder = &self.setup.project.folder.path;
        let own = migration.up.path.parent()?;
        if own != folder {
            let file = own.join(name);
            return file.is_file().then_some(file);
        }
        let mut tests = folder.file_name()?.to_owned();
        tests.push("_test");
        let tests = folder.with_file_name(tests);
        let file = match name {
            "test.sql" => tests.join(format!("{}.sql", migration.name)),
            other => tests.join(format!("{}.{other}", migration.name)),
        };
        file.is_file().then_some(file)
    }

    /// Rows, and what the statements as written make of them; `None`: the server refuses them.
    async fn set(&mut self) -> Result<Option<Scene>, Failure> {
        let grounds = &self.setup.grounds;
        let mut filled = grounds.copy(&self.case.database).await?;
        let has_own = match self.rows(&filled).await? {
            Ok(has_own) => has_own,
            Err(problems) => {
                self.check("seed", problems);
                return Ok(None);
            }
        };
        let mut written = self.written(&filled).await?;
        if let (Err(failure), false) = (&written, has_own) {
            self.tested.notes.push(format!(
                "with rows that segue made it fails, so it was tried without: {}; seed.sql gives it rows of its own",
                first_line(failure)
            ));
            grounds.remove(filled).await;
            filled = grounds.copy(&self.case.database).await?;
            written = self.written(&filled).await?;
        }
        let written = match written {
            Ok(written) => written,
            Err(failure) => {
                self.check("as written", failure.problems);
                return Ok(None);
            }
        };
        self.check("as written", Vec::new());
        let planned = grounds.copy(&filled).await?;
        let start = self.setup.look(&planned).await?;
        Ok(Some(Scene {
            filled,
            written,
            planned,
            start,
        }))
    }

    /// Fills a database; whether by a script of the migration's own.
    async fn rows(&mut self, database: &Database) -> Result<Result<bool, Vec<Problem>>, Failure> {
        let session = self.setup.session(database).await?;
        let done = match self.beside("seed.sql") {
            Some(file) => {
                let source = text_of(&file)?;
                match session.execute(&source.text).await {
                    Ok(()) => Ok(true),
                    Err(error) if error.ends_connection() => return Err(error.into()),
                    Err(error) => Err(vec![Problem::new(format!("{}: {error}", source.name))]),
                }
            }
            None => {
                self.make_rows(&session).await?;
                Ok(false)
            }
        };
        session.close().await;
        Ok(done)
    }

    async fn make_rows(&mut self, session: &Session) -> Result<(), Failure> {
        if self.setup.rows.rows == 0 {
            return Ok(());
        }
        let Session::Postgres(session) = session else {
            return Ok(());
        };
        let catalog = with_demands(&self.case.before, &self.case.after);
        let filled = fill(session, &catalog, &self.setup.rows).await?;
        let notes = filled
            .empty
            .iter()
            .map(|one| format!("{} has no rows: {}; {}", one.table, one.why, one.help));
        self.tested.notes.extend(notes);
        Ok(())
    }

    /// What the statements as written make of a database.
    async fn written(&self, of: &Database) -> Result<Result<Look, Failure>, Failure> {
        let copy = self.setup.grounds.copy(of).await?;
        let never = Interrupt::never();
        let number = self.case.number;
        let done = self
            .setup
            .deploy(&copy, number, None, &never, &mut |_| {})
            .await;
        let look = match done {
            Ok(_) => Ok(self.setup.look(&copy).await?),
            Err(failure) if ends_the_run(&failure) => return Err(failure),
            Err(failure) => Err(failure),
        };
        self.setup.grounds.remove(copy).await;
        Ok(look)
    }

    /// Deploys it; whether that came to its end.
    async fn forth(&mut self, scene: &Scene) -> Result<bool, Failure> {
        let (number, never) = (self.case.number, Interrupt::never());
        let planned_for = Some(&self.case.before);
        let online = self
            .setup
            .deploy(&scene.planned, number, planned_for, &never, &mut |_| {})
            .await;
        let deployed = match online {
            Ok(deployed) => deployed,
            Err(failure) if ends_the_run(&failure) => return Err(failure),
            Err(failure) if matches!(failure.kind, FailureKind::Input | FailureKind::Refused) => {
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
            for problem in assertions.run(&session, moment).await?.1 {
                let is_told = problems
                    .iter()
                    .any(|told: &Problem| told.to_string() == problem.to_string());
                if !is_told {
                    problems.push(problem);
                }
            }
        }
        session.close().await;
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
                    .push(format!("expand cannot be taken back: {reason}")),
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
        let mut problems = self.other_schema(
            &end.catalog,
            &scene.written.catalog,
            "what is written leads to",
        );
        let mut unlike = contents::differences(&end.contents, &scene.written.contents);
        if !unlike.is_empty()
            && let Ok(twice) = self.written(&scene.filled).await?
        {
            let chance = contents::differences(&twice.contents, &scene.written.contents);
            unlike = contents::without_chance(unlike, &chance);
        }
        problems.extend(told(&unlike, "deployed", "as written"));
        let sequences = scene.written.counted.iter();
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
        } else if let Some(reason) = &self.irreversible {
            self.tested
                .notes
                .push(format!("there is no way back: {reason}"));
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

    /// In what two schemas differ. Columns in another order are noted: nothing changes that.
    fn other_schema(&mut self, now: &Catalog, wanted: &Catalog, what: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for difference in compare(now, wanted).into_iter().filter(|one| one.certain) {
            let is_order = matches!(
                &difference.disparity,
                Disparity::Changed { property, .. } if *property == "column order"
            );
            match is_order {
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

fn text_of(file: &std::path::Path) -> Result<Arc<Source>, Failure> {
    let name = segue_project::shown_path(file).to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Problem::new(format!("`{name}` cannot be read: {error}")))?;
    Ok(Source::new(name, text))
}

fn first_line(failure: &Failure) -> String {
    let first = failure.problems.first();
    first.map_or_else(String::new, |problem| problem.message.clone())
}

fn columns(unlike: &Unlike) -> String {
    let names = unlike.columns.iter().map(ToString::to_string);
    names.collect::<Vec<_>>().join(", ")
}

fn told(unlike: &[Unlike], first: &str, second: &str) -> Vec<Problem> {
    let problem = |one: &Unlike| {
        let table = &one.table;
        Problem::new(match (one.rows.0 == one.rows.1, one.columns.is_empty()) {
            (false, _) => format!(
                "{table} has {} rows {first}, {second} {}",
                one.rows.0, one.rows.1
            ),
            (true, true) => format!("the rows of {table} are not those {second}"),
            (true, false) => format!(
                "{table} holds something else {first} than {second}, in {}",
                columns(one)
            ),
        })
    };
    unlike.iter().map(problem).collect()
}

fn lost(unlike: &Unlike) -> String {
    let table = &unlike.table;
    match (unlike.rows.0 == unlike.rows.1, unlike.columns.is_empty()) {
        (false, _) => format!("{table}: {} rows, before {}", unlike.rows.0, unlike.rows.1),
        (true, true) => format!("{table}: its rows"),
        (true, false) => format!("{table}: the values of {}", columns(unlike)),
    }
}
