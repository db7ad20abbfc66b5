//! Every command line of the documentation is one that the command takes, in blocks and within sentences. Those of blocks are
//! run by `tests/e2e/documents.rs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Parser, error::ErrorKind};

use super::Args;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Pages of a folder and of those below it.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The lines of a page that a shell is to read, with their numbers. A line that ends with a backslash goes on.
fn shell_lines(page: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let (mut language, mut goes_on) = (None, false);
    for (at, line) in page.lines().enumerate() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            language = match language {
                Some(_) => None,
                None => Some(fence.to_owned()),
            };
            goes_on = false;
            continue;
        }
        let line = line.trim();
        let line = match language.as_deref() {
            Some("sh" | "bash") => line,
            // What is printed stands there too.
            Some("console") => match line.strip_prefix("$ ") {
                Some(line) => line,
                None => continue,
            },
            _ => continue,
        };
        let (text, more) = match line.strip_suffix('\\') {
            Some(text) => (text, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| goes_on) {
            Some((_, last)) => last.push_str(text),
            None => lines.push((at + 1, text.to_owned())),
        }
        goes_on = more;
    }
    lines
}

/// Sentences in the typeface of code, which are no commands.
const SENTENCES: [&str; 2] = ["segue COMMAND --help", "segue knows no such layout"];

/// Within a sentence a value, or what else the command needs, may be left out.
fn leaves_out(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::MissingRequiredArgument
        || error.to_string().contains("none was supplied")
}

/// What is said of commands within sentences and tables, with the line: `segue …`.
fn spans(page: &str) -> Vec<(usize, String)> {
    let (mut spans, mut is_code) = (Vec::new(), false);
    for (at, line) in page.lines().enumerate() {
        is_code ^= line.trim_start().starts_with("```");
        let between = line.split('`').skip(1).step_by(2);
        let ours =
            between.filter(|text| !is_code && text.starts_with("segue ") && !text.contains('\''));
        spans.extend(ours.map(|text| (at + 1, text.to_owned())));
    }
    spans
}

/// The commands of a line that are segue's, each as its words.
fn commands(line: &str) -> Vec<Vec<String>> {
    let words = shlex::split(line).unwrap_or_else(|| panic!("a shell does not read: {line}"));
    let parts = words.split(|word| matches!(word.as_str(), "|" | "&&" | "||" | ";" | "&"));
    let mut commands = Vec::new();
    for part in parts {
        let is_assignment = |word: &&String| word.contains('=') && !word.starts_with('-');
        let part: Vec<String> = part.iter().skip_while(is_assignment).cloned().collect();
        if part.first().is_some_and(|word| word == "segue") {
            let is_redirection =
                |word: &String| word.contains('>') && !word.starts_with("postgres");
            let end = part.iter().position(is_redirection).unwrap_or(part.len());
            commands.push(part[..end].to_vec());
        }
    }
    commands
}

#[test]
fn every_command_line_of_the_documentation_is_understood() {
    let mut all = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    for folder in ["docs", "skills", "examples"] {
        pages(&root().join(folder), &mut all);
    }
    let (mut seen, mut wrong) = (0, Vec::new());
    for page in all {
        let text = fs::read_to_string(&page).expect("a page");
        for (line, command) in spans(&text) {
            for words in commands(&command) {
                seen += 1;
                if let Err(error) = Args::try_parse_from(&words)
                    && error.use_stderr()
                    && !(leaves_out(&error) || SENTENCES.contains(&command.as_str()))
                {
                    wrong.push(format!("{}:{line}: {command}\n{error}", page.display()));
                }
            }
        }
        for (line, command) in shell_lines(&text) {
            for words in commands(&command) {
                seen += 1;
                if let Err(error) = Args::try_parse_from(&words)
                    && error.use_stderr()
                {
                    wrong.push(format!("{}:{line}: {command}\n{error}", page.display()));
                }
            }
        }
    }
    assert!(seen > 300, "only {seen} command lines were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_are_found_among_others() {
    let words = |line| commands(line).concat().join(" ");
    assert_eq!(
        words("X=1 segue plan --format md > plan.md  # why"),
        "segue plan --format md"
    );
    assert_eq!(words("cat x | segue status && echo"), "segue status");
    assert!(words("echo segue status").is_empty());
    let page = "```sh\nsegue deploy \\\n  --dry-run\n```\nsegue no\n```console\n$ segue man\nsegue no\n```\n";
    let lines: Vec<String> = shell_lines(page)
        .into_iter()
        .map(|(_, line)| line)
        .collect();
    assert_eq!(lines, ["segue deploy --dry-run", "segue man"]);
}
