//! Files that belong to no project, and the schema that they meet: nothing but files is asked.

use std::path::Path;

use segue_catalog::{Catalog, Session};
use segue_engine::Failure;
use segue_plan::{Facts, Policy, Script};
use segue_sql::{Problem, line_column};

use super::{Judged, LintOptions, stats};

/// Reads the files, with a file of SQL as the schema that exists.
pub(super) fn read(options: &LintOptions, schema: &Path, major: u16) -> Result<Judged, Failure> {
    if options.files.is_empty() {
        return Err(Problem::new("no file to judge")
            .help("name the files: segue lint --schema schema.sql migration.sql")
            .into());
    }
    let mut catalog = Catalog::empty(major);
    let source = segue_project::Script::read(schema)?.source()?;
    let told = Script::loose(&source, &mut catalog, &mut Session::default())?;
    let mut facts = Facts::told_by(&told, &catalog);
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
        let unknown = facts.declare(&catalog, &stats::read(file)?);
        notes.extend(unknown.iter().map(|table| {
            format!(
                "{}: the schema has no table `{table}`",
                segue_project::shown_path(file)
            )
        }));
    }
    let mut scripts = Vec::new();
    for file in &options.files {
        let source = segue_project::Script::read(file)?.source()?;
        scripts.push(Script::loose(
            &source,
            &mut catalog,
            &mut Session::default(),
        )?);
    }
    Ok(Judged {
        scripts,
        facts,
        policy: Policy::default(),
        refused,
        notes,
        guessed,
    })
}
