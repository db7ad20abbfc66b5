//! Drizzle 1.0: `<UTC time>_<name>/migration.sql` beside a `snapshot.json`, and no journal.
//!
//! Source: drizzle-orm 1.0.0-rc.5 (`migrator.js`, `migrator.utils.js`).

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use segue_sql::Problem;

use super::{
    Context, Layout, NewFile, Reading, drizzle,
    folders::{Shape, read_folders},
    prisma::sort_by_locale,
    same_checksum, slug,
    times::time,
};
use crate::{Folder, digest::sha256_hex};

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "drizzle-v1",
    title: "Drizzle 1.0",
    usual_folders: &["drizzle", "migrations", "src/db/migrations"],
    fits,
    evidence,
    read,
    same: same_checksum,
    create,
};

const SNAPSHOT: &str = "snapshot.json";

const SHAPE: Shape = Shape {
    up: "migration.sql",
    down: Some("down.sql"),
    known: &[SNAPSHOT],
    follows_links: false,
    key: str::to_owned,
    checksum: |text| Some(sha256_hex(text)),
    pieces: drizzle::pieces,
};

fn fits(folder: &Folder) -> bool {
    !folder.has("meta")
        && folder
            .folders()
            .any(|entry| folder.has_file(format!("{}/{}", entry.name, SHAPE.up)))
}

fn evidence(folder: &Folder) -> Option<String> {
    folder
        .folders()
        .map(|entry| format!("{}/{SNAPSHOT}", entry.name))
        .find(|path| folder.has_file(path))
        .or_else(|| drizzle::evidence(folder))
}

fn read(folder: &Folder, _: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    let mut reading = read_folders(folder, &SHAPE)?;
    let mut problems = Vec::new();
    for migration in &reading.migrations {
        if folder_time(&migration.name).is_none() {
            problems.push(
                Problem::new(format!(
                    "`{}` does not start with a time of fourteen digits",
                    migration.name
                ))
                .help(
                    "Drizzle writes that time into its history: name it like 20260131174500_name",
                ),
            );
        }
    }
    sort_by_locale(&mut reading.migrations);
    if problems.is_empty() {
        Ok(reading)
    } else {
        Err(problems)
    }
}

/// The time in a folder's name in milliseconds since 1970: the history's `created_at`
/// (`formatToMillis`: `Date.UTC` of the first fourteen digits).
pub fn folder_time(name: &str) -> Option<i64> {
    let digits = name.get(..14)?;
    let time = DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    let time = time.to_zoned(TimeZone::UTC).ok()?;
    Some(time.timestamp().as_millisecond())
}

fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let new = format!(
        "{}_{}",
        time(folder.folders().map(|entry| &entry.name), now),
        slug(name)
    );
    let mut files = vec![NewFile::new(
        format!("{new}/{}", SHAPE.up),
        "-- Custom SQL migration file, put your code below! --",
    )];
    let last = folder
        .folders()
        .filter(|entry| folder.has_file(format!("{}/{SNAPSHOT}", entry.name)))
        .last();
    if let Some(last) = last {
        files.push(next_snapshot(folder, &last.name, &new)?);
    }
    Ok(files)
}

fn next_snapshot(folder: &Folder, last: &str, new: &str) -> Result<NewFile, Problem> {
    let path = format!("{last}/{SNAPSHOT}");
    let text = folder.text(&path)?.raw;
    let mut snapshot: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        Problem::new(format!("`{path}` is broken: {error}")).help("restore it from version control")
    })?;
    snapshot["prevIds"] = serde_json::Value::Array(vec![snapshot["id"].clone()]);
    snapshot["id"] = serde_json::Value::String(uuid::Uuid::new_v4().to_string());
    let text = serde_json::to_string_pretty(&snapshot).expect("a snapshot is plain data");
    Ok(NewFile::new(format!("{new}/{SNAPSHOT}"), text))
}
