//! The planner: naive SQL in, a plan out.
//!
//! Every statement is cut into parts that each do one thing (`planner/atoms.rs`), and each part goes to the first recipe
//! that knows it (`recipes.rs`). A recipe writes down steps; each is run on the model as soon as it is written, so that what
//! it locks is told by the same code that lint goes by, and at the end the model must be where the statements as written
//! would have led to (`planner/end.rs`). What a part has to do with things that are put off to contract is in
//! `planner/conflict.rs`.

mod apart;
mod atoms;
mod barrier;
mod before;
mod by_name;
mod conflict;
mod draft;
mod end;
mod estimate;
mod filled;
mod filled_once;
pub(crate) mod hindrance;
mod keeping;
mod made_again;
mod mark;
mod new_types;
mod not_there;
mod outline;
mod pending;
mod planning;
mod remarks;
mod replaced;
mod restate;
mod retaken;
mod running;
mod said;
mod set_again;
mod settings;
mod standing;
mod statements;
mod stop;
mod tidy;
mod timeouts;
mod transform;
mod translate;
mod undo;
mod unlike;
mod unpaired;
mod verify;
mod written;

use std::collections::BTreeSet;

use segue_sql::Problem;
use squawk_syntax::ast;

pub use self::outline::outline;
use self::{
    barrier::{in_one_file, up_to},
    stop::Unplanned,
    written::{waiting, written},
};
pub(crate) use self::{
    conflict::{named_by, set_by_update},
    draft::{Draft, bare, singly},
    pending::PutOff,
    planning::Planning,
    replaced::{can_be_replaced, makes},
    running::{Refused, run_on_model},
    standing::{Filled, Mirrored, Replaced, Retyping, Synced},
    stop::{DIRECT, Stop},
    undo::between,
};
use crate::{
    Barrier, Effect, Facts, Hazard, Moment, Plan, Policy, RECIPES, Script, Served, Strategy, cost,
    effect, run::Run, writing::of_all_tables,
};

/// A plan for migrations that will run one after the other, from the schema that the first of them meets.
///
/// Without facts every table counts as large and in use.
///
/// # Errors
/// Statements that cannot be planned, each with its place, the reason, and what the choices are.
pub fn plan(
    scripts: &[Script],
    facts: &Facts,
    policy: &Policy,
    strategy: Strategy,
) -> Result<Plan, Vec<Problem>> {
    let plan = |scripts: &[Script]| planned_together(scripts, facts, policy, strategy);
    plan(scripts).or_else(|unplanned| match unplanned.by_model {
        true if strategy == Strategy::Online => apart::planned(scripts, unplanned.problems, &plan),
        _ => Err(unplanned.problems),
    })
}

/// The plan for migrations, as far as a statement that has to wait for the contract of an earlier one.
fn planned_together(
    scripts: &[Script],
    facts: &Facts,
    policy: &Policy,
    strategy: Strategy,
) -> Result<Plan, Unplanned> {
    let said = said::Said::of_all(scripts)?;
    let (atoms, passed) = atoms::of_all(scripts, strategy);
    let Some(met) = transform::met(scripts) else {
        return Ok(Plan::of(scripts, strategy));
    };
    let mut together = usize::MAX;
    let mut refused = None;
    let mut goes_late = BTreeSet::new();
    loop {
        let planning = Planning::new((facts, policy), said.clone(), &atoms, met.0, met.1);
        let mut planner = Planner::new(scripts, strategy, planning);
        planner.planning.skipped.clone_from(&passed);
        planner.planning.together = together;
        planner.planning.goes_late.clone_from(&goes_late);
        let barrier = planner.all();
        if let Some(most) = planner.planning.not_beyond.filter(|most| *most < together) {
            together = most;
            if most < scripts.len() {
                refused.get_or_insert(planner.unplanned());
                continue;
            }
        }
        // what comes again in contract goes there too
        if barrier.is_none() && planner.refused.is_empty() {
            let before = goes_late.len();
            goes_late.extend(replaced::missing(&planner.planning));
            if goes_late.len() > before {
                continue;
            }
        }
        let is_whole = planner.planning.retypings.is_empty();
        if is_whole || !planner.refused.is_empty() || together == 0 {
            let planned = match barrier.filter(|_| planner.refused.is_empty()) {
                Some(barrier) => up_to(barrier, scripts, |before| {
                    planned_together(before, facts, policy, strategy)
                }),
                None => planner.finish(),
            };
            // why it could not be planned at once says more than why it cannot be in parts
            return planned.map_err(|now| refused.unwrap_or(now));
        }
        // columns wait for others that are not in this deploy, or are put off themselves
        let before_barrier = barrier.map(|barrier| barrier.second.migration);
        together = before_barrier.filter(|at| *at < together).unwrap_or(0);
    }
}

