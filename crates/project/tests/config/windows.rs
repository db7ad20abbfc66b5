//! `[windows]`: when rows may be written in batches.

use super::*;

#[test]
fn the_windows_of_an_environment_go_before_those_of_the_top() {
    let config = config(
        "[windows]\nbackfill = [\"22:00-06:00 UTC\"]\n[env.staging.windows]\nbackfill = []\n[env.production]\n",
    );
    let now = "2026-11-26T12:00:00Z".parse().expect("a time");
    let is_open = |env: Option<&str>| {
        let settings = config.select(env).expect("it is there");
        settings.windows().expect("it is set").value.is_open(now)
    };
    assert!(!is_open(None));
    assert!(!is_open(Some("production")));
    assert!(is_open(Some("staging")));
}

#[test]
fn what_is_wrong_in_a_window_is_under_the_caret() {
    let text = "[windows]\nbackfill = [\"Mon-Fry 22:00-06:00 UTC\", 3, \"22:00-06:00 Europe/Berlim\"]\nbackfil = 1\n";
    let problems = Config::parse(&Source::new("segue.toml", text)).expect_err("it is wrong");
    let found: Vec<_> = problems.iter().map(rendered).collect();
    let help = "windows look like \"Mon-Fri 22:00-06:00 Europe/Berlin\"";
    let expected = [
        (format!("2:18 this is not a window | {help}"), "Fry"),
        (
            "2:40 `windows.backfill` must be a list of strings: days, times and a time zone each | \
             for example: backfill = [\"Mon-Fri 22:00-06:00 Europe/Berlin\"]"
                .to_owned(),
            "3",
        ),
        (format!("2:56 this is not a window | {help}"), "Europe/Berlim"),
        ("3:1 unknown key `windows.backfil` | did you mean `backfill`?".to_owned(), "backfil"),
    ];
    let expected = expected.map(|(text, under)| (text, under.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn how_quiet_a_database_has_to_be_is_read_and_what_never_comes_is_under_the_caret() {
    let config = config(
        "[windows]\nquiet = \"below 30 % of the day's peak\"\n[env.staging.windows]\nquiet = \"any\"\n",
    );
    let quiet = |env: Option<&str>| {
        let settings = config.select(env).expect("it is there");
        settings.quiet().map(|quiet| quiet.to_string())
    };
    assert_eq!(quiet(None).as_deref(), Some("below 30 % of the day's peak"));
    assert_eq!(quiet(Some("staging")), None);
    let help = "write \"below 30 % of the day's peak\", or \"any\"";
    for (value, under, column) in [
        ("\"below 0 % of the day's peak\"", "0", 16),
        ("\"below 300 % of the day's peak\"", "300", 16),
        ("\"at night\"", "at night", 10),
    ] {
        let text = format!("[windows]\nquiet = {value}\n");
        let problems = Config::parse(&Source::new("segue.toml", text)).expect_err(value);
        let found: Vec<_> = problems.iter().map(rendered).collect();
        let expected = format!("2:{column} this is not how quiet a database can be | {help}");
        assert_eq!(found, [(expected, under.to_owned())]);
    }
    let problems = Config::parse(&Source::new("segue.toml", "[windows]\nquiet = 30\n"));
    let problems = problems.expect_err("it is no text");
    assert!(
        problems[0]
            .message
            .contains("`windows.quiet` must be a string")
    );
}
