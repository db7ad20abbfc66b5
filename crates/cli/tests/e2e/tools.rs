//! The same migrations in the layout of each tool, and its history as the database has it.

use std::fs;

use crate::harness::{Database, Project};

/// A layout that segue reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Segue,
    Prisma,
    Drizzle,
    DrizzleV1,
    Diesel,
    Sqlx,
    GolangMigrate,
    Goose,
    Dbmate,
    Flyway,
    Refinery,
}

/// All of them.
pub(crate) const TOOLS: [Tool; 11] = [
    Tool::Segue,
    Tool::Prisma,
    Tool::Drizzle,
    Tool::DrizzleV1,
    Tool::Diesel,
    Tool::Sqlx,
    Tool::GolangMigrate,
    Tool::Goose,
    Tool::Dbmate,
    Tool::Flyway,
    Tool::Refinery,
];

impl Tool {
    /// As in `--layout`.
    pub(crate) fn layout(self) -> &'static str {
        match self {
            Self::Segue => "segue",
            Self::Prisma => "prisma",
            Self::Drizzle => "drizzle",
            Self::DrizzleV1 => "drizzle-v1",
            Self::Diesel => "diesel",
            Self::Sqlx => "sqlx",
            Self::GolangMigrate => "golang-migrate",
            Self::Goose => "goose",
            Self::Dbmate => "dbmate",
            Self::Flyway => "flyway",
            Self::Refinery => "refinery",
        }
    }

    /// The name of the migration with this number.
    pub(crate) fn name(self, number: u32, name: &str) -> String {
        match self {
            Self::Segue | Self::Prisma | Self::DrizzleV1 | Self::Dbmate => {
                format!("202401010000{number:02}_{name}")
            }
            Self::GolangMigrate => format!("{number:06}_{name}"),
            Self::Goose => format!("{number:05}_{name}"),
            Self::Diesel => format!("2024-01-01-0000{number:02}_{name}"),
            Self::Drizzle | Self::Sqlx => format!("{number:04}_{name}"),
            Self::Flyway | Self::Refinery => format!("V{number}__{name}"),
        }
    }

    /// How the history calls it.
    pub(crate) fn key(self, number: u32, name: &str) -> String {
        match self {
            Self::Segue | Self::Prisma | Self::DrizzleV1 => self.name(number, name),
            Self::Diesel | Self::Dbmate => format!("202401010000{number:02}"),
            Self::Drizzle => when(number).to_string(),
            Self::Sqlx | Self::GolangMigrate | Self::Goose | Self::Flyway | Self::Refinery => {
                number.to_string()
            }
        }
    }

    /// The folder of migrations.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Segue
            | Self::Diesel
            | Self::Sqlx
            | Self::GolangMigrate
            | Self::Goose
            | Self::Refinery => "migrations",
            Self::Dbmate => "db/migrations",
            Self::Flyway => "db/migration",
            Self::Prisma => "prisma/migrations",
            Self::Drizzle | Self::DrizzleV1 => "drizzle",
        }
    }

    /// The file that a deploy runs.
    pub(crate) fn file(self, number: u32, name: &str) -> String {
        let name = format!("{}/{}", self.folder(), self.name(number, name));
        match self {
            Self::Segue | Self::Prisma | Self::DrizzleV1 => format!("{name}/migration.sql"),
            Self::Diesel => format!("{name}/up.sql"),
            Self::GolangMigrate => format!("{name}.up.sql"),
            Self::Drizzle
            | Self::Sqlx
            | Self::Goose
            | Self::Dbmate
            | Self::Flyway
            | Self::Refinery => format!("{name}.sql"),
        }
    }

    /// A project that the tool would know as its own.
    pub(crate) fn project(self) -> Project {
        let project = Project::new();
        match self {
            Self::Prisma => project
                .file("prisma/schema.prisma", "// no models\n")
                .file("prisma/migrations/migration_lock.toml", LOCK),
            Self::DrizzleV1 => project.file("drizzle.config.ts", "export default {}\n"),
            Self::Diesel => project.file("diesel.toml", ""),
            Self::GolangMigrate => project.file(
                "go.mod",
                "module example\n\nrequire github.com/golang-migrate/migrate/v4 v4.18.1\n",
            ),
            Self::Flyway => project.file("flyway.toml", ""),
            Self::Refinery => project.file("refinery.toml", ""),
            Self::Segue | Self::Sqlx | Self::Drizzle | Self::Goose | Self::Dbmate => &project,
        };
        project
    }

    /// Writes a migration as the tool does.
    pub(crate) fn write(self, project: &Project, number: u32, name: &str, sql: &str) {
        let sql = match self {
            Self::Goose => {
                format!("-- +goose Up\n-- +goose StatementBegin\n{sql}\n-- +goose StatementEnd\n")
            }
            Self::Dbmate => format!("-- migrate:up\n{sql}\n-- migrate:down\n"),
            _ => sql.to_owned(),
        };
        project.file(self.file(number, name), sql);
        if self == Self::Drizzle {
            self.write_journal(project, when);
        }
    }

    /// Takes a migration away, and out of the journal.
    pub(crate) fn remove(self, project: &Project, number: u32, name: &str) {
        let file = self.file(number, name);
        match self {
            Self::Segue | Self::Prisma | Self::DrizzleV1 | Self::Diesel => {
                project.remove(file.rsplit_once('/').unwrap().0)
            }
            _ => project.remove(&file),
        };
        if self == Self::Drizzle {
            self.write_journal(project, when);
        }
    }

    /// The journal of Drizzle 0.x for the files that are there.
    pub(crate) fn write_journal(self, project: &Project, when: impl Fn(u32) -> i64) {
        let mut tags: Vec<String> = fs::read_dir(project.root().join("drizzle"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".sql").map(str::to_owned))
            .collect();
        tags.sort();
        let entries: Vec<serde_json::Value> = tags
            .iter()
            .enumerate()
            .map(|(index, tag)| {
                let number = tag[..4].parse().unwrap();
                serde_json::json!({
                    "idx": index, "version": "7", "when": when(number), "tag": tag, "breakpoints": true,
                })
            })
            .collect();
        let journal =
            serde_json::json!({ "version": "7", "dialect": "postgresql", "entries": entries });
        project.file("drizzle/meta/_journal.json", journal.to_string());
    }

    /// The tool's history table.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Segue => "segue.migrations",
            Self::Prisma => "public._prisma_migrations",
            Self::Drizzle | Self::DrizzleV1 => "drizzle.__drizzle_migrations",
            Self::Diesel => "public.__diesel_schema_migrations",
            Self::Sqlx => "public._sqlx_migrations",
            Self::GolangMigrate | Self::Dbmate => "public.schema_migrations",
            Self::Goose => "public.goose_db_version",
            Self::Flyway => "public.flyway_schema_history",
            Self::Refinery => "public.refinery_schema_history",
        }
    }

    /// The project's own tables and views, without the history.
    #[track_caller]
    pub(crate) fn relations(self, database: &Database) -> String {
        let history = self.table().rsplit('.').next().unwrap();
        let relations = database.relations("public");
        let own: Vec<&str> = relations
            .split_whitespace()
            .filter(|name| *name != history)
            .collect();
        own.join(" ")
    }

    /// The keys of the migrations that the history has as applied, each on a line.
    #[track_caller]
    pub(crate) fn applied(self, database: &Database) -> String {
        let (key, where_) = match self {
            Self::Segue => ("name", "finished_at IS NOT NULL"),
            Self::Prisma => (
                "migration_name",
                "finished_at IS NOT NULL AND rolled_back_at IS NULL",
            ),
            Self::Drizzle => ("created_at", "true"),
            Self::DrizzleV1 => ("name", "true"),
            Self::Diesel => ("version", "true"),
            Self::Sqlx => ("version", "success"),
            // Just the latest one is there.
            Self::GolangMigrate => ("generate_series(1, version - dirty::int)", "true"),
            Self::Goose => ("version_id", "is_applied AND version_id > 0"),
            Self::Dbmate => ("version", "true"),
            Self::Flyway => ("version::bigint", "success"),
            Self::Refinery => ("version", "true"),
        };
        let table = self.table();
        if database.sql(&format!("SELECT to_regclass('{table}') IS NULL")) == "t" {
            return String::new();
        }
        database.sql(&format!(
            "SELECT {key} FROM {table} WHERE {where_} ORDER BY {key}"
        ))
    }

    /// Whether the tool keeps a checksum: without one nobody can know of an edit.
    pub(crate) fn keeps_checksums(self) -> bool {
        !matches!(
            self,
            Self::Diesel | Self::GolangMigrate | Self::Goose | Self::Dbmate
        )
    }

    /// Whether the tool keeps nothing but its latest version: all before it counts as applied.
    pub(crate) fn keeps_the_latest_only(self) -> bool {
        self == Self::GolangMigrate
    }

    /// How many rows the history has for so many migrations.
    pub(crate) fn row_count(self, migrations: usize) -> usize {
        match self {
            // Its table begins with version 0.
            Self::Goose => migrations + 1,
            Self::GolangMigrate => migrations.min(1),
            _ => migrations,
        }
    }

    /// Every row of the history, as text.
    #[track_caller]
    pub(crate) fn rows(self, database: &Database) -> String {
        let table = self.table();
        database.sql(&format!("SELECT h::text FROM {table} h ORDER BY 1"))
    }
}

/// The lock file of Prisma.
pub(crate) const LOCK: &str =
    "# Please do not edit this file manually\nprovider = \"postgresql\"\n";

/// The time of a Drizzle migration in the journal.
pub(crate) fn when(number: u32) -> i64 {
    1_704_067_200_000 + i64::from(number) * 1000
}
