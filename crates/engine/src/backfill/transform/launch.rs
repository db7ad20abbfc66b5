//! How a program is found and started: without a shell, and with nothing of the environment but what is harmless or asked for.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Stdio,
};

use segue_host::{file::is_executable, process};
use segue_plan::Declared;
use tokio::process::Command;

/// Variables of the environment that a program gets without asking: where programs and files are, and how to speak. Those with
/// databases, passwords and tokens are not among them.
const HARMLESS: [&str; 15] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_COLLATE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
];

/// How a program is started.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    pub(super) declared: &'a Declared,
    pub(super) folder: PathBuf,
}

impl Launch<'_> {
    /// The program, without its folder and its arguments.
    pub(super) fn name(&self) -> String {
        let program = &self.declared.program[0].text;
        program.rsplit('/').next().unwrap_or(program).to_owned()
    }

    /// The program as a path: one with a folder in its name is found from the folder of the migration, others in PATH.
    fn path(&self) -> PathBuf {
        let program = PathBuf::from(&self.declared.program[0].text);
        match program.components().count() > 1 {
            // the program is looked for before the folder is changed to, on some systems
            true => std::path::absolute(self.folder.join(&program)).unwrap_or(program),
            false => program,
        }
    }

    /// Why it cannot be run, as far as that is seen without running it.
    pub(super) fn missing(&self) -> Option<io::Error> {
        let path = self.path();
        if path.components().count() > 1 {
            return not_runnable(&path);
        }
        let folders = env::var_os("PATH").unwrap_or_default();
        let mut found = env::split_paths(&folders).map(|folder| folder.join(&path));
        match found.any(|path| not_runnable(&path).is_none()) {
            true => None,
            // other systems look elsewhere too, and add endings
            false if !process::SEARCHES_PATH_ALONE => None,
            false => Some(io::Error::new(
                io::ErrorKind::NotFound,
                "there is no such program in PATH",
            )),
        }
    }

    /// No shell reads it.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(self.path());
        let arguments = self
            .declared
            .program
            .iter()
            .skip(1)
            .map(|word| word.text.as_str());
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear();
        let asked = self
            .declared
            .environment
            .iter()
            .map(|word| word.text.as_str());
        for name in HARMLESS.into_iter().chain(asked) {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        // what it starts itself can be ended with it
        process::lead_group(command.as_std_mut());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

/// Why a file is no program for us.
fn not_runnable(path: &Path) -> Option<io::Error> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return Some(error),
    };
    let is_runnable = metadata.is_file() && is_executable(&metadata);
    (!is_runnable).then(|| io::ErrorKind::PermissionDenied.into())
}
