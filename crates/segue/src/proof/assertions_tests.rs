//! What files of assertions say.

use super::*;

fn read(text: &str) -> Result<Assertions, Vec<Problem>> {
    Assertions::read(Source::new("test.sql", text))
}

fn expectations(text: &str) -> Vec<(Option<Moment>, Expected)> {
    let read = read(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    read.all
        .into_iter()
        .map(|one| (one.at, one.expected))
        .collect()
}

#[test]
fn what_stands_in_front_of_a_statement_is_expected_of_it() {
    let text = "-- a comment\nSELECT 1;\n-- expect: true\nSELECT true;\n-- expect: error 23505\n-- at: contract\nSELECT 2;\n\
                -- expect: no rows\nSELECT 3;\n-- expect: 3 rows\nSELECT 4;\n-- expect: 1 | a\n-- expect: 2 | NULL\nSELECT 5;";
    let rows = |rows: &[&str]| Expected::Rows(rows.iter().map(|&row| row.to_owned()).collect());
    assert_eq!(
        expectations(text),
        [
            (None, Expected::Success),
            (None, Expected::True),
            (
                Some(Moment::Contracted),
                Expected::Error("23505".to_owned())
            ),
            (None, Expected::Count(0)),
            (None, Expected::Count(3)),
            (None, rows(&["1 | a", "2 | NULL"])),
        ]
    );
}

#[test]
fn an_expectation_of_nothing_is_refused_where_it_stands() {
    let behind = read("SELECT 1;\n-- expect: true\n")
        .err()
        .expect("a problem");
    let place = behind[0].place.as_ref().expect("a place");
    assert_eq!(&place.source.text[place.span.clone()], "-- expect: true");
    let empty = read("-- expect:\nSELECT 1;").err().expect("a problem");
    assert!(empty[0].message.contains("does not say what"));
    let moment = read("-- at: rollback\nSELECT 1;").err().expect("a problem");
    assert!(moment[0].message.contains("moment"));
}

#[test]
fn tap_tells_of_tests_that_fail_and_of_others_than_were_planned() {
    let failed = [
        "not ok 1 - has table\n# Failed test 1: \"has table\"",
        "# Looks like you planned 3 tests but ran 2",
    ];
    let right = [
        "ok 1 - not ok is a part of the name",
        "not ok 2 - later # TODO when there is time",
        "# a comment",
        "1..3",
    ];
    assert!(failed.into_iter().all(has_failed));
    assert!(!right.into_iter().any(has_failed));
}

#[test]
fn what_would_keep_something_and_what_no_server_knows_is_refused_where_it_stands() {
    let text = "BEGIN;\nSELECT 1;\nROLLBACK;\n\\set QUIET 1\nCOMMIT;";
    let problems = read(text).err().expect("two problems");
    let places: Vec<String> = problems
        .iter()
        .map(|problem| problem.to_string().chars().take(13).collect())
        .collect();
    assert_eq!(places, ["test.sql:4:1:", "test.sql:5:1:"]);
}
