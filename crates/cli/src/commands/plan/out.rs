//! `segue plan --out FILE`.

use std::path::Path;

use segue::{
    Drawn, Failure, Options,
    plan::shown::{self, Detail},
    shown_path,
};
use serde_json::json;

use super::strategy_of;
use crate::{
    args::{self, Common, Format},
    commands::{Report, fail, stoppable},
    exit,
    show::{clean, count, json, page},
};

pub(super) async fn run(common: &Common, wanted: &args::Plan, out: &Path) -> u8 {
    match written(common, wanted, out).await {
        Ok(drawn) => told(common, &drawn, out),
        Err(failure) => fail(common, "plan", &failure, json::Rest::new()),
    }
}

async fn written(common: &Common, wanted: &args::Plan, out: &Path) -> Result<Drawn, Failure> {
    let options = Options {
        to: wanted.to.clone(),
        ..Options::default()
    };
    let mut migrator = stoppable(common).0.options(options);
    if let Some(strategy) = wanted.strategy {
        migrator = migrator.strategy(strategy_of(strategy));
    }
    let drawn = migrator.draw().await?;
    drawn.file.write(out)?;
    Ok(drawn)
}

fn told(common: &Common, drawn: &Drawn, out: &Path) -> u8 {
    let reviewed = drawn.file.plan();
    let plan = reviewed.plan();
    if common.is_json() {
        let mut rest = json!(plan);
        if plan.is_none() {
            rest = json!({});
        }
        rest["out"] = json!({
            "file": shown_path(out),
            "sha256": drawn.file.sha256,
            "migrations": reviewed.migrations.iter().map(|one| &one.name).collect::<Vec<_>>(),
            "left": drawn.left,
        });
        let document = json::succeeded("plan", rest);
        return Report {
            code: exit::DONE,
            document,
        }
        .print(common);
    }
    let migrations = count(reviewed.migrations.len(), "migration");
    match (plan, common.format) {
        (Some(plan), Format::Markdown) => out!("{}", shown::markdown(plan).trim_end()),
        (Some(plan), Format::Dot) => out!("{}", shown::dot(plan).trim_end()),
        (Some(plan), _) => out!(
            "{}",
            page::coloured(&shown::text(plan, Detail::Short)).trim_end()
        ),
        (None, _) if reviewed.migrations.is_empty() => out!("nothing to deploy"),
        (None, _) => out!("{migrations}, deployed as written"),
    }
    if !common.quiet {
        for name in &drawn.left {
            tell!(
                "note: {} needs a plan of its own behind this one",
                clean(name)
            );
        }
        tell!(
            "the plan for {migrations} is in {} (sha256 {})",
            clean(&shown_path(out)),
            drawn.file.sha256
        );
        tell!(
            "once it was looked at: segue deploy --plan {}",
            clean(&shown_path(out))
        );
    }
    exit::DONE
}
