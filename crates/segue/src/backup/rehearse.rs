//! A backup is restored into a fresh database that nobody needs, and compared with what was backed up.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
};

use segue_db::{
    Session,
    own::backups::{self, Backup},
    postgres::url::Target,
};
use segue_engine::{Failure, FailureKind};
use segue_project::shown_path;
use segue_sql::{Dialect, Problem};
use serde_json::Value;

use super::{
    aside,
    manifest::{ARCHIVE, COPY, LIST, Manifest, differences},
    one,
    programs::{Programs, told},
    sizes::Table,
    sqlite,
};
use crate::{
    Migrator,
    schema::introspect,
    shadow::{Place, Shadow, Wanted, Wish},
    workplace::Workplace,
};

/// Which backup is restored.
#[derive(Debug, Clone, Default)]
pub struct RestoreOptions {
    /// Its folder, or its name in the journal; the last one of the configured database where none is named.
    pub backup: Option<String>,
}

/// What came of restoring a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// What the backup is called.
    pub name: String,
    /// Where it is.
    pub place: PathBuf,
    /// Where it was restored, in words.
    pub database: String,
    /// How many tables have the rows that were backed up.
    pub tables: usize,
    /// How many rows those are.
    pub rows: u64,
    /// In what the restored database differs from what was backed up; empty: in nothing.
    pub differences: Vec<String>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// How many differences are told.
const TOLD: usize = 20;

impl Migrator {
    /// The backups that the journal of the configured database has, the newest first.
    ///
    /// # Errors
    /// No connection; what the server refused.
    pub async fn backups(&self) -> Result<Vec<Backup>, Failure> {
        let connected = self.connect(&mut |_| {}).await?;
        let known = connected.backups().await;
        connected.close().await;
        known
    }

    /// Restores a backup into a database that nobody needs, and compares what comes of it with what was backed up. What
    /// came of it is kept in the journal, where the database answers and knows the backup.
    ///
    /// # Errors
    /// No such backup; no server to restore it on; programs that are missing or too old.
    pub async fn rehearse(&self, options: &RestoreOptions) -> Result<Rehearsal, Failure> {
        let workplace = Workplace::of(self)?;
        let folder = self.folder_of(options).await?;
        let (manifest, schema) = Manifest::read(&folder)?;
        let rehearsal = if manifest.dialect == Dialect::Sqlite.title() {
            in_sqlite(&folder, &manifest, &schema).await?
        } else {
            let mut wish = self.shadow_wish(&workplace)?;
            if wish.is_nowhere() {
                wish.place = Place::Anywhere;
            }
            let bin_dir = workplace.settings()?.backup_bin_dir(&workplace.vars())?;
            let bin_dir = bin_dir.map(|setting| setting.value);
            let found = Found {
                folder,
                manifest,
                schema,
            };
            Box::pin(found.rehearse(&wish, bin_dir)).await?
        };
        self.keep_rehearsal(&rehearsal).await;
        Ok(rehearsal)
    }

    /// The folder of the backup.
    async fn folder_of(&self, options: &RestoreOptions) -> Result<PathBuf, Failure> {
        if let Some(named) = &options.backup {
            let path = Path::new(named);
            if path.is_dir() {
                return Ok(path.to_owned());
            }
        }
        let known = self.backups().await?;
        let wanted = |one: &&Backup| match &options.backup {
            Some(named) => one.name == *named,
            None => one.restore.is_some(),
        };
        match (known.iter().find(wanted), &options.backup) {
            (Some(found), _) if found.restore.is_some() => Ok(PathBuf::from(&found.place)),
            (Some(found), _) => Err(Problem::new(format!(
                "{} was not made by segue: {}",
                found.name, found.place
            ))
            .help("restore it by what has made it")
            .into()),
            (None, Some(named)) => {
                let names: Vec<&str> = known.iter().map(|one| one.name.as_str()).collect();
                let near = segue_sql::nearest(named, names.into_iter());
                let problem = Problem::new(format!("there is no backup `{named}`"));
                Err(match near {
                    Some(near) => problem.help(format!("did you mean {near}?")),
                    None => problem.help(
                        "name its folder; `segue restore` lists those that the database knows of",
                    ),
                }
                .into())
            }
            (None, None) => Err(Problem::new(
                "the database knows of no backup that can be restored",
            )
            .help("make one: [backup] in segue.toml, or --backup; or name the folder of one")
            .into()),
        }
    }

