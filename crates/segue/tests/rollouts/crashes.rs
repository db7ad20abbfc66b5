//! The crash table: for every recipe the line breaks before and after every statement, the same command runs again, and
//! everything ends where it would have: on the way there, in the second phase, and on the way back.

use segue_cluster::{Break, Side};

use crate::{
    points::Points,
    recipes::{self, Recipe},
    snapshot::Snapshot,
    stand::{BEFORE, Command, Ended, Project, Stand},
};

/// A recipe, and what an undisturbed run makes of it.
struct Table<'s> {
    stand: &'s Stand,
    project: Project,
    recipe: Recipe,
    before: Snapshot,
    /// Databases after the first phase and after the second one.
    expanded: String,
    after_expand: Snapshot,
    end: Snapshot,
    wrong: Vec<String>,
}

/// What each command sends when nothing disturbs it.
struct Sent {
    deploy: Vec<String>,
    contract: Vec<String>,
    /// None, where there is no way back.
    rollback: Vec<String>,
}

impl<'s> Table<'s> {
    async fn new(stand: &'s Stand, recipe: Recipe) -> (Self, Sent) {
        let project = Project::of(recipe.migrations);
        let straight = async |command, database: &str| {
            let (ended, sent, _) = stand.by_the_line(&project, command, database, None).await;
            (ended, sent)
        };
        let expect = |ended: Result<Ended, segue::Failure>, what: &str| {
            ended.unwrap_or_else(|failure| {
                panic!("{}: {what}: {failure} {:?}", recipe.name, failure.problems)
            })
        };
        let expanded = stand.copy(BEFORE).await;
        let (ended, deploy) = straight(Command::Deploy, &expanded).await;
        expect(ended, "deploy");
        let after_expand = stand.snapshot(&expanded).await;
        let back = stand.copy(&expanded).await;
        let (ended, mut rollback) = straight(Command::Rollback, &back).await;
        if !matches!(ended, Ok(Ended::Done)) {
            rollback.clear();
        }
        stand.remove(&back).await;
        let end = stand.copy(&expanded).await;
        let (ended, contract) = straight(Command::Contract, &end).await;
        expect(ended, "contract");
        let table = Self {
            stand,
            before: stand.snapshot(BEFORE).await,
            after_expand,
            end: stand.snapshot(&end).await,
            project,
            recipe,
            expanded,
            wrong: Vec::new(),
        };
        stand.remove(&end).await;
        let sent = Sent {
            deploy,
            contract,
            rollback,
        };
        (table, sent)
    }

    fn note(&mut self, database: &str, at: &str, what: impl std::fmt::Display) {
        let name = self.recipe.name;
        self.wrong
            .push(format!("{name}, {at} ({database}): {what}"));
    }

    /// Breaks a command, and says what it was about.
    async fn broken(&mut self, command: Command, database: &str, breaks: Break) -> String {
        let run = self
            .stand
            .by_the_line(&self.project, command, database, Some(breaks));
        let (ended, sent, broke) = run.await;
        let last = sent.last().map_or("", String::as_str);
        let last: String = last.chars().take(120).collect();
        let at = format!(
            "{command:?} broken {:?} statement {} ({last})",
            breaks.side, breaks.at
        );
        let failed = ended.as_ref().err();
        let expected = failed.is_none_or(|failure| failure.kind == segue::FailureKind::Connection);
        if broke && !expected {
            self.note(
                database,
                &at,
                format!("it says {}", failed.expect("it failed")),
            );
        }
        at
    }

    /// Runs a command, which must get through.
    async fn runs(&mut self, command: Command, database: &str, at: &str) -> Option<Ended> {
        match self.stand.segue(&self.project, command, database).await {
            Ok(ended) => Some(ended),
            Err(failure) => {
                self.note(database, at, format!("then {command:?}: {failure}"));
                None
            }
        }
    }

    async fn compare(&mut self, database: &str, at: &str, with: impl Fn(&Self) -> &Snapshot) {
        let now = self.stand.snapshot(database).await;
        if let Some(differs) = now.differs(with(self)) {
            self.note(database, at, differs);
        }
    }

