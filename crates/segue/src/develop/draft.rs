//! A new migration: what leads from the schema that the migrations make to the one that the project shall have, and
//! back; both run on a shadow database before anything is written.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;
use segue_catalog::{Catalog, Disparity, compare, sqlite};
use segue_engine::{
    Failure,
    replay::{Part, Rehearsal},
};
use segue_project::{Filled, Migration, Script, filled};
use segue_sql::{Dialect, Source};

use super::{Person, lines};
use crate::{
    Departure, DiffOptions, Migrator, Transition,
    bookkeeping::forget_made,
    desired::Desired,
    diff::{
        pair::{Pair, Schemas},
        stage::Stage,
    },
    scaffold,
    schema::{Found, introspect, run},
    workplace::Workplace,
};

/// A migration that was written.
#[derive(Debug)]
pub struct Drafted {
    /// The files, the one that is run first.
    pub files: Vec<PathBuf>,
    /// The file that takes it back; `None`: the layout's tool has no place for that.
    pub down: Option<PathBuf>,
    /// What it does.
    pub up: Transition,
    /// What is not as it shall be behind it.
    pub unreached: Vec<String>,
    /// What is not as it was once it is taken back.
    pub unrestored: Vec<String>,
    /// The layout, by its name.
    pub layout: &'static str,
}

/// What is to be written.
pub(super) struct Draft {
    pair: Pair,
    pub(super) up: Transition,
    down: Transition,
}

/// What the proof has shown.
#[derive(Default)]
struct Proof {
    unreached: Vec<String>,
    unrestored: Vec<String>,
    /// Why the way back could not be run.
    refused: Option<String>,
}

impl Draft {
    /// What leads from the migrations to the desired schema; `None`: they make it already. The stage has the schema of
    /// the migrations then.
    pub(super) async fn of(
        stage: &mut Stage,
        found: &Found,
        desired: &Desired,
        person: &mut dyn Person,
    ) -> Result<Option<Self>, Failure> {
        let desired = stage.desired(desired).await?;
        let history = stage.migrations(found).await?;
        let pair = asked(Pair::of(history, desired)?, person);
        let up = pair.transition(DiffOptions::default());
        if up.is_empty() {
            return Ok(None);
        }
        let down = pair.reversed().transition(DiffOptions::default());
        Ok(Some(Self { pair, up, down }))
    }

    /// Runs it there and back on the stage, and writes it.
    pub(super) async fn write(
        self,
        stage: &Stage,
        found: &Found,
        name: &str,
    ) -> Result<Drafted, Failure> {
        let layout = found.project.choice.layout;
        let folder = &found.project.folder;
        let files = (layout.create)(folder, name, Timestamp::now())?;
        let path = files.first().map(|file| folder.path.join(&file.path));
        let path = path.unwrap_or_else(|| folder.path.clone());
        // Whether segue runs it or the tool.
        let frame = segue_db::sqlite::tool(layout).frame;
        let up = self.up.statements(frame);
        let down = self.down.statements(frame);
        let there = script(&path.display().to_string(), &up);
        let back = script("the way back", &down);
        let proof = self.prove(stage, found, &there, &back).await?;
        let up = with_head(up, &head_up(&proof));
        let down = with_head(down, &head_down(&self.up, &proof));
        let Filled { files, down } = filled(layout, files, &up, &down);
        let written = scaffold::write(folder, &files)?;
        Ok(Drafted {
            files: written,
            down: down.map(|path| folder.path.join(path)),
            up: self.up,
            unreached: proof.unreached,
            unrestored: proof.unrestored,
            layout: layout.name,
        })
    }

