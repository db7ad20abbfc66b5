//! Which layout, why, and what of the folder is not used.

use segue_db::ServerError;

use super::{Examined, Finding};

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    let project = examined.project;
    let choice = &project.choice;
    let mut findings = vec![Finding::good(
        id,
        format!(
            "{} in {} ({}), {} migrations",
            choice.layout.title,
            segue_project::shown_path(&project.folder.path),
            choice.reason,
            project.migrations.len()
        ),
    )];
    let others: Vec<&str> = examined
        .facts
        .histories
        .iter()
        .filter(|found| found.format.layout != choice.layout)
        .map(|found| found.format.layout.title)
        .collect();
    if !others.is_empty() {
        findings.push(Finding::warning(
            id,
            format!("the database also has the history of {}", others.join(", ")),
            "if that tool is not used any more, drop its table; if it deploys another folder, keep the two apart with schemas",
        ));
    }
    if project.migrations.is_empty() {
        findings.push(Finding::problem(
            id,
            "there are no migrations",
            "write the first one with `segue new NAME`, or name another folder with --dir",
        ));
    }
    Ok(findings)
}
