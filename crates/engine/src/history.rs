//! The history of a project in a database: read, and compared with what may be written to it.

use segue_db::{
    Contents, Facts, Found, Place, Row, Session,
    history::{self, Format, Record, State, Table, upgrade_drizzle},
    identifier,
    own::{
        self,
        quarantine::{self, Aside},
    },
};
use segue_project::{Layout, Migration, Project};
use segue_sql::{Dialect, Problem};

use crate::{Failure, Past, Underway};

/// What plans and progress are kept under in segue's own tables: the layout, and where its history is unless that is the tool's own
/// place. Two projects of one tool share a database so.
pub(crate) fn own_key(dialect: Dialect, format: &Format, table: &Table) -> String {
    let own = match dialect {
        Dialect::Postgres => format.schema.unwrap_or("public"),
        Dialect::Sqlite => "main",
    };
    let layout = format.layout.name;
    match table.schema == own && table.name == format.table {
        true => layout.to_owned(),
        false => format!("{layout} {}", table.quoted()),
    }
}

/// A history that has been read.
#[derive(Debug)]
pub struct Opened {
    /// Of which database.
    pub dialect: Dialect,
    /// How it is kept.
    pub format: &'static Format,
    /// Where it is, or will be made.
    pub table: Table,
    /// Whether the table is there.
    pub exists: bool,
    /// One per migration.
    pub records: Vec<Record>,
    /// How far migrations came that are not one transaction.
    pub progress: Vec<own::Progress>,
    /// The keys of migrations that segue began, and about which another hand has decided since: what is kept
    /// of how far they came is to be forgotten.
    pub stale: Vec<String>,
    /// What brings an older form of the table up to date, before anything is written to it.
    pub upgrade: Vec<String>,
    /// The plans that are under way, the oldest first.
    pub open: Vec<Underway>,
    /// The plans that have ended, the oldest first.
    pub past: Vec<Past>,
    /// The rows that programs could not do.
    pub aside: Vec<Aside>,
    /// What else is in a database in which no migration is known to have begun.
    pub without_history: Option<Contents>,
}

impl Opened {
    /// What plans and progress of this history are kept under in segue's own tables.
    pub(crate) fn own_key(&self) -> String {
        own_key(self.dialect, self.format, &self.table)
    }

    /// What is in the database besides its history.
    pub(crate) async fn contents(
        &self,
        session: &Session,
        facts: &Facts,
        place: &Place,
    ) -> Result<Contents, Failure> {
        match &self.without_history {
            Some(contents) => Ok(contents.clone()),
            None => Ok(segue_db::contents(session, facts, place).await?),
        }
    }
}

/// Reads the history that belongs to the project's layout.
///
/// # Errors
/// A history that another version of the tool has taken over, a database that was deployed with another
/// layout, and what the server refused.
pub async fn open(
    session: &Session,
    facts: &Facts,
    project: &Project,
    place: &Place,
) -> Result<Opened, Failure> {
    let layout = project.choice.layout;
    let format = format_of(layout, session.dialect())?;
    let table = facts.table(format, place);
    let key = own_key(session.dialect(), format, &table);
    if facts.own_is_closed {
        return Err(closed(session, facts).await?);
    }
    let (settings, all_progress) = if facts.has_own_schema {
        let (settings, progress) = own::read(session, Some(&key)).await?;
        (Some(settings), progress)
    } else {
        (None, Vec::new())
    };
    check_settings(settings.as_ref())?;
    check_layout(session, facts, project).await?;
    let mut opened = Opened {
        dialect: session.dialect(),
        format,
        table,
        exists: facts.history(format).is_some(),
        records: Vec::new(),
        progress: Vec::new(),
        stale: Vec::new(),
        upgrade: Vec::new(),
        open: Vec::new(),
        past: Vec::new(),
        aside: Vec::new(),
        without_history: None,
    };
    if settings.is_some_and(|settings| settings.version >= own::rollouts::VERSION) {
        (opened.open, opened.past) = Underway::read(session, &key).await?;
        opened.aside = quarantine::all(session, &key).await?;
    }
    if opened.exists {
        let rows = session.rows(&(format.select)(&opened.table)).await?;
        opened.records = records(format, &project.migrations, &rows)?;
    } else {
        other_drizzle(session, facts, project, &mut opened).await?;
        refuse_anothers(facts, &opened)?;
    }
    let (live, stale): (Vec<_>, Vec<_>) = all_progress
        .into_iter()
        .partition(|progress| is_live(&opened, progress));
    opened.progress = live;
    opened.stale = stale.into_iter().map(|progress| progress.key).collect();
    if opened.records.is_empty() && opened.progress.is_empty() {
        opened.without_history = Some(segue_db::contents(session, facts, place).await?);
    }
    Ok(opened)
}

