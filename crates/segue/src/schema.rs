//! The schema that migrations make, told without running them as far as that can be done.
//!
//! Owns: [`Schema`] and [`Provenance`], what the library tells of it; learning the rest from a shadow database; how a replay begins.
//! Does not own: comparing it with a live database (`drift.rs`).

use std::{collections::BTreeSet, time::Instant};

use segue_catalog::{
    Catalog, Change, Difference, Disparity, Name, Object, Session, apply, compare, model, sqlite,
};
use segue_db::{Introspected, postgres::printing};
use segue_engine::{
    Failure, Settings,
    replay::{Bookkeeping, Gap, Next, Part, Position, Rehearsal, Replay, Step},
};
use segue_sql::{Kind, Problem, Statements};

use crate::bookkeeping::forget_made;
use crate::shadow::{Shadow, Wanted, Wish};

pub(crate) mod in_sqlite;
mod project;

pub(crate) use in_sqlite::run;
pub(crate) use project::{DEFAULT_MAJOR, Found};

/// The schema after a migration of a project.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The schema.
    pub model: Model,
    /// Which migrations made it, and how that was told.
    pub provenance: Provenance,
}

/// A schema as the model of its kind of database has it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Model {
    /// Of PostgreSQL.
    Postgres(Box<Catalog>),
    /// Of SQLite.
    Sqlite(Box<sqlite::Catalog>),
}

/// Which migrations made a schema, and how that was told.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// The last migration that counts; `None`: there is none.
    pub at: Option<String>,
    /// How many migrations led to it.
    pub migrations: usize,
    /// How many statements they have.
    pub statements: usize,
    /// The statements whose effect could not be told without running them.
    pub opaque: Vec<Opaque>,
    /// The database that they were learned from; `None`: none was needed, or none was to be used.
    pub shadow: Option<LearnedFrom>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// A statement whose effect could not be told without running it.
#[derive(Debug, Clone)]
pub struct Opaque {
    /// Its migration.
    pub migration: String,
    /// Where, why, and whether it was learned.
    pub gap: Gap,
}

/// A shadow database that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedFrom {
    /// In words.
    pub name: String,
    /// Its server's major version.
    pub major: u16,
}

impl Provenance {
    fn of(steps: Vec<Step<'_>>, shadow: Option<LearnedFrom>, notes: Vec<String>) -> Self {
        Self {
            at: steps.last().map(|step| step.migration.name.clone()),
            migrations: steps.len(),
            statements: steps.iter().map(|step| step.statements).sum(),
            opaque: steps.into_iter().flat_map(opaque).collect(),
            shadow,
            notes,
        }
    }

    /// The statements of which it is not known what they do: the schema may be another one.
    pub fn missing(&self) -> impl Iterator<Item = &Opaque> {
        self.opaque.iter().filter(|opaque| !opaque.gap.learned)
    }
}

fn opaque(step: Step<'_>) -> impl Iterator<Item = Opaque> {
    let migration = step.migration.name.clone();
    step.gaps.into_iter().map(move |gap| Opaque {
        migration: migration.clone(),
        gap,
    })
}

/// What a replay begins with: a new database of a server of this version, in which the schema that names without
/// one mean has been made.
pub(crate) fn beginning(major: u16, user: Option<&str>, settings: &Settings) -> (Catalog, Session) {
    let mut catalog = Catalog::empty(major);
    if let Some(schema) = &settings.schema
        && !catalog.schemas.contains_key(schema.as_str())
    {
        let made = Object::Schema(Name::stored(schema), model::Schema::default());
        apply(&mut catalog, &Change::Create(Box::new(made)));
    }
    (catalog, segue_engine::names(settings, user))
}

/// What is replayed, from where, and where the rest may be learned.
pub(crate) struct Question<'a> {
    pub(crate) parts: Vec<Part<'a>>,
    pub(crate) beginning: (Catalog, Session),
    /// The history, which statements may name; it is not part of what is told.
    pub(crate) history: Bookkeeping,
    pub(crate) settings: &'a Settings,
    pub(crate) shadow: &'a Wish,
    /// A schema that it will be compared with: texts that do not show to be the same are printed by a server.
    pub(crate) compared_with: Option<&'a Catalog>,
}

