//! `-- segue: batch …`: how rows of a statement are written.

use std::{ops::Range, sync::Arc};

use crate::{Problem, Source, nearest, parse_duration};

/// How the rows of a statement are written; what is not said is as whoever deploys it wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// `size=5000`: how many rows a batch has at most.
    pub size: Option<u64>,
    /// `target=200ms`: how long a batch shall take, in milliseconds.
    pub target_milliseconds: Option<u64>,
    /// `max_rate=20000/s`: how many rows a second are written at most.
    pub max_rate: Option<u64>,
    /// `keep=none`: what the rows were before is not kept.
    pub keeps_nothing: bool,
    /// `key=a,b`: the columns by which rows are known, each where it stands.
    pub key: Vec<Range<usize>>,
}

/// What can be said, each with its form.
const OPTIONS: [(&str, &str); 5] = [
    ("size", "size=5000, rows a batch at most"),
    ("target", "target=200ms, or 2s: the time for a batch"),
    ("max_rate", "max_rate=20000/s, rows a second at most"),
    ("keep", "keep=none"),
    ("key", "key=id, or key=a,b: columns by which rows are known"),
];

/// Reads what stands behind `batch`.
pub(super) fn read(source: &Arc<Source>, rest: Range<usize>) -> Result<Batch, Problem> {
    let mut batch = Batch::default();
    let text = &source.text[rest.clone()];
    let mut said: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let start = rest.start + (word.as_ptr() as usize - text.as_ptr() as usize);
        let span = start..start + word.len();
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let Some((name, form)) = OPTIONS.iter().find(|(known, _)| *known == name) else {
            return Err(unknown(source, start..start + name.len(), name));
        };
        if said.contains(name) {
            return Err(Problem::new(format!("`{name}` is said twice")).at(source, span, "again"));
        }
        said.push(name);
        let values = start + name.len() + 1;
        if take(&mut batch, name, value, values).is_none() {
            return Err(Problem::new(format!("this is no `{name}`"))
                .at(source, span, "here")
                .help(format!("write {form}")));
        }
    }
    Ok(batch)
}

/// Takes an option in; none where its value is none. Values of `key` stand from `at` on.
fn take(batch: &mut Batch, name: &str, value: &str, at: usize) -> Option<()> {
    match name {
        "size" => batch.size = Some(positive(value)?),
        "target" => batch.target_milliseconds = Some(milliseconds(value)?),
        "max_rate" => batch.max_rate = Some(positive(value.strip_suffix("/s").unwrap_or(value))?),
        "keep" if value == "none" => batch.keeps_nothing = true,
        "key" => {
            let mut from = at;
            for part in value.split(',') {
                if part.is_empty() {
                    return None;
                }
                batch.key.push(from..from + part.len());
                from += part.len() + 1;
            }
        }
        _ => return None,
    }
    Some(())
}

fn positive(text: &str) -> Option<u64> {
    let number = text.replace('_', "").parse().ok();
    number.filter(|number| *number > 0)
}

fn milliseconds(text: &str) -> Option<u64> {
    let time = parse_duration(text)?.as_millis();
    u64::try_from(time).ok().filter(|time| *time > 0)
}

fn unknown(source: &Arc<Source>, span: Range<usize>, name: &str) -> Problem {
    let problem = Problem::new(format!("there is no option `{name}` of batches")).at(
        source,
        span,
        "no such option",
    );
    problem.help(
        match nearest(name, OPTIONS.iter().map(|(known, _)| *known)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let forms: Vec<&str> = OPTIONS.iter().map(|(_, form)| *form).collect();
                format!("there are {}", forms.join("; "))
            }
        },
    )
}
