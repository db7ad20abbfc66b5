//! A plan for a terminal: a summary first, then each migration with what was written, and below every statement the steps
//! that are done for it; what the end differs in, and where the deploy ends, last.

use super::{
    order::{Group, Numbered, groups, numbered, phase},
    page::{Page, Role},
    summary::Summary,
    words,
};
use crate::{
    Action, Barrier, Batches, Phase, Plan, Step, Strategy, Undo, Written, WrittenStatement,
};

/// How much is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// What there is to know before a deploy.
    #[default]
    Short,
    /// All of it: long statements to their ends, every way back, and how it is told whether a step is done.
    Full,
}

/// Where words stand behind the names of entries.
const ENTRY: usize = 8;

/// How many lines of a written statement are shown, and how many characters of each: the file has the rest.
const SHOWN: (usize, usize) = (8, 160);

pub(super) fn page(plan: &Plan, detail: Detail) -> Page {
    let mut page = Page::default();
    summary(&mut page, plan);
    let steps = numbered(plan);
    for (number, migration) in plan.migrations.iter().enumerate() {
        page.end();
        page.put(Role::Heading, &migration.file).end();
        let groups = groups(&steps, number, migration.statements.len());
        let mut telling = Telling {
            page: &mut page,
            plan,
            detail,
            column: column(migration),
        };
        for (at, group) in groups.iter().enumerate() {
            let follows = groups[..at]
                .last()
                .is_some_and(|before| !before.steps.is_empty());
            if at > 0 && (follows || !group.steps.is_empty()) {
                telling.page.end();
            }
            telling.group(migration, group);
        }
    }
    differences(&mut page, plan);
    if let Some(barrier) = &plan.barrier {
        self::barrier(&mut page, plan, barrier);
    }
    page
}

/// Where statements begin, behind the numbers of their lines.
fn column(migration: &Written) -> usize {
    let lines = migration.statements.iter().map(|one| one.line);
    let digits = lines.max().unwrap_or(0).to_string().len();
    2 + digits + 2
}

fn summary(page: &mut Page, plan: &Plan) {
    let summary = Summary::of(plan);
    page.put(
        Role::Heading,
        format!(
            "Plan for {}",
            words::count(plan.migrations.len(), "migration")
        ),
    );
    page.put(
        Role::Plain,
        format!(" ({})", words::strategy(plan.strategy)),
    );
    page.end();
    let mut entry = |role, name: &str, text: &str| {
        page.put(role, format!("  {name:<ENTRY$}  "));
        page.words(Role::Plain, ENTRY + 4, text);
    };
    if summary.expand + summary.contract == 0 {
        return entry(Role::Faint, "steps", "none: there is nothing to run");
    }
    let steps = match summary.expand {
        0 => "nothing to do".to_owned(),
        number if plan.strategy == Strategy::Direct => {
            format!("{}, while no app runs", words::count(number, "step"))
        }
        number => format!(
            "{}, safe while the old app runs",
            words::count(number, "step")
        ),
    };
    entry(Role::Expand, "expand", &steps);
    if summary.contract > 0 {
        let steps = words::count(summary.contract, "step");
        entry(
            Role::Contract,
            "contract",
            &format!("{steps}, for when only the new app runs"),
        );
    }
    match &summary.blocking {
        Some(one) => {
            let text = format!(
                "{} {}: {}",
                phase(one.phase),
                one.step,
                words::blocking(one)
            );
            entry(Role::Faint, "blocking", &text);
        }
        None => entry(Role::Faint, "blocking", "nobody has to wait"),
    }
    entry(Role::Faint, "takes", &takes(&summary));
    if summary.hazards > 0 {
        let remarks = words::count(summary.hazards, "remark");
        entry(
            Role::Warning,
            "notice",
            &format!("{remarks} on what the apps may notice, below"),
        );
    }
}

fn takes(summary: &Summary) -> String {
    let unknown = words::count(summary.unknown, "step");
    match (summary.estimate, summary.unknown) {
        (None, 0) => "milliseconds a step".to_owned(),
        (None, _) => format!("not known of {unknown}, milliseconds for each other one"),
        (Some(all), 0) => words::range(all),
        (Some(all), _) => format!(
            "{}, and {unknown} of which it is not known",
            words::range(all)
        ),
    }
}

/// Writes of one migration.
struct Telling<'p> {
    page: &'p mut Page,
    plan: &'p Plan,
    detail: Detail,
    /// Where statements begin.
    column: usize,
}

