//! Questions in a terminal; where there is none the answer is no. Ctrl-C at a question is no answer: it stops the command.

use std::{
    io::{IsTerminal, stdin},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use segue::{Interrupt, Person, Transition};

use super::{clean, told};
use crate::args::Common;

/// Whether somebody is there to answer.
fn somebody(common: &Common) -> bool {
    !common.is_json() && stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// How often it is looked whether the user stops the command instead of answering.
const LOOK: Duration = Duration::from_millis(50);

/// Asks a question; the answer is no where nobody is there, and where the command is stopped.
pub(crate) fn ask(common: &Common, interrupt: &Interrupt, question: &str) -> bool {
    if !somebody(common) || interrupt.has_come() {
        return false;
    }
    told(format_args!("{} [y/N] ", clean(question)));
    let answer = line(interrupt);
    ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

/// A line of the terminal; nothing where it cannot be read.
fn line(interrupt: &Interrupt) -> String {
    let (sender, answers) = channel();
    // Reading cannot be stopped: the thread ends with the process where nobody answers.
    thread::spawn(move || {
        let mut answer = String::new();
        let _ = stdin().read_line(&mut answer);
        let _ = sender.send(answer);
    });
    loop {
        match answers.recv_timeout(LOOK) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Timeout) if !interrupt.has_come() => {}
            Err(_) => {
                tell!();
                return String::new();
            }
        }
    }
}

/// Whoever sits at the terminal.
pub(crate) struct Terminal<'a> {
    pub(crate) common: &'a Common,
    pub(crate) interrupt: Interrupt,
    /// Data may be lost without a question.
    pub(crate) accepts_loss: bool,
}

impl Person for Terminal<'_> {
    fn renamed(&mut self, gone: &str, new: &str) -> bool {
        ask(
            self.common,
            &self.interrupt,
            &format!("{gone} goes, and {new} is new: is it the same under another name?"),
        )
    }

    fn may_lose(&mut self, transition: &Transition) -> bool {
        if self.accepts_loss {
            return true;
        }
        if !somebody(self.common) || self.interrupt.has_come() {
            return false;
        }
        for one in transition.losing() {
            let loses = one.loses.as_deref().unwrap_or_default();
            tell!("{} loses data: {}", clean(&one.object), clean(loses));
        }
        ask(self.common, &self.interrupt, "Go on?")
    }
}
