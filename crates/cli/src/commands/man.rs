//! `segue man`: the manual page in roff.

use clap::CommandFactory;

use crate::{args::Args, exit};

pub(super) fn run() -> u8 {
    match clap_mangen::Man::new(Args::command()).render(&mut std::io::stdout().lock()) {
        Ok(()) => exit::DONE,
        Err(_) => exit::FAILED,
    }
}
