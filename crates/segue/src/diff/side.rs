//! One side of a diff, as it is named on a command line.

use std::path::PathBuf;

use segue_project::config::Secret;
use segue_sql::Problem;

/// What has a schema.
#[derive(Debug, Clone)]
pub enum Side {
    /// A database with nothing in it.
    Empty,
    /// The database behind a URL; `None`: that of the project.
    Database(Option<Secret>),
    /// A folder of migrations; `None`: that of the project.
    Migrations(Option<PathBuf>),
    /// A file or folder of SQL that says how the schema shall be; `None`: that of the project.
    Schema(Option<PathBuf>),
    /// A folder of migrations, or a file or folder of SQL: what is there tells.
    Path(PathBuf),
    /// The same as a revision of git has it; `None`: the migrations of the project.
    Revision(String, Option<PathBuf>),
}

impl Side {
    /// Reads what a user wrote. On disk nothing is looked at, except whether a file is a database of SQLite's.
    ///
    /// # Errors
    /// An empty text, or a revision without a name.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("git:") {
            let (revision, path) = match rest.split_once(':') {
                Some((revision, path)) => (revision, Some(PathBuf::from(path))),
                None => (rest, None),
            };
            if revision.is_empty() || revision.starts_with('-') {
                return Err(Problem::new(format!("`{text}` names no revision"))
                    .help("write git:REVISION or git:REVISION:PATH"));
            }
            return Ok(Self::Revision(revision.to_owned(), path));
        }
        let path = |prefix: &str| text.strip_prefix(prefix).map(PathBuf::from);
        if let Some(path) = path("migrations:") {
            return Ok(Self::Migrations(Some(path)));
        }
        if let Some(path) = path("schema:") {
            return Ok(Self::Schema(Some(path)));
        }
        Ok(match text {
            "" => {
                return Err(
                    Problem::new("a side of the diff is missing: its text is empty")
                        .help("give a URL, a path, or `empty`"),
                );
            }
            "empty" => Self::Empty,
            "database" => Self::Database(None),
            "migrations" => Self::Migrations(None),
            "schema" => Self::Schema(None),
            _ if is_url(text) => Self::Database(Some(Secret::new(text))),
            _ => Self::Path(PathBuf::from(text)),
        })
    }
}

/// A URL, pairs such as `host=… dbname=…`, a word for the embedded server, or a database of SQLite's.
fn is_url(text: &str) -> bool {
    let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let first = text.split('=').next().unwrap_or_default().trim();
    text.contains("://")
        || segue_db::sqlite::is_ours(text)
        || text == "embedded"
        || text.starts_with("embedded:")
        || (text.contains('=') && !first.is_empty() && is_word(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_told_by_how_it_is_written() {
        let kind = |text: &str| match Side::parse(text) {
            Ok(Side::Empty) => "empty",
            Ok(Side::Database(Some(_))) => "url",
            Ok(Side::Database(None)) => "database",
            Ok(Side::Migrations(_)) => "migrations",
            Ok(Side::Schema(_)) => "schema",
            Ok(Side::Path(_)) => "path",
            Ok(Side::Revision(..)) => "revision",
            Err(_) => "wrong",
        };
        for (text, expected) in [
            ("empty", "empty"),
            ("postgres://a@b/c", "url"),
            ("sqlite:app.db", "url"),
            ("./data/app.sqlite3", "url"),
            ("service=app", "url"),
            ("host=localhost dbname=app", "url"),
            ("embedded", "url"),
            ("database", "database"),
            ("migrations", "migrations"),
            ("migrations:db/migrations", "migrations"),
            ("schema", "schema"),
            ("./schema", "path"),
            ("db/schema.sql", "path"),
            ("git:main", "revision"),
            ("git:HEAD~1:db/schema.sql", "revision"),
            ("git:", "wrong"),
            ("git:--upload-pack=x", "wrong"),
            ("", "wrong"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
