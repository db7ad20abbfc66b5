//! How a process is started, beyond what the standard library has for every system.

use std::process::Command;

use crate::{signal::Signal, system};

/// Whether a program without a folder in its name is looked for in `PATH` alone, and under its very name. Windows looks in more
/// places, and adds endings.
pub const SEARCHES_PATH_ALONE: bool = cfg!(not(windows));

/// Makes a command lead a group of its own: what it starts can be ended with it
/// ([`send_to_group`](crate::signal::send_to_group)), and a Ctrl-C in our terminal does not reach it. Nothing where there are
/// no groups.
pub fn lead_group(command: &mut Command) {
    system::lead_group(command);
}

/// Makes a command receive a signal when the *thread* that spawned it ends, which it does with its process at the latest. Only Linux
/// can do that; nothing elsewhere.
pub fn die_with_parent(command: &mut Command, signal: Signal) {
    system::die_with_parent(command, signal);
}

/// A line for the shell: `sh`, on Windows `cmd`.
#[must_use]
pub fn shell(line: &str) -> Command {
    system::shell(line)
}
