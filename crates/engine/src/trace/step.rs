//! The steps of a plan against a server: what each really does to the relations that were there before the plan. What the plan
//! itself has made, nobody uses.

use std::collections::BTreeSet;

use segue_catalog::QName;
use segue_db::{
    ServerError,
    postgres::{Session, watch::Before},
};
use segue_plan::{Action, Batches, FIRST_ROW, LAST_ROW, Line, Observed, Step};

use super::{Traced, Tracer, judged, observed};

/// The relations that are there before a plan.
#[derive(Debug, Clone)]
pub struct Inhabitants {
    relations: BTreeSet<u32>,
}

impl Inhabitants {
    /// Those that a database has now.
    ///
    /// # Errors
    /// The server refuses to be looked at.
    pub async fn of(session: &Session) -> Result<Self, ServerError> {
        let relations = Before::look(session).await?.relations();
        session.execute("SET client_min_messages = notice").await?;
        Ok(Self { relations })
    }
}

impl Tracer<'_> {
    /// Runs a step of a plan. `line` is the schema around it ([`segue_plan::walk`]).
    ///
    /// # Errors
    /// The connection is lost, or the server refuses to be looked at.
    pub async fn step(
        &mut self,
        step: &Step,
        line: &Line,
        there: &Inhabitants,
    ) -> Result<Traced, ServerError> {
        for setting in &step.settings {
            self.session.execute(setting).await?;
        }
        if let Some(keep) = &step.keep {
            let schema = "CREATE SCHEMA IF NOT EXISTS segue".to_owned();
            for statement in std::iter::once(&schema).chain(&keep.make) {
                if let Err(error) = self.session.execute(statement).await {
                    return self.refused(error).await;
                }
            }
        }
        let traced = match &step.action {
            Action::Alone(statement) => self.step_alone(statement, step, line, there).await,
            Action::Transaction(statements) => {
                let texts: Vec<&str> = statements.iter().map(String::as_str).collect();
                self.step_within(&texts, step, line, there).await
            }
            Action::Batches(batches) => {
                let all = all_rows(batches);
                let texts: Vec<&str> = all.iter().map(String::as_str).collect();
                self.step_within(&texts, step, line, there).await
            }
            // a program is not run to see what it locks
            Action::Transform(_) => Ok(Traced::Passed),
        };
        if !step.settings.is_empty() {
            self.session.execute("RESET ROLE").await?;
        }
        traced
    }

    async fn step_within(
        &mut self,
        statements: &[&str],
        step: &Step,
        line: &Line,
        there: &Inhabitants,
    ) -> Result<Traced, ServerError> {
        self.session.execute("BEGIN").await?;
        let mut before = Before::look(self.session).await?;
        let names = before.keep(&there.relations);
        for statement in statements {
            if let Err(error) = self.session.execute(statement).await {
                return self.refused(error).await;
            }
        }
        let seen = before.after(self.session).await?;
        if let Err(error) = self.session.execute("COMMIT").await {
            return self.refused(error).await;
        }
        let mut observed = observed(&seen, true);
        if let (Action::Batches(batches), Some(read)) = (&step.action, &mut observed.read)
            && (batches.compares || batches.copies)
        {
            // the server does not count what is read by places (`initscan`, `heapam.c`)
            read.insert(batches.table.clone());
        }
        Ok(weighed(observed, step, line, &names))
    }

    async fn step_alone(
        &mut self,
        statement: &str,
        step: &Step,
        line: &Line,
        there: &Inhabitants,
    ) -> Result<Traced, ServerError> {
        let mut before = Before::look(self.session).await?;
        let names = before.keep(&there.relations);
        match self.watched(statement, before, &step.effect).await? {
            Ok(observed) => Ok(weighed(observed, step, line, &names)),
            Err(error) => self.refused(error).await,
        }
    }
}

/// One batch of all rows.
fn all_rows(batches: &Batches) -> Vec<String> {
    let mut all = batches.before.clone();
    all.push(batches.between(FIRST_ROW, LAST_ROW));
    all
}

/// Compares with what is said of the step, as far as it is about relations that were there before the plan, which have
/// these names now.
fn weighed(mut seen: Observed, step: &Step, line: &Line, names: &BTreeSet<QName>) -> Traced {
    let mut line = line.clone();
    let new: Vec<QName> = (line.before.tables.keys())
        .filter(|name| !names.contains(*name))
        .cloned()
        .collect();
    for name in new {
        line.before.tables.remove(&name);
    }
    let old_keys: BTreeSet<&str> = (line.after.tables.iter())
        .filter(|(name, _)| names.contains(*name))
        .flat_map(|(_, table)| table.constraints.keys())
        .map(|name| name.as_str())
        .collect();
    seen.checked.retain(|key| old_keys.contains(key.as_str()));
    // of what the plan itself has made nothing is compared, though in contract the new app uses it
    seen.held.retain(|name, _| names.contains(name));
    if let Some(locks) = &mut seen.locks {
        locks.retain(|name, _| names.contains(name));
    }
    let mut effect = step.effect.clone();
    effect.locks.retain(|name, _| names.contains(name));
    effect.work.retain(|work| names.contains(&work.table));
    judged(seen, &line, &effect)
}
