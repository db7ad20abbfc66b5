//! What a deploy or a contract will do that nothing takes back, told before it begins: that is what a backup is made for.
//!
//! Of a plan these are its steps without a way back, and all of contract. What runs as it is written is not taken back by anybody:
//! of that the statements count that lose rows, columns or the form of values.

use std::collections::BTreeSet;

use segue_catalog::{Change, QName, TableChange};
use segue_db::{Contents, Facts, Session, own::rollouts::State};
use segue_plan::{Line, Phase, Plan, Script, Strategy, Undo};

use crate::{
    Failure, Opened, Options, Request, Status, Underway, history,
    refusals::pending,
    rollout::{self, planned},
    work::Due,
};

/// What nothing takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Irreversible {
    /// When it is done.
    pub phase: Phase,
    /// The names of the migrations that do it.
    pub migrations: Vec<String>,
    /// The relations that it is done to, in SQL; `None`: that is not known, so it may be any.
    pub relations: Option<Vec<String>>,
    /// What it is, each in a few words.
    pub why: Vec<String>,
    /// Whether it has begun already.
    pub is_under_way: bool,
}

/// What nothing takes back of what is to be done; `None`: there is nothing of that kind. Nothing is changed.
///
/// # Errors
/// What forbids the deploy anyhow.
pub async fn irreversible(
    mut request: Request<'_>,
    phase: Phase,
) -> Result<Option<Irreversible>, Failure> {
    if request.project.migrations.is_empty() {
        return Ok(None);
    }
    let facts = request.facts().await?;
    let (project, options) = (request.project, request.options);
    let opened = history::open(request.session, &facts, project, &options.place).await?;
    if phase == Phase::Contract {
        return of_contract(&opened);
    }
    let first = expanding(&opened)?;
    let status = Status::of(project, &opened);
    let dialect = request.session.dialect();
    let dues = pending(dialect, project, &status, &opened, options, &mut |_| {})?;
    if dues.is_empty() {
        return Ok(first);
    }
    let contents = opened.contents(request.session, &facts, &options.place);
    let contents = contents.await?;
    if !contents.has_tables {
        return Ok(first);
    }
    let names = dues.iter().map(|due| due.migration.name.clone()).collect();
    let found = |relations, why| Irreversible {
        phase,
        migrations: names,
        relations,
        why,
        is_under_way: false,
    };
    let Session::Postgres(server) = &*request.session else {
        let why = "what a migration does to SQLite is not known before it runs";
        let found = found(None, vec![why.to_owned()]);
        return Ok(all([first, Some(found)]));
    };
    let mut waiting = rollout::Waiting {
        interrupt: request.interrupt,
        events: &mut *request.events,
    };
    let known = planned::known((&*request.session, server), options, &mut waiting).await?;
    let (relations, why) = match plan(&known, &dues, (&facts, &contents), options)? {
        Some(plan) => of_steps(&plan, &plan.expand),
        None => {
            let names = rollout::names(&options.settings, Some(&facts.user));
            of_scripts(&planned::scripts(&dues, known.0, names)?)
        }
    };
    let found = (!why.is_empty()).then(|| found(relations, why));
    Ok(all([first, found]))
}

/// All of these together; what has begun counts as not begun where the rest has not.
fn all(found: impl IntoIterator<Item = Option<Irreversible>>) -> Option<Irreversible> {
    found.into_iter().flatten().reduce(|all, one| Irreversible {
        phase: all.phase,
        migrations: [all.migrations, one.migrations].concat(),
        relations: all.relations.zip(one.relations).map(|(mut all, one)| {
            all.extend(one);
            all.sort();
            all.dedup();
            all
        }),
        why: [all.why, one.why].concat(),
        is_under_way: all.is_under_way && one.is_under_way,
    })
}

