//! `revert`: a new migration that takes back what an earlier one did, however many have come behind it.
//!
//! Back leads the script that the migration has for it, else what turns the schema behind it into the one before. A script
//! without a statement is none: sqlx and golang-migrate make an empty one with each migration. Back is run on the schema which
//! all migrations make; where later ones build on what goes, it does not run, and nothing is written.

use segue_engine::{Failure, FailureKind, up_to};
use segue_project::{Migration, Script};
use segue_sql::Problem;

use super::{
    draft::{Draft, Drafted, script},
    losses,
    proof::left,
};
use crate::{
    DiffOptions, Migrator, Model,
    diff::{pair::Pair, renames::Renames, stage::Stage},
    scaffold,
    schema::Found,
    workplace::Workplace,
};

/// A migration that takes another one back.
#[derive(Debug)]
pub struct Reverted {
    /// What was written.
    pub drafted: Drafted,
    /// The migration that it takes back.
    pub of: String,
    /// Data that it does not bring back, in words.
    pub lost: Vec<String>,
    /// Whether the migration has a script of its own for the way back, which was taken.
    pub has_script: bool,
    /// What that script leaves of the migration, in words.
    pub left: Vec<String>,
}

/// The way back from a migration.
struct Back {
    /// As a migration.
    script: Migration,
    /// The statements, where they are the migration's own.
    written: Option<Vec<String>>,
    /// What the migration has taken away, with the data.
    lost: Vec<String>,
    /// What those statements leave of it.
    left: Vec<String>,
    /// What it has renamed.
    renames: Renames,
}

impl Migrator {
    /// Writes a migration that takes back what another one did, and runs it on a shadow database before.
    ///
    /// # Errors
    /// No such migration; nothing to take back; later migrations that build on it; no shadow database.
    pub async fn revert(&self, of: &str, name: Option<&str>) -> Result<Reverted, Failure> {
        let workplace = Workplace::of(self)?;
        let found = self.found(&workplace).await?;
        let through = up_to(&found.project, Some(of))?;
        let of = through.last().map(|last| last.name.clone());
        let (of, number) = of.zip(through.len().checked_sub(1)).ok_or_else(|| {
            Failure::from(Problem::new("there is no migration that could be reverted"))
        })?;
        let name = name.map_or_else(|| format!("revert_{}", words(&of)), str::to_owned);
        scaffold::refuse_name(&name)?;
        let mut stage = self.stage(&workplace, None).await?;
        let drafted = drafted(&mut stage, &found, number, &name).await;
        let (mut reverted, left_behind) = stage.end(drafted).await?;
        reverted.drafted.up.notes.extend(left_behind);
        Ok(reverted)
    }
}

/// A name without what is only there for the order of migrations.
fn words(name: &str) -> &str {
    let number = |of: char| of.is_ascii_digit() || matches!(of, '_' | '-' | '.');
    let words = name
        .trim_start_matches(['V', 'v'])
        .trim_start_matches(number);
    match words.is_empty() {
        true => name,
        false => words.trim_end_matches(".sql"),
    }
}

async fn drafted(
    stage: &mut Stage,
    found: &Found,
    number: usize,
    name: &str,
) -> Result<Reverted, Failure> {
    let migrations = &found.project.migrations;
    let migration = &migrations[number];
    let back = back(stage, found, number).await?;
    let mut all: Vec<&Migration> = migrations.iter().collect();
    all.push(&back.script);
    let desired = stage.these(found, "the schema without it".to_owned(), &all);
    let desired = desired
        .await
        .map_err(|failure| builds_on_it(failure, migration, migrations.get(number + 1)))?;
    // the stage has the schema of all migrations behind this
    let history = stage.migrations(found).await?;
    let pair = back.renames.back(Pair::of(history, desired)?);
    let up = pair.transition(DiffOptions::default());
    if up.is_empty() && back.written.is_none() {
        return Err(nothing(migration));
    }
    let down = pair.reversed().transition(DiffOptions::default());
    let mut head = vec![format!("Takes back {}.", migration.name)];
    if !back.lost.is_empty() {
        head.push("What is not brought back; a backup may have it:".to_owned());
        head.extend(back.lost.iter().map(|line| format!("  {line}")));
    }
    if !back.left.is_empty() {
        head.push("What the migration's own script does not take back; add it by hand:".to_owned());
        head.extend(back.left.iter().map(|line| format!("  {line}")));
    }
    let draft = Draft {
        pair,
        up,
        down,
        written: back.written.clone(),
        head,
    };
    Ok(Reverted {
        drafted: draft.write(stage, found, name).await?,
        of: migration.name.clone(),
        lost: back.lost,
        has_script: back.written.is_some(),
        left: back.left,
    })
}

