//! What to say to a URL that is not PostgreSQL's.

use std::ops::Range;

use segue_sql::Problem;

use super::text::Text;

/// How a URL is to be written.
pub(super) const FORM: &str = "write `postgres://user:password@host:5432/database`";

/// Lets `postgres` and `postgresql` pass.
///
/// # Errors
/// Everything else, with what the user can do for the schemes that are often met.
pub(super) fn check(text: &Text<'_>, scheme: Range<usize>) -> Result<(), Problem> {
    let name = text.original[scheme.clone()].to_ascii_lowercase();
    if name == "postgres" || name == "postgresql" {
        return Ok(());
    }
    if scheme.is_empty() {
        return Err(without_scheme(text));
    }
    // The whole scheme is shown, and `://` not: it is right.
    let (message, help) = advice(&name);
    Err(text.problem(message, scheme, "this scheme").help(help))
}

fn without_scheme(text: &Text<'_>) -> Problem {
    let end = text.original.find(':').unwrap_or(text.original.len());
    let name = text.original[..end].to_ascii_lowercase();
    match name.as_str() {
        "jdbc" | "sqlite" | "file" | "mysql" => {
            let (message, help) = advice(&name);
            text.problem(message, 0..end, "this scheme").help(help)
        }
        "postgres" | "postgresql" => text
            .problem(
                "`//` is missing in the database URL",
                0..end,
                "after this, and a colon",
            )
            .help(FORM),
        _ => text
            .problem(
                "this is not a database URL",
                0..0,
                "`postgres://` is missing",
            )
            .help(FORM),
    }
}

fn advice(scheme: &str) -> (String, String) {
    let bare = scheme.trim_start_matches(['"', '\'']);
    if bare != scheme {
        return (
            "the database URL begins with a quotation mark".into(),
            "take the quotation marks away: this place does not remove them as a shell does".into(),
        );
    }
    if scheme.starts_with("jdbc") {
        return (
            "this is a JDBC URL".into(),
            "leave `jdbc:` away and move the user and the password to the front: \
             `postgresql://user:password@host:5432/database`"
                .into(),
        );
    }
    match scheme {
        "mysql" | "mariadb" => ("segue does not speak MySQL yet".into(), FORM.into()),
        "sqlite" | "sqlite3" | "file" | "libsql" => (
            "this is the URL of an SQLite database, not of PostgreSQL".into(),
            FORM.into(),
        ),
        "sqlserver" | "mssql" | "mongodb" | "mongodb+srv" | "cockroachdb" => {
            (format!("segue does not speak `{scheme}`"), FORM.into())
        }
        "prisma" | "prisma+postgres" => (
            "this is the URL of Prisma's proxy, which passes no migrations on".into(),
            "give the database's own URL, which Prisma calls `directUrl`: \
             `postgres://user:password@host:5432/database`"
                .into(),
        ),
        _ => (
            format!(
                "a database URL begins with `postgres://`, not with `{}://`",
                scheme.escape_debug()
            ),
            FORM.into(),
        ),
    }
}
