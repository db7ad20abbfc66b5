//! The migrations of a project, with the schema that those before them make.

use segue_engine::Failure;
use segue_plan::{Facts, Kept, Policy, Script};
use segue_project::{Migration, Project};
use segue_sql::{Dialect, Problem, line_column};

use super::{CAUTIOUS_MAJOR, Judged, LintOptions, chosen::Chosen, standing::Standings};
use crate::{
    Migrator,
    schema::{Question, Replayed, beginning, replayed},
    server::Server,
    shadow::Place,
    workplace::Workplace,
};

impl Migrator {
    /// What is to be judged of the project.
    pub(super) async fn judged(&self, options: &LintOptions) -> Result<Judged, Failure> {
        let workplace = Workplace::of(self)?;
        let found = self.found(&workplace).await?;
        if found.server.as_ref().map(Server::dialect) == Some(Dialect::Sqlite) {
            return Err(Problem::new("lint knows what PostgreSQL does, not SQLite")
                .help("give the URL of a PostgreSQL server, or --schema FILE")
                .into());
        }
        let standings = Standings::of(&found).await;
        self.interrupt.refuses()?;
        let chosen = Chosen::of(options, &found.project, &standings)?;
        let major = self.server_version.or(standings.major);
        let settings = &found.options.settings;
        let mut shadow = self.shadow_wish(&workplace)?;
        if matches!(shadow.place, Place::Anywhere) {
            // Nothing is started for lint: a shadow database is one that somebody has named.
            shadow.place = Place::Nowhere;
        }
        let major = major.unwrap_or(CAUTIOUS_MAJOR);
        let (catalog, session) = beginning(major, standings.user.as_deref(), settings);
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
            policy: Policy::default(),
            scripts: Vec::new(),
            refused: Vec::new(),
            notes: [&found.notes[..], &standings.notes, &chosen.notes].concat(),
            guessed: false,
        };
        judged.notes.extend(replayed.notes.iter().cloned());
        judged.tell_what_is_unknown(&replayed, &chosen.judged);
        let mut schema = replayed.catalog;
        for step in replayed.steps {
            judged.scripts.extend(step.script.map(|script| Script {
                kept: Some(kept(step.migration, &found.project, &standings)),
                ..script
            }));
        }
        for file in &chosen.loose {
            let source = segue_project::Script::read(file)?.source()?;
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

impl Judged {
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
