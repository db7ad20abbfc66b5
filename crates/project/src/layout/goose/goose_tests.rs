use std::fs;

use crate::{Context, Folder};

use super::{LAYOUT, parse};

fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Folder) {
    let place = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(place.path().join(name), text).expect("written");
    }
    let folder = Folder::list(place.path()).expect("listed");
    (place, folder)
}

const UP: &str = "-- +goose Up\nSELECT 1;\n";

#[test]
fn versions_are_read_as_goose_reads_them() {
    let version = |file| parse(file).map(|name| name.version);
    assert_eq!(version("00001_one.sql"), Some(1));
    assert_eq!(
        version("20240101000000_one_two.go"),
        Some(20_240_101_000_000)
    );
    assert_eq!(version("1_.sql"), Some(1));
    for other in [
        "0_x.sql",
        "-1_x.sql",
        "x_1.sql",
        "1.sql",
        "1_x.sql.txt",
        "1_x_test.go",
        "1_x",
    ] {
        assert_eq!(version(other), None, "{other}");
    }
}

#[test]
fn files_run_in_the_order_of_their_versions_and_the_rest_is_noted() {
    let (_place, folder) = folder(&[
        ("10_ten.sql", UP),
        ("9_nine.sql", UP),
        ("11_code.go", "package x"),
        ("11_code_test.go", "package x"),
        ("helpers.go", "package x"),
        ("README.md", ""),
        ("00_zero.sql", UP),
    ]);
    assert!((LAYOUT.fits)(&folder));
    let reading = (LAYOUT.read)(&folder, &Context::NOWHERE).expect("read");
    let names: Vec<_> = reading.migrations.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["9_nine", "10_ten", "11_code"]);
    let code = &reading.migrations[2];
    assert_eq!(code.run_by.as_deref(), Some("goose up-to 11"));
    assert!(code.up.statements().expect("good").is_empty());
    let noted: Vec<_> = reading.notes.iter().map(|n| n.path.as_str()).collect();
    assert_eq!(
        noted,
        ["00_zero.sql", "11_code_test.go", "README.md", "helpers.go"]
    );
}

#[test]
fn sql_and_code_of_one_version_are_refused() {
    let (_place, folder) = folder(&[("1_one.sql", UP), ("001_two.go", "package x")]);
    let problems = (LAYOUT.read)(&folder, &Context::NOWHERE).expect_err("refused");
    assert!(problems[0].message.contains("have the same version, 1"));
}

#[test]
fn a_folder_without_annotations_is_not_gooses() {
    let (_place, sql) = folder(&[("1_one.sql", "SELECT 1;")]);
    assert!(!(LAYOUT.fits)(&sql));
    let (_place, code) = folder(&[("1_one.go", "package x")]);
    assert!((LAYOUT.fits)(&code));
}

#[test]
fn a_broken_file_matters_only_when_it_is_run() {
    let (_place, folder) = folder(&[("1_one.sql", UP), ("2_two.sql", "SELECT 1;")]);
    let reading = (LAYOUT.read)(&folder, &Context::NOWHERE).expect("read");
    assert!(reading.migrations[0].up.statements().is_ok());
    let problems = reading.migrations[1].up.statements().expect_err("refused");
    assert!(problems[0].message.contains("SQL before"));
}

#[test]
fn values_from_the_environment_are_run_and_not_shown() {
    let text = "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${PASSWORD}', '${NONE}';\n";
    let (_place, folder) = folder(&[("1_one.sql", text)]);
    let context = Context {
        dialect: None,
        variable: &|name| (name == "PASSWORD").then(|| "sécret".to_owned()),
    };
    let reading = (LAYOUT.read)(&folder, &context).expect("read");
    let up = &reading.migrations[0].up;
    let (run, shown) = (up.source().expect("kept"), up.shown().expect("kept"));
    assert!(run.text.contains("'sécret'"));
    assert!(shown.text.contains("'*******'"), "{}", shown.text);
    assert_eq!(run.text.len(), shown.text.len());
    assert!(reading.notes[0].text.contains("NONE is not set"));
}
