//! New files: a migration, or the start of a project.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use segue_engine::Failure;
use segue_project::{
    Choice, Context, Folder, LAYOUTS, NewFile, OtherTool, Survey, Verdict, Wish, other_tool, survey,
};
use segue_sql::Problem;

use crate::{Migrator, workplace::Workplace};

/// A new migration.
#[derive(Debug)]
pub struct Created {
    /// The files that were written, the one to edit first.
    pub files: Vec<PathBuf>,
    /// The layout and why.
    pub choice: Choice,
}

/// What `init` did.
#[derive(Debug)]
pub struct Scaffolded {
    /// The files and folders that were made.
    pub made: Vec<PathBuf>,
    /// The folder of migrations.
    pub folder: PathBuf,
    /// The layout and why, where migrations are there already.
    pub choice: Option<Choice>,
    /// How many migrations are there already.
    pub migrations: usize,
    /// A tool that the project uses and segue does not read: its schema moves over by a baseline.
    pub other: Option<OtherTool>,
}

impl Migrator {
    /// Writes the files of a new, empty migration. No database is asked: where only its history could tell
    /// the layout, the default for the form of the names is taken.
    ///
    /// # Errors
    /// A name without a letter or digit; files that cannot be written.
    pub fn create(&self, name: &str) -> Result<Created, Failure> {
        refuse_name(name)?;
        let workplace = Workplace::of(self)?;
        let folder = workplace.folder(self)?;
        let survey = survey(folder, workplace.wish(self)?.as_ref())?;
        let (folder, choice) = survey.settle(&[])?;
        let files = (choice.layout.create)(&folder, name, Timestamp::now())?;
        let written = write(&folder, &files)?;
        Ok(Created {
            files: written,
            choice,
        })
    }

    /// Makes what a project needs to begin: a folder of migrations unless there is one, and a `segue.toml`
    /// unless there is one.
    ///
    /// # Errors
    /// Files that cannot be written, a folder whose layout cannot be told.
    pub fn init(&self) -> Result<Scaffolded, Failure> {
        let workplace = Workplace::of(self)?;
        let root = self.dir.clone().unwrap_or_else(|| PathBuf::from("."));
        let mut made = Vec::new();
        if !root.exists() {
            make_folder(&root)?;
            made.push(root.clone());
        }
        let wish = workplace.wish(self)?;
        let other = other_tool(&Folder::list(&root)?);
        let found = workplace
            .folder(self)
            .ok()
            .filter(|folder| holds_ours(folder, other.is_some(), wish.as_ref()));
        let is_new = found.is_none();
        let (folder, settings) = match found {
            Some(folder) => (folder, None),
            None => self.begin(&workplace, &root, other.is_some(), &mut made)?,
        };
        let path = folder.path.clone();
        let survey = survey(folder, wish.as_ref())?;
        let choice = settled(&survey).filter(|_| !is_new || wish.is_some());
        let config = root.join("segue.toml");
        if !config.exists() {
            let settings = settings.unwrap_or_else(|| layout_line(choice.as_ref()));
            write_new(&config, &config_text(&settings))?;
            made.push(config);
        }
        let other = other.filter(|_| is_new);
        let migrations = if other.is_some() { 0 } else { count(survey)? };
        Ok(Scaffolded {
            made,
            folder: path,
            choice,
            migrations,
            other,
        })
    }

    /// The folder for the first migration: the one that `segue.toml` names, else a new one, with what
    /// `segue.toml` has to say of it where it is not where one would look.
    fn begin(
        &self,
        workplace: &Workplace,
        root: &Path,
        beside: bool,
        made: &mut Vec<PathBuf>,
    ) -> Result<(Folder, Option<String>), Failure> {
        let is_named = workplace.settings()?.dir(&workplace.vars())?.is_some();
        if let Some(folder) = workplace.folder(self).ok().filter(|_| is_named) {
            return Ok((folder, None));
        }
        let beside = beside && !root.join("segue.toml").exists();
        let relative = new_folder(root, beside);
        let path = root.join(relative);
        if !path.exists() {
            make_folder(&path)?;
            made.push(path.clone());
        }
        let layout = workplace
            .wish(self)?
            .map_or_else(|| "segue".to_owned(), |wish| wish.name);
        let settings = beside.then(|| format!("layout = \"{layout}\"\ndir = \"{relative}\""));
        Ok((Folder::list(&path)?, settings))
    }
}

