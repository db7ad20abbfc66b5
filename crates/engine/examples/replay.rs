//! Replays a folder of migrations in the model and says how long each took: for `bench/replay`.

use std::{env, error::Error, path::Path, process::ExitCode, time::Duration, time::Instant};

use segue_catalog::{Catalog, Session, apply, compare};
use segue_engine::replay::{Next, Part, Replay, Step};
use segue_project::{Context, Folder, Project, survey};
use segue_sql::Dialect;

/// The major version that the schema is told for.
const MAJOR: u16 = 17;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("usage: replay FOLDER [ROUNDS]")?;
    let rounds: usize = arguments.next().map_or(Ok(10), |text| text.parse())?;
    let project = read(Path::new(&folder))?;
    let mut told = vec![Duration::MAX; project.migrations.len()];
    let mut applied = told.clone();
    let (mut least_told, mut least_applied) = (Duration::MAX, Duration::MAX);
    let mut counts = (0, 0);
    let mut differences = Vec::new();
    for _ in 0..rounds {
        let (steps, each) = tell(&project)?;
        least_told = least_told.min(each.iter().sum());
        keep_least(&mut told, &each);
        let (catalog, each) = apply_alone(&steps);
        least_applied = least_applied.min(each.iter().sum());
        keep_least(&mut applied, &each);
        differences = steps
            .last()
            .map_or_else(Vec::new, |last| compare(&catalog, &last.after));
        counts = (
            steps.iter().map(|step| step.statements).sum(),
            steps.iter().map(|step| step.gaps.len()).sum(),
        );
    }
    let (statements, gaps) = counts;
    println!(
        "{} migrations, {statements} statements, {gaps} not told; least of {rounds} rounds",
        project.migrations.len()
    );
    for difference in differences {
        println!("changes alone lead elsewhere: {difference}");
    }
    println!("lower and apply: {least_told:.1?}");
    println!("apply alone: {least_applied:.1?}");
    costs("lower and apply", &project, &told);
    costs("apply alone", &project, &applied);
    Ok(())
}

/// Replays all of it, beginning with the text; how long each migration took.
fn tell(project: &Project) -> Result<(Vec<Step<'_>>, Vec<Duration>), Box<dyn Error>> {
    let parts = project.migrations.iter().map(Part::from);
    let mut replay = Replay::new(parts, Catalog::empty(MAJOR), Session::default());
    let mut each = Vec::new();
    let mut start = Instant::now();
    loop {
        match replay.go_on().map_err(|problems| format!("{problems:?}"))? {
            Next::Unknown(_) => replay.pass(),
            Next::Migrated(_) => {
                each.push(start.elapsed());
                start = Instant::now();
            }
            Next::Done => return Ok((replay.finish().0, each)),
        }
    }
}

/// Applies changes that are lowered already, and keeps the schema after each migration as a replay does.
fn apply_alone(steps: &[Step<'_>]) -> (Catalog, Vec<Duration>) {
    let mut catalog = Catalog::empty(MAJOR);
    let mut after = Vec::with_capacity(steps.len());
    let each = steps.iter().map(|step| {
        let start = Instant::now();
        let changes = step.effects.iter().flat_map(|effect| &effect.changes);
        changes.for_each(|change| apply(&mut catalog, change));
        after.push(catalog.clone());
        start.elapsed()
    });
    let each = each.collect();
    (catalog, each)
}

fn keep_least(least: &mut [Duration], each: &[Duration]) {
    for (least, took) in least.iter_mut().zip(each) {
        *least = (*least).min(*took);
    }
}

/// The median and the dearest migrations.
fn costs(what: &str, project: &Project, each: &[Duration]) {
    let mut sorted: Vec<_> = each.iter().zip(&project.migrations).collect();
    sorted.sort_by_key(|(took, _)| *took);
    let Some((median, _)) = sorted.get(sorted.len() / 2) else {
        return;
    };
    println!("{what}, by migration: median {median:.1?}; the dearest:");
    for (took, migration) in sorted.iter().rev().take(5) {
        println!("  {took:>9.1?} {}", migration.name);
    }
}

fn read(folder: &Path) -> Result<Project, Box<dyn Error>> {
    let folder = Folder::list(&folder.canonicalize()?).map_err(|error| format!("{error:?}"))?;
    let surveyed = survey(folder, None).map_err(|problems| format!("{problems:?}"))?;
    let (folder, choice) = surveyed
        .settle(&[])
        .map_err(|problems| format!("{problems:?}"))?;
    let context = Context {
        dialect: Some(Dialect::Postgres),
        variable: &|_| None,
    };
    let project = Project::read(folder, choice, &context);
    project.map_err(|problems| format!("{problems:?}").into())
}
