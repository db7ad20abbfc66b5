//! segue's own layout: `migrations/<UTC time>_<name>/migration.sql`, beside it an optional `down.sql`;
//! the comment in front of the SQL says why the migration is there.

use jiff::Timestamp;
use segue_sql::Problem;

use super::{
    Context, Layout, NewFile, Reading,
    folders::{Shape, read_folders},
    same_checksum, slug,
    times::time,
};
use crate::{Folder, digest::sha256_hex, script::whole};

/// The record of this layout.
pub const LAYOUT: Layout = Layout {
    name: "segue",
    title: "segue",
    usual_folders: &["migrations"],
    fits,
    evidence: |_| None,
    read,
    same: same_checksum,
    create,
};

const SHAPE: Shape = Shape {
    up: "migration.sql",
    down: Some("down.sql"),
    known: &["README.md"],
    follows_links: true,
    key: str::to_owned,
    checksum: |text| Some(sha256_hex(text)),
    pieces: whole,
};

fn fits(folder: &Folder) -> bool {
    folder
        .folders()
        .any(|entry| folder.has_file(format!("{}/{}", entry.name, SHAPE.up)))
}

fn read(folder: &Folder, _: &Context<'_>) -> Result<Reading, Vec<Problem>> {
    read_folders(folder, &SHAPE)
}

fn create(folder: &Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem> {
    let folder = format!(
        "{}_{}",
        time(folder.folders().map(|entry| &entry.name), now),
        slug(name)
    );
    Ok(vec![NewFile::new(
        format!("{folder}/{}", SHAPE.up),
        "-- Why: \n\n",
    )])
}
