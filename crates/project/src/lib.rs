//! What is on disk: `segue.toml` and folders of migrations.
//!
//! Owns: finding the folder, telling whose layout it has, reading its migrations, and writing new ones.
//! Does not own: history tables (crate `db`), running anything (crate `engine`).
//! Reads next: `layout.rs` for the layouts, `detect.rs` for how one is chosen.

mod at_once;
mod cargo;
pub mod config;
mod detect;
mod digest;
mod folder;
mod foreign;
mod go_mod;
pub mod layout;
mod levels;
mod locate;
mod memory;
mod migration;
mod other_tools;
mod package;
mod quiet;
mod script;
mod text_file;
mod tool_config;
mod transform;
mod windows;

pub use detect::{Choice, Project, Survey, Verdict, Wish, survey};
pub use digest::{TextsDigest, sha256_hex};
pub use folder::{Entry, Folder, shown_path};
pub use layout::{Context, Filled, LAYOUTS, Layout, NewFile, filled};
pub use locate::locate;
pub use memory::Content;
pub use migration::{Migration, Note};
pub use other_tools::{OtherTool, other_tool};
pub use quiet::Quiet;
pub use script::Script;
pub use transform::Transform;
pub use windows::{Fit, Malformed, Opening, Window, Windows};