/// Replays migrations; what cannot be told is learned where that is allowed.
pub(crate) async fn predict(question: Question<'_>) -> Result<(Catalog, Provenance), Failure> {
    let walked = replayed(question, []).await?;
    let provenance = Provenance::of(walked.steps, walked.shadow, walked.notes);
    Ok((walked.catalog, provenance))
}

/// Migrations that have been replayed.
pub(crate) struct Replayed<'a> {
    pub(crate) steps: Vec<Step<'a>>,
    /// The schema that they make.
    pub(crate) catalog: Catalog,
    shadow: Option<LearnedFrom>,
    pub(crate) notes: Vec<String>,
}

/// The same, where every moment of some parts is kept.
pub(crate) async fn replayed<'a>(
    question: Question<'a>,
    kept: impl IntoIterator<Item = usize>,
) -> Result<Replayed<'a>, Failure> {
    let Question {
        parts,
        beginning: (mut catalog, session),
        history,
        settings,
        shadow,
        compared_with,
    } = question;
    history.make(&mut catalog);
    let mut teacher = Teacher::new(&parts, catalog.major, settings, shadow);
    teacher.rehearsal = teacher.rehearsal.with_history(history.clone());
    let mut replay = Replay::new(parts, catalog, session).keeping(kept);
    let mut walked = walk(&mut replay, &mut teacher).await;
    let mut notes = Vec::new();
    if let (Ok(()), Some(other)) = (&walked, compared_with) {
        match teacher.settle(&mut replay, other).await {
            Ok(note) => notes.extend(note),
            Err(failure) => walked = Err(failure),
        }
    }
    let (shadow, left_behind) = teacher.close().await;
    walked?;
    notes.extend(left_behind);
    let major = replay.catalog().major;
    if let Some(used) = shadow.as_ref().filter(|used| used.major != major) {
        notes.push(format!(
            "learned from PostgreSQL {}, while the model is of PostgreSQL {major}",
            used.major
        ));
    }
    let (steps, mut catalog) = replay.finish();
    forget_made(&mut catalog, &history);
    Ok(Replayed {
        steps,
        catalog,
        shadow,
        notes,
    })
}

async fn walk(replay: &mut Replay<'_>, teacher: &mut Teacher<'_>) -> Result<(), Failure> {
    loop {
        match replay.go_on()? {
            Next::Done => return Ok(()),
            Next::Migrated(_) => {}
            Next::Unknown(_) if teacher.wish.is_nowhere() => replay.pass(),
            Next::Unknown(at) => {
                let learned = teacher.ask(at, replay.parts()).await?;
                replay.learn(&learned);
            }
        }
    }
}

/// Knows what statements do, because it runs them.
struct Teacher<'a> {
    wish: &'a Wish,
    major: u16,
    rehearsal: Rehearsal<'a>,
    /// Opened with the first question.
    shadow: Option<Shadow>,
}

