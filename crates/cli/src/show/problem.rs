//! Problems as people read them: the place in the file with a caret, facts, and what to do next.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use segue::{Place, Problem};

/// Prints problems on stderr.
pub(crate) fn print_all(problems: &[Problem]) {
    for problem in problems {
        tell!("{}", render(problem, Level::ERROR, None));
    }
}

/// A problem, or what is less bad than one, with the id that it is known by.
pub(crate) fn render(problem: &Problem, level: Level<'_>, id: Option<&str>) -> String {
    let message = super::clean(&problem.message);
    let title = level.primary_title(&message);
    let mut group = Group::with_title(match id {
        Some(id) => title.id(id),
        None => title,
    });
    let place = problem.place.as_ref().map(|place| (place, excerpt(place)));
    if let Some((place, excerpt)) = &place {
        let annotation = AnnotationKind::Primary
            .span(excerpt.span.clone())
            .label(super::clean(&place.label));
        let name = super::clean(&place.source.name);
        let mut snippet = Snippet::source(harmless(&excerpt.text))
            .line_start(excerpt.line)
            .annotation(annotation);
        if let Some(column) = excerpt.column {
            // The renderer would count the columns of what is left of the line.
            let origin = Origin::path(name).line(excerpt.line).char_column(column);
            group = group.element(origin);
        } else {
            snippet = snippet.path(name);
        }
        group = group.element(snippet);
    }
    let notes: Vec<String> = problem
        .notes
        .iter()
        .map(|note| super::clean(note))
        .collect();
    for note in &notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    let help = problem.help.as_deref().map(super::clean);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// Text without characters that a terminal would act on, of the same length in bytes: spans stay right.
fn harmless(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let is_steering = super::is_steering(c) && !matches!(c, '\n' | '\t');
            let count = if is_steering { c.len_utf8() } else { 1 };
            std::iter::repeat_n(if is_steering { '?' } else { c }, count)
        })
        .collect()
}

/// The part of a text that is shown.
#[derive(Debug, PartialEq, Eq)]
struct Excerpt {
    text: String,
    /// The number of its first line.
    line: usize,
    span: Range<usize>,
    /// The column of the place, from 1, where the text does not begin where the line does.
    column: Option<usize>,
}

/// How many characters are underlined at most: a whole statement needs only its beginning.
const LONGEST: usize = 40;

/// How many bytes of a line are shown at most; a seed may be one line of 50 MB.
const LINE: usize = 400;

/// How many bytes are shown before the place and behind it where the line is longer.
const AROUND: (usize, usize) = (40, 80);

/// The first line of the place and the one before it: a statement can be pages long.
fn excerpt(place: &Place) -> Excerpt {
    let text = place.source.text.as_str();
    let start = place.span.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line_end = line_start
        + text[line_start..line_end]
            .trim_end_matches('\r')
            .len()
            .max(start - line_start);
    let end = place.span.end.clamp(start, line_end);
    let end = text[start..end]
        .char_indices()
        .nth(LONGEST)
        .map_or(end, |(at, _)| start + at);
    let number = |from: usize| text[..from].bytes().filter(|b| *b == b'\n').count() + 1;
    if line_end - line_start > LINE {
        return Excerpt {
            line: number(line_start),
            column: Some(text[line_start..start].chars().count() + 1),
            ..part(text, line_start..line_end, start..end)
        };
    }
    let from = match line_start.checked_sub(1) {
        Some(before) => text[..before].rfind('\n').map_or(0, |at| at + 1),
        None => 0,
    };
    let from = if line_start - from > LINE {
        line_start
    } else {
        from
    };
    Excerpt {
        text: text[from..line_end].to_owned(),
        line: number(from),
        span: start - from..end - from,
        column: None,
    }
}

/// What stands around the place in a long line.
fn part(text: &str, line: Range<usize>, place: Range<usize>) -> Excerpt {
    const MORE: char = '…';
    let from = text.floor_char_boundary(place.start.saturating_sub(AROUND.0).max(line.start));
    let to = text.ceil_char_boundary((place.end + AROUND.1).min(line.end));
    let mut part = String::new();
    part.extend((from > line.start).then_some(MORE));
    let offset = part.len();
    part.push_str(&text[from..to]);
    part.extend((to < line.end).then_some(MORE));
    Excerpt {
        text: part,
        line: 0,
        span: place.start - from + offset..place.end - from + offset,
        column: None,
    }
}

#[cfg(test)]
mod tests {
    use segue::Source;

    use super::*;

    fn rendered(text: &str, span: Range<usize>) -> String {
        let source = Source::new("m.sql", text);
        let problem = Problem::new("wrong").at(&source, span, "here");
        anstream::adapter::strip_str(&render(&problem, Level::ERROR, None)).to_string()
    }

    #[test]
    fn a_place_in_a_long_line_is_shown_with_what_stands_around_it() {
        let before = "ž".repeat(5_000_000);
        let text = format!("-- one\n-- two\n{before} wrong {before}\n");
        let at = text.find("wrong").expect("it is there");
        let shown = rendered(&text, at..at + 5);
        assert!(shown.len() < 1000, "{shown}");
        assert!(shown.contains("m.sql:3:5000002"), "{shown}");
        let mut lines = shown.lines().skip_while(|line| !line.contains("wrong ž"));
        let line = lines.next().expect("the line");
        let caret = lines.next().expect("the caret");
        let column = |line: &str, what: &str| {
            let at = line.find(what).expect(what);
            line[..at].chars().count()
        };
        assert_eq!(column(caret, "^^^^^"), column(line, "wrong"), "{shown}");
    }

    #[test]
    fn long_lines_at_their_ends_and_before_the_place_are_cut() {
        let long = "x".repeat(100_000);
        for (text, at) in [
            (format!("wrong{long}"), 0),
            (format!("{long}wrong"), long.len()),
            (format!("{long}\nwrong"), long.len() + 1),
        ] {
            let shown = rendered(&text, at..at + 5);
            assert!(
                shown.len() < 1000 && shown.contains("^^^^^ here"),
                "{shown}"
            );
        }
        let shown = rendered(&long, long.len()..long.len());
        assert!(shown.len() < 1000 && shown.contains("here"), "{shown}");
    }

    #[test]
    fn what_a_terminal_would_act_on_is_not_shown() {
        let shown = rendered("select '\u{1b}[2J\u{202e}\u{9b}' wrong", 19..24);
        for c in ['\u{1b}', '\u{202e}', '\u{9b}'] {
            assert!(!shown.contains(c), "{shown:?}");
        }
    }
}