/// A migration has to be called something.
pub(crate) fn refuse_name(name: &str) -> Result<(), Failure> {
    if name.chars().any(char::is_alphanumeric) {
        return Ok(());
    }
    Err(
        Problem::new("the name of a migration needs a letter or digit")
            .help("say what it does: `segue new add_phone`")
            .into(),
    )
}

/// Whether a folder has migrations that segue reads; where another tool is about, their files must tell.
fn holds_ours(folder: &Folder, other: bool, wish: Option<&Wish>) -> bool {
    LAYOUTS.iter().any(|layout| (layout.fits)(folder))
        && (!other || survey(folder.clone(), wish).is_ok())
}

fn count(survey: Survey) -> Result<usize, Failure> {
    let (folder, choice) = survey.settle(&[])?;
    let project = segue_project::Project::read(folder, choice, &Context::NOWHERE)?;
    Ok(project.migrations.len())
}

/// Where migrations begin: not among those of another tool.
fn new_folder(root: &Path, beside: bool) -> &'static str {
    let usual = root.join("migrations");
    if beside && fs::read_dir(usual).is_ok_and(|mut entries| entries.next().is_some()) {
        "segue/migrations"
    } else {
        "migrations"
    }
}

fn settled(survey: &Survey) -> Option<Choice> {
    match &survey.verdict {
        Verdict::Settled(choice) => Some(choice.clone()),
        Verdict::Open(_) => None,
    }
}

fn layout_line(choice: Option<&Choice>) -> String {
    choice.map_or_else(
        || "# layout = \"segue\"".to_owned(),
        |choice| format!("layout = \"{}\"", choice.layout.name),
    )
}

/// `settings`: the lines that say what was found.
fn config_text(settings: &str) -> String {
    format!(
        "# Settings of segue; every key is optional. See docs/configuration.md.\n\
         {settings}\n\
         # Without a URL here, in DATABASE_URL or in .env, the embedded PostgreSQL is used.\n\
         # url = \"${{DATABASE_URL}}\"\n\n\
         # [env.production]\n\
         # production = true\n\
         # url = \"${{PRODUCTION_DATABASE_URL}}\"\n"
    )
}

/// Writes the files of a migration; none of them where one is there already.
pub(crate) fn write(folder: &Folder, files: &[NewFile]) -> Result<Vec<PathBuf>, Failure> {
    let taken = files
        .iter()
        .find(|file| !file.replaces && folder.path.join(&file.path).exists());
    if let Some(taken) = taken {
        return Err(Problem::new(format!(
            "`{}` is there already",
            folder.path.join(&taken.path).display()
        ))
        .help("give another name")
        .into());
    }
    let mut written = Vec::new();
    for file in files {
        let path = folder.path.join(&file.path);
        if let Some(parent) = path.parent() {
            make_folder(parent)?;
        }
        if file.replaces {
            replace(&path, &file.text)?;
        } else {
            write_new(&path, &file.text)?;
        }
        written.push(path);
    }
    Ok(written)
}

/// A file that cannot be written.
pub(crate) fn failed(path: &Path, error: &std::io::Error) -> Failure {
    not_written(&path.display().to_string(), error).into()
}

/// The same of a file by the name that it is shown by.
pub(crate) fn not_written(shown: &str, error: &std::io::Error) -> Problem {
    let help = match error.kind() {
        ErrorKind::PermissionDenied => "give this user the right to write the file and its folder",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room, and run the same command again"
        }
        ErrorKind::ReadOnlyFilesystem => "name a place that can be written to",
        _ => "see to that, and run the same command again",
    };
    Problem::new(format!("cannot write `{shown}`: {error}")).help(help)
}

/// Makes a folder, and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| failed(path, &error))
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| failed(path, &error))
}

/// A reader sees the old file or the new one, never a part.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let beside = path.with_extension("new");
    fs::write(&beside, text)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|error| failed(path, &error))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::not_written;

    #[test]
    fn what_cannot_be_written_says_what_to_do() {
        let help = |kind: ErrorKind| not_written("schema.sql", &kind.into()).help;
        let denied = help(ErrorKind::PermissionDenied);
        assert!(denied.is_some_and(|help| help.contains("the right to write")));
        let full = help(ErrorKind::StorageFull);
        assert!(full.is_some_and(|help| help.contains("make room")));
    }
}
