//! A backup by `pg_dump`: a folder of its directory format, which several processes write, of one snapshot. The session that exports the
//! snapshot counts the rows meanwhile, so the counts are those of the archive however much is written by others.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use segue_db::{ServerError, Session, own::backups::Backup, postgres::url::Target};
use segue_engine::{Event, Failure, Interrupt};
use segue_project::shown_path;
use segue_sql::{Dialect, Problem};
use tokio::{io::AsyncReadExt, process::Child};

use super::{
    BackupScope, Events, Subject, Wish,
    archive::{self, Kind},
    aside,
    manifest::{ARCHIVE, LIST, Manifest, bytes_of},
    one,
    place::{Place, STAMP},
    programs::{Programs, told},
    refused,
    sizes::{self, Tables, in_words},
    snapshot::{counts, keeper, left_out, refuse_another, snapshot},
};
use crate::{Connected, ci::shell_word};

/// Until it is tried again.
const AGAIN: Duration = Duration::from_millis(200);

/// Makes one; none where no table has anything to lose.
pub(super) async fn make(
    connected: &Connected,
    wish: &Wish,
    (scope, subject): (BackupScope, &Subject<'_>),
    interrupt: &Interrupt,
    events: Events<'_>,
) -> Result<Option<Backup>, Failure> {
    let target = target(connected)?;
    let (programs, version) = programs(connected, wish).await?;
    let keeper = keeper(connected).await?;
    let dump = Dump {
        connected,
        wish,
        subject,
        target,
        version,
        programs,
        keeper: &keeper,
    };
    let made = Box::pin(dump.make(scope, interrupt, events)).await;
    keeper.close().await;
    made
}

/// Whether there are a server to connect to and programs that can read it.
pub(super) async fn may_be_made(connected: &Connected, wish: &Wish) -> Result<(), Failure> {
    target(connected)?;
    programs(connected, wish).await.map(drop)
}

/// The programs, and the version of the server.
async fn programs(connected: &Connected, wish: &Wish) -> Result<(Programs, u32), Failure> {
    let version = one(&connected.link.session, "SHOW server_version_num").await?;
    let version: u32 = version.and_then(|it| it.parse().ok()).unwrap_or_default();
    let (folder, major) = (wish.bin_dir.clone(), version / 10_000);
    let programs = aside(move || Programs::find(folder.as_deref(), major)).await?;
    Ok((programs, version))
}

/// What a backup is made with.
struct Dump<'a> {
    connected: &'a Connected,
    wish: &'a Wish,
    subject: &'a Subject<'a>,
    target: &'a Target,
    version: u32,
    programs: Programs,
    /// Keeps others from making one too, and the snapshot.
    keeper: &'a Session,
}

