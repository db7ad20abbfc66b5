//! The model as SQL again, and as a tree for people.
//!
//! [`sql`] writes a whole schema, [`object`] one object with what hangs on it. The single statements are functions of
//! their own ([`create_table`], [`create_index`]…), for whoever changes a schema step by step: a file for each kind of
//! object, named as in `model/`.
//!
//! How a script comes about: `step.rs` has the steps, `edges.rs` what must be before what, [`graph`] the order, `emit.rs`
//! and `dress.rs` the statements of each, `script.rs` the whole. The tree for people is in `tree.rs`.

mod address;
pub(crate) mod column;
pub(crate) mod constraint;
mod dress;
pub(crate) mod edges;
pub(crate) mod emit;
pub(crate) mod family;
pub mod graph;
mod index;
pub(crate) mod literal;
pub(crate) mod made_by;
pub(crate) mod mention;
pub(crate) mod name;
mod part;
pub(crate) mod privileges;
pub(crate) mod publication;
mod routine;
pub(crate) mod script;
pub(crate) mod sequence;
pub(crate) mod step;
pub(crate) mod table;
mod tree;
mod tree_table;
pub(crate) mod trigger;
mod types;
pub(crate) mod view;

pub use address::address;
pub use column::{column_definition, identity_clause};
pub use constraint::{add_constraint, constraint_definition, named_constraint};
pub use index::{IndexBuild, attach_index, create_index, create_statistics, key};
pub use literal::dollar_quoted;

pub use crate::quote::literal;
pub use privileges::{default_privileges, grants, owner};
pub use publication::{create_extension, create_publication};
pub use routine::{argument, arguments, create_routine, returns};
pub use sequence::{create_sequence, next_value_of, owned_by};
pub use table::{alter, create_table};
pub(crate) use tree::group;
pub use tree::{Tree, tree};
pub use trigger::{create_policy, create_rule, create_trigger, enable_rule, enable_trigger};
pub use types::{create_type, domain_constraint};
pub use view::create_view;

use crate::{Catalog, ObjectRef};

/// What is written beside the objects themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// `OWNER TO`, where the owner is not the role that deploys.
    pub owners: bool,
    /// `GRANT`, `REVOKE` and `ALTER DEFAULT PRIVILEGES`.
    pub privileges: bool,
}

impl Default for Options {
    /// Everything.
    fn default() -> Self {
        Self {
            owners: true,
            privileges: true,
        }
    }
}

/// The whole schema as SQL. Run in an empty database of the same major version, it gives the same schema.
///
/// What the model does not know the parts of is named in comments at the head, and so is what SQL cannot bring about.
pub fn sql(catalog: &Catalog) -> String {
    script::Script::of(catalog, Options::default()).whole()
}

/// One object as SQL, with what hangs on it: of a table its sequences, indexes, triggers, policies, comments and
/// privileges. `None` where there is no such object.
pub fn object(catalog: &Catalog, object: &ObjectRef) -> Option<String> {
    script::Script::of(catalog, Options::default()).one(object)
}

/// Ends a statement. One that ends in a line comment needs a new line for that.
fn statement(mut text: String) -> String {
    let last = text.lines().last().unwrap_or_default();
    if last.contains("--") {
        text.push('\n');
    }
    text.push(';');
    text
}
