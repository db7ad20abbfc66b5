//! The migrations of a project, with the schema that those before them make.

use std::sync::Arc;

use segue_engine::Failure;
use segue_plan::{Facts, Kept, Script};
use segue_project::{Migration, Project};
use segue_sql::{Dialect, Problem, Source, line_column};

use super::{
    CAUTIOUS_MAJOR, Judged, LintOptions, chosen::Chosen, facts, loose, policy, standing::Standings,
};
use crate::{
    Migrator,
    schema::{Question, Replayed, beginning, replayed},
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
            return Err(Problem::new("lint knows what PostgreSQL does, not SQLite")
                .help("give the URL of a PostgreSQL server, or --schema FILE")
                .into());
        }
        let lint = workplace.config.lint();
        let (policy, fail_on) = policy::of(&lint)?;
        let mut standings = Standings::of(&found, options.live).await?;
        self.interrupt.refuses()?;
        let (mut facts, from) = match (&options.facts, standings.facts.take()) {
            (Some(file), _) => (facts::saved(file)?, facts::named(file)),
            (None, Some(live)) => (live, standings.name.clone()),
            (None, None) => (Facts::default(), String::new()),
        };
        let chosen = Chosen::of(options, &found.project, &standings)?;
        let of_facts = facts.server_version.map(|version| version / 10_000);
        let of_facts = of_facts.and_then(|major| u16::try_from(major).ok());
        let major = self.server_version.or(of_facts).or(standings.major);
        let settings = &found.options.settings;
        let mut shadow = self.shadow_wish(&workplace)?;
        if matches!(shadow.place, Place::Anywhere) {
            // Nothing is started for lint: a shadow database is one that somebody has named.
            shadow.place = Place::Nowhere;
        }
        let major = major.unwrap_or(CAUTIOUS_MAJOR);
        let (catalog, mut session) = beginning(major, standings.user.as_deref(), settings);
        session.time_zone = facts.settings.get("TimeZone").cloned();
        let question = Question {
            beginning: (catalog, session.clone()),
            history: found.history(Dialect::Postgres, &chosen.parts)?,
            parts: chosen.parts,
            settings,
            shadow: &shadow,
            compared_with: None,
        };
        let replayed = replayed(question, chosen.judged.iter().copied()).await?;
        let mut judged = Judged {
            facts: Facts::default(),
            policy,
            fail_on,
            scripts: Vec::new(),
            refused: Vec::new(),
            files: Vec::new(),
            sealed: Vec::new(),
            masks: Vec::new(),
            notes: [&found.notes[..], &standings.notes, &chosen.notes].concat(),
            guessed: false,
        };
        judged.notes.extend(replayed.notes.iter().cloned());
        judged.tell_what_is_unknown(&replayed, &chosen.judged);
        let mut schema = replayed.catalog;
        for step in replayed.steps {
            let Some(script) = step.script else {
                continue;
            };
            judged.seal(&script, step.migration, &standings);
            judged.scripts.push(Script {
                kept: Some(kept(step.migration, &found.project, &standings)),
                ..script
            });
        }
        let first = judged
            .scripts
            .iter()
            .find_map(|script| script.lines.first());
        let met = first.map_or(&schema, |line| &line.before);
        let notes = facts::disagreement(&facts, met, &from);
        judged.notes.extend(notes);
        let notes = facts::declare(&mut facts, &lint, [met, &schema]);
        judged.notes.extend(notes);
        judged.facts = facts;
        for file in &chosen.loose {
            let source = loose::text(file, instead)?;
            judged.files.push((Arc::clone(&source), file.clone()));
            let mut session = session.clone();
            judged
                .scripts
                .push(Script::loose(&source, &mut schema, &mut session)?);
        }
        Ok(judged)
    }
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
