//! `pull`: the schema of a database as the file, or the files, that say how the schema shall be.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use segue_catalog::{Catalog, ObjectRef, OpaqueId, QName, render, sqlite};
use segue_engine::Failure;
use segue_project::{config::Desired as Configured, shown_path};
use segue_sql::Problem;

use crate::{Migrator, Model, Side, desired, workplace::Workplace};

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

/// A file for each object, by paths below the folder: `public/tables/users.sql`.
fn split(catalog: &Catalog) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for (path, object) in objects(catalog) {
        if let Some(sql) = render::object(catalog, &object) {
            let file = files.entry(path).or_default();
            if !file.is_empty() {
                file.push('\n');
            }
            file.push_str(sql.trim_end());
            file.push('\n');
        }
    }
    files
}

/// Every object that is not a part of another one, and the file that it goes into.
fn objects(catalog: &Catalog) -> Vec<(String, ObjectRef)> {
    let of = |name: &QName, kind: &str| {
        format!("{}/{kind}/{}.sql", safe(&name.schema), safe(&name.name))
    };
    let mut objects = Vec::new();
    let alone = |kind: &str| format!("{kind}.sql");
    let schemas = catalog.schemas.keys().cloned().map(ObjectRef::Schema);
    objects.extend(schemas.map(|object| (alone("schemas"), object)));
    let extensions = catalog.extensions.keys().cloned().map(ObjectRef::Extension);
    objects.extend(extensions.map(|object| (alone("extensions"), object)));
    let types = catalog.types.keys();
    objects.extend(types.map(|name| (of(name, "types"), ObjectRef::Type(name.clone()))));
    let sequences = catalog.sequences.iter();
    let sequences = sequences.filter(|(_, sequence)| sequence.owned_by.is_none());
    objects.extend(
        sequences.map(|(name, _)| (of(name, "sequences"), ObjectRef::Sequence(name.clone()))),
    );
    let tables = catalog.tables.keys();
    objects.extend(tables.map(|name| (of(name, "tables"), ObjectRef::Table(name.clone()))));
    let views = catalog.views.keys();
    objects.extend(views.map(|name| (of(name, "views"), ObjectRef::View(name.clone()))));
    let routines = catalog.routines.keys();
    objects.extend(routines.map(|id| (of(&id.name, "functions"), ObjectRef::Routine(id.clone()))));
    let statistics = catalog.statistics.keys();
    objects.extend(
        statistics.map(|name| (of(name, "statistics"), ObjectRef::Statistics(name.clone()))),
    );
    let publications = catalog.publications.keys().cloned();
    let publications = publications.map(ObjectRef::Publication);
    objects.extend(publications.map(|object| (alone("publications"), object)));
    let opaque = catalog.opaque.keys().cloned().map(ObjectRef::Opaque);
    objects.extend(opaque.map(|object| (alone("others"), object)));
    let mut roles: Vec<String> = catalog
        .default_privileges
        .keys()
        .map(|key| {
            key.role
                .as_ref()
                .map_or_else(String::new, ToString::to_string)
        })
        .collect();
    roles.dedup();
    let roles = roles.into_iter().map(ObjectRef::DefaultPrivileges);
    objects.extend(roles.map(|object| (alone("default_privileges"), object)));
    objects
}

/// A name as a part of a path.
fn safe(name: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$');
    name.chars()
        .map(|c| if keep(c) { c } else { '_' })
        .collect()
}

/// Each table with its indexes and triggers, each view with its own.
fn split_sqlite(catalog: &sqlite::Catalog) -> BTreeMap<String, String> {
    use sqlite::Object;
    let of = |name: &sqlite::Name| match catalog.views.contains_key(name) {
        true => format!("views/{}.sql", safe(name.as_str())),
        false => format!("tables/{}.sql", safe(name.as_str())),
    };
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for statement in &catalog.statements {
        let path = match &statement.object {
            Object::Table(name) | Object::View(name) | Object::Column(name, _) => Some(of(name)),
            Object::Index(name) => catalog.indexes.get(name).map(|index| of(&index.table)),
            Object::Trigger(name) => catalog.triggers.get(name).map(|trigger| of(&trigger.table)),
        };
        let file = files.entry(path.unwrap_or_else(|| "others.sql".to_owned()));
        file.or_default()
            .push_str(&format!("{};\n", statement.text.as_str()));
    }
    files
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
        let failed = |error: std::io::Error| {
            Problem::new(format!("cannot write `{}`: {error}", shown_path(&path)))
        };
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
