//! Rows that are not as they should be, in words.

use segue_sql::Problem;

use super::super::contents::Unlike;

fn columns(unlike: &Unlike) -> String {
    let names = unlike.columns.iter().map(ToString::to_string);
    names.collect::<Vec<_>>().join(", ")
}

pub(super) fn told(unlike: &[Unlike], first: &str, second: &str) -> Vec<Problem> {
    let problem = |one: &Unlike| {
        let table = &one.table;
        Problem::new(match (one.rows.0 == one.rows.1, one.columns.is_empty()) {
            (false, _) => format!(
                "{table} has {} rows {first}, {second} {}",
                one.rows.0, one.rows.1
            ),
            (true, true) => format!("the rows of {table} are not those {second}"),
            (true, false) => format!(
                "{table} holds something else {first} than {second}, in {}",
                columns(one)
            ),
        })
    };
    unlike.iter().map(problem).collect()
}

pub(super) fn lost(unlike: &Unlike) -> String {
    let table = &unlike.table;
    match (unlike.rows.0 == unlike.rows.1, unlike.columns.is_empty()) {
        (false, _) => format!("{table}: {} rows, before {}", unlike.rows.0, unlike.rows.1),
        (true, true) => format!("{table}: its rows"),
        (true, false) => format!("{table}: the values of {}", columns(unlike)),
    }
}
