//! Development: from the desired schema to a migration, or straight to a database that only a developer needs.
//!
//! Owns: what each of `dev`, `generate`, `push`, `pull` and `reset` does, a file each, and who is asked where only a
//! person knows ([`Person`]). Does not own: what turns one schema into another (`diff.rs`), deploying (`connected.rs`).
//! Reads next: `develop/draft.rs`, then `develop/dev.rs`.

use segue_engine::Failure;

use crate::{Departure, Transition};

mod breaches;
mod dev;
mod draft;
mod emptying;
mod obstacles;
mod proof;
mod pull;
mod push;
mod reset;
mod revert;
mod segments;

pub use dev::{DevOptions, Developed};
pub use draft::Drafted;
pub(crate) use emptying::empty;
pub use pull::{PullOptions, Pulled};
pub use push::Pushed;
pub use reset::Reset;
pub use revert::Reverted;

/// Who answers what only a person knows.
pub trait Person: Send {
    /// Whether an object that is gone is one that is new, under another name; both by kind and name.
    fn renamed(&mut self, gone: &str, new: &str) -> bool;

    /// Whether this may be done although it loses data.
    fn may_lose(&mut self, transition: &Transition) -> bool;
}

/// Nobody is there to be asked: nothing was renamed, and nothing may be lost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Person for Nobody {
    fn renamed(&mut self, _gone: &str, _new: &str) -> bool {
        false
    }

    fn may_lose(&mut self, _transition: &Transition) -> bool {
        false
    }
}

/// Differences as lines for people, each with what is found in the first and in the second schema.
pub(crate) fn lines(differences: &[Departure], first: &str, second: &str) -> Vec<String> {
    use segue_catalog::Disparity;
    let line = |one: &Departure| match &one.disparity {
        Disparity::Missing => format!("{}: {first} has it, {second} has not", one.object),
        Disparity::Extra => format!("{}: {second} has it, {first} has not", one.object),
        Disparity::Changed {
            property,
            first: before,
            second: after,
        } => format!(
            "{}: {property}: {first} has {}, {second} has {}",
            one.object,
            one_line(before),
            one_line(after)
        ),
    };
    differences.iter().map(line).collect()
}

fn one_line(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    match line.is_empty() {
        true => "nothing".to_owned(),
        false => line.join(" "),
    }
}

/// What a change would lose, for people; empty where it loses nothing.
pub(crate) fn losses(transition: &Transition) -> Vec<String> {
    let losing = transition.losing();
    losing
        .map(|one| {
            let loses = one.loses.as_deref().unwrap_or_default();
            format!("{}: {}", one.object, one_line(loses))
        })
        .collect()
}

/// Data would be lost, and nobody has said that they may be.
pub(crate) fn refuse_losses(transition: &Transition, help: &str) -> Failure {
    let mut problem =
        segue_sql::Problem::new("this would lose data, and nothing was done").help(help);
    problem.notes = losses(transition);
    Failure::new(segue_engine::FailureKind::Refused, problem)
}
