//! Problems as people read them: the place in the file with a caret, facts, and what to do next.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use segue::{Place, Problem};

/// Prints problems on stderr.
pub(crate) fn print_all(problems: &[Problem]) {
    for problem in problems {
        anstream::eprintln!("{}", render(problem));
    }
}

fn render(problem: &Problem) -> String {
    let title = super::clean(&problem.message);
    let mut group = Group::with_title(Level::ERROR.primary_title(&title));
    let place = problem.place.as_ref().map(|place| (place, excerpt(place)));
    if let Some((place, excerpt)) = &place {
        let annotation = AnnotationKind::Primary
            .span(excerpt.span.clone())
            .label(super::clean(&place.label));
        group = group.element(
            Snippet::source(harmless(excerpt.text))
                .path(super::clean(&place.source.name))
                .line_start(excerpt.line)
                .annotation(annotation),
        );
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
            let is_steering = c.is_control() && !matches!(c, '\n' | '\t');
            let count = if is_steering { c.len_utf8() } else { 1 };
            std::iter::repeat_n(if is_steering { '?' } else { c }, count)
        })
        .collect()
}

/// The part of a text that is shown.
struct Excerpt<'a> {
    text: &'a str,
    /// The number of its first line.
    line: usize,
    span: std::ops::Range<usize>,
}

/// How many characters are underlined at most: a whole statement needs only its beginning.
const LONGEST: usize = 40;

/// The first line of the place and the one before it: a statement can be pages long.
fn excerpt(place: &Place) -> Excerpt<'_> {
    let text = place.source.text.as_str();
    let start = place.span.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let from = text[..line_start.saturating_sub(1)]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let from = if line_start == 0 { 0 } else { from };
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
    Excerpt {
        text: &text[from..line_end],
        line: text[..from].bytes().filter(|b| *b == b'\n').count() + 1,
        span: start - from..end - from,
    }
}
