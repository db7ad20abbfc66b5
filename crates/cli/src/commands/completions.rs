//! `segue completions SHELL`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{args::Args, exit};

pub(super) fn run(shell: Shell) -> u8 {
    clap_complete::generate(
        shell,
        &mut Args::command(),
        "segue",
        &mut std::io::stdout().lock(),
    );
    exit::DONE
}