impl Telling<'_> {
    fn group(&mut self, migration: &Written, group: &Group<'_>) {
        for statement in &migration.statements[group.statements.clone()] {
            self.written(statement);
        }
        let frame = migration.statements.get(group.statements.start);
        if group.steps.is_empty() && !frame.is_some_and(|one| words::is_frame(&one.sql)) {
            let done: Vec<String> = group.elsewhere.iter().map(|one| one.name()).collect();
            let said = match done.is_empty() {
                true => "nothing by itself".to_owned(),
                false => format!("in {}", done.join(", ")),
            };
            self.indent(self.column);
            self.page.put(Role::Faint, said).end();
        }
        for (at, one) in group.steps.iter().enumerate() {
            let is_folded = is_literal(self.plan, one.step) && self.detail == Detail::Short;
            if at > 0 || !is_folded {
                self.page.end();
            }
            self.step(*one);
        }
    }

    fn indent(&mut self, column: usize) {
        self.page.put(Role::Plain, " ".repeat(column));
    }

    /// What was written, with its line; of long statements the beginning.
    fn written(&mut self, statement: &WrittenStatement) {
        let digits = self.column - 4;
        self.page
            .put(Role::Faint, format!("  {:>digits$}  ", statement.line));
        let lines: Vec<&str> = statement.sql.lines().collect();
        let shown = match self.detail {
            Detail::Full => lines.len(),
            Detail::Short => lines.len().min(SHOWN.0),
        };
        let cut = |line: &&str| match line.char_indices().nth(SHOWN.1) {
            Some((end, _)) if self.detail == Detail::Short => format!("{}…", &line[..end]),
            _ => (*line).to_owned(),
        };
        let text: Vec<String> = lines[..shown].iter().map(cut).collect();
        self.page.statement(self.column, &text.join("\n"));
        if shown < lines.len() {
            self.indent(self.column);
            let more = words::count(lines.len() - shown, "more line");
            self.page.put(Role::Faint, format!("… {more}")).end();
        }
    }

    fn step(&mut self, one: Numbered<'_>) {
        let step = one.step;
        let literal = is_literal(self.plan, step);
        self.indent(self.column);
        let role = match step.phase {
            Phase::Expand => Role::Expand,
            Phase::Contract => Role::Contract,
        };
        self.page.put(role, one.name());
        let title = match (literal, &step.action) {
            (true, Action::Alone(_)) => "as written, outside of any transaction",
            (true, _) if step.serves.len() > 1 => "as written, in one transaction",
            (true, _) => "as written",
            (false, _) => &step.title,
        };
        self.page.put(Role::Plain, format!("  {title}")).end();
        if !literal || step.keep.is_some() {
            self.statements(step);
        }
        self.entries(step, literal);
    }

    fn statements(&mut self, step: &Step) {
        let column = self.column + 2;
        for setting in &step.settings {
            self.indent(column);
            self.page.put(Role::Faint, format!("{setting};")).end();
        }
        if let Action::Batches(batches) = &step.action {
            for before in &batches.before {
                self.indent(column);
                self.page.statement(column, &format!("{before};"));
            }
        }
        let all = match self.detail {
            Detail::Full => step.sent(),
            _ => step.writes(),
        };
        for statement in all {
            self.indent(column);
            self.page.statement(column, &format!("{statement};"));
        }
    }

    /// What there is to know of a step; of one that runs as written only what is out of the ordinary.
    fn entries(&mut self, step: &Step, literal: bool) {
        let is_plain =
            literal && (step.recipe == "as_written" || self.plan.strategy == Strategy::Direct);
        let all = !is_plain || self.detail == Detail::Full;
        match &step.action {
            Action::Batches(batches) => self.batches(batches),
            Action::Transform(transform) => {
                for (name, text) in words::program(transform) {
                    self.entry(Role::Faint, name, &text);
                }
            }
            Action::Transaction(_) | Action::Alone(_) => {}
        }
        let strong = |mode: &crate::LockMode| mode.blocked().is_some();
        if all || step.effect.unknown.is_some() || step.effect.locks.values().any(strong) {
            for line in words::locks(step) {
                self.entry(Role::Faint, "locks", &line);
            }
        }
        if all || !step.effect.work.is_empty() || step.effect.unknown.is_some() {
            self.entry(Role::Faint, "takes", &words::takes(step));
        }
        for hazard in &step.hazards {
            let more = hazard
                .rule
                .as_ref()
                .map(|rule| format!(" (segue explain {rule})"));
            let text = format!("{}{}", hazard.message, more.unwrap_or_default());
            self.entry(Role::Warning, "notice", &text);
        }
        if let Some(keep) = &step.keep {
            self.entry(Role::Faint, "keeps", &words::keeps(keep));
        }
        self.way_back(step, all);
        if self.detail == Detail::Full
            && let Some(verify) = &step.verify
        {
            self.entry(Role::Faint, "done if", "this is true:");
            self.indent(self.column + 2 + ENTRY + 2);
            self.page
                .statement(self.column + 2 + ENTRY + 2, &format!("{verify};"));
        }
    }

    fn batches(&mut self, batches: &Batches) {
        let from = batches.where_they_go();
        let (until, query) = match &batches.left {
            _ if batches.compares => {
                let said = format!(
                    "{from}, each by itself: a row that is found stops it here, while there is a way back"
                );
                return self.entry(Role::Faint, "batches", &said);
            }
            Some(left) => ("all that one look finds are written", left),
            None => ("this is true", &batches.done),
        };
        let said = format!("{from}, each in a transaction of its own, until {until}:");
        self.entry(Role::Faint, "batches", &said);
        self.indent(self.column + 2 + ENTRY + 2);
        self.page
            .statement(self.column + 2 + ENTRY + 2, &format!("{query};"));
    }

    fn way_back(&mut self, step: &Step, all: bool) {
        // what contract does is taken back by another migration
        if step.phase == Phase::Contract {
            return;
        }
        let told = match &step.undo {
            Undo::Impossible(_) => true,
            Undo::Nothing => false,
            Undo::Actions(_) => all,
        };
        if told {
            self.entry(Role::Faint, "undo", &words::undo(&step.undo));
        }
        if self.detail == Detail::Full
            && let Undo::Actions(actions) = &step.undo
            && actions.iter().flat_map(Action::statements).count() > 1
        {
            let column = self.column + 2 + ENTRY + 2;
            for statement in actions.iter().flat_map(Action::statements) {
                self.indent(column);
                self.page.statement(column, &format!("{statement};"));
            }
        }
    }

    fn entry(&mut self, role: Role, name: &str, text: &str) {
        self.indent(self.column + 2);
        self.page.put(role, format!("{name:<ENTRY$}  "));
        self.page
            .words(Role::Plain, self.column + 2 + ENTRY + 2, text);
    }
}

