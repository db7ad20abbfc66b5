//! `docs/commands.md`: every command with all its options, made of the description that reads the arguments.

use std::{fmt::Write as _, fs, path::Path};

use clap::{Arg, Command, CommandFactory};

use super::Args;

const HEAD: &str = "# All commands and options\n\n\
<!-- Made of the arguments' description: SEGUE_WRITE_DOCS=1 ./test the_page_of_all_options -->\n\n\
What `segue COMMAND --help` prints; [the command line](cli.md) tells what stands behind it.\n\n";

/// With `SEGUE_WRITE_DOCS` in the environment this writes it.
#[test]
fn the_page_of_all_options_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let mut page = HEAD.to_owned();
    let mut root = Args::command();
    root.build();
    page.push_str("## Options of every command\n\n");
    options(
        &mut page,
        root.get_arguments().filter(|arg| arg.is_global_set()),
    );
    for command in root.get_subcommands() {
        section(&mut page, command, "segue");
    }
    let page = format!("{}\n", page.trim_end());
    if std::env::var_os("SEGUE_WRITE_DOCS").is_some() {
        fs::write(&path, &page).expect("it is written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == page,
        "docs/commands.md is out of date: run this test with SEGUE_WRITE_DOCS=1"
    );
}

fn section(page: &mut String, command: &Command, parent: &str) {
    let name = format!("{parent} {}", command.get_name());
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    write!(
        page,
        "## {name}\n\n{}\n\n```text\n{usage}\n```\n\n",
        sentence(&about)
    )
    .expect("a text");
    options(
        page,
        command.get_arguments().filter(|arg| !arg.is_global_set()),
    );
    if let Some(after) = command.get_after_help() {
        write!(page, "```text\n{after}\n```\n\n").expect("a text");
    }
    for command in command.get_subcommands() {
        section(page, command, &name);
    }
}

/// With a full stop, which no help has.
fn sentence(text: &str) -> String {
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{}{end}", plain(text))
}

/// Without what Markdown would act on; what is code already stays.
fn plain(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(at, part)| match at % 2 {
        0 => part
            .replace('<', "&lt;")
            .replace('[', "\\[")
            .replace('|', "\\|"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("`")
}

fn options<'a>(page: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    let rows: Vec<String> = arguments
        .filter(|arg| !arg.is_hide_set() && arg.get_id() != "help" && arg.get_id() != "version")
        .map(row)
        .collect();
    if !rows.is_empty() {
        write!(page, "| | |\n|---|---|\n{}\n", rows.concat()).expect("a text");
    }
}

fn row(arg: &Arg) -> String {
    let values = arg.get_value_names().unwrap_or_default();
    let takes = arg.get_action().takes_values();
    let values: Vec<&str> = values
        .iter()
        .map(|name| name.as_str())
        .filter(|_| takes)
        .collect();
    let mut written: Vec<String> = arg
        .get_short()
        .map(|short| format!("-{short}"))
        .into_iter()
        .collect();
    written.extend(arg.get_long().map(|long| format!("--{long}")));
    let mut shown = written.join(", ");
    for value in values {
        shown.push_str(if shown.is_empty() { "" } else { " " });
        shown.push_str(value);
    }
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let mut told = sentence(&help);
    let possible = arg.get_possible_values();
    let possible: Vec<String> = possible
        .iter()
        .filter(|value| takes && !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !possible.is_empty() {
        write!(told, " One of {}.", possible.join(", ")).expect("a text");
    }
    let defaults = arg.get_default_values().iter();
    let defaults: Vec<String> = defaults.map(|one| format!("`{}`", one.display())).collect();
    if takes && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        write!(told, " Without it: {}.", defaults.join(", ")).expect("a text");
    }
    format!("| `{shown}` | {told} |\n")
}