/// Whether the migration is still where segue left it. A tool that keeps what has begun has a row of that
/// very moment, or of no moment (golang-migrate); for the others it is enough that nobody has recorded it as
/// applied.
fn is_live(opened: &Opened, progress: &own::Progress) -> bool {
    let record = opened.records.iter().find(|r| r.key == progress.key);
    match (opened.format.begun, record) {
        (Some(_), Some(record)) => {
            record.state == State::Failed
                && record.at.as_ref().is_none_or(|at| *at == progress.begun_at)
        }
        (Some(_), None) => false,
        (None, record) => record.is_none(),
    }
}

/// How the layout's tool keeps its history in databases of a kind.
pub fn format_of(layout: &Layout, dialect: Dialect) -> Result<&'static Format, Failure> {
    history::format_of(layout, dialect).ok_or_else(|| {
        Failure::from(
            Problem::new(format!(
                "{} does not know {}",
                layout.title,
                dialect.title()
            ))
            .help("give the URL of a database that the tool works with, or another --layout"),
        )
    })
}

fn check_settings(settings: Option<&own::Settings>) -> Result<(), Failure> {
    let Some(settings) = settings else {
        return Ok(());
    };
    if settings.version > own::VERSION {
        return Err(Failure::refused(
            Problem::new("a newer segue has worked on this database")
                .note(format!(
                    "its schema `segue` has version {}, this one knows {}",
                    settings.version,
                    own::VERSION
                ))
                .help("use that version, or a later one"),
        ));
    }
    Ok(())
}

/// The layout must not change in silence: the histories remember what they were deployed with.
async fn check_layout(session: &Session, facts: &Facts, project: &Project) -> Result<(), Failure> {
    let choice = &project.choice;
    let now = choice.layout.name;
    let histories = &facts.histories;
    // What a history of this very layout keeps can name no other.
    if choice.explicit
        || histories
            .iter()
            .all(|one| one.format.layout == choice.layout)
    {
        return Ok(());
    }
    let mut all = Vec::new();
    for found in histories {
        all.extend(found.kept_layout(session).await?);
    }
    let is_known = |(kept, _): &(String, String)| kept == now || is_successor(kept, now);
    if all.iter().any(is_known) {
        return Ok(());
    }
    let Some((kept, reason)) = all.first() else {
        return Ok(());
    };
    Err(Failure::refused(
        Problem::new(format!(
            "this database was deployed with the layout {kept}, and the folder now looks like {}",
            choice.layout.name
        ))
        .note(format!("{kept} was chosen because of {reason}"))
        .note(format!(
            "{} is chosen now because of {}",
            choice.layout.name, choice.reason
        ))
        .help(format!(
            "say which one is right: --layout {kept}, or --layout {} to change over",
            choice.layout.name
        )),
    ))
}

/// Drizzle 1.0 takes over from 0.x by itself.
fn is_successor(kept: &str, now: &str) -> bool {
    kept == "drizzle" && now == "drizzle-v1"
}

