//! One side of a diff, as it is named on a command line.

use std::path::PathBuf;

use segue_project::config::Secret;
use segue_sql::Problem;

/// What has a schema.
#[derive(Debug, Clone)]
pub enum Side {
    /// A database with nothing in it.
    Empty,
    /// The database behind a URL.
    Database(Secret),
    /// A file or folder on disk.
    Path(PathBuf),
}

impl Side {
    /// Reads what a user wrote: `empty`, a URL, or a path. Nothing is looked at on disk.
    ///
    /// # Errors
    /// An empty text.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        match text {
            "" => Err(
                Problem::new("a side of the diff is missing: its text is empty")
                    .help("give a URL, a path, or `empty`"),
            ),
            "empty" => Ok(Self::Empty),
            _ if is_url(text) => Ok(Self::Database(Secret::new(text))),
            _ => Ok(Self::Path(PathBuf::from(text))),
        }
    }
}

/// A URL, pairs such as `host=… dbname=…`, or a word for the embedded server.
fn is_url(text: &str) -> bool {
    let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let first = text.split('=').next().unwrap_or_default();
    text.contains("://")
        || text.starts_with("sqlite:")
        || text == "embedded"
        || text.starts_with("embedded:")
        || (text.contains('=') && !first.is_empty() && is_word(first.trim()))
}