/// What leads back from a migration, on the schema that there was behind it.
async fn back(stage: &mut Stage, found: &Found, number: usize) -> Result<Back, Failure> {
    let migrations: Vec<&Migration> = found.project.migrations.iter().collect();
    let migration = migrations[number];
    let named = |what: &str| format!("the schema {what} {}", migration.name);
    let before = stage.these(found, named("before"), &migrations[..number]);
    let before = before.await?;
    let after = stage.these(found, named("behind"), &migrations[..=number]);
    let after = after.await?;
    let renames = match &before.model {
        Some(Model::Postgres(before)) => Renames::of(migration, before, &found.options.settings)?,
        _ => Renames::default(),
    };
    let there = renames.forth(Pair::of(before.clone(), after)?);
    let lost = losses(&there.transition(DiffOptions::default()));
    if let Some((script, written)) = own_script(migration)? {
        let mut through = migrations[..=number].to_vec();
        through.push(&script);
        let behind = stage.these(found, named("behind the way back of"), &through);
        // where it runs only behind later ones, that is tried next
        let left = match behind.await {
            Ok(behind) => left(&Pair::of(before, behind)?),
            Err(_) => Vec::new(),
        };
        return Ok(Back {
            written: Some(written),
            script,
            lost,
            left,
            renames,
        });
    }
    let frame = segue_db::sqlite::tool(found.project.choice.layout).frame;
    let statements = there.reversed().transition(DiffOptions::default());
    Ok(Back {
        script: script("the way back", &statements.statements(frame)),
        written: None,
        lost,
        left: Vec::new(),
        renames,
    })
}

/// The script that a migration has for its way back, as a migration, and its statements.
fn own_script(migration: &Migration) -> Result<Option<(Migration, Vec<String>)>, Failure> {
    let Some(down) = &migration.down else {
        return Ok(None);
    };
    let written = statements(down)?;
    let script = Migration {
        up: down.clone(),
        down: None,
        ..migration.clone()
    };
    Ok((!written.is_empty()).then_some((script, written)))
}

/// The statements of a script, each with the comments before it.
fn statements(script: &Script) -> Result<Vec<String>, Failure> {
    let source = script.source()?;
    let statements = script.statements()?;
    let mut from = 0;
    let mut all = Vec::new();
    for statement in statements.iter() {
        // a file of both ways has the other one before it
        let mut pieces = script.pieces().iter();
        let piece = pieces.rfind(|piece| piece.start <= statement.span.start);
        from = piece.map_or(from, |piece| piece.start.max(from));
        let text = source.text[from..statement.span.end].trim();
        from = statement.span.end;
        let text = text.trim_start_matches(';').trim();
        all.push(format!("{text};"));
    }
    Ok(all)
}

fn nothing(migration: &Migration) -> Failure {
    Problem::new(format!(
        "`{}` changes nothing of the schema that is still there, and has no statement that takes it back",
        migration.name
    ))
    .help("rows that it wrote are put back by `segue rollback` until something else is deployed; else write a migration by hand: `segue new`")
    .into()
}

/// What takes it back does not run on what there is now.
fn builds_on_it(mut failure: Failure, migration: &Migration, next: Option<&Migration>) -> Failure {
    if !matches!(
        failure.kind,
        FailureKind::Statement | FailureKind::Input | FailureKind::Refused
    ) {
        return failure;
    }
    if let Some(problem) = failure.problems.first_mut() {
        let message = std::mem::take(&mut problem.message);
        problem.message = format!(
            "`{}` cannot be taken back by itself: {message}",
            migration.name
        );
        problem.help = Some(match next {
            Some(next) => format!(
                "what came behind it, from `{}` on, may build on it: revert that first, or write the migration by hand with `segue new`",
                next.name
            ),
            None => "mend its script that takes it back".to_owned(),
        });
    }
    failure
}
