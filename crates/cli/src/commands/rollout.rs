//! `segue contract`, `segue rollback`, and the words to a plan that is carried out elsewhere: `pause`, `resume`, `throttle`.

use segue::{
    Backup, Connected, ContractOptions, Contracted, Failure, Gate, Interrupt, Metrics, Migrator,
    Options, Steering,
};
use serde_json::{Value, json};

use super::{connect, fail, migrator, restore};
use crate::{
    args::{Carrying, Common, Contract, Rollback, Throttle},
    exit,
    show::{Header, clean, count, events, json, time},
    stop,
};

/// What the options say of how a plan is carried out.
pub(super) fn carried_by(
    mut migrator: Migrator,
    carrying: &Carrying,
    mut options: Options,
) -> Migrator {
    options.cancel_blockers = carrying.cancel_blockers;
    options.accept_changes = carrying.accept_changes;
    options.pace.max_rate = carrying.max_rate;
    let pace = &mut options.pace;
    if let Some(workers) = carrying.workers {
        pace.workers = usize::from(workers);
    }
    if let Some(lag) = carrying.max_lag {
        pace.max_lag = Some(lag).filter(|lag| !lag.is_zero());
    }
    if let Some(lag) = carrying.max_lag_bytes {
        pace.max_lag_bytes = Some(lag).filter(|lag| *lag > 0);
    }
    pace.max_slowdown = carrying.max_slowdown;
    pace.slices = !carrying.no_slices;
    pace.target = carrying.batch_time.filter(|time| !time.is_zero());
    migrator = migrator.options(options);
    if let Some(time) = carrying.wait.wait {
        migrator = migrator.wait(time);
    }
    if let Some(time) = carrying.lock_timeout {
        migrator = migrator.lock_timeout(time);
    }
    if let Some(time) = carrying.lock_budget {
        migrator = migrator.lock_budget(time);
    }
    migrator
}

/// The same with numbers that are handed out, where that is wanted; before anything is begun.
pub(super) async fn with_metrics(
    common: &Common,
    carrying: &Carrying,
    migrator: Migrator,
) -> Result<Migrator, Failure> {
    let Some(address) = &carrying.metrics else {
        return Ok(migrator);
    };
    let metrics = Metrics::listen(address).await?;
    if !common.quiet
        && !common.is_json()
        && let Some(address) = metrics.address()
    {
        tell!("metrics on http://{address}/metrics");
    }
    Ok(migrator.metrics(&metrics))
}

pub(super) async fn contract(common: &Common, contract: &Contract) -> u8 {
    let wish = ContractOptions {
        to: contract.to.clone(),
        after: contract.after,
        gate: Gate {
            observe: contract.observe,
            force: contract.force.clone(),
        },
    };
    let work = async |connected: &mut Connected, interrupt: &Interrupt, show: &mut events::Show| {
        let contracted = connected
            .contract(&wish, interrupt, &mut |event| show.event(&event))
            .await?;
        Ok((contracted, connected.backed_up().cloned()))
    };
    let migrator = contract.backup.onto(migrator(common));
    match on_database_of(common, migrator, &contract.carrying, work).await {
        Err(failure) => fail(common, "contract", &failure, json::Rest::default()),
        Ok((contracted, backup)) => told(common, &contracted, backup.as_ref()),
    }
}

fn told(common: &Common, contracted: &Contracted, backup: Option<&Backup>) -> u8 {
    if common.is_json() {
        let mut document = contracted_document(contracted);
        document["backup"] = json!(backup.map(restore::object));
        json::done("contract", document);
        return exit::DONE;
    }
    match contracted {
        Contracted::Nothing => out!("nothing waits for contract"),
        Contracted::TooEarly { migrations, left } => out!(
            "too early for another {}: {}; nothing was changed",
            time(*left),
            named(migrations)
        ),
        Contracted::Done { migrations, steps } => out!(
            "{} contracted, in {}",
            named(migrations),
            count(*steps, "step")
        ),
    }
    exit::DONE
}

