//! Judges a migration against a schema that is in memory already, and says how long that took: for `bench/lint`.

use std::{env, error::Error, fs, process::ExitCode, time::Duration, time::Instant};

use segue_catalog::{Catalog, Session, advance_in_place};
use segue_plan::{Facts, Policy, Script, lint};
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
    let (Some(schema), Some(migration)) = (arguments.next(), arguments.next()) else {
        return Err("usage: judge SCHEMA.sql MIGRATION.sql [ROUNDS]".into());
    };
    let rounds: usize = arguments.next().map_or(Ok(10), |text| text.parse())?;
    let catalog = read(&schema)?;
    let text = fs::read_to_string(&migration)?;
    let mut took: Vec<Duration> = Vec::new();
    let mut findings = 0;
    for _ in 0..rounds {
        let (mut catalog, mut session) = (catalog.clone(), Session::default());
        let begun = Instant::now();
        let source = Source::new(&migration, &text);
        let script = Script::loose(&source, &mut catalog, &mut session)
            .map_err(|problems| problems[0].clone())?;
        findings = lint(&[script], &Facts::default(), &Policy::default()).len();
        took.push(begun.elapsed());
    }
    took.sort();
    println!(
        "{} tables, {findings} findings: least {:.1?}, median {:.1?} of {rounds} rounds",
        catalog.tables.len(),
        took[0],
        took[rounds / 2]
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
