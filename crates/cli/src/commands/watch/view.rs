//! How a snapshot is drawn.

use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    style::{Color, Modifier, Style},
    text::Line,
    widgets::Paragraph,
};
use segue::Watched;

use super::words;

/// What is needed to read anything.
const SMALLEST: (u16, u16) = (60, 12);

/// What there is to draw.
pub(super) struct View<'a> {
    pub(super) database: &'a str,
    pub(super) watched: &'a Watched,
    pub(super) said: &'a str,
    pub(super) keys: &'a str,
    pub(super) has_colours: bool,
}

impl View<'_> {
    pub(super) fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let (width, height) = SMALLEST;
        if area.width < width || area.height < height {
            let text = format!("too small: {width} x {height} at least");
            frame.render_widget(Paragraph::new(text), area);
            return;
        }
        let rows = [
            Constraint::Length(1),
            Constraint::Min(1),
            Constraint::Length(1),
            Constraint::Length(1),
        ];
        let [title, body, said, keys] = Layout::vertical(rows).areas(area);
        let heading = format!("segue watch: {}", self.database);
        frame.render_widget(Paragraph::new(Line::styled(heading, self.title())), title);
        frame.render_widget(Paragraph::new(self.lines(usize::from(body.height))), body);
        frame.render_widget(Paragraph::new(self.said), said);
        let style = Style::new().add_modifier(Modifier::REVERSED);
        frame.render_widget(Paragraph::new(Line::styled(self.keys, style)), keys);
    }

    fn lines(&self, height: usize) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for section in words::sections(self.watched) {
            lines.push(Line::styled(section.title, self.title()));
            let is_lock = section.title == "Locks";
            lines.extend(section.lines.into_iter().map(|line| {
                let style = if is_lock {
                    self.coloured(Color::Yellow)
                } else {
                    Style::new()
                };
                Line::styled(format!("  {line}"), style)
            }));
        }
        if lines.len() > height {
            lines.truncate(height.saturating_sub(1));
            lines.push(Line::raw("  …: a higher terminal shows the rest"));
        }
        lines
    }

    fn title(&self) -> Style {
        self.coloured(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    fn coloured(&self, colour: Color) -> Style {
        match self.has_colours {
            true => Style::new().fg(colour),
            false => Style::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ratatui::{Terminal, backend::TestBackend};
    use segue::{PlanState, Seen, WatchedPlan, WatchedRows, WatchedStep, plan::Phase};

    use super::*;

    fn watched() -> Watched {
        let rows = WatchedRows {
            table: "public.users".to_owned(),
            rows: 500,
            done: 0.25,
            per_second: Some(100.0),
            left: Some(Duration::from_secs(15)),
        };
        let step = WatchedStep {
            index: 0,
            phase: Phase::Expand,
            number: 1,
            of: 2,
            title: "change rows of public.users".to_owned(),
            is_back: false,
            rows: Some(rows),
        };
        let plan = WatchedPlan {
            id: 1,
            migrations: "0002_rows".to_owned(),
            state: PlanState::Expanding,
            begun_at: String::new(),
            done: 0,
            of: 2,
            step: Some(step),
            problem: None,
            is_paused: true,
            max_rate: None,
            waits: None,
            by: None,
        };
        let blocker = Seen {
            pid: "7".to_owned(),
            user: "app".to_owned(),
            application: "psql\u{1b}[2J".to_owned(),
            state: "idle in transaction".to_owned(),
            ..Seen::default()
        };
        let waiter = Seen {
            pid: "8".to_owned(),
            user: "deployer".to_owned(),
            waiting_for: Some(Duration::from_secs(3)),
            relation: Some("users".to_owned()),
            blockers: vec!["7".to_owned()],
            is_own: true,
            ..Seen::default()
        };
        Watched {
            plans: vec![plan],
            locks: vec![waiter, blocker],
            ..Watched::default()
        }
    }

    fn drawn(width: u16, height: u16) -> Vec<String> {
        let watched = watched();
        let view = View {
            database: "app on here",
            watched: &watched,
            said: "",
            keys: "q quit",
            has_colours: true,
        };
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let cells: Vec<&str> = buffer.content().iter().map(|cell| cell.symbol()).collect();
        let lines = cells
            .chunks(usize::from(width))
            .map(|line| line.concat().trim_end().to_owned());
        lines.collect()
    }

    #[test]
    fn a_snapshot_is_drawn() {
        assert_eq!(
            drawn(90, 14),
            [
                "segue watch: app on here",
                "Rollout",
                "  0002_rows: expanding, 0 of 2 steps done",
                "    expand 1/2: change rows of public.users",
                "    [#####...............] 25 % of public.users, 500 rows written, 100 a second, 15.0 s le",
                "    paused: `segue resume` goes on",
                "    nobody goes on with it at present: `segue deploy` does",
                "Locks",
                "  process 7 of app (psql\u{fffd}[2J): idle in transaction",
                "    process 8 of deployer waits 3.0 s for users",
                "",
                "",
                "",
                "q quit",
            ]
        );
    }

    #[test]
    fn a_terminal_that_is_too_small_says_so() {
        assert_eq!(drawn(40, 3), ["too small: 60 x 12 at least", "", ""]);
        assert_eq!(
            drawn(70, 12)[9],
            "    process 8 of deployer waits 3.0 s for users"
        );
    }
}
