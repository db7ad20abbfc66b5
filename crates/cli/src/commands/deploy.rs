//! `segue deploy`.

use std::time::Instant;

use segue::plan::shown::{self, Detail};
use segue::{
    Backup, Deployed, Expanded, Failure, Interrupt, Migrator, Options, PlanFile, Planned,
    shown_path,
};
use serde_json::{Value, json};

use super::{
    Report, connect, fail, migrator, on_all,
    plan::strategy_of,
    restore,
    rollout::{carried_by, named, with_metrics},
};
use crate::{
    args::{Common, Deploy},
    exit,
    show::{Header, clean, count, events, json, page, time},
    stop,
};

pub(super) async fn run(common: &Common, deploy: &Deploy) -> u8 {
    let interrupt = stop::on_signal();
    let mut migrator = configured(common, deploy);
    if let Some(path) = &deploy.plan {
        match PlanFile::read(path) {
            Ok(plan) => {
                if !common.is_json() && !common.quiet {
                    tell!(
                        "the plan of {} (sha256 {})",
                        clean(&shown_path(path)),
                        plan.sha256
                    );
                }
                migrator = migrator.reviewed(&plan);
            }
            Err(failure) => return fail(common, "deploy", &failure, json::Rest::new()),
        }
    }
    let migrator = match with_metrics(common, &deploy.carrying, migrator).await {
        Ok(migrator) => migrator,
        Err(failure) => return fail(common, "deploy", &failure, json::Rest::new()),
    };
    if !deploy.all.all {
        let report = one(common, deploy, &migrator, &interrupt).await;
        return report.print(common);
    }
    // What comes later in the file may depend on what failed.
    let go_on = |code| code == exit::DONE;
    let run = async |migrator| one(common, deploy, &migrator, &interrupt).await;
    on_all(common, "deploy", &migrator, go_on, run).await
}

async fn one(
    common: &Common,
    deploy: &Deploy,
    migrator: &Migrator,
    interrupt: &Interrupt,
) -> Report {
    let start = Instant::now();
    let mut deployed = Deployed::default();
    let mut header = None;
    let mut backup = None;
    let mut show = events::Show::with_events(common, deploy.carrying.events);
    let result = connect_and_deploy(
        common,
        migrator,
        (interrupt, &mut show),
        &mut deployed,
        (&mut header, &mut backup),
    )
    .await;
    let mut rest = rest(&deployed, header.as_ref());
    rest.insert(
        "backup".to_owned(),
        json!(backup.as_ref().map(restore::object)),
    );
    if let Err(failure) = result {
        if !common.is_json() && !deployed.applied.is_empty() {
            tell!(
                "{} applied before the failure",
                count(deployed.applied.len(), "migration")
            );
        }
        return Report::failed(common, "deploy", &failure, rest);
    }
    if !common.is_json() {
        summary(deploy, &deployed, start);
    }
    Report {
        code: exit::DONE,
        document: json::succeeded("deploy", Value::Object(rest)),
    }
}

/// What the options of the command say.
fn configured(common: &Common, deploy: &Deploy) -> Migrator {
    let options = Options {
        to: deploy.to.clone(),
        dry_run: deploy.dry_run,
        with_sql: common.verbose || common.is_json(),
        allow_edited: deploy.allow_edited,
        allow_missing: deploy.allow_missing,
        strict: deploy.strict,
        ..Options::default()
    };
    let migrator = carried_by(migrator(common), &deploy.carrying, options);
    let migrator = deploy
        .backup
        .onto(migrator.create_database(deploy.create_database));
    match deploy.strategy {
        Some(strategy) => migrator.strategy(strategy_of(strategy)),
        None => migrator,
    }
}

async fn connect_and_deploy(
    common: &Common,
    migrator: &Migrator,
    (interrupt, show): (&Interrupt, &mut events::Show),
    deployed: &mut Deployed,
    (header, backup): (&mut Option<Header>, &mut Option<Backup>),
) -> Result<(), Failure> {
    let mut connected = connect(migrator, show, interrupt).await?;
    let shown = Header::of(&connected);
    shown.print(common);
    *header = Some(shown);
    let result = connected
        .deploy(interrupt, &mut |event| show.event(&event), deployed)
        .await;
    show.end();
    *backup = connected.backed_up().cloned();
    connected.close().await;
    result
}

