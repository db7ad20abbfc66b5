//! The program of the benchmark of transforms: names in, slugs out, a JSON line for each row.

use std::{
    borrow::Cow,
    io::{self, BufRead, BufReader, BufWriter, Write},
};

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Asked<'a> {
    key: i64,
    #[serde(borrow)]
    row: Name<'a>,
}

#[derive(Deserialize)]
struct Name<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

#[derive(Serialize)]
struct Answer {
    key: i64,
    row: Slug,
}

#[derive(Serialize)]
struct Slug {
    slug: String,
}

/// Lower case, what is neither letter nor digit one hyphen.
fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_alphanumeric() {
            slug.extend(c.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

fn main() -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        let asked: Asked<'_> = serde_json::from_str(&line)?;
        let row = Slug {
            slug: slug(&asked.row.name),
        };
        serde_json::to_writer(
            &mut output,
            &Answer {
                key: asked.key,
                row,
            },
        )?;
        output.write_all(b"\n")?;
        line.clear();
        // nothing more is there to be read: whoever gave us the rows waits for the answers
        if input.buffer().is_empty() {
            output.flush()?;
        }
    }
    output.flush()
}
