//! A new migration with statements in it, and those that take it back, as each layout has them.

use std::path::PathBuf;

use super::{Layout, NewFile};

/// The files of a migration, and where what takes it back went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// To be written.
    pub files: Vec<NewFile>,
    /// The file that takes the migration back; `None`: the layout's tool has no place for that.
    pub down: Option<PathBuf>,
}

/// What separates the statements of Drizzle's files.
const BREAKPOINT: &str = "\n--> statement-breakpoint\n";

/// Puts statements into the files of an empty migration, as [`Layout::create`] gives them. Comments may stand before a
/// statement.
pub fn filled(layout: &Layout, mut files: Vec<NewFile>, up: &[String], down: &[String]) -> Filled {
    let (up, down) = (up.to_vec(), down.to_vec());
    let Some(first) = files.first_mut() else {
        return Filled { files, down: None };
    };
    let path = first.path.clone();
    match layout.name {
        "goose" => {
            first.text = format!(
                "-- +goose Up\n{}\n-- +goose Down\n{}",
                for_goose(&up),
                for_goose(&down)
            );
            return in_one(files, path);
        }
        "dbmate" => {
            first.text = format!(
                "-- migrate:up\n{}\n-- migrate:down\n{}",
                plain(&up),
                plain(&down)
            );
            return in_one(files, path);
        }
        "drizzle" | "drizzle-v1" => first.text = up.join(BREAKPOINT),
        _ => first.text = plain(&up),
    }
    let Some(path) = down_beside(layout, &path, files.get(1)) else {
        return Filled { files, down: None };
    };
    match files.iter_mut().find(|file| file.path == path) {
        Some(file) => file.text = plain(&down),
        None => files.push(NewFile::new(path.clone(), plain(&down))),
    }
    Filled {
        files,
        down: Some(path),
    }
}

/// Both directions are in one file.
fn in_one(files: Vec<NewFile>, path: PathBuf) -> Filled {
    Filled {
        files,
        down: Some(path),
    }
}

/// The file with the other direction: that of the layout, or `down.sql` where each migration has a folder, or a folder
/// beside Drizzle's files.
fn down_beside(layout: &Layout, up: &std::path::Path, second: Option<&NewFile>) -> Option<PathBuf> {
    match layout.name {
        "segue" | "prisma" | "diesel" | "drizzle-v1" => Some(up.with_file_name("down.sql")),
        "drizzle" => Some(PathBuf::from("down").join(up.file_name()?)),
        "golang-migrate" | "sqlx" => second.map(|file| file.path.clone()),
        _ => None,
    }
}

fn plain(statements: &[String]) -> String {
    let mut text = statements.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// goose cuts at every line that ends in a semicolon, unless it is told where a statement begins and ends.
fn for_goose(statements: &[String]) -> String {
    let mut text = String::new();
    for statement in statements {
        let inner = statement.trim_end().trim_end_matches(';');
        let is_plain =
            !inner.contains(';') || inner.trim_start().starts_with("--") && !has_sql(inner);
        if is_plain {
            text.push_str(&format!("{statement}\n"));
        } else {
            text.push_str(&format!(
                "-- +goose StatementBegin\n{statement}\n-- +goose StatementEnd\n"
            ));
        }
    }
    text
}

/// Whether there is anything but comments.
fn has_sql(text: &str) -> bool {
    text.lines()
        .any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("--"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{Content, Context, Folder, LAYOUTS};

    /// A folder as the layout's tool leaves it.
    fn begun(layout: &str) -> Folder {
        let journal = "{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[]}";
        let files: &[(&str, &str)] = match layout {
            "drizzle" => &[("meta/_journal.json", journal)],
            "sqlx" => &[("1_a.up.sql", "SELECT 1;"), ("1_a.down.sql", "SELECT 1;")],
            _ => &[],
        };
        let files = files
            .iter()
            .map(|(path, text)| (*path, Content::Text(text)));
        Folder::in_memory("migrations", files)
    }

    #[test]
    fn a_new_migration_is_the_last_one_whatever_the_clock_says() {
        let later: Timestamp = "2030-01-31T23:59:59Z".parse().unwrap();
        let earlier: Timestamp = "2026-01-31T23:59:59Z".parse().unwrap();
        for layout in LAYOUTS {
            let create = |folder: &Folder, name: &str, now| {
                let new = (layout.create)(folder, name, now).unwrap();
                filled(layout, new, &["SELECT 1;".to_owned()], &[]).files
            };
            let mut files = create(&begun(layout.name), "z", later);
            let in_memory = |files: &[NewFile]| {
                let files: Vec<_> = files
                    .iter()
                    .map(|file| (file.path.to_str().unwrap(), Content::Text(&file.text)))
                    .collect();
                Folder::in_memory("migrations", files)
            };
            for (name, now) in [("y", later), ("x", earlier)] {
                let new = create(&in_memory(&files), name, now);
                files.retain(|file| !new.iter().any(|new| new.path == file.path));
                files.extend(new);
            }
            let read = (layout.read)(&in_memory(&files), &Context::NOWHERE).unwrap();
            let names = read.migrations.iter().map(|migration| &migration.name);
            let names: Vec<_> = names.collect();
            let mut ends = ["z", "y", "x"].iter().zip(&names);
            let in_order = names.len() == 3 && ends.all(|(end, name)| name.ends_with(end));
            assert!(in_order, "{}: {names:?}", layout.name);
        }
    }

    #[test]
    fn every_layout_reads_back_the_statements_that_were_put_into_it() {
        let up = [
            "-- why\nCREATE TABLE a (id int);".to_owned(),
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN\nRETURN 1;\nEND $$;"
                .to_owned(),
        ];
        let down = ["DROP FUNCTION f();".to_owned(), "DROP TABLE a;".to_owned()];
        for layout in LAYOUTS {
            let folder = begun(layout.name);
            let new = (layout.create)(&folder, "add a", Timestamp::now()).unwrap();
            let filled = filled(layout, new, &up, &down);
            let texts: Vec<(String, String)> = filled
                .files
                .iter()
                .map(|file| (file.path.to_string_lossy().into_owned(), file.text.clone()))
                .collect();
            let files = texts
                .iter()
                .map(|(path, text)| (path.as_str(), Content::Text(text)));
            let read =
                (layout.read)(&Folder::in_memory("migrations", files), &Context::NOWHERE).unwrap();
            assert!(read.notes.is_empty(), "{}: {:?}", layout.name, read.notes);
            let migration = read.migrations.last().unwrap();
            let statements = migration.up.statements().unwrap();
            assert_eq!(statements.len(), 2, "{}", layout.name);
            let Some(path) = filled.down else {
                assert!(
                    ["flyway", "refinery"].contains(&layout.name),
                    "{}",
                    layout.name
                );
                continue;
            };
            let has_drop = texts.iter().any(|(other, text)| {
                *other == path.to_string_lossy() && text.contains("DROP FUNCTION f();\n")
            });
            assert!(has_drop, "{}: {texts:?}", layout.name);
        }
    }
}
