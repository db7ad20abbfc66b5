//! `segue completions SHELL`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{args::Args, exit};

pub(super) fn run(shell: Shell) -> u8 {
    // into memory: it panics where it cannot write
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "segue", &mut script);
    out!("{}", String::from_utf8_lossy(&script).trim_end());
    exit::DONE
}
