//! The program that rows go through: started, given rows, heard, ended.

use std::{
    collections::{HashMap, VecDeque},
    io,
    process::ExitStatus,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use segue_host::signal::{self, Signal};
use segue_plan::Transform;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStderr, ChildStdin, ChildStdout},
    task::JoinHandle,
};

use super::{
    super::Board,
    answer::{self, Answer},
    launch::Launch,
    page::Row,
};
use crate::Event;

/// The longest line that is read, in bytes.
const LONGEST_LINE: u64 = 64 << 20;
/// How long a program may take to end once there are no more rows for it.
const GRACE: Duration = Duration::from_secs(10);
/// How many of its last words are kept, to be told where it fails.
const KEPT: usize = 10;
/// How many lines of its words are waiting to be told at most; what more it says meanwhile is left out.
const WAITING: usize = 200;
/// The longest word of it that is told, in bytes.
const LONGEST_WORD: usize = 2000;

/// Why a program gave no answer to all rows.
#[derive(Debug)]
pub(super) enum Broken {
    /// It cannot be started.
    CannotRun(io::Error),
    /// It did not answer in time.
    Late,
    /// It ended.
    Ended(ExitStatus),
    /// It is a function, and panicked.
    Panicked,
    /// What it wrote is no answer: why, and what it was.
    Nonsense(String, String),
    /// Its pipes are broken.
    Lost(io::Error),
    /// The user, or another worker, has stopped it.
    Told,
}

/// A program, which runs once it is needed.
pub(super) struct Program<'a> {
    command: Launch<'a>,
    running: Option<Running>,
    /// Its last words.
    said: Arc<Mutex<Said>>,
}

#[derive(Default)]
struct Said {
    last: VecDeque<String>,
    waiting: VecDeque<String>,
    left_out: u64,
}

struct Running {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    listening: JoinHandle<()>,
}

impl<'a> Program<'a> {
    pub(super) fn new(command: Launch<'a>) -> Self {
        Self {
            command,
            running: None,
            said: Arc::default(),
        }
    }

    /// Gives it rows, and hears what it says of each: `answers` are those so far, in the order of the rows. Rows that have an
    /// answer are not given again. It is not given more before all of them have one, so that nothing piles up anywhere.
    pub(super) async fn ask(
        &mut self,
        rows: &[Row],
        answers: &mut [Option<Answer>],
        transform: &Transform,
        board: &Board<'_>,
    ) -> Result<(), Broken> {
        let limit = self.command.declared.timeout;
        let asked = async {
            let running = match &mut self.running {
                Some(running) => running,
                none => none.insert(start(&self.command, &self.said).map_err(Broken::CannotRun)?),
            };
            running.ask(rows, answers, transform).await
        };
        let result = tokio::select! {
            asked = tokio::time::timeout(limit, asked) => asked.unwrap_or(Err(Broken::Late)),
            () = board.stops() => Err(Broken::Told),
        };
        self.pass_on(board);
        match result {
            Ok(()) => Ok(()),
            Err(broken) => {
                let status = self.end().await;
                self.pass_on(board);
                Err(match (broken, status) {
                    // it has closed its output, and not been killed by us
                    (Broken::Lost(error), Some(status))
                        if error.kind() == io::ErrorKind::UnexpectedEof =>
                    {
                        Broken::Ended(status)
                    }
                    (broken, _) => broken,
                })
            }
        }
    }

    /// Lets it end: there are no more rows. Gives what is wrong with how it did.
    pub(super) async fn finish(&mut self, board: &Board<'_>) -> Option<String> {
        let running = self.running.take()?;
        let ended = running.finish().await;
        self.pass_on(board);
        match ended {
            Ok((status, _)) if !status.success() => {
                Some(format!("behind its last row it ended with {status}"))
            }
            Ok((_, more)) if !more.trim().is_empty() => {
                Some(format!("behind its last row it wrote {}", shown(&more)))
            }
            Ok(_) => None,
            Err(why) => Some(why),
        }
    }

    /// Ends it at once, with all that it has started. Gives how it ended where it did so by itself.
    pub(super) async fn end(&mut self) -> Option<ExitStatus> {
        let mut running = self.running.take()?;
        // one that has closed its output is about to end
        let own = tokio::time::timeout(Duration::from_millis(200), running.child.wait()).await;
        kill_group(&running.child);
        let _ = running.child.kill().await;
        let _ = tokio::time::timeout(Duration::from_millis(200), &mut running.listening).await;
        running.listening.abort();
        own.ok()?.ok()
    }

    /// Its last words, each a note.
    pub(super) fn last_words(&self) -> Vec<String> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.last
            .iter()
            .map(|line| format!("it says: {line}"))
            .collect()
    }

    /// Tells what it said to whoever looks on.
    fn pass_on(&self, board: &Board<'_>) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let name = self.command.name();
        for line in said.waiting.drain(..) {
            board.tell(Event::Notice(format!("{name}: {line}")));
        }
        if std::mem::take(&mut said.left_out) > 0 {
            board.tell(Event::Notice(format!(
                "{name}: … (it says more than can be told)"
            )));
        }
    }
}

fn start(command: &Launch<'_>, said: &Arc<Mutex<Said>>) -> io::Result<Running> {
    let mut child = command.command().spawn()?;
    let missing = || io::Error::other("it has no pipes");
    let (stdin, stdout) = child
        .stdin
        .take()
        .zip(child.stdout.take())
        .ok_or_else(missing)?;
    let stderr = child.stderr.take().ok_or_else(missing)?;
    Ok(Running {
        child,
        stdin,
        stdout: BufReader::with_capacity(1 << 16, stdout),
        listening: tokio::spawn(listen(stderr, Arc::clone(said))),
    })
}

