//! `segue watch`: on a terminal a view that is drawn anew each second, elsewhere snapshots as text, or one as JSON.

use std::{
    io::{IsTerminal, Write, stdin, stdout},
    time::Duration,
};

use segue::{Connected, Failure, Interrupt, Watch, Watched};

use super::{connect, fail, stoppable};
use crate::{
    args::{self, Common},
    exit,
    show::{events, json},
};

mod document;
mod keys;
mod screen;
mod view;
mod words;

/// Between two snapshots of the view, and between the two that a single one is made of: paces need two.
const SECOND: Duration = Duration::from_secs(1);

/// Between two snapshots as text.
const PAUSE: Duration = Duration::from_secs(5);

pub(super) async fn run(common: &Common, wish: &args::Watch) -> u8 {
    match watch(common, wish).await {
        Ok(code) => code,
        Err(failure) => fail(common, "watch", &failure, json::Rest::new()),
    }
}

async fn watch(common: &Common, wish: &args::Watch) -> Result<u8, Failure> {
    let (migrator, interrupt) = stoppable(common);
    let mut show = events::Show::new(common);
    let mut connected = connect(&migrator, &mut show, &interrupt).await?;
    let result = if wish.once || common.is_json() {
        once(common, &mut connected, &interrupt).await
    } else if stdin().is_terminal() && stdout().is_terminal() {
        screen::live(&mut connected, &interrupt).await
    } else {
        snapshots(&mut connected, &interrupt).await
    };
    connected.close().await;
    result
}

async fn once(
    common: &Common,
    connected: &mut Connected,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    let mut watch = Watch::default();
    connected.watch(&mut watch).await?;
    if waits(SECOND, interrupt).await {
        return Ok(exit::INTERRUPTED);
    }
    let watched = connected.watch(&mut watch).await?;
    match common.is_json() {
        true => json::done("watch", document::of(&watched)),
        false => print(&watched),
    }
    Ok(exit::DONE)
}

async fn snapshots(connected: &mut Connected, interrupt: &Interrupt) -> Result<u8, Failure> {
    let mut watch = Watch::default();
    loop {
        print(&connected.watch(&mut watch).await?);
        // whoever read it has seen enough
        if writeln!(stdout()).and_then(|()| stdout().flush()).is_err() {
            return Ok(exit::DONE);
        }
        if waits(PAUSE, interrupt).await {
            return Ok(exit::INTERRUPTED);
        }
    }
}

fn print(watched: &Watched) {
    for section in words::sections(watched) {
        out!("{}", section.title);
        section.lines.iter().for_each(|line| out!("  {line}"));
    }
}

/// Whether it was interrupted meanwhile.
async fn waits(time: Duration, interrupt: &Interrupt) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => false,
        () = interrupt.comes() => true,
    }
}