struct Planner<'a> {
    scripts: &'a [Script],
    strategy: Strategy,
    run: Run,
    planning: Planning<'a>,
    refused: Vec<Problem>,
    /// Whether it is the model that refuses.
    by_model: bool,
    /// The statements that are refused, also in the wake of others.
    unplanned: Vec<Served>,
}

impl<'a> Planner<'a> {
    fn new(scripts: &'a [Script], strategy: Strategy, planning: Planning<'a>) -> Self {
        Self {
            scripts,
            strategy,
            run: Run::default(),
            planning: Planning {
                direct: strategy == Strategy::Direct,
                ..planning
            },
            refused: Vec::new(),
            by_model: false,
            unplanned: Vec::new(),
        }
    }

    /// Plans every atom; the barrier, where one is met.
    fn all(&mut self) -> Option<Barrier> {
        let atoms = self.planning.atoms;
        for (migration, all) in atoms.iter().enumerate() {
            let before = self.planning.mark();
            let run = self.run.clone();
            let mut begun: Option<(Served, mark::Mark)> = None;
            for atom in 0..all.script.lines.len() {
                let origin = &all.origins[atom];
                if begun
                    .as_ref()
                    .is_none_or(|(served, _)| *served != origin.served)
                {
                    begun = Some((origin.served, self.planning.mark()));
                }
                self.planning.at = (migration, atom);
                self.planning.served = origin.served;
                self.planning.kept.clone_from(&origin.kept);
                if self.planning.skipped.contains(&(migration, atom)) {
                    self.passed(migration, atom);
                    continue;
                }
                if let Err(stop) = self.one(migration, atom) {
                    match stop {
                        Stop::Refused(problem) => self.refuse(origin.served, problem),
                        Stop::Model(problem) if self.refused.is_empty() => {
                            self.by_model = !problem.refused_anyway;
                            self.refuse(origin.served, problem);
                        }
                        Stop::Model(_) => self.unplanned.push(origin.served),
                        Stop::Barrier { first, why } if first.migration < migration => {
                            self.planning.back_to(before);
                            self.run = run;
                            return Some(Barrier {
                                first,
                                second: origin.served,
                                waiting: waiting(&self.scripts[migration], origin.served),
                                why,
                                left: self.scripts[migration..]
                                    .iter()
                                    .map(|it| it.name.clone())
                                    .collect(),
                            });
                        }
                        Stop::Barrier { first, why } => {
                            let problem = in_one_file(self.scripts, (first, origin.served), &why);
                            self.refuse(origin.served, problem);
                        }
                    }
                }
                let is_last = all
                    .origins
                    .get(atom + 1)
                    .is_none_or(|next| next.served != origin.served);
                if let Some((_, mark)) = begun.take_if(|_| is_last && !origin.whole) {
                    tidy::put_together(&mut self.planning, mark, self.scripts, origin.served);
                }
            }
            self.transform(migration);
        }
        None
    }

    /// Plans one atom.
    fn one(&mut self, migration: usize, atom: usize) -> Result<(), Stop> {
        let all = &self.planning.atoms[migration];
        let line = &all.script.lines[atom];
        let text = &all.script.source.text[line.span.clone()];
        let tree = segue_catalog::parse(text).tree().stmts().next();
        let alone = Script {
            lines: vec![line.clone()],
            ..all.script.without_lines()
        };
        self.planning.session = line.session.clone();
        self.run.enter(None);
        let done = self.told(&alone, tree.as_ref());
        let line = &self.planning.atoms[migration].script.lines[atom];
        self.run.apply(line, tree.as_ref(), &Effect::default());
        let fed = self.planning.synced.iter().filter(|synced| synced.is_whole);
        self.run.fed.extend(fed.map(|synced| synced.table.clone()));
        done
    }

