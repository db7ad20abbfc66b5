//! A plan is carried out on a database that is a set of what is done, and everything stops at every point: after the record of
//! an intent, after the work, after the record of the outcome. However often it stops, it ends where it would have ended.

use std::collections::BTreeSet;

use segue_plan::{Batches, Effect, Phase, Strategy, Timeouts};

use super::*;

/// What is there: each thing that a step or an action makes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct World {
    things: BTreeSet<String>,
    /// How often rows were written that may be written once only.
    written: usize,
    journal: Vec<StepRecord>,
}

/// Where it stops: before what number of the points at which it could.
struct Stops {
    at: Option<usize>,
    passed: usize,
}

impl Stops {
    fn here(&mut self) -> bool {
        self.passed += 1;
        self.at == Some(self.passed)
    }
}

fn step(phase: Phase, name: &str, action: Action, undo: Undo) -> Step {
    Step {
        phase,
        serves: Vec::new(),
        recipe: "as_written".into(),
        title: name.to_owned(),
        action,
        settings: Vec::new(),
        effect: Effect::default(),
        timeouts: Timeouts {
            lock: None,
            statement: None,
        },
        hazards: Vec::new(),
        verify: Some(name.to_owned()),
        keep: None,
        undo,
        hindrances: Vec::new(),
        estimate: None,
    }
}

fn alone(text: &str) -> Action {
    Action::Alone(text.to_owned())
}

fn transaction(text: &str) -> Action {
    Action::Transaction(vec![text.to_owned()])
}

fn plan() -> Plan {
    let batches = Action::Batches(Batches {
        table: segue_catalog::QName::new("public", "t"),
        besides: None,
        before: Vec::new(),
        statement: "fill".to_owned(),
        done: String::new(),
        left: None,
        pace: segue_plan::OwnPace::default(),
        compares: false,
        found: None,
        copies: false,
    });
    let undo = |actions: &[Action]| Undo::Actions(actions.to_vec());
    Plan {
        strategy: Strategy::Online,
        migrations: Vec::new(),
        expand: vec![
            step(
                Phase::Expand,
                "a",
                transaction("+a"),
                undo(&[transaction("-a")]),
            ),
            step(Phase::Expand, "b", alone("+b"), undo(&[alone("-b")])),
            step(Phase::Expand, "fill", batches, Undo::Nothing),
            step(
                Phase::Expand,
                "c",
                transaction("+c"),
                undo(&[transaction("-c"), alone("+d"), transaction("-d")]),
            ),
        ],
        contract: vec![
            step(Phase::Contract, "e", alone("+e"), Undo::Nothing),
            step(Phase::Contract, "f", transaction("+f"), Undo::Nothing),
        ],
        differences: Vec::new(),
        barrier: None,
    }
}

/// The database does something; what it does twice it refuses, as a server refuses to make what is there.
fn does(world: &mut World, text: &str) {
    match text.split_at(1) {
        ("+", thing) => assert!(world.things.insert(thing.to_owned()), "{thing} is there"),
        ("-", thing) => assert!(world.things.remove(thing), "{thing} is not there"),
        _ => world.written += 1,
    }
}

fn keep(world: &mut World, step: usize, state: StepState, part: usize) {
    world.journal.retain(|record| record.step != step);
    world.journal.push(StepRecord { step, state, part });
}

/// Carries a plan out as far as it goes; false: it stopped.
fn carry(plan: &Plan, world: &mut World, goal: Goal, stops: &mut Stops) -> bool {
    let steps = plan.steps().count();
    let mut answer = None;
    loop {
        let journal = Journal::new(steps, &world.journal);
        match next(plan, &journal, goal, answer) {
            Move::Finish => return true,
            Move::Ask(step) => {
                let is_done = world.things.contains(&plan_step(plan, step).title);
                answer = Some(Answer { step, is_done });
            }
            Move::Record(step) => keep(world, step, StepState::Done, 0),
            Move::Run(step) => {
                if !run(plan, world, step, stops) {
                    return false;
                }
            }
            Move::Undo { step, part } => {
                if !undo(plan, world, (step, part), stops) {
                    return false;
                }
            }
        }
        if stops.here() {
            return false;
        }
    }
}

