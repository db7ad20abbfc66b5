//! The pages of the documentation, and what stands in them.

use std::{fs, ops::Range, path::Path};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::root;

/// Files in Markdown that people read; not those of packages that were installed beside them.
const FOLDERS: [&str; 4] = ["docs", "skills", "examples", "bench"];
const SINGLE: [&str; 4] = [
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
];

/// A page, by its path in the repository.
pub(super) struct Page {
    pub(super) path: String,
    pub(super) text: String,
}

/// All of them, by path.
pub(super) fn pages() -> Vec<Page> {
    let mut paths: Vec<String> = SINGLE.map(str::to_owned).to_vec();
    for folder in FOLDERS {
        below(&root().join(folder), folder, &mut paths);
    }
    paths.sort();
    let page = |path: String| Page {
        text: fs::read_to_string(root().join(&path)).expect("a page"),
        path,
    };
    paths.into_iter().map(page).collect()
}

fn below(folder: &Path, name: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, own) = (entry.path(), entry.file_name());
        let own = own.to_string_lossy();
        let installed = own == "node_modules" || own.starts_with('.');
        if path.is_dir() && !installed {
            below(&path, &format!("{name}/{own}"), found);
        } else if own.ends_with(".md") {
            found.push(format!("{name}/{own}"));
        }
    }
}

/// A block of code.
pub(super) struct Block {
    /// The heading that it is under.
    pub(super) heading: String,
    pub(super) language: String,
    /// The line in the page at which its text begins, from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

/// A line that a shell reads; one that ends with a backslash goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) line: usize,
    pub(super) text: String,
    /// What is printed below it, in a block that shows a terminal.
    pub(super) printed: Option<String>,
}

impl Page {
    fn events(&self) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES).into_offset_iter()
    }

    /// The number of the line, from 1.
    fn line(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// Its blocks of code.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let (mut blocks, mut heading, mut in_heading) = (Vec::new(), String::new(), false);
        let mut open = None;
        for (event, range) in self.events() {
            match event {
                Event::Start(Tag::Heading { .. }) => (in_heading, heading) = (true, String::new()),
                Event::End(TagEnd::Heading(_)) => in_heading = false,
                Event::Text(text) | Event::Code(text) if in_heading => heading.push_str(&text),
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                    open = Some(Block {
                        heading: heading.clone(),
                        language: language.into_string(),
                        line: self.line(range.start) + 1,
                        text: String::new(),
                    });
                }
                Event::Text(text) => {
                    if let Some(block) = &mut open {
                        block.text.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
                _ => (),
            }
        }
        blocks
    }

    /// What its links and images lead to, with the line.
    pub(super) fn links(&self) -> Vec<(usize, String)> {
        let to = |(event, range): (Event<'_>, Range<usize>)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some((self.line(range.start), dest_url.into_string()))
            }
            _ => None,
        };
        self.events().filter_map(to).collect()
    }

    /// What `#…` may name in it: its headings as GitHub and mdBook write them, a number behind those that are there already.
    pub(super) fn anchors(&self) -> Vec<String> {
        let (mut anchors, mut heading): (Vec<String>, Option<String>) = (Vec::new(), None);
        for (event, _) in self.events() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let plain = anchor(&heading.take().unwrap_or_default());
                    let same = |other: &&String| {
                        let rest = other.strip_prefix(&plain);
                        rest.is_some_and(|rest| {
                            rest.is_empty()
                                || rest
                                    .strip_prefix('-')
                                    .is_some_and(|n| n.parse::<u32>().is_ok())
                        })
                    };
                    let before = anchors.iter().filter(same).count();
                    anchors.push(match before {
                        0 => plain,
                        n => format!("{plain}-{n}"),
                    });
                }
                _ => (),
            }
        }
        anchors
    }
}

fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let lower = heading.trim().to_lowercase();
    lower
        .chars()
        .filter(kept)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

impl Block {
    /// Its lines that a shell reads. Of a block that shows a terminal those behind `$ `; of one in another language none.
    pub(super) fn commands(&self) -> Vec<Command> {
        let is_terminal = self.language == "console";
        if !is_terminal && !matches!(self.language.as_str(), "sh" | "bash") {
            return Vec::new();
        }
        let (mut commands, mut goes_on): (Vec<Command>, bool) = (Vec::new(), false);
        for (at, line) in self.text.lines().enumerate() {
            let own = match line.strip_prefix("$ ") {
                Some(own) if is_terminal => own,
                None if is_terminal && !goes_on => {
                    if let Some(printed) = commands.last_mut().and_then(|one| one.printed.as_mut())
                    {
                        printed.push_str(line);
                        printed.push('\n');
                    }
                    continue;
                }
                _ => line.trim(),
            };
            let (text, more) = match own.strip_suffix('\\') {
                Some(text) => (text, true),
                None => (own, false),
            };
            match commands.last_mut().filter(|_| goes_on) {
                Some(last) => last.text.push_str(text),
                None if text.is_empty() || text.starts_with('#') => continue,
                None => commands.push(Command {
                    line: self.line + at,
                    text: text.to_owned(),
                    printed: is_terminal.then(String::new),
                }),
            }
            goes_on = more;
        }
        for command in &mut commands {
            command.text = without_comment(&command.text);
        }
        commands
    }
}

/// Without what a shell passes over; no command of the documentation has ` #` in quotes.
fn without_comment(line: &str) -> String {
    let end = line.find(" #").unwrap_or(line.len());
    line[..end].trim_end().to_owned()
}

#[test]
fn pages_are_read_as_people_see_them() {
    let page = Page {
        path: "a.md".to_owned(),
        text: "# `One` and two: a_b\n[x](y.md#z) `[no](no.md)`\n\n```sh\na \\\n  b   # c\n# d\n\ne\n```\n\n\
               ## Same\n## Same\n\n- in a list\n\n  ```console\n  $ f\n  printed\n  $ g\n  ```\n"
            .to_owned(),
    };
    assert_eq!(page.anchors(), ["one-and-two-a_b", "same", "same-1"]);
    assert_eq!(page.links(), [(2, "y.md#z".to_owned())]);
    let command = |line, text: &str, printed: Option<&str>| Command {
        line,
        text: text.to_owned(),
        printed: printed.map(str::to_owned),
    };
    let commands: Vec<Command> = page.blocks().iter().flat_map(Block::commands).collect();
    let expected = [
        command(5, "a b", None),
        command(9, "e", None),
        command(18, "f", Some("printed\n")),
        command(20, "g", Some("")),
    ];
    assert_eq!(commands, expected);
}
