//! The parts that a schema is made of, one kind of object per file. Plain data: no rule lives here.

mod column;
mod constraint;
mod index;
pub(crate) mod json;
mod mentions;
mod opaque;
mod policy;
mod publication;
mod routine;
mod schema;
mod sequence;
mod statistics;
mod table;
mod trigger;
mod types;
mod view;

pub use column::{Column, Generated, Identity, NotNull};
pub use constraint::{
    Constraint, ConstraintKind, Deferral, Exclusion, ForeignKey, IndexedConstraint, Match,
    ReferentialAction,
};
pub use index::{Index, IndexKey, IndexTerm, OperatorClass};
pub use opaque::Opaque;
pub use policy::{Policy, PolicyCommand};
pub use publication::{Publication, PublishedTable};
pub use routine::{
    Argument, ArgumentMode, Body, Parallel, Returns, Routine, RoutineKind, Volatility,
};
pub use schema::{Extension, Schema};
pub use sequence::{Sequence, SequenceOptions};
pub use statistics::Statistics;
pub use table::{
    ForeignTable, Partition, PartitionBy, PartitionStrategy, Persistence, ReplicaIdentity,
    RowSecurity, Table, TableKind,
};
pub use trigger::{
    Enabled, Rule, RuleEvent, Trigger, TriggerConstraint, TriggerEvents, TriggerTiming,
};
pub use types::{Attribute, Composite, Domain, DomainConstraint, Enum, Range, Type, TypeKind};
pub use view::{CheckOption, View, ViewColumn, ViewKind};

use std::collections::BTreeMap;

/// Storage parameters, extension options and the like: name to value, as `reloptions` has them.
pub type Parameters = BTreeMap<String, String>;
