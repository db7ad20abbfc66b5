//! Tools whose migrations are not SQL files that segue could run. A project of theirs moves over by a
//! baseline: `docs/switching.md`.

use crate::{Folder, package::names_package};

/// A tool that a project uses, and segue does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherTool {
    /// As its users call it.
    pub name: &'static str,
    /// What told so.
    pub evidence: String,
    /// The command that applies what is pending with it.
    pub command: &'static str,
    /// The tables of its own history: no part of the application's schema.
    pub tables: &'static [&'static str],
}

struct Known {
    name: &'static str,
    evidence: fn(&Folder) -> Option<String>,
    command: &'static str,
    tables: &'static [&'static str],
}

/// Sources: Alembic (`runtime/migration.py`), Rails (`active_record/schema_migration.rb`,
/// `internal_metadata.rb`), Django (`db/migrations/recorder.py`), TypeORM (`MigrationExecutor.ts`), Knex
/// (`migrations/migrate/table-resolver.js`), node-pg-migrate (README), Liquibase (manual, tracking tables).
const TOOLS: [Known; 7] = [
    Known {
        name: "Alembic",
        evidence: |folder| file(folder, &["alembic.ini"]),
        command: "alembic upgrade head",
        tables: &["alembic_version"],
    },
    Known {
        name: "Rails",
        evidence: rails,
        command: "bin/rails db:migrate",
        tables: &["schema_migrations", "ar_internal_metadata"],
    },
    Known {
        name: "Django",
        evidence: |folder| file(folder, &["manage.py"]),
        command: "python manage.py migrate",
        tables: &["django_migrations"],
    },
    Known {
        name: "TypeORM",
        evidence: |folder| script(folder, &["ormconfig"], "typeorm"),
        command: "npx typeorm migration:run -d DATA_SOURCE",
        tables: &["migrations", "typeorm_metadata"],
    },
    Known {
        name: "node-pg-migrate",
        evidence: |folder| script(folder, &[], "node-pg-migrate"),
        command: "npx node-pg-migrate up",
        tables: &["pgmigrations"],
    },
    Known {
        name: "Knex",
        evidence: |folder| script(folder, &["knexfile"], "knex"),
        command: "npx knex migrate:latest",
        tables: &["knex_migrations", "knex_migrations_lock"],
    },
    Known {
        name: "Liquibase",
        evidence: liquibase,
        command: "liquibase update",
        tables: &["databasechangelog", "databasechangeloglock"],
    },
];

/// The tool that the project in this folder uses, if it is one of those.
pub fn other_tool(project: &Folder) -> Option<OtherTool> {
    TOOLS.iter().find_map(|tool| {
        Some(OtherTool {
            name: tool.name,
            evidence: (tool.evidence)(project)?,
            command: tool.command,
            tables: tool.tables,
        })
    })
}

fn file(folder: &Folder, names: &[&str]) -> Option<String> {
    let found = names.iter().find(|name| folder.has_file(name));
    found.map(|name| (*name).to_owned())
}

fn rails(folder: &Folder) -> Option<String> {
    let migrations = folder.below("db/migrate").ok()?;
    let is_ruby = migrations.files().any(|entry| entry.name.ends_with(".rb"));
    (is_ruby && folder.has_file("config/database.yml"))
        .then(|| "config/database.yml and db/migrate/*.rb".to_owned())
}

fn script(folder: &Folder, configs: &[&str], package: &str) -> Option<String> {
    let config = configs.iter().find_map(|stem| folder.file_with_stem(stem));
    config
        .map(str::to_owned)
        .or_else(|| names_package(folder, package).then(|| format!("package.json names {package}")))
}

/// The settings, or a change log where Liquibase's guides and Spring Boot have it.
fn liquibase(folder: &Folder) -> Option<String> {
    file(folder, &["liquibase.properties"]).or_else(|| {
        ["", "db", "db/changelog", "src/main/resources/db/changelog"]
            .into_iter()
            .find_map(|place| {
                let inside = folder.below(place).ok()?;
                let found = inside
                    .files()
                    .find(|entry| entry.name.starts_with("db.changelog"))?;
                let between = if place.is_empty() { "" } else { "/" };
                Some(format!("{place}{between}{}", found.name))
            })
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::other_tool;
    use crate::Folder;

    #[track_caller]
    fn seen(files: &[(&str, &str)]) -> Option<&'static str> {
        let place = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        }
        let folder = Folder::list(place.path()).expect("listed");
        other_tool(&folder).map(|tool| tool.name)
    }

    #[test]
    fn each_tool_is_known_by_its_files() {
        let package = |name: &str| format!("{{\"devDependencies\": {{\"{name}\": \"^1\"}}}}");
        assert_eq!(seen(&[("alembic.ini", "")]), Some("Alembic"));
        let rails = [("config/database.yml", ""), ("db/migrate/1_one.rb", "")];
        assert_eq!(seen(&rails), Some("Rails"));
        assert_eq!(seen(&rails[..1]), None);
        assert_eq!(seen(&[("manage.py", "")]), Some("Django"));
        assert_eq!(seen(&[("ormconfig.json", "{}")]), Some("TypeORM"));
        assert_eq!(
            seen(&[("package.json", &package("typeorm"))]),
            Some("TypeORM")
        );
        assert_eq!(seen(&[("package.json", &package("knex"))]), Some("Knex"));
        assert_eq!(seen(&[("knexfile.ts", "")]), Some("Knex"));
        let node = package("node-pg-migrate");
        assert_eq!(seen(&[("package.json", &node)]), Some("node-pg-migrate"));
        assert_eq!(seen(&[("liquibase.properties", "")]), Some("Liquibase"));
        let changes = "src/main/resources/db/changelog/db.changelog-master.yaml";
        assert_eq!(seen(&[(changes, "")]), Some("Liquibase"));
        assert_eq!(seen(&[("package.json", "{\"name\": \"knex\"}")]), None);
        assert_eq!(seen(&[("package.json", "broken")]), None);
    }
}
