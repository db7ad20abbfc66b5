//! A plan is made for review: that of a deploy, and nothing is changed.

use segue_db::{Contents, Facts, Session, own::shapes};
use segue_plan::{Plan, Script, Strategy};
use segue_sql::Dialect;

use super::{Basis, Limits, Origin, Reviewed, Way, WrittenMigration, WrittenUnit, covered};
use crate::{
    Covered, Failure, Opened, Options, Planned, Request, Status, Underway, deploy, history,
    refusals::pending,
    rollout::{self, Course, Turn, planned},
    work::{Due, Work},
};

/// A plan for review.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The plan.
    pub reviewed: Reviewed,
    /// Pending migrations that need another plan behind this one, by name.
    pub left: Vec<String>,
}

/// Makes the plan that a deploy would carry out now; of one that is under way, that one.
///
/// # Errors
/// Whatever a deploy would refuse before anything runs; migrations whose values come from the environment, which their plan would
/// show.
pub async fn review(mut request: Request<'_>) -> Result<Review, Failure> {
    if request.project.migrations.is_empty() {
        return Err(request.project.nothing().into());
    }
    let facts = request.facts().await?;
    let Request {
        session,
        project,
        options,
        interrupt,
        events,
    } = request;
    let dialect = session.dialect();
    let opened = history::open(session, &facts, project, &options.place).await?;
    let status = Status::of(project, &opened);
    let mut written = Vec::new();
    let mut seen = |work: &Work<'_>| written.push(deploy::planned(work, true));
    let dues = pending(dialect, project, &status, &opened, options, &mut seen)?;
    let contents = opened.contents(session, &facts, &options.place).await?;
    let mut reviewed = Reviewed {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        layout: project.choice.layout.name.to_owned(),
        dialect: dialect.title().to_owned(),
        database: facts.database.clone(),
        server_version: facts.version,
        strategy: options.strategy,
        migrations: Vec::new(),
        way: Way::AsWritten {
            because_empty: options.strategy == Strategy::Online && !contents.has_tables,
            migrations: Vec::new(),
        },
    };
    if let Turn::GoOn(underway) | Turn::Wait(underway) =
        rollout::turn(&opened, (project, options), !dues.is_empty())?
    {
        return of_underway(reviewed, underway, &dues);
    }
    let mut together = rollout::together(&dues, &contents, options);
    let mut waiting = rollout::Waiting { interrupt, events };
    let by_plan = planned(
        session,
        (&dues[..together], &opened),
        (&facts, &contents),
        options,
        &mut waiting,
    );
    let by_plan = by_plan.await?;
    match by_plan {
        Some(basis) => {
            together = basis.plan.migrations.len().min(together);
            planned::refuse(&dues[..together])?;
            reviewed.strategy = basis.plan.strategy;
            reviewed.way = Way::Planned(Box::new(basis));
        }
        None => {
            if let Way::AsWritten { migrations, .. } = &mut reviewed.way {
                *migrations = written.into_iter().take(together).map(as_written).collect();
            }
        }
    }
    let covered = dues[..together].iter();
    let covered = covered.map(|due| covered_by(due, dialect));
    reviewed.migrations = covered.collect::<Result<_, Failure>>()?;
    Ok(Review {
        left: names(&dues[together..]),
        reviewed,
    })
}

fn covered_by(due: &Due<'_>, dialect: Dialect) -> Result<Covered, Failure> {
    covered(due.migration, dialect)
}

/// The plan and what it is made from; none where migrations are deployed as they are written without one.
async fn planned(
    session: &Session,
    (dues, opened): (&[Due<'_>], &Opened),
    (facts, contents): (&Facts, &Contents),
    options: &Options,
    waiting: &mut rollout::Waiting<'_>,
) -> Result<Option<Basis>, Failure> {
    let Some(first) = dues.first() else {
        return Ok(None);
    };
    let first = &first.migration.name;
    let strategy = planned::strategy(dues, contents, options);
    let (Session::Postgres(server), Some(strategy)) = (session, strategy) else {
        return match planned::without_plan(opened) {
            Course::Waits(other) => Err(other.refusal(first)),
            _ => Ok(None),
        };
    };
    let (catalog, known) = planned::known((session, server), options, waiting).await?;
    let (plan, scripts) = made((catalog, &known), dues, facts, options, strategy)?;
    if let Some(other) = rollout::in_the_way(opened, &plan, &scripts)? {
        return Err(other.refusal(first));
    }
    let relations = shapes::described(session, &rollout::relations(&plan)).await?;
    Ok(Some(basis(plan, known.saved(), relations, options)))
}

/// A plan without a barrier: of what comes before it, as it will be made again before it runs.
fn made(
    (catalog, known): (segue_catalog::Catalog, &segue_plan::Facts),
    dues: &[Due<'_>],
    facts: &Facts,
    options: &Options,
    strategy: Strategy,
) -> Result<(Plan, Vec<Script>), Failure> {
    let mut used = dues.len();
    loop {
        let known = (catalog.clone(), known.clone());
        let (plan, scripts) = planned::planned(known, &dues[..used], facts, options, strategy)?;
        let covers = plan.migrations.len();
        if plan.barrier.is_none() || covers == 0 || covers >= used {
            return Ok((plan, scripts));
        }
        used = covers;
    }
}

fn basis(
    plan: Plan,
    facts: serde_json::Value,
    relations: Vec<(String, String)>,
    options: &Options,
) -> Basis {
    Basis {
        plan,
        origin: Some(Origin {
            facts,
            declared: options.declared.clone(),
            limits: limits(options),
        }),
        relations,
    }
}

fn limits(options: &Options) -> Limits {
    let longest = options.policy.longest_blocking.as_millis();
    Limits {
        large_rows: options.policy.large_rows,
        large_bytes: options.policy.large_bytes,
        longest_blocking_milliseconds: u64::try_from(longest).unwrap_or(u64::MAX),
    }
}

/// The plan that is under way: it is gone on with by its journal, whatever the schema is by now.
fn of_underway(
    reviewed: Reviewed,
    underway: &Underway,
    dues: &[Due<'_>],
) -> Result<Review, Failure> {
    let plan = underway.plan()?;
    let reviewed = Reviewed {
        strategy: plan.strategy,
        migrations: underway.migrations.clone(),
        way: Way::Planned(Box::new(Basis {
            plan,
            origin: None,
            relations: Vec::new(),
        })),
        ..reviewed
    };
    Ok(Review {
        left: names(dues),
        reviewed,
    })
}

fn names(dues: &[Due<'_>]) -> Vec<String> {
    let names = dues.iter().map(|due| due.migration.name.clone());
    names.collect()
}

fn as_written(planned: Planned) -> WrittenMigration {
    let units = planned.units.into_iter().map(|unit| WrittenUnit {
        runs_as: unit.runs_as,
        statements: unit.sql,
    });
    WrittenMigration {
        name: planned.name,
        units: units.collect(),
    }
}