impl<'a> Teacher<'a> {
    fn new(parts: &[Part<'a>], major: u16, settings: &Settings, wish: &'a Wish) -> Self {
        // Whom the project deploys as is nobody there.
        let on_a_shadow = Settings {
            role: None,
            path: None,
            ..settings.clone()
        };
        Self {
            wish,
            major,
            rehearsal: Rehearsal::new(parts.to_vec(), on_a_shadow, "the shadow database"),
            shadow: None,
        }
    }

    /// The schema behind a statement.
    async fn ask(&mut self, at: Position, parts: &[Part<'_>]) -> Result<Catalog, Failure> {
        self.open(parts).await?;
        let shadow = self.shadow.as_ref().expect("it is open");
        let rehearsal = &mut self.rehearsal;
        let learning = async {
            rehearsal.through(&shadow.session, at).await?;
            let read = introspect(&shadow.session).await?.catalog;
            Ok(rehearsal.as_deployed(read))
        };
        shadow.work(self.wish, learning).await
    }

    /// Opens the shadow database, unless it is open.
    async fn open(&mut self, parts: &[Part<'_>]) -> Result<(), Failure> {
        if self.shadow.is_none() {
            let wanted = Wanted {
                major: self.major,
                extensions: &extensions(parts),
            };
            let shadow = self.shadow.insert(Shadow::open(self.wish, &wanted).await?);
            self.rehearsal.is_on(&shadow.name, shadow.is_throwaway);
            self.rehearsal.start(&shadow.session).await?;
        }
        Ok(())
    }

    /// Puts the expressions of the schema that do not show to be those of another one as a server prints them; why
    /// that could not be done.
    async fn settle(
        &mut self,
        replay: &mut Replay<'_>,
        other: &Catalog,
    ) -> Result<Option<String>, Failure> {
        let may_mean_the_same =
            |difference: &Difference| matches!(difference.disparity, Disparity::Changed { .. });
        if !compare(replay.catalog(), other)
            .iter()
            .any(may_mean_the_same)
        {
            return Ok(None);
        }
        if self.wish.is_nowhere() {
            return Ok(Some(
                "--no-shadow: texts are compared as they are, and no server says whether they mean the same"
                    .to_owned(),
            ));
        }
        let opened = self.open(replay.parts()).await;
        self.wish.interrupt.refuses()?;
        if let Err(failure) = opened {
            let why = failure.problems.into_iter().next();
            let why = why.map_or_else(String::new, |why| why.message);
            return Ok(Some(format!(
                "no server says whether texts that differ mean the same: {why}"
            )));
        }
        let shadow = self.shadow.as_ref().expect("it is open");
        let last = replay.parts().len().saturating_sub(1);
        let rehearsal = &mut self.rehearsal;
        let printing = async {
            rehearsal.through_part(&shadow.session, last).await?;
            if let segue_db::Session::Postgres(session) = &shadow.session {
                // What the server refuses to print stays as it was written, and so a difference.
                let _refused = printing::settle(session, replay.catalog_mut(), other).await?;
            }
            Ok(None)
        };
        shadow.work(self.wish, printing).await
    }

    /// What was learned from, and what is left of it.
    async fn close(self) -> (Option<LearnedFrom>, Option<String>) {
        let Some(shadow) = self.shadow else {
            return (None, None);
        };
        let used = LearnedFrom {
            name: shadow.name.clone(),
            major: shadow.major,
        };
        (Some(used), shadow.close().await)
    }
}

/// The schema that a server has.
pub(crate) async fn introspect(session: &segue_db::Session) -> Result<Introspected, Failure> {
    match session {
        segue_db::Session::Postgres(server) => {
            let begun = Instant::now();
            match segue_db::introspect(server).await {
                Err(error) if error.is_passing() => {
                    Err(segue_engine::unread(session, &error, begun.elapsed()).await)
                }
                read => Ok(read?),
            }
        }
        segue_db::Session::Sqlite(_) => {
            Err(Problem::new("this is told for PostgreSQL only").into())
        }
    }
}

/// As which roles deploys act.
pub(crate) async fn memberships(session: &segue_db::Session) -> Result<Vec<Name>, Failure> {
    match session {
        segue_db::Session::Postgres(session) => {
            let roles = segue_db::postgres::memberships::memberships(session).await?;
            Ok(roles.iter().map(Name::stored).collect())
        }
        segue_db::Session::Sqlite(_) => Ok(Vec::new()),
    }
}

/// The extensions that migrations create: the embedded server has to know them before it opens.
pub(crate) fn extensions(parts: &[Part<'_>]) -> Vec<String> {
    let scripts = parts.iter();
    extensions_of(scripts.filter_map(|part| part.migration.up.statements().ok()))
}

/// The extensions that scripts create, each once.
pub(crate) fn extensions_of(scripts: impl Iterator<Item = Statements>) -> Vec<String> {
    let mut names = BTreeSet::new();
    for script in scripts {
        names.extend(script.iter().filter_map(|one| match one.kind {
            Kind::CreateExtension(name) => Some(name),
            _ => None,
        }));
    }
    names.into_iter().collect()
}