impl Dump<'_> {
    async fn make(
        &self,
        scope: BackupScope,
        interrupt: &Interrupt,
        events: Events<'_>,
    ) -> Result<Option<Backup>, Failure> {
        refuse_another(self.keeper).await?;
        let start = Instant::now();
        let all = loop {
            match sizes::all(self.keeper, self.subject).await {
                Ok(all) => break all,
                Err(error) => self.wait(error, start, interrupt, events).await?,
            }
        };
        let mut tables = sizes::tables(all, scope, self.subject)?;
        if tables.within.is_empty() {
            events(Event::Notice(
                "no backup is made: what goes has no rows".to_owned(),
            ));
            return Ok(None);
        }
        for table in &tables.unread {
            let name = table.quoted();
            events(Event::Notice(format!(
                "nothing of {name} is in the backup: the role may not read it"
            )));
        }
        let stamp = one(self.keeper, STAMP).await?.unwrap_or_default();
        let place = Place::begin(&self.wish.folder, &stamp, self.target.database())?;
        let needed = tables.needed(self.wish.is_compressed());
        place.refuse_little_room(needed)?;
        let what = in_words_of(&tables, scope);
        events(Event::Notice(format!(
            "backing up {what} into {}: about {}, about {} s",
            shown_path(&place.end()),
            in_words(needed),
            tables.time(self.wish.jobs).as_secs().max(1)
        )));
        let Session::Postgres(server) = &self.connected.link.session else {
            return Ok(None);
        };
        let start = Instant::now();
        let schema = loop {
            match segue_db::introspect(server).await {
                Ok(read) => break read.catalog,
                Err(error) => self.wait(error, start, interrupt, events).await?,
            }
        };
        let schema = serde_json::to_value(schema).map_err(|error| {
            refused(Problem::new(format!("the schema cannot be kept: {error}")))
        })?;
        let left_out = self.written(&place, &mut tables, interrupt).await?;
        let roles = self
            .keeper
            .rows("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'")
            .await?;
        let manifest = Manifest {
            segue_backup: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: place.name.clone(),
            dialect: Dialect::Postgres.title().to_owned(),
            database: self.target.database().to_owned(),
            server_version: self.version,
            before: self.subject.before.clone(),
            unread: tables.unread.iter().map(sizes::Table::quoted).collect(),
            tables: tables.within,
            roles: roles.into_iter().flatten().flatten().collect(),
            left_out,
            jobs: self.wish.jobs,
        };
        manifest.write(&place.writing, &schema)?;
        let bytes = bytes_of(&place.writing);
        let name = place.name.clone();
        let end = place.finish()?;
        Ok(Some(Backup {
            name,
            what,
            bytes: Some(bytes),
            rows: Some(manifest.rows()),
            restore: Some(self.restore(&end)),
            place: end.display().to_string(),
            ..Backup::default()
        }))
    }

    /// Waits before something is read again that takes locks, the weakest ones, as long as somebody keeps one from us.
    async fn wait(
        &self,
        error: ServerError,
        start: Instant,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), Failure> {
        let (elapsed, patience) = (start.elapsed(), self.connected.options.patience.locks);
        if !error.is_passing() || elapsed > patience {
            return Err(error.into());
        }
        if elapsed < AGAIN {
            let notice = format!("the tables cannot be read yet, trying again: {error}");
            events(Event::Notice(notice));
        }
        interrupt.sleep(AGAIN).await;
        interrupt.refuses()
    }

    /// Writes and verifies the archive; gives the foreign keys that are not restored, by table and name.
    async fn written(
        &self,
        place: &Place,
        tables: &mut Tables,
        interrupt: &Interrupt,
    ) -> Result<Vec<(String, String)>, Failure> {
        let patience = self.connected.options.patience.locks;
        let snapshot = snapshot(self.keeper, tables, patience).await?;
        let archive = place.writing.join(ARCHIVE);
        let child = self.spawned(&archive, tables, &snapshot)?;
        let counting = counts(self.keeper, tables);
        let counted = tokio::select! {
            both = async { tokio::try_join!(ended(child), counting) } => both?.1,
            () = interrupt.comes() => return Err(Failure::interrupted_early()),
        };
        let keys = self.keeper.rows(&left_out(tables)).await?;
        self.keeper.execute("COMMIT").await?;
        for table in &mut tables.within {
            table.rows = counted.get(&table.oid).copied().unwrap_or_default();
        }
        let keys: Vec<(u32, String, String)> = keys
            .into_iter()
            .filter_map(|row| {
                let [oid, table, name] = <[Option<String>; 3]>::try_from(row).ok()?;
                Some((oid?.parse().ok()?, table?, name?))
            })
            .collect();
        let (restore, beside) = (self.programs.restore.clone(), place.writing.clone());
        let (sizes, jobs) = (tables.sizes(), self.wish.jobs);
        let oids: Vec<u32> = keys.iter().map(|(oid, ..)| *oid).collect();
        let read = aside(move || {
            let items = archive::contents(&restore, &archive)?;
            let list = archive::list(&items, |item| {
                item.kind == Kind::ForeignKey && oids.contains(&item.oid)
            });
            std::fs::write(beside.join(LIST), list).map_err(|error| {
                refused(Problem::new(format!(
                    "the backup cannot be written: {error}"
                )))
            })?;
            archive::read(&restore, (&archive, &beside), &items, &sizes, jobs)
        });
        let read = tokio::select! {
            read = read => read?,
            () = interrupt.comes() => return Err(Failure::interrupted_early()),
        };
        refuse_other_rows(tables, &read)?;
        Ok(keys
            .into_iter()
            .map(|(_, table, name)| (table, name))
            .collect())
    }

    fn spawned(&self, archive: &Path, tables: &Tables, snapshot: &str) -> Result<Child, Failure> {
        let mut command = told(&self.programs.dump, self.target);
        let patience = self.connected.options.patience.locks.as_millis().max(1);
        command
            .args(["--format=directory", "--no-password"])
            .arg(format!("--jobs={}", self.wish.jobs))
            .arg(format!("--compress={}", self.wish.compress))
            .arg(format!("--snapshot={snapshot}"))
            .arg(format!("--lock-wait-timeout={patience}"))
            .arg("--file")
            .arg(archive);
        if let Some(role) = &self.connected.options.settings.role {
            command.arg(format!("--role={role}"));
        }
        if !tables.without.is_empty() {
            command.arg("--no-blobs");
        }
        for table in &tables.without {
            command.arg(format!("--exclude-table-data={}", table.quoted()));
        }
        for table in &tables.unread {
            command.arg(format!("--exclude-table={}", table.quoted()));
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| refused(Problem::new(format!("pg_dump cannot be run: {error}"))))
    }

    /// The command that restores it, into a database of its own: what is there is not overwritten.
    fn restore(&self, end: &Path) -> String {
        let endpoint = self.target.endpoints.first();
        let host = endpoint.map_or("localhost", |one| one.host.as_str());
        let port = endpoint.map_or(5432, |one| one.port);
        let word = |text: &str| shell_word(text);
        let whom = format!(
            "-h {} -p {port} -U {}",
            word(host),
            word(self.target.user())
        );
        let database = word(&format!("{}_restored", self.target.database()));
        let path = |name: &str| word(&end.join(name).display().to_string());
        format!(
            "createdb {whom} {database} && pg_restore {whom} -d {database} --jobs={} --use-list={} {}",
            self.wish.jobs,
            path(LIST),
            path(ARCHIVE)
        )
    }
}

