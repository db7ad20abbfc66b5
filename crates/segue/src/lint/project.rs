//! The migrations of a project, with the schema that those before them make.

use std::{path::PathBuf, sync::Arc};

use segue_catalog::{Catalog, Session};
use segue_engine::{Failure, replay::Step};
use segue_plan::{Facts, Kept, Policy, Script, Severity};
use segue_project::{Migration, Project, config::Lint};
use segue_sql::{Dialect, Problem, Source, line_column};

use super::{
    CAUTIOUS_MAJOR, Judged, LintOptions, chosen::Chosen, facts, loose, policy, standing::Standings,
};
use crate::{
    Migrator,
    schema::{Found, Question, Replayed, beginning, replayed},
    server::Server,
    shadow::Place,
    workplace::Workplace,
};

impl Migrator {
    /// What is to be judged of the project.
    pub(super) async fn judged(
        &self,
        options: &LintOptions,
        instead: &[Arc<Source>],
    ) -> Result<Judged, Failure> {
        let workplace = Workplace::of(self)?;
        let mut found = self.found(&workplace).await?;
        put(&mut found.project, instead);
        if found.server.as_ref().map(Server::dialect) == Some(Dialect::Sqlite) {
            return Err(Problem::new(
                "only what PostgreSQL does with statements is known, not SQLite",
            )
            .help("give the URL of a PostgreSQL server, or --schema FILE")
            .into());
        }
        let lint = workplace.config.lint(workplace.settings()?.environment());
        let (policy, fail_on) = policy::of(&lint)?;
        let mut standings = Standings::of(&found, options.live).await?;
        self.interrupt.refuses()?;
        let (facts, from) = facts_of(options, &mut standings)?;
        let chosen = Chosen::of(options, &found.project, &standings)?;
        let major = self.major(&facts, &standings);
        let start = start(major, &found, &standings, &facts);
        let session = start.1.clone();
        let mut shadow = self.shadow_wish(&workplace)?;
        if matches!(shadow.place, Place::Anywhere) {
            // Nothing is started for lint: a shadow database is one that somebody has named.
            shadow.place = Place::Nowhere;
        }
        let question = Question {
            beginning: start,
            history: found.history(Dialect::Postgres, &chosen.parts)?,
            parts: chosen.parts,
            settings: &found.options.settings,
            shadow: &shadow,
            compared_with: None,
        };
        let replayed = replayed(question, chosen.judged.iter().copied()).await?;
        let mut judged = Judged::by(policy, fail_on);
        judged.notes = [&found.notes[..], &standings.notes, &chosen.notes].concat();
        judged.notes.extend(replayed.notes.iter().cloned());
        judged.tell_what_is_unknown(&replayed, &chosen.judged);
        let mut schema = replayed.catalog;
        judged.take_steps(replayed.steps, &found.project, &standings);
        judged.take_facts(facts, &from, &schema, &lint);
        judged.take_loose(&chosen.loose, instead, &mut schema, &session)?;
        Ok(judged)
    }

    /// The server's major version: what the caller says, else the facts, else the server.
    fn major(&self, facts: &Facts, standings: &Standings) -> u16 {
        let of_facts = facts.server_version.map(|version| version / 10_000);
        let of_facts = of_facts.and_then(|major| u16::try_from(major).ok());
        let major = self.server_version.or(of_facts).or(standings.major);
        major.unwrap_or(CAUTIOUS_MAJOR)
    }
}

/// The facts, and what they are called.
fn facts_of(options: &LintOptions, standings: &mut Standings) -> Result<(Facts, String), Failure> {
    Ok(match (&options.facts, standings.facts.take()) {
        (Some(file), _) => (facts::saved(file)?, facts::named(file)),
        (None, Some(live)) => (live, standings.name.clone()),
        (None, None) => (Facts::default(), String::new()),
    })
}

/// The schema and the session that the first migration meets.
fn start(major: u16, found: &Found, standings: &Standings, facts: &Facts) -> (Catalog, Session) {
    let user = standings.user.as_deref();
    let (catalog, mut session) = beginning(major, user, &found.options.settings);
    session.time_zone = facts.settings.get("TimeZone").cloned();
    (catalog, session)
}

/// What is known of a migration beside its SQL.
fn kept(migration: &Migration, project: &Project, standings: &Standings) -> Kept {
    let all = &project.migrations;
    let knows_downs = all.iter().any(|other| other.down.is_some());
    let behind = all.iter().skip_while(|other| other.key != migration.key);
    let applied = standings.applied(&migration.key);
    let later = match applied {
        Some(_) => None,
        None => behind
            .filter(|other| !other.repeatable && standings.applied(&other.key).is_some())
            .last(),
    };
    Kept {
        has_down: knows_downs.then_some(migration.down.is_some()),
        is_edited: applied == Some(false),
        applied_before_it: later.map(|later| later.name.clone()),
        // `segue deploy` sets both.
        has_timeouts: true,
    }
}

