//! `segue resolve`.

use segue::Resolution;
use serde_json::json;

use super::{connect, fail, migrator};
use crate::{
    args::{Common, Resolve},
    exit,
    show::{Header, clean, events, json},
    stop,
};

pub(super) async fn run(common: &Common, resolve: &Resolve) -> u8 {
    let interrupt = stop::on_signal();
    let mut migrator = migrator(common);
    if let Some(time) = resolve.wait.wait {
        migrator = migrator.wait(time);
    }
    let (name, resolution) = match (&resolve.applied, &resolve.rolled_back) {
        (Some(name), _) => (name, Resolution::Applied),
        (None, name) => (
            name.as_ref().expect("clap asks for one of the two"),
            Resolution::RolledBack,
        ),
    };
    let mut show = events::Show::new(common);
    let result = async {
        let mut connected = connect(&migrator, &mut show, &interrupt).await?;
        Header::of(&connected).print(common);
        let result = connected
            .resolve(name, resolution, &interrupt, &mut |event| {
                show.event(&event)
            })
            .await;
        connected.close().await;
        result
    }
    .await;
    match result {
        Err(failure) => fail(common, "resolve", &failure, json::Rest::default()),
        Ok(name) => {
            let state = match resolution {
                Resolution::Applied => "applied",
                Resolution::RolledBack => "rolled back",
            };
            if common.is_json() {
                json::done(
                    "resolve",
                    json!({ "migration": name, "recorded_as": state }),
                );
            } else {
                out!("{} is recorded as {state}", clean(&name));
            }
            exit::DONE
        }
    }
}
