//! What keys mean, and what is asked before something is done.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use segue::{Steering, Watched};

use super::words;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    Quit,
    Steer(Steering),
    /// End what a session does that keeps one of segue's waiting, both by their processes.
    End {
        waiter: String,
        blocker: String,
    },
}

/// What the view asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Asks {
    #[default]
    Nothing,
    /// How many rows a second, as far as it was typed.
    Rate(String),
    /// Whether this one is to be ended.
    End {
        waiter: String,
        blocker: String,
        who: String,
    },
}

/// What goes on at the keyboard.
#[derive(Debug, Default)]
pub(super) struct Keys {
    asks: Asks,
    /// What became of the last wish.
    pub(super) said: String,
}

impl Keys {
    /// The line at the bottom.
    pub(super) fn line(&self) -> String {
        match &self.asks {
            Asks::Nothing => "p pause  r resume  t throttle  c cancel a blocker  q quit".to_owned(),
            Asks::Rate(typed) => {
                format!("rows a second at most (0: as fast as the database bears): {typed}_")
            }
            Asks::End { who, .. } => format!("end what {who} does? [y/N]"),
        }
    }

    pub(super) fn press(&mut self, key: KeyEvent, watched: &Watched) -> Option<Wish> {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return Some(Wish::Quit);
        }
        match std::mem::take(&mut self.asks) {
            Asks::Nothing => self.command(key.code, watched),
            Asks::Rate(typed) => self.rate(key.code, typed),
            Asks::End {
                waiter, blocker, ..
            } => match key.code {
                KeyCode::Char('y' | 'Y') => Some(Wish::End { waiter, blocker }),
                _ => None,
            },
        }
    }

    fn command(&mut self, key: KeyCode, watched: &Watched) -> Option<Wish> {
        match key {
            KeyCode::Char('q') | KeyCode::Esc => return Some(Wish::Quit),
            KeyCode::Char('p') => return Some(Wish::Steer(Steering::Pause)),
            KeyCode::Char('r') => return Some(Wish::Steer(Steering::Resume)),
            KeyCode::Char('t') => self.asks = Asks::Rate(String::new()),
            KeyCode::Char('c') => match watched.first_blocker() {
                None => self.said = "nobody keeps segue waiting".to_owned(),
                Some((_, blocker)) if blocker.pid == "0" => {
                    self.said =
                        "a prepared transaction has nobody to tell: ROLLBACK PREPARED".to_owned();
                }
                Some((waiter, blocker)) => {
                    self.asks = Asks::End {
                        waiter: waiter.pid.clone(),
                        blocker: blocker.pid.clone(),
                        who: words::who(blocker),
                    }
                }
            },
            _ => {}
        }
        None
    }

    fn rate(&mut self, key: KeyCode, mut typed: String) -> Option<Wish> {
        match key {
            KeyCode::Enter => {
                // nothing typed: nothing wanted
                let rate: u64 = typed.parse().ok()?;
                return Some(Wish::Steer(Steering::Throttle(
                    Some(rate).filter(|rate| *rate > 0),
                )));
            }
            KeyCode::Esc => return None,
            KeyCode::Backspace => {
                typed.pop();
            }
            KeyCode::Char(digit @ '0'..='9') if typed.len() < 12 => typed.push(digit),
            _ => {}
        }
        self.asks = Asks::Rate(typed);
        None
    }
}

#[cfg(test)]
mod tests {
    use segue::Seen;

    use super::*;

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn a_rate_is_typed_and_a_blocker_is_ended_only_after_yes() {
        let mut keys = Keys::default();
        let nothing = Watched::default();
        for c in "t5x0".chars() {
            assert_eq!(keys.press(key(KeyCode::Char(c)), &nothing), None);
        }
        let wish = Wish::Steer(Steering::Throttle(Some(50)));
        assert_eq!(keys.press(key(KeyCode::Enter), &nothing), Some(wish));
        assert_eq!(keys.press(key(KeyCode::Char('c')), &nothing), None);
        assert_eq!(keys.said, "nobody keeps segue waiting");
        let session = |pid: &str, is_own, blockers: &[&str]| Seen {
            pid: pid.to_owned(),
            is_own,
            blockers: blockers.iter().map(|pid| (*pid).to_owned()).collect(),
            ..Seen::default()
        };
        let blocked = Watched {
            locks: vec![session("7", false, &[]), session("8", true, &["7"])],
            ..Watched::default()
        };
        let end = Wish::End {
            waiter: "8".to_owned(),
            blocker: "7".to_owned(),
        };
        for (answer, wish) in [('n', None), ('y', Some(end))] {
            assert_eq!(keys.press(key(KeyCode::Char('c')), &blocked), None);
            assert!(keys.line().contains("process 7"), "{}", keys.line());
            assert_eq!(keys.press(key(KeyCode::Char(answer)), &blocked), wish);
        }
        assert_eq!(keys.press(key(KeyCode::Esc), &blocked), Some(Wish::Quit));
    }
}