    async fn ended(&mut self, database: &str, at: &str, how: &str) {
        let left = self.stand.left(database, how).await;
        if !left.is_empty() {
            self.note(database, at, format!("left: {}", left.join(", ")));
        }
    }

    /// To the end, from wherever it is.
    async fn goes_on(&mut self, database: &str, at: &str) {
        if self.runs(Command::Deploy, database, at).await.is_none() {
            return;
        }
        self.compare(database, at, |table| &table.after_expand)
            .await;
        if self.runs(Command::Contract, database, at).await.is_some() {
            self.compare(database, at, |table| &table.end).await;
            self.ended(database, at, "contracted").await;
        }
        let again = self.runs(Command::Deploy, database, at).await;
        if again.is_some_and(|again| again != Ended::Nothing) {
            self.note(database, at, "a deploy still finds something to do");
        }
    }

    /// A broken deploy, deployed again.
    async fn deploy(&mut self, breaks: Break) {
        let database = self.stand.copy(BEFORE).await;
        let at = self.broken(Command::Deploy, &database, breaks).await;
        self.goes_on(&database, &at).await;
        self.stand.remove(&database).await;
    }

    /// A broken contract, contracted again.
    async fn contract(&mut self, breaks: Break) {
        let database = self.stand.copy(&self.expanded).await;
        let at = self.broken(Command::Contract, &database, breaks).await;
        if self.runs(Command::Contract, &database, &at).await.is_some() {
            self.compare(&database, &at, |table| &table.end).await;
            self.ended(&database, &at, "contracted").await;
        }
        self.stand.remove(&database).await;
    }

    /// A broken deploy, taken back; where that cannot be, it must say so and leave the way ahead open.
    async fn back(&mut self, breaks: Break) {
        let database = self.stand.copy(BEFORE).await;
        let at = self.broken(Command::Deploy, &database, breaks).await;
        let at = format!("{at}, then taken back");
        match self.taken_back(&database, &at).await {
            Some(true) if breaks.at.is_multiple_of(4) => {
                // and all of it can be deployed once more
                self.runs(Command::Deploy, &database, &at).await;
                self.compare(&database, &at, |table| &table.after_expand)
                    .await;
            }
            Some(false) => self.goes_on(&database, &at).await,
            Some(true) | None => {}
        }
        self.stand.remove(&database).await;
    }

    /// A broken contract, taken back: that can be as long as it has only compared rows.
    async fn withdrawn(&mut self, breaks: Break) {
        let database = self.stand.copy(&self.expanded).await;
        let at = self.broken(Command::Contract, &database, breaks).await;
        let at = format!("{at}, then taken back");
        if self.taken_back(&database, &at).await == Some(false) {
            self.runs(Command::Contract, &database, &at).await;
            self.compare(&database, &at, |table| &table.end).await;
            self.ended(&database, &at, "contracted").await;
        }
        self.stand.remove(&database).await;
    }

    /// Whether it is taken back, with all that has to be so then; not where there is nothing that could be, or no way.
    async fn taken_back(&mut self, database: &str, at: &str) -> Option<bool> {
        let back = self.stand.segue(&self.project, Command::Rollback, database);
        match back.await {
            Ok(Ended::Done) => {
                self.compare(database, at, |table| &table.before).await;
                self.ended(database, at, "rolled back").await;
                Some(true)
            }
            Ok(Ended::Nothing) => Some(false),
            Err(failure) if is_no_way_back(&failure) => Some(false),
            Err(failure) => {
                self.note(database, at, failure);
                None
            }
        }
    }

    /// A broken way back, gone again.
    async fn rollback(&mut self, from: &str, breaks: Break) {
        let database = self.stand.copy(from).await;
        let at = self.broken(Command::Rollback, &database, breaks).await;
        if self.runs(Command::Rollback, &database, &at).await.is_some() {
            self.compare(&database, &at, |table| &table.before).await;
            self.ended(&database, &at, "rolled back").await;
        }
        self.stand.remove(&database).await;
    }