/// Hears its standard error until that ends: a program that is not heard would stand still.
async fn listen(stderr: ChildStderr, said: Arc<Mutex<Said>>) {
    let mut stderr = BufReader::new(stderr);
    loop {
        let mut line = Vec::new();
        // one that never ends a line is heard in pieces
        let read = (&mut stderr)
            .take(1 << 16)
            .read_until(b'\n', &mut line)
            .await;
        if !matches!(read, Ok(1..)) {
            return;
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        let line = line[..line.floor_char_boundary(LONGEST_WORD)].to_owned();
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if line.is_empty() {
            continue;
        }
        said.last.push_back(line.clone());
        if said.last.len() > KEPT {
            said.last.pop_front();
        }
        match said.waiting.len() < WAITING {
            true => said.waiting.push_back(line),
            false => said.left_out += 1,
        }
    }
}

impl Running {
    async fn ask(
        &mut self,
        rows: &[Row],
        answers: &mut [Option<Answer>],
        transform: &Transform,
    ) -> Result<(), Broken> {
        let Self { stdin, stdout, .. } = self;
        let mut open: HashMap<&str, usize> = HashMap::new();
        let mut lines = String::new();
        for (at, row) in rows
            .iter()
            .enumerate()
            .filter(|(at, _)| answers[*at].is_none())
        {
            if open.insert(&row.known, at).is_some() {
                let why = "two rows have the same key in JSON".to_owned();
                return Err(Broken::Nonsense(why, row.known.clone()));
            }
            lines.push_str(&row.line);
            lines.push('\n');
        }
        let write = async {
            // one that does not want to read any more says so by its answers, or ends
            if stdin.write_all(lines.as_bytes()).await.is_ok() {
                let _ = stdin.flush().await;
            }
        };
        let read = async {
            let mut line = Vec::new();
            while !open.is_empty() {
                let text = next(stdout, &mut line).await?;
                if text.trim().is_empty() {
                    continue;
                }
                let nonsense = |why: String| Broken::Nonsense(why, text.to_owned());
                let (key, answer) = answer::read(text, transform).map_err(nonsense)?;
                match open.remove(key.as_str()) {
                    Some(at) => answers[at] = Some(answer),
                    None => return Err(nonsense(not_asked(rows, &key))),
                }
            }
            Ok(())
        };
        tokio::pin!(write, read);
        let mut is_written = false;
        loop {
            tokio::select! {
                heard = &mut read => return heard,
                () = &mut write, if !is_written => is_written = true,
            }
        }
    }

    async fn finish(self) -> Result<(ExitStatus, String), String> {
        let Self {
            mut child,
            stdin,
            stdout,
            listening,
        } = self;
        drop(stdin);
        let ends = async {
            let mut more = Vec::new();
            let _ = stdout.take(1 << 16).read_to_end(&mut more).await;
            let status = child.wait().await;
            status.map(|status| (status, String::from_utf8_lossy(&more).into_owned()))
        };
        let ended = tokio::time::timeout(GRACE, ends).await;
        kill_group(&child);
        let _ = tokio::time::timeout(Duration::from_millis(200), listening).await;
        match ended {
            Ok(Ok(ended)) => Ok(ended),
            Ok(Err(error)) => Err(format!("it was lost: {error}")),
            Err(_) => {
                let _ = child.kill().await;
                Err(format!(
                    "it did not end within {GRACE:?} of its last row, and was killed"
                ))
            }
        }
    }
}

/// The next line of its output.
async fn next<'l>(
    stdout: &mut BufReader<ChildStdout>,
    line: &'l mut Vec<u8>,
) -> Result<&'l str, Broken> {
    line.clear();
    let read = stdout.take(LONGEST_LINE).read_until(b'\n', line).await;
    match read.map_err(Broken::Lost)? {
        0 => Err(Broken::Lost(io::ErrorKind::UnexpectedEof.into())),
        _ if line.len() as u64 == LONGEST_LINE => {
            let why = "a line is longer than 64 MB".to_owned();
            Err(Broken::Nonsense(
                why,
                String::from_utf8_lossy(line).into_owned(),
            ))
        }
        _ => std::str::from_utf8(line).map_err(|_| {
            let why = "a line is not UTF-8".to_owned();
            Broken::Nonsense(why, String::from_utf8_lossy(line).into_owned())
        }),
    }
}

fn not_asked(rows: &[Row], key: &str) -> String {
    match rows.iter().any(|row| row.known == key) {
        true => format!("it answers twice for the key {key}"),
        false => format!("it answers for the key {key}, which it was not asked for"),
    }
}

/// The beginning of what a program wrote.
pub(super) fn shown(text: &str) -> String {
    const SHOWN: usize = 200;
    let text = text.trim();
    match text.len() > SHOWN {
        true => format!("{}…", &text[..text.floor_char_boundary(SHOWN)]),
        false => text.to_owned(),
    }
}

/// Kills what the program has started itself, as far as that has stayed in its group.
fn kill_group(child: &Child) {
    // It has no number any more once it was waited for.
    if let Some(leader) = child.id() {
        // There may be nobody left in it; where there are no groups, nobody ever was.
        let _ = signal::send_to_group(leader, Signal::Kill);
    }
}
