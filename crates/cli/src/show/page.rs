//! Text whose parts have roles, with the colours of these.

use anstyle::{AnsiColor, Style};
use segue::plan::shown::{Page, Role};

use super::{clean, is_steering};

/// A page for a terminal.
pub(crate) fn coloured(page: &Page) -> String {
    let mut text = String::new();
    for piece in &page.pieces {
        // a style that goes over the end of a line would colour the next one
        let body = piece.text.trim_end_matches('\n');
        let end = &piece.text[body.len()..];
        let body = match piece.role {
            Role::Sql => harmless(body),
            _ => clean(body),
        };
        let style = style(piece.role);
        match body.is_empty() || style == Style::new() {
            true => text.push_str(&body),
            false => text.push_str(&format!("{style}{body}{style:#}")),
        }
        text.push_str(end);
    }
    text
}

fn style(role: Role) -> Style {
    let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
    match role {
        Role::Plain | Role::Sql => Style::new(),
        Role::Heading => Style::new().bold(),
        Role::Faint => Style::new().dimmed(),
        Role::Expand => colour(AnsiColor::Green).bold(),
        Role::Contract => colour(AnsiColor::Magenta).bold(),
        Role::Warning => colour(AnsiColor::Yellow),
    }
}

/// A statement without characters that a terminal would act on; a tab stays one.
fn harmless(text: &str) -> String {
    let shown = text.chars().map(|c| match c {
        '\t' => '\t',
        c if is_steering(c) => '\u{fffd}',
        c => c,
    });
    shown.collect()
}
