//! Folders of tools whose layout segue does not read: named and refused, never taken for something else.

use segue_sql::Problem;

use crate::Folder;

/// The tool that a folder belongs to, if it is one that segue does not read.
pub(crate) fn refuse(folder: &Folder) -> Option<Problem> {
    let tool = by_content(folder)?;
    Some(
        Problem::new(format!(
            "`{}` holds migrations of {tool}, a layout that segue does not read",
            folder.path.display()
        ))
        .help("if they belong to one of segue's layouts after all, name it with --layout"),
    )
}

/// The tool whose marker stands by a folder that only sqlx's names would fit.
pub(crate) fn by_marker(level: &Folder) -> Option<(&'static str, &'static str)> {
    [("flyway.toml", "Flyway"), ("flyway.conf", "Flyway")]
        .into_iter()
        .find(|(marker, _)| level.has(marker))
}

/// How lines begin that tools put into files with both directions: run whole, such a file would take back
/// what it has done. Sources: sql-migrate (`sqlparse/sqlparse.go`), tern (`migrate/migrate.go`),
/// node-pg-migrate (`src/sqlMigration.ts`), Liquibase (`FormattedSqlChangeLogParser`).
const MARKS: [(&str, &str); 4] = [
    ("-- +migrate", "sql-migrate"),
    ("---- create above", "tern"),
    ("-- up migration", "node-pg-migrate"),
    ("--liquibase", "Liquibase"),
];

/// Markers inside the files; the first file speaks for all.
fn by_content(folder: &Folder) -> Option<&'static str> {
    let first = folder
        .files()
        .find(|entry| entry.name.ends_with(".sql") && starts_with_digit(&entry.name))?;
    let text = folder.text(&first.name).ok()?.raw.to_ascii_lowercase();
    let has = |mark: &str| text.lines().any(|line| line.trim_start().starts_with(mark));
    MARKS
        .into_iter()
        .find(|(mark, _)| has(mark))
        .map(|(_, tool)| tool)
}

fn starts_with_digit(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}
