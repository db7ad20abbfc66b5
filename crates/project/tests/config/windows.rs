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