    /// Keeps what came of it, where that can be done: the database may be the very thing that is lost.
    async fn keep_rehearsal(&self, rehearsal: &Rehearsal) {
        let Ok(connected) = self.connect(&mut |_| {}).await else {
            return;
        };
        let session = &connected.link.session;
        let known = backups::read(session).await.unwrap_or_default();
        if known.iter().any(|one| one.name == rehearsal.name) {
            let outcome = match rehearsal.differences.len() {
                0 => "same".to_owned(),
                many => format!("{many} differences"),
            };
            let keep = backups::keep_rehearsal(session.dialect(), &rehearsal.name, &outcome);
            let _ = session.execute(&keep).await;
        }
        connected.close().await;
    }
}

/// A backup that is there.
struct Found {
    folder: PathBuf,
    manifest: Manifest,
    schema: Value,
}

impl Found {
    async fn rehearse(self, wish: &Wish, bin_dir: Option<PathBuf>) -> Result<Rehearsal, Failure> {
        let major = self.manifest.server_version / 10_000;
        let programs = aside(move || Programs::find(bin_dir.as_deref(), major)).await?;
        let wanted = Wanted {
            major: u16::try_from(major).unwrap_or_default(),
            extensions: &[],
        };
        let shadow = Shadow::open(wish, &wanted).await?;
        let work = self.on(&shadow, &programs);
        let done = shadow.work(wish, work).await;
        let left_behind = shadow.close().await;
        let mut rehearsal = done?;
        rehearsal.notes.extend(left_behind);
        Ok(rehearsal)
    }

    async fn on(&self, shadow: &Shadow, programs: &Programs) -> Result<Rehearsal, Failure> {
        let target = shadow.target().ok_or_else(|| {
            let problem = Problem::new(format!(
                "{} takes one connection at a time, and pg_restore needs its own",
                shadow.name
            ));
            problem.help("install a PostgreSQL server, or name one with --shadow-url")
        })?;
        if shadow.is_throwaway {
            make_roles(&shadow.session, &self.manifest.roles).await?;
        }
        let mut told = self.restored(target, programs, shadow.is_throwaway).await?;
        let found = introspect(&shadow.session).await?.catalog;
        let found = serde_json::to_value(found).unwrap_or(Value::Null);
        let (expected, found) = (self.expected(shadow), as_compared(found, shadow));
        told.extend(differences(&expected, &found));
        let mut tables = 0;
        for table in &self.manifest.tables {
            match rows_of(&shadow.session, table).await {
                Some(rows) if rows == table.rows => tables += 1,
                Some(rows) => told.push(format!(
                    "{} had {} rows, {rows} are there",
                    table.quoted(),
                    table.rows
                )),
                None => told.push(format!("{} cannot be read", table.quoted())),
            }
        }
        let more = told.len().saturating_sub(TOLD);
        told.truncate(TOLD);
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        Ok(Rehearsal {
            name: self.manifest.name.clone(),
            place: self.folder.clone(),
            database: shadow.name.clone(),
            tables,
            rows: self.manifest.rows(),
            differences: told,
            notes: self.notes(shadow),
        })
    }

    fn notes(&self, shadow: &Shadow) -> Vec<String> {
        let keys = self.manifest.left_out.iter();
        let mut notes: Vec<String> = keys
            .map(|(table, name)| format!("{table}: the foreign key {name} is not restored, the rows that it refers to are not in the backup"))
            .collect();
        let unread = self.manifest.unread.iter();
        notes.extend(
            unread.map(|name| format!("{name} is not in the backup: the role could not read it")),
        );
        if !shadow.is_throwaway {
            notes.push(
                "owners and rights were not restored: the server is not a throwaway one".to_owned(),
            );
        }
        notes
    }

