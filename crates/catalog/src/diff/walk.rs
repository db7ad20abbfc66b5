//! Doing a plan on the model: the statements of each act, from what the schema is by then.
//!
//! Every statement is lowered and applied as soon as it is written, so what it does beyond its own object (a column that
//! partitions inherit, an index that goes with a column, a privilege that comes by default) is known to the acts behind
//! it, and nothing is said twice. What goes is in `walk/drops.rs`, what comes in `walk/makes.rs`, types that come again
//! while columns of them stay in `walk/types.rs`.

mod drops;
mod makes;
mod types;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use segue_sql::Source;

use super::{Action, Alteration, Options, order::Act};
use crate::{
    Catalog, ObjectRef, QName, Session, advance,
    render::{mention::Mentions, script::later, step::Step},
};

/// Parts of tables with statements of their own.
struct Apart {
    /// Those that cannot stand in `CREATE TABLE`.
    later: HashSet<Step>,
    /// All constraints: the table of one may be there already.
    constraints: HashSet<Step>,
}

/// The schema as it is by now, and what has been done.
pub(super) struct Walk<'a> {
    pub(super) current: Catalog,
    pub(super) to: &'a Catalog,
    /// The second schema, with the names that types have meanwhile.
    aim: Catalog,
    pub(super) options: &'a Options,
    session: Session,
    pub(super) changes: Vec<Alteration>,
    /// Types that were put aside, by their names.
    aside: BTreeMap<QName, QName>,
    /// The names that new types have beside the old ones, by their own.
    beside: BTreeMap<QName, QName>,
    /// What goes to come again.
    again: BTreeSet<ObjectRef>,
    /// What is being dropped, so that circles end.
    dropping: BTreeSet<ObjectRef>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(from: &Catalog, to: &'a Catalog, options: &'a Options) -> Self {
        Self {
            current: from.clone(),
            to,
            aim: to.clone(),
            options,
            session: Session::default(),
            changes: Vec::new(),
            aside: BTreeMap::new(),
            beside: BTreeMap::new(),
            again: BTreeSet::new(),
            dropping: BTreeSet::new(),
        }
    }

    /// Does all of it.
    pub(super) fn acts(&mut self, acts: &[Act], mentions: &Mentions<'_>) {
        let made: Vec<Step> = acts
            .iter()
            .filter_map(|act| match act {
                Act::Make(step) => Some(step.clone()),
                Act::Drop(_) | Act::Beside(_) | Act::Free(_) | Act::Finish(_) => None,
            })
            .collect();
        let apart = Apart {
            later: later(self.to, mentions, &made),
            constraints: made
                .iter()
                .filter(|step| matches!(step, Step::Object(ObjectRef::Constraint(..))))
                .cloned()
                .collect(),
        };
        self.again = acts
            .iter()
            .filter_map(|act| match act {
                Act::Drop(object) if self.to.has(object) => Some(object.clone()),
                _ => None,
            })
            .collect();
        let kept: BTreeSet<QName> = acts
            .iter()
            .filter_map(|act| match act {
                Act::Finish(name) => Some(name.clone()),
                Act::Drop(_) | Act::Beside(_) | Act::Make(_) | Act::Free(_) => None,
            })
            .collect();
        for act in acts {
            match act {
                Act::Drop(ObjectRef::Type(name)) if kept.contains(name) => self.put_aside(name),
                Act::Drop(object) => self.drop(object),
                Act::Beside(name) => self.comes_beside(name),
                Act::Make(Step::Object(ObjectRef::Type(name)))
                    if self.beside.contains_key(name) =>
                {
                    self.make_beside(name, &apart);
                }
                Act::Make(step) => self.make(step, &apart),
                Act::Free(name) => self.free(name),
                Act::Finish(name) => self.finish(name),
            }
        }
    }

    /// Notes statements, and does them on the model. What the model cannot tell shows as what remains.
    pub(super) fn run(&mut self, action: Action, object: &ObjectRef, statements: Vec<String>) {
        self.run_losing(action, object, statements, None);
    }

    fn run_losing(
        &mut self,
        action: Action,
        object: &ObjectRef,
        statements: Vec<String>,
        loses: Option<String>,
    ) {
        if statements.is_empty() {
            return;
        }
        for statement in &statements {
            simulate(statement, &mut self.current, &mut self.session);
        }
        self.changes.push(Alteration {
            action,
            object: object.clone(),
            statements,
            loses,
        });
    }

    /// A sequence whose column goes stays.
    fn free(&mut self, name: &QName) {
        let sequence = self.current.sequences.get(name);
        if sequence.is_some_and(|sequence| sequence.owned_by.is_some()) {
            let object = ObjectRef::Sequence(name.clone());
            let statement = format!("ALTER SEQUENCE {name} OWNED BY NONE;");
            self.run(Action::Alter, &object, vec![statement]);
        }
    }
}

/// Does statements on a schema.
fn simulate(statements: &str, schema: &mut Catalog, session: &mut Session) {
    let source = Source::new("diff", statements);
    let Ok(split) = segue_sql::split(&source) else {
        return;
    };
    for statement in split.iter() {
        let span = statement.span.clone();
        // what cannot be told is still there when the schemas are compared at the end
        let _ = advance(&Arc::clone(&source), span, schema, session);
    }
}
