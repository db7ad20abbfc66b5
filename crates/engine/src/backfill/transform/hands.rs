//! Whatever rows go through: a program, or a function of the program that deploys.

use std::path::Path;

use segue_plan::{Declared, Transform};

use super::{
    super::Board,
    answer::{self, Answer},
    function::Function,
    launch::Launch,
    page::Row,
    program::{Broken, Program},
};

/// What rows go through, as it is found.
#[derive(Clone)]
pub enum Runs<'a> {
    /// The program that is declared, from the folder of its migration.
    Program(&'a Path),
    /// A function.
    Function(Function),
}

/// What a worker's rows go through.
pub(super) enum Hands<'a> {
    Program(Box<Program<'a>>),
    Function(Function, &'a Declared),
}

impl<'a> Hands<'a> {
    pub(super) fn of(runs: &Runs<'a>, declared: &'a Declared) -> Self {
        match runs {
            Runs::Program(folder) => Self::Program(Box::new(Program::new(Launch {
                declared,
                folder: (*folder).to_owned(),
            }))),
            Runs::Function(function) => Self::Function(function.clone(), declared),
        }
    }

    /// Gives it rows, and hears what it says of each; rows that have an answer are not given again.
    pub(super) async fn ask(
        &mut self,
        rows: &[Row],
        answers: &mut [Option<Answer>],
        transform: &Transform,
        board: &Board<'_>,
    ) -> Result<(), Broken> {
        match self {
            Self::Program(program) => program.ask(rows, answers, transform, board).await,
            Self::Function(function, declared) => {
                let open: Vec<usize> = (0..rows.len())
                    .filter(|at| answers[*at].is_none())
                    .collect();
                let lines = open.iter().map(|at| rows[*at].line.clone()).collect();
                let called = call(function.clone(), lines);
                let said = tokio::select! {
                    said = tokio::time::timeout(declared.timeout, called) => said.unwrap_or(Err(Broken::Late)),
                    () = board.stops() => Err(Broken::Told),
                }?;
                for (at, line) in open.into_iter().zip(said) {
                    let nonsense = |why| Broken::Nonsense(why, line.clone());
                    let (key, answer) = answer::read(&line, transform).map_err(nonsense)?;
                    if key != rows[at].known {
                        return Err(nonsense(format!("it answers for the key {key}")));
                    }
                    answers[at] = Some(answer);
                }
                Ok(())
            }
        }
    }

    /// There are no more rows. Gives what is wrong with how it ended.
    pub(super) async fn finish(&mut self, board: &Board<'_>) -> Option<String> {
        match self {
            Self::Program(program) => program.finish(board).await,
            Self::Function(..) => None,
        }
    }

    /// Ends it at once, as far as that can be done.
    pub(super) async fn end(&mut self) {
        if let Self::Program(program) = self {
            program.end().await;
        }
    }

    /// Its last words, each a note.
    pub(super) fn last_words(&self) -> Vec<String> {
        match self {
            Self::Program(program) => program.last_words(),
            Self::Function(..) => Vec::new(),
        }
    }
}

/// Calls a function for each line, where it keeps nobody else waiting.
async fn call(function: Function, lines: Vec<String>) -> Result<Vec<String>, Broken> {
    let work = move || lines.iter().map(|line| function(line)).collect();
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Broken::Panicked)
}
