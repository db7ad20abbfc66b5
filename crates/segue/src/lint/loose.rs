//! Files that belong to no project, and the schema that they meet: nothing but files is asked.

use std::{path::Path, sync::Arc};

use segue_catalog::{Catalog, Session};
use segue_engine::Failure;
use segue_plan::{Facts, Script};
use segue_project::config::Lint;
use segue_sql::{Problem, Source, line_column};

use super::{Judged, LintOptions, facts, policy, stats};

/// Reads the files, with a file of SQL as the schema that exists.
pub(super) fn read(
    options: &LintOptions,
    instead: &[Arc<Source>],
    schema: &Path,
    major: u16,
    lint: &Lint,
) -> Result<Judged, Failure> {
    let (policy, fail_on) = policy::of(lint)?;
    if options.files.is_empty() {
        return Err(Problem::new("no file is named that meets this schema")
            .help("name the files: --schema schema.sql migration.sql")
            .into());
    }
    let mut catalog = Catalog::empty(major);
    let source = segue_project::Script::read(schema)?.source()?;
    let told = Script::of_schema(&source, &mut catalog, &mut Session::default())?;
    let mut known = Facts::told_by(&told, &catalog);
    let lines = told.lines.into_iter();
    let mut guessed = false;
    let mut refused: Vec<Problem> = Vec::new();
    let mut notes = Vec::new();
    for line in lines {
        refused.extend(line.refused);
        if let Some(reason) = line.unknown {
            let (number, _) = line_column(&source.text, line.span.start);
            notes.push(format!(
                "{}:{number}: what this does is not known ({reason})",
                source.name
            ));
            guessed = true;
        }
    }
    if let Some(file) = &options.stats {
        let unknown = known.declare(&catalog, &stats::read(file)?);
        notes.extend(unknown.iter().map(|table| {
            format!(
                "{}: the schema has no table `{table}`",
                segue_project::shown_path(file)
            )
        }));
    }
    notes.extend(facts::declare(&mut known, lint, [&catalog, &catalog]));
    let (mut scripts, mut files) = (Vec::new(), Vec::new());
    for file in &options.files {
        let source = text(file, instead)?;
        files.push((Arc::clone(&source), file.clone()));
        scripts.push(Script::loose(
            &source,
            &mut catalog,
            &mut Session::default(),
        )?);
    }
    Ok(Judged {
        scripts,
        facts: known,
        policy,
        fail_on,
        refused,
        notes,
        files,
        sealed: Vec::new(),
        masks: Vec::new(),
        guessed,
    })
}

/// The text of a file, or what counts instead.
pub(super) fn text(file: &Path, instead: &[Arc<Source>]) -> Result<Arc<Source>, Problem> {
    let source = segue_project::Script::read(file)?.source()?;
    let other = instead.iter().find(|other| other.name == source.name);
    Ok(other.map_or(source, Arc::clone))
}
