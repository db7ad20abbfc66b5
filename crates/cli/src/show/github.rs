//! Findings as workflow commands of GitHub Actions: it shows them beside the changed lines.

use segue::{
    Problem, line_column,
    plan::{Finding, Severity},
};

/// The command of a finding.
pub(crate) fn annotation(finding: &Finding) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let text = &finding.source.text;
    let (line, column) = line_column(text, finding.span.start);
    let (end_line, end_column) = line_column(text, finding.span.end);
    // An annotation of several lines has no columns there.
    let end = match end_line == line {
        true => format!("col={column},endColumn={end_column}"),
        false => format!("endLine={end_line}"),
    };
    let help = finding.help.iter().map(|help| format!("help: {help}"));
    let said: Vec<String> = [finding.message.clone()]
        .into_iter()
        .chain(finding.notes.iter().cloned())
        .chain(help)
        .collect();
    format!(
        "::{command} file={},line={line},{end},title={}::{}",
        property(&finding.source.name),
        property(finding.rule),
        data(&said.join("\n"))
    )
}

/// The command of a problem.
pub(crate) fn problem(problem: &Problem) -> String {
    let place = problem.place.as_ref().map(|place| {
        let (line, column) = line_column(&place.source.text, place.span.start);
        let file = property(&place.source.name);
        format!(" file={file},line={line},col={column}")
    });
    let help = problem.help.iter().map(|help| format!("\nhelp: {help}"));
    let said: String = [problem.message.clone()].into_iter().chain(help).collect();
    format!("::error{}::{}", place.unwrap_or_default(), data(&said))
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