/// Whether a step runs the statements that it serves, as they are, and nothing else.
pub(super) fn is_literal(plan: &Plan, step: &Step) -> bool {
    let written: Vec<String> = (step.serves.iter())
        .filter_map(|served| plan.written(*served))
        .map(|one| crate::planner::bare(&one.sql))
        .collect();
    step.settings.is_empty()
        && !matches!(step.action, Action::Batches(_) | Action::Transform(_))
        && step.action.statements() == written
}

fn differences(page: &mut Page, plan: &Plan) {
    if plan.differences.is_empty() {
        return;
    }
    page.end();
    page.put(Role::Heading, "In the end, other than as written")
        .end();
    for one in &plan.differences {
        page.put(Role::Warning, "  - ");
        page.words(Role::Plain, 4, one);
    }
}

fn barrier(page: &mut Page, plan: &Plan, barrier: &Barrier) {
    page.end();
    page.put(
        Role::Heading,
        "A second deploy is needed, behind the contract of this one",
    )
    .end();
    let mut entry = |role, name: &str, text: &str| {
        page.put(role, format!("  {name:<ENTRY$}  "));
        page.words(Role::Plain, ENTRY + 4, text);
    };
    entry(Role::Warning, "since", &barrier.why);
    let first = plan.migrations.get(barrier.first.migration);
    if let (Some(migration), Some(first)) = (first, plan.written(barrier.first)) {
        let place = format!("{}:{}", migration.file, first.line);
        entry(
            Role::Faint,
            "first",
            &format!("{place}  {}", words::short(&first.sql)),
        );
    }
    for second in &barrier.waiting.statements {
        let place = format!("{}:{}", barrier.waiting.file, second.line);
        entry(
            Role::Faint,
            "then",
            &format!("{place}  {}", words::short(&second.sql)),
        );
    }
    entry(Role::Faint, "left", &barrier.left.join(", "));
}