/// Puts texts in the place of those of migrations.
fn put(project: &mut Project, instead: &[Arc<Source>]) {
    if instead.is_empty() {
        return;
    }
    for migration in &mut project.migrations {
        let name = migration.up.source().map(|source| source.name.clone());
        let other = instead
            .iter()
            .find(|other| Ok(&other.name) == name.as_ref());
        let other = other.and_then(|other| migration.up.with_text(Arc::clone(other)));
        if let Some(other) = other {
            migration.up = other;
        }
    }
}

impl Judged {
    /// Nothing yet.
    fn by(policy: Policy, fail_on: Option<Severity>) -> Self {
        Self {
            facts: Facts::default(),
            policy,
            fail_on,
            scripts: Vec::new(),
            refused: Vec::new(),
            files: Vec::new(),
            sealed: Vec::new(),
            masks: Vec::new(),
            notes: Vec::new(),
            guessed: false,
        }
    }

    /// Takes the migrations that are judged.
    fn take_steps(&mut self, steps: Vec<Step<'_>>, project: &Project, standings: &Standings) {
        for step in steps {
            let Some(script) = step.script else {
                continue;
            };
            self.seal(&script, step.migration, standings);
            self.scripts.push(Script {
                kept: Some(kept(step.migration, project, standings)),
                ..script
            });
        }
    }

    /// Takes the facts, with what `[lint.tables]` declares; `schema` is what the migrations lead to.
    fn take_facts(&mut self, mut facts: Facts, from: &str, schema: &Catalog, lint: &Lint) {
        let mut lines = self.scripts.iter().flat_map(|script| &script.lines);
        let met = lines.next().map_or(schema, |line| &line.before);
        let disagreement = facts::disagreement(&facts, met, from);
        let declared = facts::declare(&mut facts, lint, [met, schema]);
        self.notes.extend(disagreement.into_iter().chain(declared));
        self.facts = facts;
    }

    /// Takes files that belong to no project.
    fn take_loose(
        &mut self,
        files: &[PathBuf],
        instead: &[Arc<Source>],
        schema: &mut Catalog,
        session: &Session,
    ) -> Result<(), Failure> {
        for file in files {
            let source = loose::text(file, instead)?;
            self.files.push((Arc::clone(&source), file.clone()));
            let mut session = session.clone();
            let script = Script::loose(&source, schema, &mut session)?;
            self.scripts.push(script);
        }
        Ok(())
    }

    /// Notes where the text of a migration is, and what speaks against changing it.
    fn seal(&mut self, script: &Script, migration: &Migration, standings: &Standings) {
        let source = &script.source;
        self.files
            .push((Arc::clone(source), migration.up.path.clone()));
        if let Some(shown) = &migration.up.masked {
            self.masks.push((Arc::clone(source), Arc::clone(shown)));
        }
        let why = if standings.applied(&migration.key).is_some() {
            "it is applied: write another migration"
        } else if migration.up.with_text(Arc::clone(source)).is_none() {
            "its tool cuts the file by marks of its own"
        } else if migration.up.masked.is_some() {
            "it holds what comes from the environment"
        } else {
            return;
        };
        self.sealed.push((Arc::clone(source), why.to_owned()));
    }

    /// What nobody has told of the statements before those that are judged: the schema may be another one.
    fn tell_what_is_unknown(&mut self, replayed: &Replayed<'_>, judged: &[usize]) {
        let mut first = None;
        let mut count = 0;
        for (number, step) in replayed.steps.iter().enumerate() {
            let gaps = step.gaps.iter().filter(|gap| !gap.learned);
            for gap in gaps {
                self.guessed |= gap.problems.is_empty() || !judged.contains(&number);
                if !judged.contains(&number) {
                    count += 1;
                    first.get_or_insert(gap);
                }
            }
        }
        if let Some(gap) = first {
            let (line, _) = line_column(&gap.place.source.text, gap.place.span.start);
            let and_more = match count {
                1 => String::new(),
                _ => format!(", and of {} more statements", count - 1),
            };
            self.notes.push(format!(
                "{}:{line}: what this does is not known ({}){and_more}; --shadow-url tells where it can be learned",
                gap.place.source.name, gap.reason
            ));
        }
    }
}