    /// Restores the archive; what the program complained about.
    async fn restored(
        &self,
        target: &Target,
        programs: &Programs,
        with_owners: bool,
    ) -> Result<Vec<String>, Failure> {
        let mut command = told(&programs.restore, target);
        command
            .arg(format!("--jobs={}", self.manifest.jobs.max(1)))
            .arg("--no-password")
            .arg(format!("--dbname={}", target.database()))
            .arg("--use-list")
            .arg(self.folder.join(LIST))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if !with_owners {
            command.args(["--no-owner", "--no-privileges", "--no-tablespaces"]);
        }
        let output = command
            .arg(self.folder.join(ARCHIVE))
            .output()
            .await
            .map_err(|error| {
                Failure::new(
                    FailureKind::Refused,
                    Problem::new(format!("pg_restore cannot be run: {error}")),
                )
            })?;
        if output.status.success() {
            return Ok(Vec::new());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let errors = said.lines().filter(|line| line.contains("error"));
        let mut told: Vec<String> = errors
            .map(|line| format!("pg_restore says: {line}"))
            .collect();
        if told.is_empty() {
            told.push(format!("pg_restore failed ({})", output.status));
        }
        Ok(told)
    }

    /// The schema that was backed up, without what is not restored.
    fn expected(&self, shadow: &Shadow) -> Value {
        let mut schema = self.schema.clone();
        for (table, name) in &self.manifest.left_out {
            let constraints = schema.get_mut("tables").and_then(|it| it.get_mut(table));
            let constraints = constraints.and_then(|it| it.get_mut("constraints"));
            if let Some(Value::Object(constraints)) = constraints {
                constraints.shift_remove(name);
            }
        }
        as_compared(schema, shadow)
    }
}

/// A schema without what another server has otherwise: who owns it, where that is not restored, and nothing that is empty.
fn as_compared(mut schema: Value, shadow: &Shadow) -> Value {
    forget(&mut schema, !shadow.is_throwaway);
    schema
}

fn forget(value: &mut Value, with_owners: bool) {
    match value {
        Value::Object(fields) => {
            if with_owners {
                for name in ["owner", "privileges", "default_privileges"] {
                    fields.shift_remove(name);
                }
            }
            fields
                .values_mut()
                .for_each(|value| forget(value, with_owners));
            fields.retain(|_, value| !matches!(value, Value::Object(inner) if inner.is_empty()));
        }
        Value::Array(all) => all.iter_mut().for_each(|value| forget(value, with_owners)),
        _ => {}
    }
}

/// Roles that own things or are granted rights, on a server that is ours.
async fn make_roles(session: &Session, roles: &[String]) -> Result<(), Failure> {
    for role in roles {
        let known = format!(
            "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {}",
            segue_db::literal(role)
        );
        if session.rows(&known).await?.is_empty() {
            let quoted = segue_db::identifier(role);
            session.execute(&format!("CREATE ROLE {quoted}")).await?;
        }
    }
    Ok(())
}

async fn rows_of(session: &Session, table: &Table) -> Option<u64> {
    let sql = format!("SELECT count(*) FROM ONLY {}", table.quoted());
    one(session, &sql).await.ok()??.parse().ok()
}

/// A copy of SQLite's file is what it will be restored as: it is looked at itself.
async fn in_sqlite(
    folder: &Path,
    manifest: &Manifest,
    schema: &Value,
) -> Result<Rehearsal, Failure> {
    let copy = folder.join(COPY);
    let scratch = folder.join("rehearsal.db");
    let failed = |error: std::io::Error| {
        Failure::from(Problem::new(format!(
            "{} cannot be copied: {error}",
            shown_path(&copy)
        )))
    };
    std::fs::copy(&copy, &scratch).map_err(failed)?;
    let looked = sqlite::look(&scratch).await;
    let _ = std::fs::remove_file(&scratch);
    let (mut told, mut rows) = (Vec::new(), BTreeMap::new());
    match looked {
        Ok(seen) => {
            told = differences(schema, &seen.schema);
            rows = seen.rows;
        }
        Err(failure) => told.extend(failure.problems.into_iter().map(|problem| problem.message)),
    }
    let mut tables = 0;
    for table in &manifest.tables {
        match rows.get(&table.name) {
            Some(rows) if *rows == table.rows => tables += 1,
            Some(rows) => told.push(format!(
                "{} had {} rows, {rows} are there",
                table.name, table.rows
            )),
            None => told.push(format!("{} is missing", table.name)),
        }
    }
    Ok(Rehearsal {
        name: manifest.name.clone(),
        place: folder.to_owned(),
        database: "a copy of the file".to_owned(),
        tables,
        rows: manifest.rows(),
        differences: told,
        notes: Vec::new(),
    })
}
