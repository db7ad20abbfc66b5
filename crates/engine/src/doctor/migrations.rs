//! The pending migrations, read as a deploy reads them.

use segue_db::ServerError;

use super::{Examined, Finding, of_problem};
use crate::{Verdict, refusals};

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    let (Ok(opened), Some(status)) = (examined.opened, examined.status()) else {
        return Ok(vec![Finding::skipped(id, "the history cannot be read")]);
    };
    let mut findings: Vec<Finding> = Vec::new();
    let dues = refusals::dues(
        examined.dialect(),
        examined.project,
        &status,
        opened,
        examined.options,
        &mut |_| {},
    );
    match dues {
        Err(failure) => findings.extend(
            failure
                .problems
                .iter()
                .map(|problem| of_problem(id, Verdict::Problem, problem)),
        ),
        Ok(dues) => {
            let several = dues.iter().filter(|due| !due.is_one_transaction).count();
            let evidence = match (dues.len(), several) {
                (0, _) => "none is pending".to_owned(),
                (all, 0) => format!("{all} pending, each one transaction"),
                (all, several) => {
                    format!("{all} pending, {several} of them in more than one transaction")
                }
            };
            findings.push(Finding::good(id, evidence));
        }
    }
    findings.extend(
        examined
            .project
            .notes
            .iter()
            .map(|note| Finding::good(id, format!("{}: {}", note.path, note.text))),
    );
    Ok(findings)
}