    async fn prove(
        &self,
        stage: &Stage,
        found: &Found,
        up: &Migration,
        down: &Migration,
    ) -> Result<Proof, Failure> {
        match (&self.pair.schemas, stage.shadow()) {
            (Schemas::Postgres(schemas), Some(shadow)) => {
                let earlier: Vec<Part<'_>> =
                    found.project.migrations.iter().map(Part::from).collect();
                let history = found.history(Dialect::Postgres, &earlier)?;
                let parts: Vec<Part<'_>> = [up, down].map(Part::from).to_vec();
                let mut rehearsal =
                    Rehearsal::new(parts, stage.settings().clone(), "the shadow database");
                rehearsal.is_on(&shadow.name, shadow.is_throwaway);
                rehearsal.start(&shadow.session).await?;
                rehearsal.through_part(&shadow.session, 0).await?;
                let read = introspect(&shadow.session).await?.catalog;
                let mut read = rehearsal.as_deployed(read);
                forget_made(&mut read, &history);
                let mut proof = Proof {
                    unreached: unreached(&differences(&schemas.second, &read)),
                    ..Proof::default()
                };
                if let Err(failure) = rehearsal.through_part(&shadow.session, 1).await {
                    proof.refused = Some(first_message(&failure));
                    return Ok(proof);
                }
                let read = introspect(&shadow.session).await?.catalog;
                let mut read = rehearsal.as_deployed(read);
                forget_made(&mut read, &history);
                proof.unrestored = unrestored(&differences(&schemas.first, &read));
                Ok(proof)
            }
            (Schemas::Postgres(_), None) => Ok(Proof::default()),
            (Schemas::Sqlite(schemas), _) => {
                let layout = found.project.choice.layout;
                let mut parts: Vec<Part<'_>> =
                    found.project.migrations.iter().map(Part::from).collect();
                parts.push(up.into());
                let history = found.history(Dialect::Sqlite, &parts)?;
                let (read, _) = run(&parts, layout, Some(&history)).await?;
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
}

/// What is not as it shall be; but the order of columns, which nothing changes and nobody can add a statement for.
fn unreached(differences: &[Departure]) -> Vec<String> {
    let is_order = |one: &&Departure| matches!(&one.disparity, Disparity::Changed { property, .. } if property.ends_with("order"));
    let others: Vec<Departure> = differences
        .iter()
        .filter(|one| !is_order(one))
        .cloned()
        .collect();
    lines(&others, "the schema", "the database")
}

fn unrestored(differences: &[Departure]) -> Vec<String> {
    lines(differences, "before", "now")
}

fn first_message(failure: &Failure) -> String {
    let first = failure.problems.first();
    first.map_or_else(String::new, |problem| problem.message.clone())
}

/// Asks about everything that may only have another name.
pub(super) fn asked(mut pair: Pair, person: &mut dyn Person) -> Pair {
    let mut asked = Vec::new();
    while let Some(words) = pair.ask(&asked, &mut |gone, new| person.renamed(gone, new)) {
        asked.push(words);
    }
    pair
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

/// SQL that is run as a migration is.
pub(super) fn script(name: &str, statements: &[String]) -> Migration {
    let source = Source::new(name, statements.join("\n"));
    Migration {
        key: name.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        checksum: None,
        up: Script::whole(PathBuf::from(name), Arc::clone(&source)),
        down: None,
        transactional: true,
        repeatable: false,
        run_by: None,
    }
}

/// Comments in front of the first statement.
fn with_head(mut statements: Vec<String>, head: &[String]) -> Vec<String> {
    if head.is_empty() {
        return statements;
    }
    let text: String = head.iter().map(|line| format!("-- {line}\n")).collect();
    match statements.first_mut() {
        Some(first) => first.insert_str(0, &text),
        None => statements.push(text.trim_end().to_owned()),
    }
    statements
}

fn head_up(proof: &Proof) -> Vec<String> {
    let mut head = Vec::new();
    if !proof.unreached.is_empty() {
        head.push("segue found no statement for this; add it by hand:".to_owned());
        head.extend(proof.unreached.iter().map(|line| format!("  {line}")));
    }
    head
}

fn head_down(up: &Transition, proof: &Proof) -> Vec<String> {
    let mut head = Vec::new();
    let lost = super::losses(up);
    if !lost.is_empty() {
        head.push("Not reversible: the data are lost by then.".to_owned());
        head.extend(lost.iter().map(|line| format!("  {line}")));
    }
    if let Some(why) = &proof.refused {
        head.push(format!("This does not run; mend it by hand: {why}"));
    }
    if !proof.unrestored.is_empty() {
        head.push("Behind this the schema is not what it was before the migration:".to_owned());
        head.extend(proof.unrestored.iter().map(|line| format!("  {line}")));
    }
    head
}

impl Migrator {
    /// Writes a migration that makes the schema the one that the project shall have, without a database of the
    /// project's: its migrations are run on a shadow database. `None`: they make it already, and nothing is written.
    ///
    /// # Errors
    /// What is wrong with the project or the desired schema, no shadow database, and what that refused.
    pub async fn generate(
        &self,
        name: &str,
        person: &mut dyn Person,
    ) -> Result<Option<Drafted>, Failure> {
        scaffold::refuse_name(name)?;
        let workplace = Workplace::of(self)?;
        let found = self.found(&workplace).await?;
        let desired = self.desired(&workplace).await?;
        let mut stage = self.stage(&workplace, None).await?;
        let drafted = async {
            match Draft::of(&mut stage, &found, &desired, person).await? {
                Some(draft) => draft.write(&stage, &found, name).await.map(Some),
                None => Ok(None),
            }
        };
        let drafted = drafted.await;
        stage.close().await;
        drafted
    }
}