/// The plan, where there is one that does other things than what is written.
fn plan(
    known: &(segue_catalog::Catalog, segue_plan::Facts),
    dues: &[Due<'_>],
    (facts, contents): (&Facts, &Contents),
    options: &Options,
) -> Result<Option<Plan>, Failure> {
    let plan = match (
        &options.reviewed,
        planned::strategy(dues, contents, options),
    ) {
        (Some(reviewed), _) => reviewed.plan().cloned(),
        (None, Some(Strategy::Online)) => {
            let known = known.clone();
            let together = rollout::together(dues, contents, options).max(1);
            let dues = &dues[..together.min(dues.len())];
            let (plan, _) = planned::planned(known, dues, facts, options, Strategy::Online)?;
            Some(plan)
        }
        (None, _) => None,
    };
    Ok(plan.filter(|plan| !plan.is_as_written()))
}

fn of_contract(opened: &Opened) -> Result<Option<Irreversible>, Failure> {
    let found: Result<Vec<_>, Failure> = opened.open.iter().map(contracts).collect();
    found.map(all)
}

fn contracts(underway: &Underway) -> Result<Option<Irreversible>, Failure> {
    let plan = underway.plan()?;
    let is_under_way = underway.kept.state == State::Contracting;
    if plan.contract.is_empty() || !(is_under_way || underway.kept.state == State::Expanded) {
        return Ok(None);
    }
    let (relations, why) = of_steps(&plan, &plan.contract);
    Ok(Some(Irreversible {
        phase: Phase::Contract,
        migrations: names(underway),
        relations,
        why,
        is_under_way,
    }))
}

/// Of a plan whose first phase is under way, and that nobody else goes on with.
fn expanding(opened: &Opened) -> Result<Option<Irreversible>, Failure> {
    let mut open = opened.open.iter();
    let underway = open.find(|it| it.kept.state == State::Expanding && it.by.is_none());
    let Some(underway) = underway else {
        return Ok(None);
    };
    let plan = underway.plan()?;
    let (relations, why) = of_steps(&plan, &plan.expand);
    Ok((!why.is_empty()).then(|| Irreversible {
        phase: Phase::Expand,
        migrations: names(underway),
        relations,
        why,
        is_under_way: true,
    }))
}

fn names(underway: &Underway) -> Vec<String> {
    let names = underway.migrations.iter().map(|one| one.name.clone());
    names.collect()
}

/// Of steps that nothing takes back.
fn of_steps(plan: &Plan, steps: &[segue_plan::Step]) -> (Option<Vec<String>>, Vec<String>) {
    let impossible = steps
        .iter()
        .filter(|step| matches!(step.undo, Undo::Impossible(_)));
    let rest = Plan {
        expand: impossible.cloned().collect(),
        contract: Vec::new(),
        ..plan.clone()
    };
    let why = rest.expand.iter().map(|step| step.title.clone()).collect();
    (Some(rollout::relations(&rest)), why)
}

/// Of statements that run as they are written.
fn of_scripts(scripts: &[Script]) -> (Option<Vec<String>>, Vec<String>) {
    let mut lost = BTreeSet::new();
    let (mut why, mut is_known) = (Vec::new(), true);
    for line in scripts.iter().flat_map(|script| &script.lines) {
        if let Some(reason) = &line.unknown {
            why.push(format!("what it does is not known: {reason}"));
            is_known = false;
        }
        for (table, what) in losses(line) {
            why.push(match &table {
                Some(table) => format!("{what} {table}"),
                None => what.to_owned(),
            });
            is_known &= table.is_some();
            lost.extend(table);
        }
    }
    let relations = lost.iter().map(ToString::to_string).collect();
    (is_known.then_some(relations), why)
}

/// The tables that a statement takes something from, and what it does to them.
fn losses(line: &Line) -> Vec<(Option<QName>, &'static str)> {
    let mut losses = Vec::new();
    for change in &line.changes {
        match change {
            Change::Drop { .. } => {
                let tables = line.before.tables.keys();
                let gone = tables.filter(|name| !line.after.tables.contains_key(*name));
                losses.extend(gone.map(|name| (Some(name.clone()), "drops")));
            }
            Change::Table { table, change } => match change {
                TableChange::DropColumn { .. } => {
                    losses.push((Some(table.clone()), "drops a column of"));
                }
                TableChange::SetType { .. } => {
                    losses.push((Some(table.clone()), "changes a type in"));
                }
                _ => {}
            },
            Change::Data { statement, table }
                if !["SELECT", "LOCK", "INSERT", "COPY"].contains(statement) =>
            {
                losses.push((table.clone(), "changes rows of"));
            }
            _ => {}
        }
    }
    losses
}
