//! Both versions of an app go on writing while their schema changes: scenario by scenario (`tests/scenarios`), there and back.
//! No app meets an error, no row is lost or wrong, and the schema ends as the statements by themselves leave it, or as it was.

use segue_catalog::Catalog;

use crate::{
    app::Apps,
    scenario::Scenario,
    stand::{Command, Project, Stand},
};

/// How many tests share the scenarios.
const SHARES: usize = 4;
/// How often each app does all that it does in each phase.
const TURNS: u64 = 9;

struct Played<'s> {
    stand: &'s Stand,
    scenario: &'s Scenario,
    project: Project,
    /// The database before the migrations, which is only copied.
    before: String,
    wrong: Vec<String>,
}

impl<'s> Played<'s> {
    async fn new(stand: &'s Stand, scenario: &'s Scenario) -> Self {
        let project = Project::with(scenario.text("schema").expect("a schema"), &[]);
        let before = stand.empty().await;
        if let Some(roles) = scenario.text("server") {
            stand.as_superuser(&before, roles).await;
        }
        let first = stand.segue(&project, Command::Deploy, &before).await;
        first.unwrap_or_else(|failure| panic!("{}: {failure}", scenario.name));
        stand.sql(&before, "ANALYZE").await;
        for (number, text) in scenario.migrations().into_iter().enumerate() {
            project.file(
                &format!("migrations/{:04}_next/migration.sql", number + 2),
                text,
            );
        }
        Self {
            stand,
            scenario,
            project,
            before,
            wrong: Vec::new(),
        }
    }

    fn note(&mut self, what: impl std::fmt::Display) {
        self.wrong.push(format!("{}: {what}", self.scenario.name));
    }

    async fn runs(&mut self, command: Command, database: &str) -> bool {
        match self.stand.segue(&self.project, command, database).await {
            Ok(_) => true,
            Err(failure) => {
                self.note(format!("{command:?}: {failure}"));
                false
            }
        }
    }

    /// What is to be true now.
    async fn holds(&mut self, database: &str, section: &str, when: &str) {
        for query in self.scenario.lines(section) {
            let rows = self.stand.sql(database, &query).await;
            if rows != [[Some("t".to_owned())]] {
                self.note(format!("{when}: {query}: {rows:?}"));
            }
        }
    }

    /// Whether every row is there that an app was told is, and no other.
    async fn has_all_rows(&mut self, database: &str, apps: &Apps, when: &str) {
        let there = self.scenario.text(&format!("inserted, {when}"));
        let Some(query) = there.or(self.scenario.text("inserted")) else {
            return;
        };
        let rows = self.stand.sql(database, query).await;
        let mut there: Vec<u64> = rows
            .into_iter()
            .flatten()
            .flatten()
            .map(|number| number.parse().expect("a number"))
            .collect();
        there.sort_unstable();
        let mut told = apps.done.lock().expect("no panic").inserted.clone();
        told.sort_unstable();
        if there != told {
            let lost: Vec<&u64> = told.iter().filter(|one| !there.contains(one)).collect();
            let more: Vec<&u64> = there.iter().filter(|one| !told.contains(one)).collect();
            self.note(format!(
                "{when}: rows that are lost: {lost:?}; that nobody inserted: {more:?}"
            ));
        }
    }

    fn no_errors(&mut self, apps: &Apps) {
        let done = apps.done.lock().expect("no panic");
        let (count, first) = (done.errors.len(), done.errors.first().cloned());
        let statements = done.statements;
        drop(done);
        if let Some(first) = first {
            self.note(format!(
                "{count} errors in {statements} statements: {first}"
            ));
        }
    }

    async fn same_schema(&mut self, database: &str, other: &str, when: &str) {
        let (ours, theirs) = (
            ordered(self.stand.catalog(database).await),
            ordered(self.stand.catalog(other).await),
        );
        let changes = segue_catalog::diff::diff(&ours, &theirs, &Default::default()).changes;
        if !changes.is_empty() {
            let statements: Vec<String> =
                changes.into_iter().flat_map(|one| one.statements).collect();
            self.note(format!(
                "{when}: it is another schema, and would be right behind {statements:?}"
            ));
        }
        let left = self.stand.unfinished(database).await;
        if !left.is_empty() {
            self.note(format!("{when}: unfinished: {left:?}"));
        }
    }

    /// Up to where both apps have worked side by side.
    async fn expands(&mut self, database: &str, apps: &Apps) -> Option<[crate::app::App; 2]> {
        let old = apps
            .start(self.stand, database, self.scenario, "old app")
            .await;
        old.works(2).await;
        if !self.runs(Command::Deploy, database).await {
            old.stop().await;
            return None;
        }
        self.holds(database, "holds", "behind expand").await;
        let new = apps
            .start(self.stand, database, self.scenario, "new app")
            .await;
        for _ in 0..3 {
            new.works(TURNS / 3).await;
            self.holds(database, "holds", "while both apps work").await;
        }
        old.works(1).await;
        Some([old, new])
    }

