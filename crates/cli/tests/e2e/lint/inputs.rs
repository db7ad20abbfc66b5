//! Files that belong to no project: their schema, their sizes, their comments, and what is wrong with them.

use serde_json::json;

use super::{INDEX, LOOSE, index, loose, rules};

#[test]
fn a_file_is_judged_against_a_schema_and_shown_with_its_place() {
    let project = loose(&format!(
        "-- one\n{INDEX}CREATE INDEX i ON empty (email);\n"
    ));
    project
        .segue(&LOOSE)
        .exits(2)
        .prints("index-not-concurrent")
        .prints("m.sql:2:1")
        .prints("1 error in 2 statements of 1 file");
    let document = project
        .segue(&[&LOOSE[..], &["--json"]].concat())
        .exits(2)
        .json();
    assert_eq!(rules(&document, "findings"), [index(2)]);
    let finding = &document["findings"][0];
    assert_eq!(
        (
            &finding["severity"],
            &finding["class"],
            &finding["file"],
            &finding["statement"]
        ),
        (&json!("error"), &json!("cost"), &json!("m.sql"), &json!(1))
    );
    assert_eq!(
        (&document["ok"], &document["statements"]),
        (&json!(true), &json!(2))
    );
}

#[test]
fn declared_rows_count_instead_of_the_schemas_own() {
    let project = loose(INDEX);
    let with = |stats: &str| {
        project.file("stats.json", stats);
        project.segue(&[&LOOSE[..], &["--stats", "stats.json"]].concat())
    };
    with(r#"{"users": 20}"#).exits(0).prints("no findings");
    with(r#"{"public.users": {"reltuples": 4000000}}"#).exits(2);
    with(r#"{"userz": 20}"#)
        .exits(2)
        .says("stats.json: the schema has no table `userz`");
    with("{\"users\": 1,\n \"x\": []}")
        .exits(1)
        .says("stats.json:2:")
        .says("{\"users\": 4000000");
}

#[test]
fn what_fails_is_a_problem_beside_what_is_found() {
    let project = loose(&format!(
        "{INDEX}ALTER TABLE userz ADD x int;\nCREATE TABLE (x;\n"
    ));
    project
        .segue(&LOOSE)
        .exits(1)
        .says("relation \"userz\" does not exist")
        .says("did you mean public.users?")
        .says("m.sql:3:")
        .prints("index-not-concurrent");
    let document = project
        .segue(&[&LOOSE[..], &["--json"]].concat())
        .exits(1)
        .json();
    assert_eq!(rules(&document, "findings"), [index(1)]);
    let problems = document["error"]["problems"].as_array().expect("problems");
    assert_eq!(problems[0]["place"]["line"], json!(2));
}

#[test]
fn files_that_are_not_there_or_no_sql_are_said_in_json_too() {
    let project = loose("SELECT 'never closed;");
    let document = project
        .segue(&[&LOOSE[..], &["--json"]].concat())
        .exits(1)
        .json();
    assert_eq!(document["findings"], json!([]));
    project.remove("m.sql");
    project.segue(&LOOSE).exits(1).says("m.sql");
    project
        .segue(&["lint", "--schema", "schema.sql"])
        .exits(1)
        .says("no file is named that meets this schema");
}

#[test]
fn a_comment_acknowledges_a_finding() {
    let allow = "-- segue: allow index-not-concurrent because writes stop at night";
    let project = loose(&format!("{allow}\n{INDEX}"));
    project
        .segue(&LOOSE)
        .exits(0)
        .prints("no findings (1 acknowledged)");
    let document = project
        .segue(&[&LOOSE[..], &["--json"]].concat())
        .exits(0)
        .json();
    assert_eq!(rules(&document, "acknowledged"), [index(2)]);
    assert_eq!(
        document["acknowledged"][0]["reason"],
        json!("writes stop at night")
    );
    project.file("m.sql", format!("{allow}\nSELECT 1;"));
    project
        .segue(&LOOSE)
        .exits(0)
        .prints("unused-acknowledgement");
    project
        .segue(&[&LOOSE[..], &["--fail-on", "warning"]].concat())
        .exits(2);
}

#[test]
fn a_comment_that_segue_does_not_know_is_a_problem_with_a_caret() {
    let wrong = |comment: &str| loose(&format!("{comment}\n{INDEX}")).segue(&LOOSE).exits(1);
    wrong("-- segue: allow index-not-concurent because x")
        .says("did you mean `index-not-concurrent`?")
        .says("m.sql:1:17");
    wrong("-- segue: alow index-not-concurrent because x").says("did you mean `allow`?");
    wrong("-- segue: allow index-not-concurrent").says("this does not say why");
    // That is for the desired schema.
    loose("-- segue: renamed from a\nSELECT 1;")
        .segue(&LOOSE)
        .exits(0);
}

#[test]
fn what_the_schema_does_that_cannot_be_told_makes_refusals_uncertain() {
    let project = loose("ALTER TABLE made ADD x int;");
    project.file(
        "schema.sql",
        "DO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'made ()'; END $$;",
    );
    project
        .segue(&LOOSE)
        .exits(0)
        .says("schema.sql:1: what this does is not known")
        .says("perhaps it is made by what is not known");
}
