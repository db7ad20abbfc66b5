//! `pull`: the schema of a database as the file, or the files, that say how the schema shall be.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use segue_catalog::{OpaqueId, render, sqlite};
use segue_engine::Failure;
use segue_project::{config::Desired as Configured, shown_path};
use segue_sql::Problem;

use crate::{Migrator, Model, Side, desired, scaffold::not_written, workplace::Workplace};

mod split;

use split::{split, split_sqlite};

/// How to pull.
#[derive(Debug, Clone, Default)]
pub struct PullOptions {
    /// Where to; `None`: what `segue.toml` names, else `schema.sql` or the folder `schema`.
    pub to: Option<PathBuf>,
    /// A file for each object, in a folder.
    pub split: bool,
    /// Overwrite what is there.
    pub force: bool,
}

/// What was written.
#[derive(Debug, Default)]
pub struct Pulled {
    /// The files, in order.
    pub files: Vec<PathBuf>,
    /// Files that were there already as they should be.
    pub unchanged: usize,
    /// Files of objects that are no more, which were removed.
    pub removed: Vec<PathBuf>,
    /// What is not in them.
    pub notes: Vec<String>,
}

impl Migrator {
    /// Writes the schema of the database as SQL: one file, or a folder with one for each object.
    ///
    /// # Errors
    /// What is wrong with the connection; files that are there and are other ones, unless they may be overwritten.
    pub async fn pull(&self, options: &PullOptions) -> Result<Pulled, Failure> {
        let workplace = Workplace::of(self)?;
        let side = Side::Database(self.url.clone());
        let read = self.read_live(&workplace, &side, "--url").await?;
        let Some(mut read) = read else {
            return Ok(Pulled::default());
        };
        // Who deploys owns what it makes without a word.
        read.as_deployed();
        let Some(model) = read.model.take() else {
            return Ok(Pulled::default());
        };
        let to = self.destination(&workplace, options)?;
        let files = match (&model, options.split || to.is_dir()) {
            (Model::Postgres(catalog), true) => split(catalog),
            (Model::Sqlite(catalog), true) => split_sqlite(catalog),
            (Model::Postgres(catalog), false) => {
                BTreeMap::from([(String::new(), render::sql(catalog))])
            }
            (Model::Sqlite(catalog), false) => {
                BTreeMap::from([(String::new(), sqlite::sql(catalog))])
            }
        };
        let mut pulled = write(&to, &files, options.force)?;
        pulled.notes = read.notes;
        pulled.notes.extend(
            read.unread
                .into_iter()
                .map(|unread| format!("not read: {}: {}", unread.what, unread.reason)),
        );
        if let Model::Postgres(catalog) = &model {
            let opaque = catalog.opaque.keys().map(|id: &OpaqueId| {
                format!(
                    "{} {}: a comment says that it is there",
                    id.kind, id.identity
                )
            });
            pulled.notes.extend(opaque);
        }
        Ok(pulled)
    }

    fn destination(
        &self,
        workplace: &Workplace,
        options: &PullOptions,
    ) -> Result<PathBuf, Failure> {
        if let Some(to) = &options.to {
            return Ok(to.clone());
        }
        if let Some(Configured::Path(path)) = workplace.settings()?.desired(&workplace.vars())? {
            return Ok(path.value);
        }
        if let Some(path) = desired::usual(workplace).filter(|path| path.is_dir() == options.split)
        {
            return Ok(path);
        }
        let root = workplace.config_folder.as_ref();
        let root = root.unwrap_or(&workplace.current);
        let name = if options.split {
            "schema"
        } else {
            "schema.sql"
        };
        Ok(workplace.shortened(&root.join(name)))
    }
}

/// Writes the files; those of the folder that are no more go where that is allowed.
fn write(to: &Path, files: &BTreeMap<String, String>, force: bool) -> Result<Pulled, Failure> {
    let mut pulled = Pulled::default();
    let mut changed = Vec::new();
    let path_of = |name: &String| match name.is_empty() {
        true => to.to_owned(),
        false => to.join(name),
    };
    for (name, text) in files {
        let path = path_of(name);
        match fs::read_to_string(&path) {
            Ok(there) if there == *text => pulled.unchanged += 1,
            Ok(_) => changed.push(path),
            Err(_) => {}
        }
    }
    let written: Vec<PathBuf> = files.keys().map(path_of).collect();
    let there = match to.is_dir() {
        true => desired::files(to)?,
        false => Vec::new(),
    };
    let gone: Vec<PathBuf> = there
        .into_iter()
        .filter(|path| !written.contains(path))
        .collect();
    let overwrites = !changed.is_empty() || !gone.is_empty();
    if overwrites && !force {
        let shown = changed.iter().chain(&gone).take(5);
        let mut problem =
            Problem::new("there is another schema already, which would be overwritten")
                .help("commit it and say --force, or name another place with --to");
        problem.notes = shown
            .map(|path| format!("`{}` is another one", shown_path(path)))
            .collect();
        return Err(problem.into());
    }
    for (name, text) in files {
        let path = path_of(name);
        if fs::read_to_string(&path).is_ok_and(|there| there == *text) {
            continue;
        }
        let failed = |error: std::io::Error| not_written(&shown_path(&path), &error);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::write(&path, text).map_err(failed)?;
        pulled.files.push(path);
    }
    for path in gone {
        fs::remove_file(&path).map_err(|error| {
            Problem::new(format!("cannot remove `{}`: {error}", shown_path(&path)))
        })?;
        pulled.removed.push(path);
    }
    Ok(pulled)
}
