//! The view on a terminal: taken over, drawn each second and at each key, and given back on every way out.

use std::{io, thread};

use ratatui::{
    DefaultTerminal,
    crossterm::event::{self, Event, KeyEventKind},
};
use segue::{Connected, Failure, FailureKind, Interrupt, Problem, Steering, Watch, Watched};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

use super::{
    SECOND,
    keys::{Keys, Wish},
    view::View,
};
use crate::{exit, show::clean};

/// A terminal that is taken over. A panic gives it back by the hook that ratatui sets.
struct Screen(DefaultTerminal);

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// Until somebody quits.
pub(super) async fn live(connected: &mut Connected, interrupt: &Interrupt) -> Result<u8, Failure> {
    // first, as what there is to say about the database is said on the terminal as it was
    let mut watch = Watch::default();
    let watched = connected.watch(&mut watch).await?;
    let terminal = ratatui::try_init().map_err(|error| no_terminal(&error))?;
    let mut screen = Screen(terminal);
    let mut live = Live {
        database: clean(&connected.database),
        has_colours: anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
        keys: Keys::default(),
        watched,
        wishes: Vec::new(),
    };
    let mut typed = typed();
    let mut tick = interval(SECOND);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        live.draw(&mut screen)?;
        tokio::select! {
            () = interrupt.comes() => return Ok(exit::INTERRUPTED),
            event = typed.recv() => live.take(event),
            _ = tick.tick() => {
                let next = live.while_typing(&mut screen, connected.watch(&mut watch), &mut typed, interrupt).await?;
                match next {
                    Some(watched) => live.watched = watched,
                    None => return Ok(left(interrupt)),
                }
            }
        }
        for wish in std::mem::take(&mut live.wishes) {
            if wish == Wish::Quit {
                return Ok(exit::DONE);
            }
            let done = carry_out(connected, wish);
            match live
                .while_typing(&mut screen, done, &mut typed, interrupt)
                .await?
            {
                Some(said) => live.keys.said = said,
                None => return Ok(left(interrupt)),
            }
        }
    }
}

/// What a view ends with that somebody has left, by a key or by a signal.
fn left(interrupt: &Interrupt) -> u8 {
    match interrupt.has_come() {
        true => exit::INTERRUPTED,
        false => exit::DONE,
    }
}

struct Live {
    database: String,
    has_colours: bool,
    keys: Keys,
    watched: Watched,
    wishes: Vec<Wish>,
}

impl Live {
    fn draw(&self, screen: &mut Screen) -> Result<(), Failure> {
        let keys = self.keys.line();
        let view = View {
            database: &self.database,
            watched: &self.watched,
            said: &self.keys.said,
            keys: &keys,
            has_colours: self.has_colours,
        };
        let drawn = screen.0.draw(|frame| view.draw(frame));
        drawn.map(drop).map_err(|error| no_terminal(&error))
    }

    /// None: the terminal is gone.
    fn take(&mut self, event: Option<Event>) {
        match event {
            None => self.wishes.push(Wish::Quit),
            Some(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                let wish = self.keys.press(key, &self.watched);
                self.wishes.extend(wish);
            }
            // a new size: it is drawn anew
            Some(_) => {}
        }
    }

    /// Waits for the database, and hears the keys meanwhile; none: somebody quits. A server that does not answer keeps nobody here.
    async fn while_typing<T>(
        &mut self,
        screen: &mut Screen,
        answer: impl Future<Output = Result<T, Failure>>,
        typed: &mut mpsc::UnboundedReceiver<Event>,
        interrupt: &Interrupt,
    ) -> Result<Option<T>, Failure> {
        tokio::pin!(answer);
        loop {
            tokio::select! {
                answer = &mut answer => return answer.map(Some),
                () = interrupt.comes() => return Ok(None),
                event = typed.recv() => {
                    self.take(event);
                    if self.wishes.contains(&Wish::Quit) {
                        return Ok(None);
                    }
                    self.draw(screen)?;
                }
            }
        }
    }
}

/// What became of it. What the server refuses is told and ends nothing.
async fn carry_out(connected: &mut Connected, wish: Wish) -> Result<String, Failure> {
    let done = match wish {
        Wish::Quit => return Ok(String::new()),
        Wish::Steer(steering) => connected.steer(steering).await.map(|names| {
            let said = match steering {
                Steering::Pause => "rows are left alone until `r`".to_owned(),
                Steering::Resume => "rows are written again".to_owned(),
                Steering::Throttle(Some(rate)) => {
                    format!("at most {rate} rows a second from here on")
                }
                Steering::Throttle(None) => "as fast as the database bears from here on".to_owned(),
            };
            format!("{}: {said}", clean(&names))
        }),
        Wish::End { waiter, blocker } => {
            connected
                .end_blocker(&waiter, &blocker)
                .await
                .map(|told| match told {
                    true => format!("process {blocker} was told to end"),
                    false => format!("process {blocker} is in nobody's way any more"),
                })
        }
    };
    Ok(done.unwrap_or_else(|failure| {
        let first = failure
            .problems
            .first()
            .map(|problem| clean(&problem.message));
        first.unwrap_or_default()
    }))
}

/// The keys as they come. The thread ends with the process: it waits for a key.
fn typed() -> mpsc::UnboundedReceiver<Event> {
    let (tell, typed) = mpsc::unbounded_channel();
    thread::spawn(move || {
        while let Ok(event) = event::read() {
            if tell.send(event).is_err() {
                break;
            }
        }
    });
    typed
}

fn no_terminal(error: &io::Error) -> Failure {
    let problem = Problem::new(format!("the terminal cannot be used: {error}"))
        .help("`segue watch --once` prints a snapshot as text");
    Failure {
        kind: FailureKind::Refused,
        problems: vec![problem],
    }
}
