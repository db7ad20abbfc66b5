//! The steps of a plan under the numbers that people know them by, and whose they are.

use crate::{Phase, Plan, Served, Step};

/// A step with its number in its phase, from 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbered<'a> {
    pub(super) number: usize,
    pub(super) step: &'a Step,
}

impl Numbered<'_> {
    /// `expand 3`.
    pub(super) fn name(self) -> String {
        format!("{} {}", phase(self.step.phase), self.number)
    }
}

/// All steps, in the order in which they run.
pub(super) fn numbered(plan: &Plan) -> Vec<Numbered<'_>> {
    let number = |(at, step)| Numbered {
        number: at + 1,
        step,
    };
    let expand = plan.expand.iter().enumerate().map(number);
    expand
        .chain(plan.contract.iter().enumerate().map(number))
        .collect()
}

/// What a phase is called.
pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Expand => "expand",
        Phase::Contract => "contract",
    }
}

/// Statements of one migration that stand behind each other and have their steps in common.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    /// The numbers of the statements in their migration.
    pub(super) statements: std::ops::Range<usize>,
    /// The steps that are done for the first of them, and are shown here.
    pub(super) steps: Vec<Numbered<'a>>,
    /// The steps that are shown with a statement before them.
    pub(super) elsewhere: Vec<Numbered<'a>>,
}

/// The statements of a migration with what is done for them.
pub(super) fn groups<'a>(steps: &[Numbered<'a>], migration: usize, count: usize) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for statement in 0..count {
        let served = Served {
            migration,
            statement,
        };
        let all = (steps.iter()).filter(|one| one.step.serves.contains(&served));
        let (own, elsewhere): (Vec<_>, Vec<_>) =
            all.partition(|one| one.step.serves.first() == Some(&served));
        let goes_on = groups.last().is_some_and(|last| {
            let begun = last.steps.iter().chain(&last.elsewhere);
            own.is_empty() && !elsewhere.is_empty() && is_same(begun, elsewhere.iter())
        });
        match groups.last_mut().filter(|_| goes_on) {
            Some(last) => last.statements.end = statement + 1,
            None => groups.push(Group {
                statements: statement..statement + 1,
                steps: own,
                elsewhere,
            }),
        }
    }
    groups
}

fn is_same<'s, 'a: 's>(
    first: impl Iterator<Item = &'s Numbered<'a>>,
    second: impl Iterator<Item = &'s Numbered<'a>>,
) -> bool {
    let name = |one: &Numbered<'a>| (one.step.phase, one.number);
    first.map(name).eq(second.map(name))
}
