//! Plans migrations as if every table were large and in use, and says how long that took: for `bench/plan`.
//!
//! With a file of SQL and a schema: that migration against the schema. With a folder: every migration of it against the schema
//! that those before it make.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use segue_catalog::{Catalog, Session, advance_in_place};
use segue_plan::{Facts, Policy, Script, Strategy, plan};
use segue_sql::{Source, split};

/// The major version that the schema is for.
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
    let Some(first) = arguments.next() else {
        return Err("usage: planning FOLDER | planning SCHEMA.sql MIGRATION.sql [ROUNDS]".into());
    };
    match arguments.next() {
        None => folder(Path::new(&first)),
        Some(migration) => {
            let rounds = arguments.next().map_or(Ok(10), |text| text.parse())?;
            one(&first, &migration, rounds)
        }
    }
}

fn one(schema: &str, migration: &str, rounds: usize) -> Result<(), Box<dyn Error>> {
    let catalog = read(schema)?;
    let text = fs::read_to_string(migration)?;
    let mut took: Vec<Duration> = Vec::new();
    let mut steps = 0;
    for _ in 0..rounds {
        let (mut catalog, mut session) = (catalog.clone(), Session::default());
        let begun = Instant::now();
        let source = Source::new(migration, &text);
        let script = Script::loose(&source, &mut catalog, &mut session)
            .map_err(|problems| problems[0].clone())?;
        let planned = planned(&[script]).map_err(|problems| problems[0].clone())?;
        steps = planned;
        took.push(begun.elapsed());
    }
    took.sort();
    println!(
        "{} tables, {steps} steps: least {:.1?}, median {:.1?} of {rounds} rounds",
        catalog.tables.len(),
        took[0],
        took[rounds / 2]
    );
    Ok(())
}

fn planned(scripts: &[Script]) -> Result<usize, Vec<segue_sql::Problem>> {
    let (facts, policy) = (Facts::default(), Policy::default());
    let plan = plan(scripts, &facts, &policy, Strategy::Online)?;
    Ok(plan.steps().count())
}

fn folder(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = if path.is_dir() {
            path.join("migration.sql")
        } else {
            path
        };
        if file.extension().is_some_and(|end| end == "sql") && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    let (mut catalog, mut session) = (Catalog::empty(MAJOR), Session::default());
    let (mut steps, mut refused) = (0, 0);
    let (mut took, mut read) = (Duration::ZERO, Duration::ZERO);
    for file in &files {
        let name = file.display().to_string();
        let source = Source::new(name.clone(), fs::read_to_string(file)?);
        let begun = Instant::now();
        let script = Script::loose(&source, &mut catalog, &mut session)
            .map_err(|problems| problems[0].clone())?;
        read += begun.elapsed();
        let begun = Instant::now();
        match planned(&[script]) {
            Ok(planned) => steps += planned,
            Err(problems) => {
                refused += 1;
                for problem in problems {
                    println!("{problem}");
                    for note in problem.notes {
                        println!("  {note}");
                    }
                }
            }
        }
        took += begun.elapsed();
    }
    println!(
        "{} migrations, {steps} steps, {refused} refused: read in {read:.1?}, planned in {took:.1?}",
        files.len()
    );
    Ok(())
}

fn read(path: &str) -> Result<Catalog, Box<dyn Error>> {
    let source = Source::new(path, fs::read_to_string(path)?);
    let (mut catalog, mut session) = (Catalog::empty(MAJOR), Session::default());
    for statement in split(&source)
        .map_err(|problems| problems[0].clone())?
        .iter()
    {
        advance_in_place(&source, statement.span, &mut catalog, &mut session)
            .map_err(|problems| problems[0].clone())?;
    }
    Ok(catalog)
}