fn target(connected: &Connected) -> Result<&Target, Failure> {
    connected.target.as_deref().ok_or_else(|| {
        let problem = Problem::new(
            "the embedded PostgreSQL takes one connection at a time, and pg_dump needs its own",
        );
        refused(
            problem.help("copy its folder while segue does not run, or go without: --backup=none"),
        )
    })
}

async fn ended(mut child: Child) -> Result<(), Failure> {
    let mut said = String::new();
    if let Some(stderr) = &mut child.stderr {
        // what is no text is not told
        let _ = stderr.read_to_string(&mut said).await;
    }
    match child.wait().await {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            let mut problem = Problem::new(format!("pg_dump failed ({status})"));
            let lines: Vec<&str> = said.lines().collect();
            let last = &lines[lines.len().saturating_sub(8)..];
            problem.notes = last.iter().map(|line| format!("it says: {line}")).collect();
            Err(refused(problem.help(
                "nothing was deployed; mend it, or go without: --backup=none",
            )))
        }
        Err(error) => Err(refused(Problem::new(format!("pg_dump was lost: {error}")))),
    }
}

/// The archive has to have the rows of the snapshot.
fn refuse_other_rows(tables: &Tables, read: &BTreeMap<u32, u64>) -> Result<(), Failure> {
    let other = tables
        .within
        .iter()
        .filter(|table| read.get(&table.oid) != Some(&table.rows));
    let notes: Vec<String> = other
        .map(|table| match read.get(&table.oid) {
            Some(found) => format!(
                "{} has {} rows, and {found} are in the backup",
                table.quoted(),
                table.rows
            ),
            None => format!("{} is not in the backup", table.quoted()),
        })
        .collect();
    if notes.is_empty() {
        return Ok(());
    }
    let mut problem = Problem::new("the backup does not have what the database has");
    problem.notes = notes;
    Err(refused(problem.help("nothing was deployed")))
}

fn in_words_of(tables: &Tables, scope: BackupScope) -> String {
    let names: Vec<String> = tables
        .within
        .iter()
        .map(|table| format!("{}.{}", table.schema, table.name))
        .collect();
    match (scope, tables.without.is_empty(), names.as_slice()) {
        (BackupScope::All, ..) | (_, true, [_, _, _, ..]) => {
            format!("the database ({} tables)", names.len())
        }
        (_, _, [first, .., last]) if names.len() > 3 => {
            format!("{} tables, {first} to {last}", names.len())
        }
        _ => names.join(", "),
    }
}