fn contracted_document(contracted: &Contracted) -> Value {
    match contracted {
        Contracted::Nothing => json!({ "contracted": [], "waits_milliseconds": null }),
        Contracted::TooEarly { left, .. } => {
            json!({ "contracted": [], "waits_milliseconds": left.as_millis() as u64 })
        }
        Contracted::Done { migrations, .. } => {
            json!({ "contracted": migrations, "waits_milliseconds": null })
        }
    }
}

pub(super) async fn rollback(common: &Common, rollback: &Rollback) -> u8 {
    let work = async |connected: &mut Connected, interrupt: &Interrupt, show: &mut events::Show| {
        connected
            .rollback(rollback.migration.as_deref(), interrupt, &mut |event| {
                show.event(&event);
            })
            .await
    };
    match on_database(common, &rollback.carrying, work).await {
        Err(failure) => fail(common, "rollback", &failure, json::Rest::default()),
        Ok(done) => {
            let migrations = done.map(|done| done.migrations).unwrap_or_default();
            if common.is_json() {
                json::done("rollback", json!({ "rolled_back": migrations }));
            } else if migrations.is_empty() {
                out!("nothing is expanded that could be rolled back");
                out!(
                    "what was applied as it is written is taken back by a migration: segue revert NAME"
                );
            } else {
                out!(
                    "{} rolled back; the next deploy would begin anew",
                    named(&migrations)
                );
            }
            exit::DONE
        }
    }
}

pub(super) async fn pause(common: &Common) -> u8 {
    steer(
        common,
        "pause",
        Steering::Pause,
        "rows are left alone until `segue resume`",
    )
    .await
}

pub(super) async fn resume(common: &Common) -> u8 {
    steer(common, "resume", Steering::Resume, "rows are written again").await
}

pub(super) async fn throttle(common: &Common, throttle: &Throttle) -> u8 {
    let said = match throttle.max_rate {
        Some(rate) => format!("at most {rate} rows a second from here on"),
        None => "as fast as the database bears from here on".to_owned(),
    };
    steer(
        common,
        "throttle",
        Steering::Throttle(throttle.max_rate),
        &said,
    )
    .await
}

async fn steer(common: &Common, command: &str, wish: Steering, said: &str) -> u8 {
    let interrupt = stop::on_signal();
    let mut show = events::Show::new(common);
    let result = async {
        let mut connected = connect(&migrator(common), &mut show, &interrupt).await?;
        let result = connected.steer(wish).await;
        connected.close().await;
        result
    }
    .await;
    match result {
        Err(failure) => fail(common, command, &failure, json::Rest::default()),
        Ok(names) => {
            if common.is_json() {
                json::done(command, json!({ "migrations": names }));
            } else {
                out!("{}: {said}", clean(&names));
            }
            exit::DONE
        }
    }
}

pub(super) async fn on_database<T>(
    common: &Common,
    carrying: &Carrying,
    work: impl AsyncFnOnce(&mut Connected, &Interrupt, &mut events::Show) -> Result<T, Failure>,
) -> Result<T, Failure> {
    on_database_of(common, migrator(common), carrying, work).await
}

async fn on_database_of<T>(
    common: &Common,
    migrator: Migrator,
    carrying: &Carrying,
    work: impl AsyncFnOnce(&mut Connected, &Interrupt, &mut events::Show) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let interrupt = stop::on_signal();
    let migrator = carried_by(migrator, carrying, Options::default());
    let migrator = with_metrics(common, carrying, migrator).await?;
    let mut show = events::Show::with_events(common, carrying.events);
    let mut connected = connect(&migrator, &mut show, &interrupt).await?;
    Header::of(&connected).print(common);
    let result = work(&mut connected, &interrupt, &mut show).await;
    show.end();
    connected.close().await;
    result
}

/// Names of migrations, for people.
pub(super) fn named(migrations: &[String]) -> String {
    match migrations {
        [] => "nothing".to_owned(),
        [one] => clean(one),
        [first, second] => format!("{} and {}", clean(first), clean(second)),
        [first, .., last] => format!(
            "{}, {} to {}",
            count(migrations.len(), "migration"),
            clean(first),
            clean(last)
        ),
    }
}