/// Segue's own schema is somebody else's, and this user may not read it: what is to be granted.
async fn closed(session: &Session, facts: &Facts) -> Result<Failure, Failure> {
    const OWNER: &str = "SELECT pg_catalog.pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = 'segue'";
    let rows = session.rows(OWNER).await?;
    let owner = rows.into_iter().flatten().flatten().next();
    let owner = owner.unwrap_or_default();
    let user = identifier(&facts.user);
    let problem = Problem::new(format!(
        "{} may not read the schema segue, in which deploys keep how far they are; it belongs to {owner}",
        facts.user
    ));
    Ok(Failure::refused(
        problem
            .note(format!(
                "to look: GRANT USAGE ON SCHEMA segue TO {user}; GRANT SELECT ON ALL TABLES IN SCHEMA segue TO {user};"
            ))
            .note(format!(
                "to deploy: GRANT {} TO {user}; and `role = \"{owner}\"` in segue.toml",
                identifier(&owner)
            ))
            .help("log in as somebody who may, or have one of these run by its owner or a superuser"),
    ))
}

/// One record per migration, from the rows of a history.
pub(crate) fn records(
    format: &Format,
    migrations: &[Migration],
    rows: &[Row],
) -> Result<Vec<Record>, Failure> {
    let mut records = Vec::with_capacity(rows.len());
    let mut columns: Vec<Option<&str>> = Vec::new();
    for row in rows {
        columns.clear();
        columns.extend(row.iter().map(Option::as_deref));
        let record = (format.read)(&columns).ok_or_else(|| {
            Failure::refused(
                Problem::new(format!(
                    "a row in the history of {} cannot be understood",
                    format.layout.title
                ))
                .note(format!("its columns are {columns:?}"))
                .help("mend or remove the row; it does not come from the tool or from segue"),
            )
        })?;
        records.push(record);
    }
    let records = history::merge(records);
    Ok(match format.expand {
        Some(expand) => expand(migrations, records),
        None => records,
    })
}

/// The table of Drizzle is there, but in the form of the other version.
async fn other_drizzle(
    session: &Session,
    facts: &Facts,
    project: &Project,
    opened: &mut Opened,
) -> Result<(), Failure> {
    let other = facts.histories.iter().find(|found| {
        found.table == opened.table && found.format.layout.name.starts_with("drizzle")
    });
    let Some(other) = other else {
        return Ok(());
    };
    if opened.format.layout.name != "drizzle-v1" {
        return Err(Failure::refused(
            Problem::new("Drizzle 1.0 has taken over this database's history")
                .note("the folder still has the journal of Drizzle 0.x")
                .help("run `drizzle-kit up`, which turns the folder into that of 1.0"),
        ));
    }
    let id = match session.dialect() {
        Dialect::Postgres => "id",
        Dialect::Sqlite => "rowid",
    };
    let ids = session
        .rows(&format!(
            "SELECT {id}, hash, created_at FROM {} ORDER BY {id}",
            other.table.quoted()
        ))
        .await?;
    let old: Vec<(String, String, i64)> = ids.into_iter().filter_map(old_row).collect();
    let upgrade = upgrade_drizzle(session.dialect(), &opened.table, &old, &project.migrations)
        .map_err(|hash| {
            Failure::refused(
                Problem::new("the history of Drizzle 0.x does not fit the folder of 1.0")
                    .note(format!("no migration has the hash {hash} or its time"))
                    .help("restore the migration that the row belongs to; nothing was changed"),
            )
        })?;
    opened.upgrade = upgrade.statements;
    opened.records = upgrade.records;
    opened.exists = true;
    Ok(())
}

/// The table of that name is there, and is another tool's: golang-migrate, dbmate and Rails share one.
fn refuse_anothers(facts: &Facts, opened: &Opened) -> Result<(), Failure> {
    let wanted = |found: &&Found| !opened.exists && found.table == opened.table;
    let Some(other) = facts.histories.iter().find(wanted) else {
        return Ok(());
    };
    let [ours, theirs] = [opened.format, other.format].map(|format| format.layout.title);
    Err(Failure::refused(
        Problem::new(format!(
            "{} is there, and has the columns of {theirs}, not of {ours}",
            opened.table.quoted()
        ))
        .help(format!(
            "if the migrations are those of {theirs}, say so with --layout {}; if both tools use this \
             database, name another table with `history.table` in segue.toml",
            other.format.layout.name
        )),
    ))
}

fn old_row(row: Row) -> Option<(String, String, i64)> {
    let [id, hash, time] = <[Option<String>; 3]>::try_from(row).ok()?;
    Some((id?, hash?, time?.parse().ok()?))
}
