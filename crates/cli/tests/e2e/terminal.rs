//! Questions in a real terminal: the command on a pseudo-terminal of its own, as a person has it.

use std::{
    fs::File,
    io::{Read, Write},
    os::{
        fd::{AsRawFd, FromRawFd},
        unix::process::CommandExt,
    },
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use crate::{
    harness::{Database, Project, database, database_of_superuser, eventually},
    planted,
};

/// A command on a terminal.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    /// Fills the screen.
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    fn of(command: Command) -> Self {
        Self::of_size(command, 0, 0)
    }

    /// With so many columns and rows.
    pub(crate) fn of_size(mut command: Command, columns: u16, rows: u16) -> Self {
        let size = libc::winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let (mut master, mut slave) = (0, 0);
        let none = std::ptr::null_mut();
        // SAFETY: two numbers are written; a size is read; no name or settings are given.
        let opened = unsafe {
            libc::openpty(
                &raw mut master,
                &raw mut slave,
                none,
                none.cast(),
                &raw const size as _,
            )
        };
        assert_eq!(opened, 0);
        // SAFETY: both have just been opened, and nobody else has them.
        let (keyboard, slave) = unsafe { (File::from_raw_fd(master), File::from_raw_fd(slave)) };
        let end = || Stdio::from(slave.try_clone().unwrap());
        command.stdin(end()).stdout(end()).stderr(end());
        // SAFETY: two system calls, which may be made between fork and exec: the terminal becomes the child's own.
        unsafe {
            command.pre_exec(|| {
                let is_own = libc::setsid() >= 0 && libc::ioctl(0, libc::TIOCSCTTY as _, 0) == 0;
                match is_own {
                    true => Ok(()),
                    false => Err(std::io::Error::last_os_error()),
                }
            });
        }
        let child = command.spawn().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut output, shown) = (keyboard.try_clone().unwrap(), Arc::clone(&screen));
        let reader = thread::spawn(move || {
            let mut part = [0; 4096];
            // It fails once the child has ended and all is read.
            while let Ok(length @ 1..) = output.read(&mut part) {
                shown.lock().unwrap().extend_from_slice(&part[..length]);
            }
        });
        Self {
            child,
            keyboard,
            screen,
            reader: Some(reader),
        }
    }

    /// How the terminal is set; none once the command has ended and nobody has it open.
    pub(crate) fn modes(&self) -> [libc::tcflag_t; 4] {
        // SAFETY: all of its fields are numbers.
        let mut modes: libc::termios = unsafe { std::mem::zeroed() };
        // SAFETY: the terminal is open, and the modes are written.
        let got = unsafe { libc::tcgetattr(self.keyboard.as_raw_fd(), &raw mut modes) };
        assert_eq!(got, 0);
        [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
    }

    /// The same once the command has ended.
    pub(crate) fn modes_at_the_end(&mut self) -> [libc::tcflag_t; 4] {
        eventually("the command ends", || {
            self.child.try_wait().unwrap().is_some()
        });
        self.modes()
    }

    pub(crate) fn signal(&self, signal: i32) {
        // SAFETY: plain numbers go in; the child is not waited for yet.
        unsafe { libc::kill(self.child.id().try_into().unwrap(), signal) };
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    #[track_caller]
    pub(crate) fn until_it_shows(&mut self, words: &str) {
        eventually(words, || {
            let ended = self.child.try_wait().unwrap().is_some();
            let shown = self.shown();
            assert!(
                !ended || shown.contains(words),
                "it ended without {words:?}: {shown}"
            );
            shown.contains(words)
        });
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    #[track_caller]
    pub(crate) fn ends(mut self, code: i32) -> String {
        eventually("the command ends", || {
            self.child.try_wait().unwrap().is_some()
        });
        let status = self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        assert_eq!(status.code(), Some(code), "{}", self.shown());
        self.shown()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        planted::is_not_in("what the terminal shows", self.shown());
    }
}

const BEFORE: &str = "CREATE TABLE people (id int PRIMARY KEY, mail text);\n";

const AFTER: &str = "CREATE TABLE people (id int PRIMARY KEY, email text);\n";

const QUESTION: &str = "column public.people.mail goes, and column public.people.email is new: is it the same under \
     another name? [y/N]";

/// A project with a row that a rename keeps.
fn begun(database: &Database) -> Project {
    let project = Project::new();
    project.migration("20260101000000_people", BEFORE);
    project.on(database, &["deploy"]).exits(0);
    database.sql("INSERT INTO people VALUES (1, 'a@b.c')");
    project.file("schema.sql", AFTER);
    project
}

fn on_a_terminal(project: &Project, database: &Database, arguments: &[&str]) -> Terminal {
    let shadow = database.url_of("tester", "postgres");
    let mut place = vec!["--url", &database.url];
    if arguments[0] != "reset" {
        place.extend(["--shadow-url", &shadow]);
    }
    Terminal::of(project.command(&[arguments, &place].concat()))
}

fn mails(database: &Database) -> String {
    database.sql("SELECT to_jsonb(people) FROM people")
}

#[test]
fn yes_in_a_terminal_renames_and_keeps_the_values() {
    let Some(_) = database() else { return };
    for arguments in [&["dev", "--name", "email"][..], &["push"]] {
        let database = database().expect("it was there a moment ago");
        let project = begun(&database);
        let mut terminal = on_a_terminal(&project, &database, arguments);
        terminal.until_it_shows(QUESTION);
        terminal.types("y\n");
        let shown = terminal.ends(0);
        assert!(shown.contains("rename"), "{shown}");
        assert_eq!(mails(&database), r#"{"id": 1, "email": "a@b.c"}"#);
    }
}

#[test]
fn no_in_a_terminal_drops_and_adds_and_asks_before_the_values_are_lost() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    let push = |answer: &str| {
        let mut terminal = on_a_terminal(&project, &database, &["push"]);
        terminal.until_it_shows(QUESTION);
        terminal.types("n\n");
        terminal.until_it_shows("loses data: the values of column mail");
        terminal.until_it_shows("Go on? [y/N]");
        terminal.types(answer);
        terminal
    };
    let shown = push("\n").ends(1);
    assert!(shown.contains("nothing was done"), "{shown}");
    assert_eq!(mails(&database), r#"{"id": 1, "mail": "a@b.c"}"#);
    push("yes\n").ends(0);
    assert_eq!(mails(&database), r#"{"id": 1, "email": null}"#);
}

#[test]
fn without_a_terminal_nothing_is_asked_renamed_or_lost() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    let shadow = database.url_of("tester", "postgres");
    project
        .on(&database, &["push", "--shadow-url", &shadow])
        .exits(1)
        .says("this would lose data, and nothing was done")
        .never_says("[y/N]");
    project
        .on(
            &database,
            &["dev", "--name", "email", "--shadow-url", &shadow],
        )
        .exits(1)
        .says("it loses data, and was not applied")
        .never_says("[y/N]");
    assert_eq!(mails(&database), r#"{"id": 1, "mail": "a@b.c"}"#);
}

#[test]
fn ctrl_c_at_a_question_is_no_answer_and_leaves_nothing() {
    let Some(database) = database() else { return };
    let project = begun(&database);
    for arguments in [
        &["dev", "--name", "email"][..],
        &["push"],
        &["generate", "--name", "email"],
    ] {
        let mut terminal = on_a_terminal(&project, &database, arguments);
        let own = format!("segue_shadow_{}_%", terminal.child.id());
        terminal.until_it_shows(QUESTION);
        terminal.types("\u{3}");
        let shown = terminal.ends(130);
        assert!(shown.contains("interrupted"), "{shown}");
        let left = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{own}'");
        assert_eq!(database.sql(&left), "0");
    }
    let migrations = std::fs::read_dir(project.root().join("migrations")).unwrap();
    assert_eq!(migrations.count(), 1);
    assert_eq!(mails(&database), r#"{"id": 1, "mail": "a@b.c"}"#);
}

#[test]
fn reset_asks_in_a_terminal() {
    // it drops the schema `public`, which is not the deployer's
    let Some(database) = database_of_superuser() else {
        return;
    };
    let project = begun(&database);
    for (keys, code, rows) in [("n\n", 1, "1"), ("\u{3}", 130, "1"), ("y\n", 0, "0")] {
        let mut terminal = on_a_terminal(&project, &database, &["reset"]);
        terminal.until_it_shows("will be lost. Go on? [y/N]");
        terminal.types(keys);
        terminal.ends(code);
        assert_eq!(database.sql("SELECT count(*) FROM people"), rows);
    }
}
