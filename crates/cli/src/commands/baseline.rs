//! `segue baseline`.

use segue::Options;
use serde_json::json;

use super::{connect, fail, migrator};
use crate::{
    args::{Baseline, Common},
    exit,
    show::{Header, clean, count, events, json},
    stop,
};

pub(super) async fn run(common: &Common, baseline: &Baseline) -> u8 {
    let interrupt = stop::on_signal();
    let mut migrator = migrator(common).options(Options {
        to: baseline.to.clone(),
        ..Options::default()
    });
    if let Some(time) = baseline.wait.wait {
        migrator = migrator.wait(time);
    }
    let mut show = events::Show::new(common);
    let result = async {
        let mut connected = connect(&migrator, &mut show, &interrupt).await?;
        Header::of(&connected).print(common);
        let result = connected
            .baseline(&interrupt, &mut |event| show.event(&event))
            .await;
        connected.close().await;
        result
    }
    .await;
    match result {
        Err(failure) => fail(common, "baseline", &failure, json::Rest::default()),
        Ok(done) if common.is_json() => {
            json::done("baseline", json!({ "recorded": done.recorded }));
            exit::DONE
        }
        Ok(done) => {
            if common.verbose {
                for name in &done.recorded {
                    out!("recorded {}", clean(name));
                }
            }
            out!(
                "{} recorded as applied; nothing was run",
                count(done.recorded.len(), "migration")
            );
            exit::DONE
        }
    }
}
