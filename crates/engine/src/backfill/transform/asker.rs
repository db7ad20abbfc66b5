//! Rows given to whatever they go through, with the patience that there is for it.

use super::{
    super::Stop, answer::Answer, hands::Hands, page::Row, program::Broken, told, worker::Given,
    write::Answered,
};
use crate::Event;

/// After so many pages of which no row has an answer the program counts as broken, whatever is said of bad rows.
const SILENT: u32 = 2;

/// Asks a program.
pub(super) struct Asker<'a> {
    given: Given<'a>,
    hands: Hands<'a>,
    /// How many pages in a row had no answer at all.
    silent: u32,
    /// Whether it has ever answered.
    has_answered: bool,
}

impl<'a> Asker<'a> {
    pub(super) fn new(given: Given<'a>, hands: Hands<'a>) -> Self {
        Self {
            given,
            hands,
            silent: 0,
            has_answered: false,
        }
    }

    /// There are no more rows; after a failure it is ended at once.
    pub(super) async fn let_go(&mut self, done: Result<(), Stop>) -> Result<(), Stop> {
        if done.is_err() {
            self.hands.end().await;
            return done;
        }
        let board = self.given.seat.board;
        if let Some(why) = self.hands.finish(board).await {
            let name = &self.given.declared.program[0].text;
            board.tell(Event::Notice(format!("warning: {name}: {why}")));
        }
        Ok(())
    }

    /// Asks the program; where it does not answer to all rows, it is started anew and asked once more for those that are open.
    pub(super) async fn ask(&mut self, page: Vec<Row>) -> Result<Vec<Answered>, Stop> {
        let mut answers: Vec<Option<Answer>> = page.iter().map(|_| None).collect();
        let board = self.given.seat.board;
        let mut why = None;
        for is_last in [false, true] {
            let asked = self
                .hands
                .ask(&page, &mut answers, self.given.transform, board)
                .await;
            let broken = match asked {
                Ok(()) => {
                    why = None;
                    break;
                }
                Err(Broken::Told) => return Err(Stop::Told),
                Err(broken @ (Broken::CannotRun(_) | Broken::Nonsense(..))) => {
                    return Err(self.broken(&broken));
                }
                Err(broken) => broken,
            };
            if !is_last {
                let name = &self.given.declared.program[0].text;
                let what = told::shortly(self.given.declared, &broken);
                board.tell(Event::Notice(format!(
                    "warning: {name} {what}: it is started anew, and asked once more"
                )));
            }
            why = Some(broken);
        }
        if let Some(broken) = &why {
            let is_silent = answers.iter().all(Option::is_none);
            self.silent = if is_silent { self.silent + 1 } else { 0 };
            // what has never done a row, or does none any more, is broken itself: the rows are not bad
            if is_silent && (self.silent >= SILENT || !self.has_answered) {
                return Err(self.broken(broken));
            }
        } else {
            self.silent = 0;
        }
        self.has_answered |= answers.iter().any(Option::is_some);
        let open = why.map(|broken| told::shortly(self.given.declared, &broken));
        let open = format!("the program {}, twice", open.unwrap_or_default());
        let answered = page.into_iter().zip(answers).map(|(row, answer)| Answered {
            row,
            answer: answer.unwrap_or_else(|| Answer::Bad(open.clone())),
        });
        Ok(answered.collect())
    }

    fn broken(&self, broken: &Broken) -> Stop {
        let said = self.hands.last_words();
        Stop::Failed(Box::new(told::broken(self.given.declared, broken, said)))
    }
}
