use segue_sql::Source;

use super::{Parsed, ends_statement, parse};

fn variable(name: &str) -> Option<String> {
    (name == "NAME").then(|| "value".to_owned())
}

#[track_caller]
fn good(text: &str) -> Parsed {
    parse(&Source::new("1_one.sql", text), &variable).expect("a good file")
}

#[track_caller]
fn up(text: &str) -> Vec<String> {
    let parsed = good(text);
    let piece = |piece: &std::ops::Range<usize>| parsed.text[piece.clone()].trim().to_owned();
    parsed.up.iter().map(piece).collect()
}

#[track_caller]
fn refused(text: &str, line: usize, words: &str) {
    let problem = parse(&Source::new("1_one.sql", text), &variable).expect_err("a bad file");
    let said = problem.to_string();
    assert!(said.starts_with(&format!("1_one.sql:{line}:")), "{said}");
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_semicolon_ends_a_statement_at_the_end_of_a_line() {
    for line in [
        "END;",
        "END; -- comment",
        "END   ; -- comment",
        "END; -- -- ;",
        "x;;",
    ] {
        assert!(ends_statement(line), "{line}");
    }
    for line in [
        "END",
        "END -- comment ;",
        "SELECT 1; SELECT 2",
        "END /* ; */",
        "x --y;",
        "",
    ] {
        assert!(!ends_statement(line), "{line}");
    }
}

#[test]
fn statements_are_cut_at_lines_and_blocks() {
    let text = "-- about\n\n-- +goose Up\n-- one\nSELECT 1; SELECT 2;\n\nSELECT\n  -- inside ;\n  3; -- three\n\
                -- +goose StatementBegin\nDO $$ BEGIN\n  PERFORM 1;\nEND $$\n-- +goose StatementEnd\n\
                -- last\n-- +goose Down\nSELECT 4;\n";
    assert_eq!(
        up(text),
        [
            "SELECT 1; SELECT 2;",
            "SELECT\n  -- inside ;\n  3; -- three",
            "DO $$ BEGIN\n  PERFORM 1;\nEND $$",
        ]
    );
    let parsed = good(text);
    assert_eq!(parsed.text, text);
    assert_eq!(&parsed.text[parsed.down[0].clone()], "SELECT 4;\n");
    assert!(!parsed.no_transaction);
}

#[test]
fn annotations_are_read_as_goose_reads_them() {
    let text = "--+goose up\nSELECT 1;\n-- +GOOSE is none\n-- +goose DOWN\nSELECT 2;\n";
    assert_eq!(up(text), ["SELECT 1;"]);
    assert!(good("-- +goose NO TRANSACTION\n-- +goose Up\nVACUUM;\n").no_transaction);
    assert!(
        good("-- +goose Up\nVACUUM;\n-- +goose Down\n-- +goose no transaction\n").no_transaction
    );
    assert!(up("-- +goose Up\n").is_empty());
    assert!(up("-- +goose Up\n-- +goose Down\nSELECT 1;\n").is_empty());
}

#[test]
fn ends_of_lines_become_those_that_goose_sends() {
    let parsed = good("-- +goose Up\r\nSELECT 'a\r\nb';\r\n-- +goose Down\r\n");
    assert_eq!(
        parsed.text,
        "-- +goose Up\nSELECT 'a\nb';\n-- +goose Down\n"
    );
}

#[test]
fn a_down_part_that_is_not_finished_does_not_matter_yet() {
    let parsed = good("-- +goose Up\nSELECT 1;\n-- +goose Down\nDROP TABLE one\n");
    assert_eq!(&parsed.text[parsed.down[0].clone()], "DROP TABLE one\n");
}

#[test]
fn what_goose_stops_at_is_refused_with_its_line() {
    refused("", 1, "no `-- +goose Up`");
    refused("-- nothing\nSELECT 1;\n", 2, "SQL before");
    refused(
        "-- +goose Up\nSELECT 1;\n-- +goose Up\n",
        3,
        "second `-- +goose Up`",
    );
    refused("-- +goose Down\n", 1, "comes before");
    refused("-- +goose Up\nSELECT 1\n", 2, "no semicolon");
    refused(
        "-- +goose Up\nSELECT 1\n-- +goose Down\n",
        2,
        "no semicolon",
    );
    refused("-- +goose Up\nSELECT 1;\n/* end */\n", 3, "no semicolon");
    refused(
        "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n",
        3,
        "no end",
    );
    refused(
        "-- +goose Up\n-- +goose StatementBegin\n-- +goose Down\n",
        3,
        "still open",
    );
    refused("-- +goose StatementBegin\n", 1, "no place");
    refused(
        "-- +goose Up\n-- +goose StatementEnd\n",
        2,
        "without a `StatementBegin`",
    );
    refused("-- +goose Up\n -- +goose Down\n", 2, "indented");
    refused("-- +goose Upp\n", 1, "does not know `Upp`");
    refused("-- +goose\n", 1, "does not know ``");
    refused("-- +goose Up\n-- as +goose wants it\n", 2, "does not know");
    refused(
        "-- +goose Up\n-- +goose ENVSUB ON\nSELECT $1;\n",
        3,
        "cannot be put in",
    );
}

#[test]
fn variables_are_put_in_between_on_and_off() {
    let text = "-- +goose Up\nSELECT '$NAME';\n-- +goose ENVSUB ON\n-- $NAME\nSELECT '${NAME}', '$NONE';\n\
                -- +goose ENVSUB OFF\nSELECT '$NAME';\n";
    assert_eq!(
        up(text),
        ["SELECT '$NAME';", "SELECT 'value', '';", "SELECT '$NAME';"]
    );
    let parsed = good(text);
    assert_eq!(parsed.unset, ["NONE"]);
    let values: Vec<&str> = parsed
        .values
        .iter()
        .map(|v| &parsed.text[v.clone()])
        .collect();
    assert_eq!(values, ["value"]);
}
