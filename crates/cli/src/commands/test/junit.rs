//! The results as JUnit XML: a test case for each migration.

use std::{fs, path::Path};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use segue::{Failure, Problem, TestRun, Tested, shown_path};

/// Writes them into a file.
pub(super) fn write(path: &Path, run: &TestRun) -> Result<(), Failure> {
    let text = text(run).map_err(|error| failed(path, &error))?;
    fs::write(path, text).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &impl std::fmt::Display) -> Failure {
    let shown = shown_path(path);
    Problem::new(format!("cannot write `{shown}`: {error}"))
        .help("name a file in a folder that is there")
        .into()
}

fn text(run: &TestRun) -> Result<String, quick_junit::SerializeError> {
    let mut suite = TestSuite::new("migrations");
    suite.add_test_cases(run.tested.iter().map(case));
    let mut report = Report::new("segue test");
    report.add_test_suite(suite);
    report.to_string()
}

fn case(tested: &Tested) -> TestCase {
    let mut status = match (&tested.skipped, tested.has_failed()) {
        (Some(_), _) => TestCaseStatus::skipped(),
        (None, true) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (None, false) => TestCaseStatus::success(),
    };
    let wrong: Vec<String> = (tested.checks.iter())
        .flat_map(|check| check.problems.iter().map(|one| told(check.name, one)))
        .collect();
    if let Some(first) = tested.skipped.as_ref().or(wrong.first()) {
        status.set_message(first.lines().next().unwrap_or_default().to_owned());
    }
    if !wrong.is_empty() {
        status.set_description(wrong.join("\n\n"));
    }
    let mut case = TestCase::new(tested.name.clone(), status);
    case.set_classname("migrations").set_time(tested.elapsed);
    let lost = tested
        .lost
        .iter()
        .map(|lost| format!("lost by the way back: {lost}"));
    let notes = tested.notes.iter().map(|note| format!("note: {note}"));
    let said: Vec<String> = lost.chain(notes).collect();
    if !said.is_empty() {
        case.set_system_out(said.join("\n"));
    }
    case
}

/// A problem as plain text.
fn told(check: &str, problem: &Problem) -> String {
    let mut text = format!("{check}: {problem}");
    for note in &problem.notes {
        text.push_str(&format!("\n  {note}"));
    }
    if let Some(help) = &problem.help {
        text.push_str(&format!("\n  help: {help}"));
    }
    text
}
