//! What each tool does with a file of SQLite's beyond its history: segue does the same, so that a
//! migration means the same whichever of them runs it.

use segue_catalog::sqlite::diff::Frame;
use segue_project::Layout;

/// One tool's ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    /// The layout.
    pub layout: &'static str,
    /// Whether foreign keys are enforced on its connections (`PRAGMA foreign_keys`).
    pub foreign_keys: bool,
    /// Whether it makes a database that is missing.
    pub creates_missing: bool,
    /// Whether it makes the folder of such a database too.
    pub makes_folder: bool,
    /// What stands around the statements of a migration that rebuilds tables, so that it loses no rows whether segue
    /// or the tool runs it.
    pub frame: Frame,
}

/// One line per tool. SQLite's own default is not to enforce; the drivers of Prisma (quaint), Drizzle
/// (better-sqlite3) and refinery (rusqlite) build it in, sqlx's sets the pragma, those of Diesel and of the Go
/// and Java tools leave it. Prisma's engine makes folders (`flavour/sqlite/connector`, `create_database`).
///
/// Prisma runs a file without a transaction, Drizzle, sqlx and refinery run theirs within one. Where nobody enforces
/// foreign keys the pragma does nothing to the tool, and tells segue to look; but Flyway's parser refuses a file that
/// has it among other statements (`SQLiteParser`, `detectCanExecuteInTransaction`).
const TOOLS: &[Tool] = &[
    of("segue", true, false),
    Tool {
        makes_folder: true,
        frame: Frame::Script,
        ..of("prisma", true, true)
    },
    within("drizzle", true),
    within("drizzle-v1", true),
    of("diesel", false, true),
    within("sqlx", false),
    within("refinery", true),
    Tool {
        frame: Frame::Bare,
        ..of("flyway", false, true)
    },
    of("golang-migrate", false, true),
    of("dbmate", false, true),
    of("goose", false, true),
];

const fn of(layout: &'static str, foreign_keys: bool, creates_missing: bool) -> Tool {
    Tool {
        layout,
        foreign_keys,
        creates_missing,
        makes_folder: false,
        frame: Frame::Deploy,
    }
}

/// One that runs a file within a transaction, with foreign keys enforced.
const fn within(layout: &'static str, creates_missing: bool) -> Tool {
    Tool {
        frame: Frame::Within,
        ..of(layout, true, creates_missing)
    }
}

/// The ways of a layout's tool; of segue itself where nothing is known of it.
pub fn tool(layout: &Layout) -> Tool {
    let known = TOOLS.iter().find(|tool| tool.layout == layout.name);
    *known.unwrap_or(&TOOLS[0])
}