fn run(plan: &Plan, world: &mut World, step: usize, stops: &mut Stops) -> bool {
    match &plan_step(plan, step).action {
        Action::Transaction(statements) => {
            statements.iter().for_each(|text| does(world, text));
            keep(world, step, StepState::Done, 0);
            return true;
        }
        Action::Batches(_) | Action::Transform(_) => {
            keep(world, step, StepState::Begun, 0);
            if stops.here() {
                return false;
            }
            // one batch, whose checkpoint is in its transaction
            if world.written == 0 {
                does(world, "fill");
            }
        }
        Action::Alone(text) => {
            keep(world, step, StepState::Begun, 0);
            if stops.here() {
                return false;
            }
            does(world, text);
        }
    }
    if stops.here() {
        return false;
    }
    keep(world, step, StepState::Done, 0);
    true
}

fn undo(plan: &Plan, world: &mut World, (step, part): (usize, usize), stops: &mut Stops) -> bool {
    let actions = way_back(plan_step(plan, step));
    let after = |part: usize| match part >= actions.len() {
        true => StepState::Undone,
        false => StepState::Undoing,
    };
    match actions.get(part) {
        None => {}
        Some(Action::Alone(text)) => {
            keep(world, step, StepState::Undoing, part);
            if stops.here() {
                return false;
            }
            // what is there already, or is not there any more, is taken for done
            let (sign, thing) = text.split_at(1);
            if world.things.contains(thing) == (sign == "-") {
                does(world, text);
            }
            if stops.here() {
                return false;
            }
        }
        Some(action) => action
            .statements()
            .iter()
            .for_each(|text| does(world, text)),
    }
    keep(world, step, after(part + 1), part + 1);
    true
}

/// Every way to stop up to three times on the way from a world to a goal.
fn every_stop(plan: &Plan, world: &World, goal: Goal, check: &mut dyn FnMut(&World)) {
    fn go(plan: &Plan, world: &World, goal: Goal, left: usize, check: &mut dyn FnMut(&World)) {
        for at in 1.. {
            let mut stops = Stops {
                at: (left > 0).then_some(at),
                passed: 0,
            };
            let mut stopped = world.clone();
            if carry(plan, &mut stopped, goal, &mut stops) {
                check(&stopped);
                return;
            }
            go(plan, &stopped, goal, left - 1, check);
        }
    }
    go(plan, world, goal, 3, check);
}

fn things(world: &World) -> Vec<&str> {
    world.things.iter().map(String::as_str).collect()
}

#[test]
fn wherever_it_stops_it_ends_where_it_would_have() {
    let plan = plan();
    let mut seen = 0;
    every_stop(&plan, &World::default(), Goal::Contract, &mut |world| {
        assert_eq!(things(world), ["a", "b", "c", "e", "f"]);
        assert_eq!(world.written, 1);
        seen += 1;
    });
    assert!(seen > 100, "{seen}");
}

#[test]
fn expand_leaves_the_second_phase_alone() {
    let plan = plan();
    every_stop(&plan, &World::default(), Goal::Expand, &mut |world| {
        assert_eq!(things(world), ["a", "b", "c"]);
    });
}

#[test]
fn from_wherever_it_stopped_it_can_be_taken_back() {
    let plan = plan();
    for at in 1.. {
        let mut world = World::default();
        let mut stops = Stops {
            at: Some(at),
            passed: 0,
        };
        let ended = carry(&plan, &mut world, Goal::Expand, &mut stops);
        every_stop(&plan, &world, Goal::Back, &mut |back| {
            assert_eq!(things(back), Vec::<&str>::new(), "stopped at {at}");
        });
        if ended {
            return;
        }
    }
}

#[test]
fn what_was_sent_is_asked_about_before_it_is_sent_again() {
    let plan = plan();
    let begun = |step| StepRecord {
        step,
        state: StepState::Begun,
        part: 0,
    };
    let done = StepRecord {
        state: StepState::Done,
        ..begun(0)
    };
    let journal = Journal::new(6, &[done, begun(1)]);
    let at = |answer| next(&plan, &journal, Goal::Expand, answer);
    assert_eq!(at(None), Move::Ask(1));
    let said = |is_done| Some(Answer { step: 1, is_done });
    assert_eq!(at(said(true)), Move::Record(1));
    assert_eq!(at(said(false)), Move::Run(1));
    let other = Some(Answer {
        step: 0,
        is_done: true,
    });
    assert_eq!(at(other), Move::Ask(1));
}
