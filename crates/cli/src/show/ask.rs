//! Questions in a terminal; where there is none the answer is no.

use std::io::{IsTerminal, stdin};

use segue::{Person, Transition};

use super::clean;
use crate::args::Common;

/// Whether somebody is there to answer.
fn somebody(common: &Common) -> bool {
    !common.is_json() && stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks a question; the answer is no where nobody is there.
pub(crate) fn ask(common: &Common, question: &str) -> bool {
    if !somebody(common) {
        return false;
    }
    anstream::eprint!("{} [y/N] ", clean(question));
    let mut answer = String::new();
    // What cannot be read is no answer.
    let _ = stdin().read_line(&mut answer);
    ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

/// Whoever sits at the terminal.
pub(crate) struct Terminal<'a> {
    pub(crate) common: &'a Common,
    /// Data may be lost without a question.
    pub(crate) accepts_loss: bool,
}

impl Person for Terminal<'_> {
    fn renamed(&mut self, gone: &str, new: &str) -> bool {
        ask(
            self.common,
            &format!("{gone} goes, and {new} is new: is it the same under another name?"),
        )
    }

    fn may_lose(&mut self, transition: &Transition) -> bool {
        if self.accepts_loss {
            return true;
        }
        if !somebody(self.common) {
            return false;
        }
        for one in transition.losing() {
            let loses = one.loses.as_deref().unwrap_or_default();
            anstream::eprintln!("{} loses data: {}", clean(&one.object), clean(loses));
        }
        ask(self.common, "Go on?")
    }
}