fn rest(deployed: &Deployed, header: Option<&Header>) -> json::Rest {
    let mut rest = header.map(Header::json).unwrap_or_default();
    let applied: Vec<Value> = deployed
        .applied
        .iter()
        .map(|applied| {
            json!({
                "name": applied.name,
                "statements": applied.statements,
                "milliseconds": applied.elapsed.as_millis() as u64,
            })
        })
        .collect();
    rest.insert("applied".to_owned(), Value::Array(applied));
    rest.insert("out_of_order".to_owned(), json!(deployed.out_of_order));
    rest.insert("up_to_date".to_owned(), json!(deployed.up_to_date));
    let planned: Vec<Value> = deployed.planned.iter().map(planned).collect();
    rest.insert("planned".to_owned(), Value::Array(planned));
    let expanded: Vec<Value> = deployed.expanded.iter().map(expanded).collect();
    rest.insert("expanded".to_owned(), Value::Array(expanded));
    let waiting = deployed.waiting.as_ref();
    let waiting =
        waiting.map(|waiting| json!({ "migrations": waiting.migrations, "since": waiting.since }));
    rest.insert("waits_for_contract".to_owned(), json!(waiting));
    rest.insert("plan".to_owned(), json!(deployed.plan));
    rest
}

fn expanded(expanded: &Expanded) -> Value {
    json!({
        "migrations": expanded.migrations,
        "steps": expanded.steps,
        "steps_waiting_for_contract": expanded.contract,
        "cannot_be_rolled_back": expanded.stays,
        "milliseconds": expanded.elapsed.as_millis() as u64,
    })
}

fn planned(planned: &Planned) -> Value {
    let units: Vec<Value> = planned
        .units
        .iter()
        .map(|unit| json!({ "runs_as": unit.runs_as, "statements": unit.sql }))
        .collect();
    json!({ "name": planned.name, "statements_committed": planned.done, "units": units })
}

fn summary(deploy: &Deploy, deployed: &Deployed, start: Instant) {
    if deployed.up_to_date {
        out!("up to date: nothing to deploy");
        if let Some(waiting) = &deployed.waiting {
            out!(
                "waiting for contract since {}: {} (`segue contract` once only the new app runs)",
                waiting.since,
                named(&waiting.migrations)
            );
        }
        return;
    }
    if deploy.dry_run {
        match &deployed.plan {
            Some(plan) => out!(
                "{}",
                page::coloured(&shown::text(plan, Detail::Short)).trim_end()
            ),
            None => plan(&deployed.planned),
        }
        return;
    }
    for name in &deployed.out_of_order {
        out!(
            "note: {} was applied although later migrations were there already",
            clean(name)
        );
    }
    if !deployed.expanded.is_empty() {
        deployed.expanded.iter().for_each(tell_expanded);
        if deployed.applied.is_empty() {
            return;
        }
    }
    out!(
        "{} applied in {}",
        count(deployed.applied.len(), "migration"),
        time(start.elapsed())
    );
}

fn tell_expanded(expanded: &Expanded) {
    out!(
        "{} expanded in {}: the new app may start",
        named(&expanded.migrations),
        time(expanded.elapsed)
    );
    let wait = match expanded.contract {
        0 => "nothing waits".to_owned(),
        1 => "1 step waits".to_owned(),
        steps => format!("{steps} steps wait"),
    };
    match (expanded.contract, &expanded.stays) {
        (0, None) => out!(
            "{wait} for contract; `segue rollback` takes it back until something else is deployed"
        ),
        (0, Some(why)) => out!(
            "{wait} for contract; it cannot be rolled back: {}",
            clean(why)
        ),
        (_, None) => out!(
            "{wait} for contract: `segue contract` once only the new app runs, `segue rollback` to take it back"
        ),
        (_, Some(why)) => out!(
            "{wait} for contract: `segue contract` once only the new app runs; it cannot be rolled back: {}",
            clean(why)
        ),
    }
}

fn plan(planned: &[Planned]) {
    for migration in planned {
        out!("{}", clean(&migration.name));
        if migration.done > 0 {
            out!("  {} committed already", count(migration.done, "statement"));
        }
        for unit in &migration.units {
            let statements = count(unit.statements, "statement");
            out!("  {}: {statements}", unit.runs_as);
            // None but with --verbose.
            for line in unit.sql.iter().flat_map(|statement| statement.lines()) {
                out!("    {}", clean(line));
            }
        }
    }
    out!(
        "{} would be applied; nothing was changed",
        count(planned.len(), "migration")
    );
}
