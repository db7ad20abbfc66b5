//! SQL text to statements.
//!
//! Owns: splitting a script into statements, what kind each is as far as running it is concerned,
//! positions in a text, how deep it is nested, comments for segue ([`directives`]), and [`Problem`], the error of everything that reads input.
//! Does not own: what a statement means for a schema (crate `catalog`), or any file or connection.
//! Reads next: `split.rs`, then `kind.rs`.

mod concurrent_index;
mod dialect;
mod directive;
pub mod duration;
mod kind;
mod nearest;
mod nesting;
mod position;
mod problem;
mod split;
mod statements;

pub use concurrent_index::{ConcurrentIndex, Rebuilt};
pub use dialect::Dialect;
pub use directive::{Batch, Directive, Said, directives};
pub use duration::parse_duration;
pub use kind::Kind;
pub use nearest::{mistyped, nearest};
pub use nesting::is_too_deep;
pub use position::{byte_of_character, line_column};
pub use problem::{Place, Problem, Source};
pub use split::{Statement, split, split_pieces};
pub use statements::Statements;