    async fn there(&mut self) {
        let database = self.stand.copy(&self.before).await;
        let apps = Apps::default();
        if let Some([old, new]) = self.expands(&database, &apps).await {
            old.stop().await;
            let contracted = self.runs(Command::Contract, &database).await;
            new.works(TURNS / 3).await;
            new.stop().await;
            if contracted {
                self.holds(&database, "in the end", "behind contract").await;
                self.has_all_rows(&database, &apps, "behind contract").await;
                let naive = self.stand.copy(&self.before).await;
                for migration in self.scenario.migrations() {
                    self.stand.sql(&naive, migration).await;
                }
                self.same_schema(&database, &naive, "behind contract").await;
                let left = self.stand.left(&database, "contracted").await;
                if !left.is_empty() {
                    self.note(format!("behind contract is left: {left:?}"));
                }
                self.stand.remove(&naive).await;
            }
        }
        self.no_errors(&apps);
        self.stand.remove(&database).await;
    }

    async fn back(&mut self) {
        let database = self.stand.copy(&self.before).await;
        let apps = Apps::default();
        if let Some([old, new]) = self.expands(&database, &apps).await {
            new.stop().await;
            let back = match self.scenario.text("no way back") {
                Some(why) => {
                    self.is_refused(Command::Rollback, &database, why).await;
                    false
                }
                None => self.runs(Command::Rollback, &database).await,
            };
            old.works(TURNS / 3).await;
            old.stop().await;
            if back {
                self.holds(&database, "taken back", "behind rollback").await;
                self.has_all_rows(&database, &apps, "behind rollback").await;
                let before = self.before.clone();
                self.same_schema(&database, &before, "behind rollback")
                    .await;
                let left = self.stand.left(&database, "rolled back").await;
                if !left.is_empty() {
                    self.note(format!("behind rollback is left: {left:?}"));
                }
            }
        }
        self.no_errors(&apps);
        self.stand.remove(&database).await;
    }

    async fn fails(&mut self, with: &str) {
        let database = self.stand.copy(&self.before).await;
        let apps = Apps::default();
        let old = apps
            .start(self.stand, &database, self.scenario, "old app")
            .await;
        old.works(2).await;
        match self
            .stand
            .segue(&self.project, Command::Deploy, &database)
            .await
        {
            Ok(_) => self.note("it does not fail"),
            Err(failure) if failure.to_string().contains(with.trim()) => {}
            Err(failure) => self.note(format!("it fails with: {failure}")),
        }
        old.works(TURNS / 3).await;
        self.runs(Command::Rollback, &database).await;
        old.works(2).await;
        old.stop().await;
        self.no_errors(&apps);
        self.has_all_rows(&database, &apps, "behind rollback").await;
        let before = self.before.clone();
        self.same_schema(&database, &before, "behind rollback")
            .await;
        self.stand.remove(&database).await;
    }

    async fn is_refused(&mut self, command: Command, database: &str, with: &str) {
        match self.stand.segue(&self.project, command, database).await {
            Ok(_) => self.note(format!("{command:?} is not refused")),
            Err(failure) if failure.to_string().contains(with.trim()) => {}
            Err(failure) => self.note(format!("{command:?} is refused with: {failure}")),
        }
    }

    async fn refused(&mut self, with: &str) {
        let database = self.stand.copy(&self.before).await;
        self.is_refused(Command::Deploy, &database, with).await;
        let before = self.before.clone();
        self.same_schema(&database, &before, "where it is refused")
            .await;
        self.stand.remove(&database).await;
    }
}

/// Without the order of columns: one of another type is the last one.
fn ordered(mut catalog: Catalog) -> Catalog {
    let names: Vec<_> = catalog.tables.keys().cloned().collect();
    for name in names {
        if let Some(table) = catalog.table_mut(&name) {
            table
                .columns
                .sort_by(|one, other| one.name.cmp(&other.name));
        }
    }
    catalog
}

async fn play(share: usize) {
    let Some(stand) = Stand::bare() else {
        return;
    };
    let chosen = std::env::var("SEGUE_SCENARIO").ok();
    let mut wrong = Vec::new();
    for (number, scenario) in Scenario::all().iter().enumerate() {
        let is_chosen = chosen.as_ref().is_none_or(|name| *name == scenario.name);
        if number % SHARES != share || !is_chosen || !scenario.is_for(stand.major()) {
            continue;
        }
        let mut played = Played::new(&stand, scenario).await;
        match (scenario.text("refused"), scenario.text("fails")) {
            (Some(with), _) => played.refused(with).await,
            (None, Some(with)) => played.fails(with).await,
            (None, None) => {
                played.there().await;
                played.back().await;
            }
        }
        stand.remove(&played.before).await;
        wrong.extend(played.wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_apps_go_on_in_the_first_share_of_the_scenarios() {
    play(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_apps_go_on_in_the_second_share_of_the_scenarios() {
    play(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_apps_go_on_in_the_third_share_of_the_scenarios() {
    play(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_apps_go_on_in_the_fourth_share_of_the_scenarios() {
    play(3).await;
}
