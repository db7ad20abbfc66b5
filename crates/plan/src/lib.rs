//! What migrations do to a database in use.
//!
//! Owns: what a statement makes a server do ([`Effect`]), the rules that judge it ([`RULES`], [`lint()`]), and what they go
//! by beside the schema: [`Facts`] and a [`Policy`].
//! Does not own: the schema and what a statement does to it (crate `catalog`), reading facts from a server (crate `db`),
//! files and settings (crate `project`).
//!
//! | Question | File |
//! |---|---|
//! | Which locks does it take, what is scanned or written anew? | `effect.rs`, `effect/*.rs`; the modes: `lock.rs` |
//! | Was that right? | `observed.rs` |
//! | What is dangerous? | `hazards/*.rs`, one each; what such a record says: `rule.rs` |
//! | What may a rule look at? | `moment.rs`, `moment/*.rs`, `script.rs`, `run.rs` |
//! | Who waits for long work, and what is to blame? | `cost.rs`, `cost/*.rs` |
//! | How is the same change written safely? | `fix.rs`, `fix/*.rs` |
//! | Which matters of taste are there? | `style.rs`, and `hazards/style_*.rs` |
//! | Does it write a few rows only? | `bounded.rs`, `bounded/*.rs` |
//! | How is it done while the app runs? | `recipes.rs`, `recipes/*.rs`, one each; who asks them: `planner.rs`; what comes of it: `plan.rs` |
//! | Which program do rows go through? | `declared.rs`, `planner/transform.rs`, `plan/transform.rs` |
//! | Which schema does each step of a plan meet? | `walk.rs` |
//! | Can it be carried out beside another one? | `beside.rs` |
//! | How is a plan shown? | `shown.rs`, `shown/*.rs`, one for each form |
//! | What does it say? | `report.rs`, `finding.rs` |
//! | How large is a table, and what counts as large? | `facts.rs`, `policy.rs` |
//!
//! Reads next: `lint.rs`, then any file of `hazards/`.

mod acknowledge;
mod answering;
mod beside;
mod bounded;
mod cost;
mod declared;
mod effect;
mod example;
mod facts;
mod finding;
mod fix;
mod hazards;
mod lint;
mod lock;
mod moment;
mod narrowing;
mod observed;
mod plan;
mod planner;
mod policy;
mod recipes;
mod report;
mod rule;
mod run;
mod script;
pub mod shown;
mod style;
mod traced;
mod walk;
mod writing;
mod written;

pub use acknowledge::{Acknowledged, Review, review, review_traced};
pub use declared::{Declared, Selected, Wanted, Word};
pub use effect::{Effect, Work, WorkKind, of as effect_of};
pub use facts::{ExtensionFacts, Facts, Held, IndexFacts, TableFacts, Value, Weight};
pub use finding::{Finding, Fix};
pub use hazards::{RULES, rule};
pub use lint::lint;
pub use lock::LockMode;
pub use moment::Moment;
pub use observed::{Disagreement, Observed};
pub use plan::{
    Action, Barrier, Batches, Estimate, FIRST_ROW, Form, Hazard, Hindrance, Keep, KeptAnswers,
    LAST_ROW, OwnPace, Phase, Plan, Reads, Rows, Served, Step, Strategy, Timeouts, Transform,
    Typed, Undo, Written, WrittenStatement,
};
pub use planner::{outline, plan};
pub use policy::{Level, Policy, Severity};
pub use recipes::{RECIPES, Recipe};
pub use report::Report;
pub use rule::{Class, Example, Judge, Rule};
pub use script::{Kept, Line, Origin, Script};
pub use traced::TracedPlace;
pub use walk::walk;
