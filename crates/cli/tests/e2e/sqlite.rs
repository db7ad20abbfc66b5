//! Deploys to files of SQLite's: the same promises as on PostgreSQL, and those that only SQLite asks for.

use std::{fs, path::PathBuf};

use rusqlite::{Batch, Connection, fallible_iterator::FallibleIterator, types::ValueRef};

use crate::{
    harness::{Outcome, Project, Running},
    tools::Tool,
};

mod corpus;
mod develop;
mod diff;
mod files;
mod foreign_keys;
mod histories;
mod input;
mod locks;
mod stops;
mod units;
mod urls;

/// Those whose histories are told here value by value; goose, golang-migrate and dbmate have a file of their own.
const TOOLS: [Tool; 8] = [
    Tool::Segue,
    Tool::Prisma,
    Tool::Drizzle,
    Tool::DrizzleV1,
    Tool::Diesel,
    Tool::Sqlx,
    Tool::Flyway,
    Tool::Refinery,
];

/// A project and its database, `app.db` in its folder.
struct Lite {
    project: Project,
    tool: Tool,
}

impl Lite {
    fn new(tool: Tool) -> Self {
        let project = tool.project();
        if tool == Tool::Prisma {
            project.file(
                "prisma/migrations/migration_lock.toml",
                "provider = \"sqlite\"\n",
            );
        }
        Self { project, tool }
    }

    /// In segue's own layout.
    fn own() -> Self {
        Self::new(Tool::Segue)
    }

    /// In segue's own layout, on a database that is there.
    fn made() -> Self {
        let lite = Self::own();
        lite.sql("PRAGMA user_version = 1");
        lite
    }

    fn path(&self) -> PathBuf {
        self.project.root().join("app.db")
    }

    fn write(&self, number: u32, name: &str, sql: &str) -> &Self {
        self.tool.write(&self.project, number, name, sql);
        self.mend_journal();
        self
    }

    fn remove(&self, number: u32, name: &str) {
        self.tool.remove(&self.project, number, name);
        self.mend_journal();
    }

    fn mend_journal(&self) {
        if self.tool == Tool::Drizzle {
            let journal = "drizzle/meta/_journal.json";
            let text = self.project.text(journal).replace("postgresql", "sqlite");
            self.project.file(journal, text);
        }
    }

    fn connection(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// What a script gives, the columns divided by `|`, one row per line.
    #[track_caller]
    fn sql(&self, script: &str) -> String {
        sql(&self.connection(), script)
    }

    fn segue(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).wait()
    }

    fn start(&self, arguments: &[&str]) -> Running {
        self.project
            .start(&[arguments, &["--url", "sqlite:app.db"]].concat())
    }

    fn deploy(&self) -> Outcome {
        self.segue(&["deploy"])
    }

    /// Deploys where the tool of the layout may not make the file.
    fn first_deploy(&self) -> Outcome {
        self.segue(&["deploy", "--create-database"])
    }

    /// The tables and views that are not the history's or SQLite's.
    #[track_caller]
    fn tables(&self) -> String {
        self.sql(
            "SELECT coalesce(group_concat(name, ' '), '') FROM (SELECT name FROM sqlite_schema \
             WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_%' ESCAPE '\\' \
             AND name NOT LIKE '%_schema_history' AND name NOT IN ('schema_migrations', 'goose_db_version') \
             ORDER BY name)",
        )
    }

    /// The history's table.
    fn table(&self) -> &'static str {
        match self.tool {
            Tool::Segue => "_segue_migrations",
            Tool::Prisma => "_prisma_migrations",
            Tool::Drizzle | Tool::DrizzleV1 => "__drizzle_migrations",
            Tool::Diesel => "__diesel_schema_migrations",
            Tool::Sqlx => "_sqlx_migrations",
            Tool::Flyway => "flyway_schema_history",
            Tool::Refinery => "refinery_schema_history",
            Tool::Goose | Tool::Dbmate | Tool::GolangMigrate => unreachable!("not in TOOLS"),
        }
    }

    /// Every value of the history, with ids and times.
    #[track_caller]
    fn rows(&self) -> String {
        self.sql(&format!("SELECT * FROM {} ORDER BY rowid", self.table()))
    }

    /// The names of segue's own tables.
    #[track_caller]
    fn own_tables(&self) -> String {
        self.sql("SELECT coalesce(group_concat(name, ' '), '') FROM (SELECT name FROM sqlite_schema WHERE name LIKE '\\_segue%' ESCAPE '\\' AND type = 'table' ORDER BY name)")
    }
}

#[track_caller]
fn sql(connection: &Connection, script: &str) -> String {
    let mut lines = Vec::new();
    let mut batch = Batch::new(connection, script);
    while let Some(mut statement) = batch.next().expect(script) {
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().expect(script) {
            let values: Vec<String> = (0..columns)
                .map(|column| text(row.get_ref(column).unwrap()))
                .collect();
            lines.push(values.join("|"));
        }
    }
    lines.join("\n")
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// Everything that a database holds: its schema but for these tables, and the rows of the others.
fn contents(connection: &Connection, without: &[&str]) -> String {
    let hidden: Vec<String> = without.iter().map(|name| format!("'{name}'")).collect();
    let hidden = hidden.join(", ");
    let mut all = sql(
        connection,
        &format!(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name NOT IN ({hidden}) ORDER BY type, name"
        ),
    );
    let tables = sql(
        connection,
        &format!(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ({hidden}) ORDER BY name"
        ),
    );
    for table in tables.lines() {
        all.push_str(&format!("\n-- {table}\n"));
        all.push_str(&sql(connection, &format!("SELECT * FROM \"{table}\"")));
    }
    all
}

/// The files beside the database that a deploy must not leave behind.
fn leftovers(lite: &Lite) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(lite.project.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("app.db-"))
        .collect();
    names.sort();
    names
}
