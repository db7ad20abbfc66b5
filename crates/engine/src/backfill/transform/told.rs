//! What is told where a program, or a row that it gave, stops a deploy.

use std::io;

use segue_db::own::quarantine::Kept;
use segue_plan::{Declared, Transform};
use segue_sql::Problem;

use super::program::{Broken, shown};
use crate::{Failure, FailureKind};

const GOES_ON: &str = "what was written stays; the same command goes on behind it";

/// What a program did instead of answering, in a few words.
pub(super) fn shortly(declared: &Declared, broken: &Broken) -> String {
    match broken {
        Broken::Late => format!("gave no answer within {:?}", declared.timeout),
        Broken::Ended(status) => format!("ended before it had answered ({status})"),
        Broken::Panicked => "panicked".to_owned(),
        Broken::CannotRun(error) | Broken::Lost(error) => format!("was lost: {error}"),
        Broken::Nonsense(why, _) => format!("wrote what is no answer: {why}"),
        Broken::Told => "was stopped".to_owned(),
    }
}

/// The program did not do its part: nothing of what it was asked last is written.
pub(super) fn broken(declared: &Declared, broken: &Broken, said: Vec<String>) -> Failure {
    let program = &declared.program[0];
    let (why, help) = match broken {
        Broken::CannotRun(error) => return cannot_run(declared, error),
        Broken::Late => (
            format!(
                "gave no answer within {:?}, twice, and was killed",
                declared.timeout
            ),
            "see whether it hangs, and whether it writes out each answer at once (flush); `rows` gives it fewer at a time, `timeout` more time",
        ),
        Broken::Ended(status) => (
            format!("ended before it had answered, twice: {status}"),
            "run it by itself with a row as a line of JSON on its standard input",
        ),
        Broken::Panicked => (
            "panicked, twice".to_owned(),
            "what it said is on the standard error of this program; let it give an error for a row that it cannot do",
        ),
        Broken::Lost(error) => (format!("was lost: {error}"), "see why it ended"),
        Broken::Nonsense(why, line) => (
            format!("wrote what is no answer: {why}: {}", shown(line)),
            "an answer is one line: {\"key\": …, \"row\": {…}}; what is for people belongs on its standard error",
        ),
        Broken::Told => ("was stopped".to_owned(), "run the same command again"),
    };
    let problem = declared.problem(
        &program.span,
        format!("{} {why}", program.text),
        "this program",
    );
    let problem = said.into_iter().fold(problem, Problem::note);
    Failure::new(FailureKind::Input, problem.note(GOES_ON).help(help))
}

/// The program is not there, or may not be run.
pub(super) fn cannot_run(declared: &Declared, error: &io::Error) -> Failure {
    let program = &declared.program[0];
    let problem = declared.problem(
        &program.span,
        format!("{} cannot be run: {error}", program.text),
        "this program",
    );
    let help = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "make it executable (chmod +x), or name what runs it first: [\"python3\", \"slugify.py\"]"
        }
        _ => {
            "name a program that is in PATH, or its path from the folder of this file, such as ./slugify"
        }
    };
    Failure::new(FailureKind::Input, problem.help(help))
}

/// Rows could not be done, and the deploy is to stop at such rows.
pub(super) fn bad(declared: &Declared, of: &Transform, rows: &[Kept]) -> Failure {
    let first = rows.first();
    let (key, why) = first.map_or(("", ""), |kept| (kept.key.as_str(), kept.reason.as_str()));
    let mut problem = Problem::new(format!(
        "the row of {} with the key {key} could not be done: {why}",
        of.table
    ));
    for kept in rows.iter().skip(1).take(4) {
        problem = problem.note(format!("key {}: {}", kept.key, kept.reason));
    }
    if rows.len() > 5 {
        problem = problem.note(format!("and {} rows more", rows.len() - 5));
    }
    problem = problem
        .note("they are in segue.quarantine, with what the program was given; the other rows up to there are written")
        .note(format!("declared in {}", declared.source.name))
        .help("mend the row or the program, and run the same command again: it takes these rows first, and goes on behind them");
    Failure::new(FailureKind::Statement, problem)
}

/// The table is not there.
pub(super) fn gone(of: &Transform) -> Failure {
    Failure::refused(
        Problem::new(format!(
            "the table {} is not there any more, or cannot be seen",
            of.table
        ))
        .help("the plan no longer fits the database: look at `segue status`"),
    )
}
