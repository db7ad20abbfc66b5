//! A plan as people read it: as text for a terminal, as a script, for a change under review, as a graph.
//!
//! Owns: what is said of a plan ([`Summary`], [`Blocking`]), and its forms. What a step runs is never formatted anew: every form
//! has the statements of its [`Action`](crate::Action) as they are.
//! Does not own: colours, terminals, and characters that a terminal would act on (crate `segue-cli`).
//!
//! | Form | File |
//! |---|---|
//! | for a terminal | `text.rs`, with `text/` |
//! | SQL that can be run | `sql.rs` |
//! | Markdown, for a change under review | `markdown.rs` |
//! | a graph for Graphviz | `dot.rs` |
//! | without what may be secret | `withheld.rs` |
//! | words that all of them have | `words.rs`, `summary.rs` |

mod dot;
mod markdown;
mod order;
mod page;
mod sql;
mod summary;
mod text;
mod withheld;
mod words;

use segue_catalog::Session;

use crate::Plan;

pub use self::{
    page::{Page, Piece, Role},
    summary::{Blocking, Longest, Summary},
    text::Detail,
    withheld::withheld,
};

/// A plan as text for a terminal.
pub fn text(plan: &Plan, detail: Detail) -> Page {
    text::page(plan, detail)
}

/// A plan as a script of SQL that can be run; `session`: what names mean before the first statement.
pub fn sql(plan: &Plan, session: &Session) -> String {
    sql::script(plan, session)
}

/// A plan as Markdown, for a change under review.
pub fn markdown(plan: &Plan) -> String {
    markdown::page(plan)
}

/// A plan as a graph in the language of Graphviz.
pub fn dot(plan: &Plan) -> String {
    dot::graph(plan)
}
