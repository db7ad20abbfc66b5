//! A migration and its way back, run on a shadow database before anything is written.

use segue_catalog::{Catalog, Disparity, compare, sqlite};
use segue_engine::{
    Failure,
    replay::{Bookkeeping, Part, Rehearsal},
};
use segue_project::Migration;
use segue_sql::Dialect;

use super::lines;
use crate::{
    Departure,
    bookkeeping::forget_made,
    diff::{
        pair::{Pair, Schemas},
        stage::Stage,
    },
    schema::{Found, introspect, run},
    shadow::Shadow,
};

/// What the proof has shown.
#[derive(Default)]
pub(super) struct Proof {
    /// What is not as it shall be behind the migration.
    pub(super) unreached: Vec<String>,
    /// What is not as it was behind the way back.
    pub(super) unrestored: Vec<String>,
    /// Why the way back could not be run.
    pub(super) refused: Option<String>,
}

/// Runs the migration, which may be several, and then the way back, on what the stage has.
pub(super) async fn prove(
    pair: &Pair,
    stage: &Stage,
    found: &Found,
    ups: &[Migration],
    down: &Migration,
) -> Result<Proof, Failure> {
    match (&pair.schemas, stage.shadow()) {
        (Schemas::Postgres(schemas), Some(shadow)) => {
            let earlier: Vec<Part<'_>> = found.project.migrations.iter().map(Part::from).collect();
            let history = found.history(Dialect::Postgres, &earlier)?;
            let parts: Vec<Part<'_>> = ups.iter().chain([down]).map(Part::from).collect();
            let mut rehearsal =
                Rehearsal::new(parts, stage.settings().clone(), "the shadow database");
            rehearsal.is_on(&shadow.name, shadow.is_throwaway);
            let both = (&schemas.first, &schemas.second);
            let proving = there_and_back(both, shadow, rehearsal, ups.len(), &history);
            shadow.work(stage.wish(), proving).await
        }
        (Schemas::Postgres(_), None) => Ok(Proof::default()),
        (Schemas::Sqlite(schemas), _) => {
            let layout = found.project.choice.layout;
            let mut parts: Vec<Part<'_>> =
                found.project.migrations.iter().map(Part::from).collect();
            parts.extend(ups.iter().map(Part::from));
            let history = found.history(Dialect::Sqlite, &parts)?;
            let there = run(&parts, layout, Some(&history)).await;
            let (read, _) = there.map_err(does_not_run)?;
            let mut proof = Proof {
                unreached: unreached(&differences_in_sqlite(&schemas.second, &read)),
                ..Proof::default()
            };
            parts.push(down.into());
            match run(&parts, layout, Some(&history)).await {
                Ok((read, _)) => {
                    let differences = differences_in_sqlite(&schemas.first, &read);
                    proof.unrestored = unrestored(&differences);
                }
                Err(failure) => proof.refused = Some(first_message(&failure)),
            }
            Ok(proof)
        }
    }
}

/// On PostgreSQL: the rehearsal is that of so many migrations and of the way back.
async fn there_and_back(
    (first, second): (&Catalog, &Catalog),
    shadow: &Shadow,
    mut rehearsal: Rehearsal<'_>,
    ups: usize,
    history: &Bookkeeping,
) -> Result<Proof, Failure> {
    let session = &shadow.session;
    rehearsal.start(session).await?;
    let there = rehearsal.through_part(session, ups - 1).await;
    there.map_err(does_not_run)?;
    let mut read = rehearsal.as_deployed(introspect(session).await?.catalog);
    forget_made(&mut read, history);
    let mut proof = Proof {
        unreached: unreached(&differences(second, &read)),
        ..Proof::default()
    };
    if let Err(failure) = rehearsal.through_part(session, ups).await {
        proof.refused = Some(first_message(&failure));
        return Ok(proof);
    }
    let mut read = rehearsal.as_deployed(introspect(session).await?.catalog);
    forget_made(&mut read, history);
    proof.unrestored = unrestored(&differences(first, &read));
    Ok(proof)
}

/// What a script of a migration's own leaves of it: the first schema is the one before the migration, the second the one
/// behind that script.
pub(super) fn left(pair: &Pair) -> Vec<String> {
    let differences = match &pair.schemas {
        Schemas::Postgres(schemas) => differences(&schemas.first, &schemas.second),
        Schemas::Sqlite(schemas) => differences_in_sqlite(&schemas.first, &schemas.second),
    };
    lines(&but_order(&differences), "before", "behind the script")
}

/// What is not as it shall be.
fn unreached(differences: &[Departure]) -> Vec<String> {
    lines(&but_order(differences), "the schema", "the database")
}

/// All but the order of columns, which nothing changes and nobody can add a statement for.
fn but_order(differences: &[Departure]) -> Vec<Departure> {
    let is_order = |one: &&Departure| matches!(&one.disparity, Disparity::Changed { property, .. } if property.ends_with("order"));
    let others = differences.iter().filter(|one| !is_order(one));
    others.cloned().collect()
}

fn unrestored(differences: &[Departure]) -> Vec<String> {
    lines(differences, "before", "now")
}

/// What segue has written itself is refused: nobody can mend that in a file.
fn does_not_run(mut failure: Failure) -> Failure {
    if let Some(problem) = failure.problems.first_mut() {
        problem.notes.insert(
            0,
            "this statement is segue's own; nothing was written".to_owned(),
        );
        problem.help = Some(
            "write this migration by hand with `segue new`, and report what was to be changed into what".to_owned(),
        );
    }
    failure
}

fn first_message(failure: &Failure) -> String {
    let first = failure.problems.first();
    first.map_or_else(String::new, |problem| problem.message.clone())
}

fn differences(wanted: &Catalog, read: &Catalog) -> Vec<Departure> {
    compare(wanted, read)
        .into_iter()
        .filter(|difference| difference.certain)
        .map(Departure::from)
        .collect()
}

fn differences_in_sqlite(wanted: &sqlite::Catalog, read: &sqlite::Catalog) -> Vec<Departure> {
    let found = sqlite::compare(wanted, read).into_iter();
    // A new column comes at the end, wherever the schema has it.
    let found = found.filter(|difference| !difference.is_order_of_columns());
    found.map(Departure::from).collect()
}
