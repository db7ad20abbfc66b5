//! `segue man`: the manual page in roff.

use clap::CommandFactory;

use crate::{args::Args, exit};

pub(super) fn run() -> u8 {
    let mut page = Vec::new();
    clap_mangen::Man::new(Args::command())
        .render(&mut page)
        .expect("memory takes what is written");
    out!("{}", String::from_utf8_lossy(&page).trim_end());
    exit::DONE
}
