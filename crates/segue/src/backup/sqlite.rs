//! A backup of SQLite's file by its online backup, within a transaction that also counts the rows.

use std::{collections::BTreeMap, path::Path, time::Duration};

use segue_db::{
    Session,
    own::backups::Backup,
    sqlite::{self, Location, Open},
};
use segue_engine::{Event, Failure, Interrupt};
use segue_project::shown_path;
use segue_sql::{Dialect, Problem};
use serde_json::{Value, json};

use super::{
    Events, Subject, Wish,
    manifest::{COPY, Manifest, bytes_of},
    one,
    place::{Place, STAMP_IN_SQLITE},
    refused,
    sizes::{Table, in_words},
};
use crate::{Connected, ci::shell_word};

/// Makes one. It is of everything: a file is copied whole.
pub(super) async fn make(
    connected: &Connected,
    wish: &Wish,
    subject: &Subject<'_>,
    interrupt: &Interrupt,
    events: Events<'_>,
) -> Result<Backup, Failure> {
    let session = &connected.link.session;
    let Session::Sqlite(lite) = session else {
        return Err(refused(Problem::new("this is no database of SQLite's")));
    };
    let sqlite::Path::File(file) = &lite.location().path else {
        let problem = Problem::new("a database in memory cannot be backed up");
        return Err(refused(problem.help("go without: --backup=none")));
    };
    let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    let size: u64 = one(session, size)
        .await?
        .and_then(|it| it.parse().ok())
        .unwrap_or_default();
    let stamp = one(session, STAMP_IN_SQLITE).await?.unwrap_or_default();
    let database = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let place = Place::begin(&wish.folder, &stamp, &database)?;
    place.refuse_little_room(size)?;
    let what = shown_path(file);
    events(Event::Notice(format!(
        "backing up {what} into {}: {}",
        shown_path(&place.end()),
        in_words(size)
    )));
    let copy = place.writing.join(COPY);
    let seen = seen(lite, session, &copy).await?;
    interrupt.refuses()?;
    refuse_other(&seen, &look(&copy).await?)?;
    let manifest = manifest(&place.name, file, subject, &seen);
    manifest.write(&place.writing, &seen.schema)?;
    let bytes = bytes_of(&place.writing);
    let name = place.name.clone();
    let end = place.finish()?;
    let copy = end.join(COPY);
    Ok(Backup {
        name,
        what,
        bytes: Some(bytes),
        rows: Some(manifest.rows()),
        restore: Some(format!(
            "cp {} {}",
            shell_word(&copy.display().to_string()),
            shell_word(&file.with_extension("restored.db").display().to_string())
        )),
        place: end.display().to_string(),
        ..Backup::default()
    })
}

/// Schema and rows of a file.
pub(super) struct Seen {
    pub(super) schema: Value,
    pub(super) rows: BTreeMap<String, u64>,
}

/// Copies, and looks at what is copied: both in one transaction.
async fn seen(lite: &sqlite::Session, session: &Session, copy: &Path) -> Result<Seen, Failure> {
    session.execute("BEGIN").await?;
    let work = async {
        let seen = look_at(session).await?;
        lite.back_up(copy).await?;
        Ok::<_, Failure>(seen)
    };
    let done = work.await;
    let ended = session.execute("COMMIT").await;
    let seen = done?;
    ended?;
    Ok(seen)
}

/// Opens a copy, which only we use, and looks at it; stops where its pages are not in order.
pub(super) async fn look(copy: &Path) -> Result<Seen, Failure> {
    let location = Location {
        path: sqlite::Path::File(copy.to_owned()),
        read_only: true,
        create: false,
        foreign_keys: None,
        ignored: Vec::new(),
    };
    let open = Open {
        create: false,
        makes_folder: false,
        foreign_keys: false,
        busy: Duration::from_secs(5),
        patience: Duration::from_secs(5),
    };
    let opened = sqlite::Session::open(&location, open).await;
    let session = opened.map_err(|_| broken("it cannot be opened"))?;
    let session = Session::Sqlite(session);
    let looked = async {
        let verdict = one(&session, "PRAGMA integrity_check").await?;
        match verdict.as_deref() {
            Some("ok") => look_at(&session).await,
            other => Err(broken(other.unwrap_or("it is empty"))),
        }
    };
    let looked = looked.await;
    session.close().await;
    looked
}

async fn look_at(session: &Session) -> Result<Seen, Failure> {
    // a read, so that the transaction sees one state from here on
    let objects = session
        .rows("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
        .await?;
    let mut rows = BTreeMap::new();
    for object in &objects {
        let [Some(kind), Some(name), _, Some(sql)] = object.as_slice() else {
            continue;
        };
        let is_virtual = sql
            .get(..14)
            .is_some_and(|start| start.eq_ignore_ascii_case("CREATE VIRTUAL"));
        if kind != "table" || is_virtual {
            continue;
        }
        let count = format!("SELECT count(*) FROM {}", segue_db::identifier(name));
        let count = one(session, &count).await?;
        rows.insert(
            name.clone(),
            count.and_then(|it| it.parse().ok()).unwrap_or_default(),
        );
    }
    Ok(Seen {
        schema: json!(objects),
        rows,
    })
}

fn refuse_other(expected: &Seen, found: &Seen) -> Result<(), Failure> {
    match expected.rows == found.rows && expected.schema == found.schema {
        true => Ok(()),
        false => Err(broken("it does not have what the database has")),
    }
}

fn broken(why: &str) -> Failure {
    refused(
        Problem::new(format!("the backup cannot be used: {why}"))
            .help("see whether the disk is full; nothing was deployed"),
    )
}

fn manifest(name: &str, file: &Path, subject: &Subject<'_>, seen: &Seen) -> Manifest {
    let tables = seen.rows.iter().map(|(table, rows)| Table {
        oid: 0,
        schema: "main".to_owned(),
        name: table.clone(),
        bytes: 0,
        rows: *rows,
    });
    Manifest {
        segue_backup: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: name.to_owned(),
        dialect: Dialect::Sqlite.title().to_owned(),
        database: file.display().to_string(),
        server_version: 0,
        before: subject.before.clone(),
        tables: tables.collect(),
        unread: Vec::new(),
        roles: Vec::new(),
        left_out: Vec::new(),
        jobs: 1,
    }
}
