//! Functions, procedures and aggregates.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    DataType, Expr, Name, ObjectRef, Privileges, QName,
    model::{Parameters, json::is_default},
};

/// A function, procedure or aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Routine {
    /// What kind it is.
    pub kind: RoutineKind,
    /// All its arguments, in order, those of `RETURNS TABLE` included.
    #[serde(skip_serializing_if = "is_default")]
    pub arguments: Vec<Argument>,
    /// What it gives; `None` for procedures without output.
    #[serde(skip_serializing_if = "is_default")]
    pub returns: Option<Returns>,
    /// The language.
    pub language: Name,
    /// What it does.
    pub body: Body,
    /// `IMMUTABLE`, `STABLE`, `VOLATILE`.
    #[serde(skip_serializing_if = "is_default")]
    pub volatility: Volatility,
    /// `STRICT`: NULL where an argument is.
    #[serde(skip_serializing_if = "is_default")]
    pub strict: bool,
    /// `SECURITY DEFINER`.
    #[serde(skip_serializing_if = "is_default")]
    pub security_definer: bool,
    /// `LEAKPROOF`.
    #[serde(skip_serializing_if = "is_default")]
    pub leakproof: bool,
    /// `PARALLEL`.
    #[serde(skip_serializing_if = "is_default")]
    pub parallel: Parallel,
    /// `COST`, as the server prints it, where it is not the language's default.
    #[serde(skip_serializing_if = "is_default")]
    pub cost: Option<String>,
    /// `ROWS`, as the server prints it, where it is not 1000.
    #[serde(skip_serializing_if = "is_default")]
    pub rows: Option<String>,
    /// `SET parameter TO value`.
    #[serde(skip_serializing_if = "is_default")]
    pub settings: Parameters,
    /// `SUPPORT`.
    #[serde(skip_serializing_if = "is_default")]
    pub support: Option<QName>,
    /// `TRANSFORM FOR TYPE`.
    #[serde(skip_serializing_if = "is_default")]
    pub transforms: Vec<DataType>,
    /// What it uses, where that is known (`BEGIN ATOMIC`). Not compared.
    #[serde(skip_serializing_if = "is_default")]
    pub depends_on: BTreeSet<ObjectRef>,
    /// Its owner; `None`: the role that deploys.
    #[serde(skip_serializing_if = "is_default")]
    pub owner: Option<Name>,
    /// Privileges beyond the default.
    #[serde(skip_serializing_if = "is_default")]
    pub privileges: Privileges,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// What kind a routine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutineKind {
    /// `CREATE FUNCTION`.
    Function,
    /// `CREATE FUNCTION … WINDOW`.
    Window,
    /// `CREATE PROCEDURE`.
    Procedure,
    /// `CREATE AGGREGATE`; its parameters (`sfunc`, `stype`, `initcond`…) by name, as SQL.
    Aggregate {
        /// The parameters.
        #[serde(skip_serializing_if = "is_default")]
        parameters: Parameters,
        /// How many of the arguments are direct, for ordered-set and hypothetical-set aggregates.
        #[serde(skip_serializing_if = "is_default")]
        direct_arguments: Option<u16>,
        /// `HYPOTHETICAL`.
        #[serde(skip_serializing_if = "is_default")]
        hypothetical: bool,
    },
}

/// An argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Argument {
    /// Which way it goes.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: ArgumentMode,
    /// Its name, if it has one.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Option<Name>,
    /// Its type.
    pub data_type: DataType,
    /// Its default.
    #[serde(skip_serializing_if = "is_default")]
    pub default: Option<Expr>,
}

/// Which way an argument goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentMode {
    /// `IN`.
    #[default]
    In,
    /// `OUT`.
    Out,
    /// `INOUT`.
    InOut,
    /// `VARIADIC`.
    Variadic,
    /// A column of `RETURNS TABLE`.
    Table,
}

/// What a function gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Returns {
    /// The type; `record` for several output arguments.
    pub data_type: DataType,
    /// `SETOF`, also of `RETURNS TABLE`.
    #[serde(skip_serializing_if = "is_default")]
    pub set: bool,
}

/// What a routine does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// `AS 'text'`.
    Text(String),
    /// `AS 'object file', 'symbol'`.
    Object {
        /// The library.
        file: String,
        /// The symbol in it.
        symbol: String,
    },
    /// `BEGIN ATOMIC … END` or `RETURN …`, parsed when it is created.
    Sql(Expr),
    /// Of an aggregate: none.
    None,
}

/// How much a routine's result depends on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Volatility {
    /// Anything.
    #[default]
    Volatile,
    /// The same within a statement.
    Stable,
    /// Always the same.
    Immutable,
}

/// Whether a routine may run in a parallel worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Parallel {
    /// No.
    #[default]
    Unsafe,
    /// Only in the leader.
    Restricted,
    /// Yes.
    Safe,
}
