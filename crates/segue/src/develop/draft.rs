//! A new migration: what leads from the schema that the migrations make to the one that the project shall have, and
//! back; both run on a shadow database before anything is written.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;
use segue_catalog::diff::Demand;
use segue_engine::Failure;
use segue_project::{Folder, Migration, Script, filled};
use segue_sql::Source;

use super::{
    Person,
    proof::{Proof, prove},
    segments::segments,
};
use crate::{
    DiffOptions, Migrator, Transition,
    desired::Desired,
    diff::{pair::Pair, stage::Stage},
    scaffold,
    schema::Found,
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

/// In the way back of a migration that a later one belongs to.
const WITH_THE_NEXT: &str = "-- The migration after this one takes back what this one does.";

/// What is to be written.
pub(super) struct Draft {
    pub(super) pair: Pair,
    pub(super) up: Transition,
    pub(super) down: Transition,
    /// Statements that do it, where they are not those of the transition.
    pub(super) written: Option<Vec<String>>,
    /// Comments in front of it.
    pub(super) head: Vec<String>,
}

impl Draft {
    /// What the migration demands of rows that are there.
    pub(super) fn demands(&self) -> Vec<Demand> {
        self.pair.demands()
    }

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
        // Who stops at a question has not answered it.
        stage.wish().interrupt.refuses()?;
        let up = pair.transition(DiffOptions::default());
        if up.is_empty() {
            return Ok(None);
        }
        let down = pair.reversed().transition(DiffOptions::default());
        Ok(Some(Self {
            pair,
            up,
            down,
            written: None,
            head: Vec::new(),
        }))
    }

    /// Runs it there and back on the stage, and writes it.
    pub(super) async fn write(
        self,
        stage: &Stage,
        found: &Found,
        name: &str,
    ) -> Result<Drafted, Failure> {
        let layout = found.project.choice.layout;
        // Whether segue runs it or the tool.
        let frame = segue_db::sqlite::tool(layout).frame;
        let down = self.down.statements(frame);
        let ups = match self.written {
            Some(written) => vec![written],
            None => segments(self.up.statements(frame)),
        };
        let there: Vec<Migration> = ups.iter().map(|up| script("the migration", up)).collect();
        let back = script("the way back", &down);
        let proof = prove(&self.pair, stage, found, &there, &back).await?;
        let down = with_head(down, &head_down(&self.up, &proof));
        let mut files = Vec::new();
        let mut way_back = None;
        let last = ups.len() - 1;
        for (number, up) in ups.into_iter().enumerate() {
            let first = number == 0;
            let up = match first {
                true => with_head(up, &[self.head.clone(), head_up(&proof)].concat()),
                false => up,
            };
            let (name, down) = match number == last {
                true => (name.to_owned(), down.clone()),
                false => (format!("{name} values"), vec![WITH_THE_NEXT.to_owned()]),
            };
            // The folder as it is now: a name goes on from the last one.
            let folder = match first {
                true => found.project.folder.clone(),
                false => Folder::list(&found.project.folder.path)?,
            };
            let new = (layout.create)(&folder, &name, Timestamp::now())?;
            let filled = filled(layout, new, &up, &down);
            files.extend(scaffold::write(&folder, &filled.files)?);
            way_back = filled.down.map(|path| folder.path.join(path));
        }
        Ok(Drafted {
            files,
            down: way_back,
            up: self.up,
            unreached: proof.unreached,
            unrestored: proof.unrestored,
            layout: layout.name,
        })
    }
}

/// Asks about everything that may only have another name.
pub(super) fn asked(mut pair: Pair, person: &mut dyn Person) -> Pair {
    let mut asked = Vec::new();
    while let Some(words) = pair.ask(&asked, &mut |gone, new| person.renamed(gone, new)) {
        asked.push(words);
    }
    pair
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
        transform: None,
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
        let (mut drafted, left_behind) = stage.end(drafted).await?;
        if let Some(drafted) = &mut drafted {
            drafted.up.notes.extend(left_behind);
        }
        Ok(drafted)
    }
}