    /// Takes notice of an atom whose work is done with that of an earlier one.
    fn passed(&mut self, migration: usize, atom: usize) {
        let line = &self.planning.atoms[migration].script.lines[atom];
        self.run.apply(line, None, &Effect::default());
    }

    /// Plans a statement that stands alone in a script.
    fn told(&mut self, alone: &Script, tree: Option<&ast::Stmt>) -> Result<(), Stop> {
        let line = &alone.lines[0];
        if let Some(problem) = line.refused.first() {
            return Err(Stop::Refused(Problem {
                place: None,
                ..problem.clone()
            }));
        }
        let effects = [effect::of(line, tree)];
        let moment = Moment {
            scripts: self.scripts,
            script: alone,
            index: 0,
            line,
            statement: tree,
            effects: &effects,
            costs: &[],
            run: &self.run,
            facts: self.planning.facts,
            policy: self.planning.policy,
        };
        let costs = cost::of(&moment);
        let moment = Moment {
            costs: &costs,
            ..moment
        };
        if self.planning.direct {
            return crate::recipes::as_written(&moment, &mut self.planning);
        }
        if self.planning.said().expand && !said::changes_type(line) {
            return Err(Stop::Refused(
                Problem::new("there is no way to do this before contract that keeps the old app going")
                    .help("`-- segue: phase expand` is for a new type of a column, where the old app can do with it; leave it out here"),
            ));
        }
        if self.planning.said().contract && conflict::is_known(&moment) {
            return conflict::put_off(&moment, &mut self.planning);
        }
        if conflict::is_so_already(&moment, &self.planning) {
            return Ok(());
        }
        if let Some(stop) = by_name::unclear(&moment, &self.planning) {
            return Err(stop);
        }
        match conflict::of(&moment, &self.planning) {
            None => follow(&moment, &mut self.planning),
            Some(conflict) => conflict::settle(&moment, &mut self.planning, conflict),
        }
    }

    fn refuse(&mut self, served: Served, problem: Problem) {
        self.unplanned.push(served);
        let script = &self.scripts[served.migration];
        let span = script.lines[served.statement].span.clone();
        self.refused.push(problem.at(&script.source, span, "here"));
    }

    fn unplanned(self) -> Unplanned {
        Unplanned {
            by_model: self.by_model && self.refused.len() == 1,
            problems: self.refused,
        }
    }

    fn finish(self) -> Result<Plan, Unplanned> {
        if !self.refused.is_empty() {
            return Err(self.unplanned());
        }
        let Self {
            scripts,
            strategy,
            planning,
            ..
        } = self;
        let naive = scripts.iter().rev().find_map(|script| script.lines.last());
        let naive = naive.map(|line| &line.after);
        let all_tables = naive.and_then(of_all_tables);
        let proved = end::proved(planning, naive, scripts);
        let mut end = proved.map_err(|problem| Unplanned {
            problems: vec![problem],
            by_model: true,
        })?;
        let mut steps = end.expand.iter_mut().chain(&mut end.contract);
        let first = steps.next();
        if let (Some(message), Some(first), Strategy::Online) = (all_tables, first, strategy) {
            first.hazards.push(Hazard {
                rule: None,
                message,
            });
        }
        Ok(Plan {
            strategy,
            migrations: scripts.iter().map(written).collect(),
            expand: end.expand,
            contract: end.contract,
            differences: end.differences,
            barrier: None,
        })
    }
}

/// Asks the recipes, in their order.
pub(crate) fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<(), Stop> {
    for recipe in RECIPES {
        planning.recipe = recipe.name;
        let mark = planning.mark();
        match (recipe.follow)(moment, planning) {
            Ok(true) => return Ok(()),
            Ok(false) => planning.back_to(mark),
            Err(stop) => return Err(stop),
        }
    }
    planning.recipe = "as_written";
    crate::recipes::as_written(moment, planning)
}
