//! What turns one schema into another: statements, in an order in which a server takes them.

mod alter;
mod demands;
mod in_place;
mod order;
mod parts;
mod plan;
mod relevant;
mod rename;
mod retype;
mod walk;

use serde::Serialize;

use crate::{Catalog, Difference, Disparity, Name, ObjectRef, compare, render::mention::Mentions};
pub use demands::{Demand, demands};
use plan::{Plan, Side};
use walk::Walk;

/// One plan converges; another one is for what its statements changed beside what they were for.
const ROUNDS: usize = 3;

/// What is left out of a diff, and what was renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Owners, where both schemas name one.
    pub owners: bool,
    /// Privileges and default privileges.
    pub privileges: bool,
    /// The role that will run the statements, where it is known: what it makes is its own without a word.
    pub role: Option<Name>,
    /// Objects, tables' columns and values of enums that have another name in the second schema. Nothing else is ever
    /// taken for renamed.
    pub renames: Vec<Rename>,
}

impl Default for Options {
    /// Everything, and nothing renamed.
    fn default() -> Self {
        Self {
            owners: true,
            privileges: true,
            role: None,
            renames: Vec::new(),
        }
    }
}

/// An object of the first schema that the second one has under another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// What it is in the first schema: a table, a column, an index…
    pub object: ObjectRef,
    /// Its name in the second.
    pub to: Name,
}

/// What turns one schema into another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// What is done, in order.
    pub changes: Vec<Alteration>,
    /// What is different still when all of it is done, since no statement was found for it: to be told to people.
    pub remaining: Vec<Difference>,
}

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is new.
    Create,
    /// It changes in place.
    Alter,
    /// It goes.
    Drop,
    /// It has to go and come again, for its own sake or for that of something that it depends on.
    Recreate,
    /// It gets another name.
    Rename,
}

/// One change of a schema, with its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alteration {
    /// What is done.
    pub action: Action,
    /// To what. An object that is recreated appears twice: where it goes, and where it comes again.
    pub object: ObjectRef,
    /// The statements, each with its semicolon.
    pub statements: Vec<String>,
    /// Which data is lost by it, for people; `None`: none.
    pub loses: Option<String>,
}

impl Diff {
    /// Whether there is nothing to do and nothing left.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.remaining.is_empty()
    }

    /// Whether some change loses data.
    pub fn loses_data(&self) -> bool {
        self.changes.iter().any(|change| change.loses.is_some())
    }
}

/// What turns the first schema into the second.
pub fn diff(from: &Catalog, to: &Catalog, options: &Options) -> Diff {
    let mut walk = Walk::new(from, to, options);
    walk.rename();
    let mut left = differences(&walk.current, to, options);
    for number in 0..ROUNDS {
        let before = walk.changes.len();
        round(&mut walk, to, &left);
        if number > 0 {
            walk.own_constraints(&left);
        }
        if walk.changes.len() == before {
            break;
        }
        left = differences(&walk.current, to, options);
    }
    if walk.default_privileges() {
        left = differences(&walk.current, to, options);
    }
    Diff {
        changes: walk.changes,
        remaining: left,
    }
}

/// One plan, done. What of it made something else differ is left to the next one.
fn round(walk: &mut Walk<'_>, to: &Catalog, differences: &[Difference]) {
    if differences.is_empty() {
        return;
    }
    let (from, wanted) = relevant::relevant(&walk.current, to, differences);
    let (before, after) = (Mentions::of(&from), Mentions::of(&wanted));
    let (first, second) = (Side::of(&from, &before), Side::of(&wanted, &after));
    let plan = Plan::of(&first, &second, differences);
    let acts = order::order(&first, &second, &plan);
    walk.acts(&acts, &Mentions::of(to));
}

/// In what two schemas differ, as far as statements can change it and the options ask for it.
fn differences(first: &Catalog, second: &Catalog, options: &Options) -> Vec<Difference> {
    let mut differences = compare(first, second);
    differences.retain(|difference| match &difference.disparity {
        _ if difference.is_order_of_columns() || difference.is_of_inherited_not_null(first) => {
            false
        }
        Disparity::Missing | Disparity::Extra => {
            options.privileges || !matches!(difference.object, ObjectRef::DefaultPrivileges(_))
        }
        Disparity::Changed { property, .. } => match *property {
            // rows of a materialized view are data, and whether a column is a table's own beside its parents' shows in nothing
            // but how it was declared
            "populated" | "inherited" | "local" => false,
            "owner" => options.owners,
            "privileges" => options.privileges,
            _ => true,
        },
    });
    differences
}
