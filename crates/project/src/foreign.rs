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

/// The tool whose marker stands by a folder that only sqlx's names would fit: golang-migrate numbers its
/// files in the same way, and its history is another one.
pub(crate) fn by_marker(level: &Folder) -> Option<(&'static str, &'static str)> {
    [
        ("go.mod", "golang-migrate"),
        ("flyway.toml", "Flyway"),
        ("flyway.conf", "Flyway"),
    ]
    .into_iter()
    .find(|(marker, _)| level.has(marker))
}

/// Markers inside the files; the first file with a marker speaks for all.
fn by_content(folder: &Folder) -> Option<&'static str> {
    let first = folder
        .files()
        .find(|entry| entry.name.ends_with(".sql") && starts_with_digit(&entry.name))?;
    let text = folder.text(&first.name).ok()?.raw;
    let has = |marker: &str| {
        text.lines()
            .any(|line| line.trim_start().starts_with(marker))
    };
    if has("-- +goose") {
        Some("goose")
    } else if has("-- migrate:up") {
        Some("dbmate")
    } else {
        None
    }
}

fn starts_with_digit(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}
