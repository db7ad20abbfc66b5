//! Problems of a plan that no way of deploying avoids: the statement does not parse, names what is not there, or is one that the server
//! refuses.

use segue_plan::Script;
use segue_sql::Problem;

/// The same problems, those at their own places, and whether each is one of them.
pub fn no_server_takes(problems: Vec<Problem>, scripts: &[Script]) -> Vec<(Problem, bool)> {
    let told = problems.into_iter().map(|problem| {
        let of_model = of_model(&problem, scripts).cloned();
        let is_one = of_model.is_some() || problem.refused_anyway;
        (of_model.unwrap_or(problem), is_one)
    });
    told.collect()
}

/// A plan points at the whole statement, the model at the word in it.
fn of_model<'s>(problem: &Problem, scripts: &'s [Script]) -> Option<&'s Problem> {
    let place = problem.place.as_ref()?;
    let script = scripts
        .iter()
        .find(|script| script.source == place.source)?;
    let line = script.lines.iter().find(|line| line.span == place.span)?;
    let mut refused = line.refused.iter();
    refused.find(|refused| refused.message == problem.message && refused.place.is_some())
}
