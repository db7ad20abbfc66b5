//! Plans, case by case: what is written against what is planned. Every case is a file of `tests/cases`; adding one is adding a
//! file. With `SEGUE_WRITE_CASES` in the environment, what is expected is written anew: read each of them before it is kept.

mod around;
mod beside;
mod case;

mod forms;
mod kept;
mod recipes;
mod waits;

use case::Case;

#[test]
fn every_case_is_planned_as_its_file_says() {
    let writes = std::env::var_os("SEGUE_WRITE_CASES").is_some();
    let mut wrong = Vec::new();
    for case in Case::all() {
        let found = case.planned();
        let written = case.written_with(&found);
        if written == case.text {
            continue;
        }
        if writes {
            std::fs::write(&case.path, &written).expect("it can be written");
        }
        wrong.push(format!(
            "{}\n{}",
            case.path.display(),
            difference(&case.text, &written)
        ));
    }
    let count = wrong.len();
    assert!(
        writes || count == 0,
        "{}\n\n{count} cases are planned otherwise; if that is right, run this with SEGUE_WRITE_CASES=1",
        wrong.join("\n\n")
    );
}

/// The lines that only one of two texts has, around the first and last of them.
fn difference(before: &str, after: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.lines().collect(), after.lines().collect());
    let same = |(one, other): &(&&str, &&str)| one == other;
    let front = before.iter().zip(&after).take_while(same).count();
    let rest = (before.len() - front).min(after.len() - front);
    let back = (before.iter().rev())
        .zip(after.iter().rev())
        .take(rest)
        .take_while(same)
        .count();
    let gone = before[front..before.len() - back].iter();
    let new = after[front..after.len() - back].iter();
    let lines = gone
        .map(|line| format!("- {line}"))
        .chain(new.map(|line| format!("+ {line}")));
    lines.collect::<Vec<_>>().join("\n")
}
