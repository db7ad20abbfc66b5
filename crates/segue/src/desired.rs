//! The desired schema: a file or folder of SQL, or what a program prints.
//!
//! Owns: where a project has it, and reading it; what its comments say of renames (`desired/hints.rs`), and what the
//! tools' own languages cannot say (`desired/beyond.rs`). Does not own: running it (`segue_engine::replay`).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use segue_engine::Failure;
use segue_project::{
    Folder,
    config::{CommandLine, Desired as Configured, desired_of_tool},
    shown_path,
};
use segue_sql::{Problem, Source, split};

use crate::{command, schema::extensions_of, workplace::Workplace};

pub(crate) mod beyond;
pub(crate) mod beyond_in_sqlite;
pub(crate) mod followers;
pub(crate) mod hints;
pub(crate) mod renames;

/// SQL that says how a schema shall be.
#[derive(Debug)]
pub(crate) struct Desired {
    /// In the order of their names.
    pub(crate) files: Vec<Arc<Source>>,
    /// Where it is, in words.
    pub(crate) name: String,
    /// The tool whose language it was printed from, which cannot say everything.
    pub(crate) tool: Option<&'static str>,
}

/// The file of a folder that is run behind all others: default privileges are for what is made later.
pub(crate) const LAST: &str = "default_privileges.sql";

/// What a project without any other word for it may call its schema.
const USUAL: [&str; 2] = ["schema.sql", "schema"];

impl Desired {
    /// A file of SQL, or all files `*.sql` in and below a folder.
    pub(crate) fn of_path(path: &Path) -> Result<Self, Failure> {
        if !path.exists() {
            return Err(Problem::new(format!("there is no `{}`", shown_path(path)))
                .help("name a file of SQL, a folder of such files or of migrations, or a database by its URL")
                .into());
        }
        let mut paths = Vec::new();
        match path.is_dir() {
            true => {
                collect(path, &mut paths)?;
                let last = path.join(LAST);
                paths.sort_by_key(|path| *path == last);
            }
            false => paths.push(path.to_owned()),
        }
        if paths.is_empty() {
            return Err(
                Problem::new(format!("`{}` has no files of SQL", shown_path(path)))
                    .help("a schema is one file of SQL, or a folder of files `*.sql`")
                    .into(),
            );
        }
        let files = paths
            .iter()
            .map(|path| segue_project::Script::read(path)?.source())
            .collect::<Result<Vec<_>, Problem>>()?;
        Ok(Self {
            files,
            name: format!("the schema in {}", shown_path(path)),
            tool: None,
        })
    }

    /// What a text says.
    pub(crate) fn of_text(name: &str, text: String) -> Self {
        Self {
            files: vec![Source::new(name, text)],
            name: name.to_owned(),
            tool: None,
        }
    }

    /// The schema of a project: what `segue.toml` names, else that of the tool whose migrations it has, else
    /// `schema.sql` or the folder `schema`.
    pub(crate) async fn of_project(
        workplace: &Workplace,
        folder: Option<&Folder>,
        layout: Option<&'static str>,
    ) -> Result<Self, Failure> {
        let settings = workplace.settings()?;
        match settings.desired(&workplace.vars())? {
            Some(Configured::Path(path)) => return Self::of_path(&path.value),
            Some(Configured::Command(command)) => return printed(workplace, &command, None).await,
            None => {}
        }
        let folders = folder.map(|folder| workplace.folders_of(folder));
        let of_tool = layout.zip(folders);
        if let Some((layout, command)) =
            of_tool.and_then(|(layout, folders)| Some((layout, desired_of_tool(layout, &folders)?)))
        {
            return printed(workplace, &command, Some(layout)).await;
        }
        match usual(workplace) {
            Some(path) => Self::of_path(&path),
            None => Err(Problem::new("the project does not say how its schema shall be")
                .note(format!("there is no {} here", USUAL.join(" and no folder ")))
                .help(
                    "write one with `segue pull`, or name it in segue.toml: schema_path = \"schema.sql\", \
                     or schema_command = [\"program\", \"argument\"]",
                )
                .into()),
        }
    }

    /// The extensions that it creates.
    pub(crate) fn extensions(&self) -> Vec<String> {
        extensions_of(self.files.iter().filter_map(|file| split(file).ok()))
    }
}

/// The file or folder of a project that names none.
pub(crate) fn usual(workplace: &Workplace) -> Option<PathBuf> {
    let root = workplace.config_folder.as_ref();
    let root = root.unwrap_or(&workplace.current);
    USUAL
        .iter()
        .map(|name| root.join(name))
        .find(|path| path.is_file() || (path.is_dir() && has_sql(path)))
        .map(|path| workplace.shortened(&path))
}

fn has_sql(folder: &Path) -> bool {
    let mut found = Vec::new();
    collect(folder, &mut found).is_ok() && !found.is_empty()
}

async fn printed(
    workplace: &Workplace,
    command: &CommandLine,
    tool: Option<&'static str>,
) -> Result<Desired, Failure> {
    let limit = workplace.settings()?.command_timeout(&workplace.vars())?;
    let limit = limit.map_or(command::TIMEOUT, |limit| limit.value);
    let text = command::text(command, limit).await?;
    let name = format!("what {} prints", command.name());
    Ok(Desired {
        tool,
        ..Desired::of_text(&name, text)
    })
}

/// The files of SQL in a folder and below, in the order of their paths.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    Ok(paths)
}

/// The files of SQL in a folder and below, in the order of their paths; hidden ones are not looked at.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| {
        Problem::new(format!("cannot read `{}`: {error}", shown_path(folder)))
    };
    let mut entries = fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    entries.sort();
    let is_hidden = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with('.')
    };
    for path in entries.iter().filter(|path| !is_hidden(path)) {
        if path.is_dir() {
            collect(path, paths)?;
        } else if path.extension().is_some_and(|ending| ending == "sql") {
            paths.push(path.clone());
        }
    }
    Ok(())
}