    /// The way back from where most of the first phase is done.
    async fn half_way(&mut self, sent: &Sent, points: &mut Points) {
        let records = |statement: &String| statement.contains("segue.steps");
        let last = sent
            .deploy
            .iter()
            .rposition(records)
            .expect("steps are recorded");
        let breaks = Break {
            at: last,
            words: "",
            side: Side::After,
            holds: false,
        };
        let stopped = self.stand.copy(BEFORE).await;
        self.broken(Command::Deploy, &stopped, breaks).await;
        let whole = self.stand.copy(&stopped).await;
        let run = self
            .stand
            .by_the_line(&self.project, Command::Rollback, &whole, None);
        let (ended, back, _) = run.await;
        self.stand.remove(&whole).await;
        if matches!(ended, Ok(Ended::Done)) {
            for breaks in points.of(&back) {
                self.rollback(&stopped, breaks).await;
            }
        }
        self.stand.remove(&stopped).await;
    }

    /// All commands of a recipe, broken at the points that are chosen.
    async fn all(mut self, sent: &Sent, points: &mut Points) -> Vec<String> {
        for breaks in points.of(&sent.deploy) {
            self.deploy(breaks).await;
        }
        for breaks in points.of(&sent.contract) {
            self.contract(breaks).await;
        }
        for breaks in points.of(&sent.contract) {
            self.withdrawn(breaks).await;
        }
        for breaks in points.of(&sent.deploy) {
            self.back(breaks).await;
        }
        for breaks in points.of(&sent.rollback) {
            let expanded = self.expanded.clone();
            self.rollback(&expanded, breaks).await;
        }
        self.half_way(sent, points).await;
        self.stand.remove(&self.expanded).await;
        self.wrong
    }
}

/// Whether it says that there is none: of what was overwritten, or once the second phase takes something away.
fn is_no_way_back(failure: &segue::Failure) -> bool {
    let told = failure.to_string();
    told.contains("cannot be taken back") || told.contains("cannot be brought back")
}

async fn every_recipe(recipes: &[Recipe]) {
    let Some(stand) = Stand::start().await else {
        return;
    };
    let (mut wrong, mut points) = (Vec::new(), Points::new());
    let recipes = recipes.iter().enumerate();
    for (_, recipe) in recipes.filter(|(number, recipe)| Points::wants(*number, recipe.name)) {
        let (table, sent) = Table::new(&stand, *recipe).await;
        let before = points.taken;
        wrong.extend(table.all(&sent, &mut points).await);
        println!(
            "{}: {} statements of deploy, {} of contract, {} of rollback; broken at {} points",
            recipe.name,
            sent.deploy.len(),
            sent.contract.len(),
            sent.rollback.len(),
            points.taken - before
        );
    }
    println!("{} points on PostgreSQL {}", points.taken, stand.major());
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn indexes_end_as_undisturbed_wherever_the_line_breaks() {
    every_recipe(recipes::INDEXES).await;
}

#[tokio::test]
async fn added_columns_end_as_undisturbed_wherever_the_line_breaks() {
    every_recipe(recipes::COLUMNS).await;
}

#[tokio::test]
async fn constraints_and_what_goes_end_as_undisturbed_wherever_the_line_breaks() {
    every_recipe(recipes::CONSTRAINTS).await;
}

#[tokio::test]
async fn rows_end_as_undisturbed_wherever_the_line_breaks() {
    every_recipe(recipes::FILLINGS).await;
}

#[tokio::test]
async fn partitions_end_as_undisturbed_wherever_the_line_breaks() {
    every_recipe(recipes::PARTITIONS).await;
}

#[tokio::test]
async fn columns_and_tables_of_two_forms_end_as_undisturbed_wherever_the_line_breaks() {
    every_recipe(recipes::FORMS).await;
}

#[tokio::test]
async fn several_migrations_end_as_undisturbed_wherever_the_line_breaks() {
    every_recipe(recipes::SEVERAL).await;
}
