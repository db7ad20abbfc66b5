use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    Expr, Name, ObjectRef, Privileges,
    model::{Parameters, Rule, Trigger},
};

/// A view or a materialized view. Its columns' types are not inferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// Plain or materialized.
    pub kind: ViewKind,
    /// The query, without a semicolon.
    pub query: Expr,
    /// Its columns in order, as far as they are known: all of them where a server was asked or the
    /// statement lists them, else none.
    pub columns: Vec<Name>,
    /// What single columns have beyond their name.
    pub column_details: BTreeMap<Name, ViewColumn>,
    /// `security_barrier`, `security_invoker`; storage parameters of a materialized view.
    pub parameters: Parameters,
    /// `WITH CHECK OPTION`.
    pub check_option: Option<CheckOption>,
    /// Triggers (`INSTEAD OF`) by name.
    pub triggers: BTreeMap<Name, Trigger>,
    /// Rewrite rules by name, but for the one that makes it a view.
    pub rules: BTreeMap<Name, Rule>,
    /// What it reads: relations, columns where they are known, functions, types. Not compared: it follows
    /// from the query.
    pub depends_on: BTreeSet<ObjectRef>,
    /// Its owner; `None`: the role that deploys.
    pub owner: Option<Name>,
    /// Privileges beyond the default.
    pub privileges: Privileges,
    /// Its comment.
    pub comment: Option<String>,
}

impl View {
    /// A view of a query.
    pub fn new(kind: ViewKind, query: Expr) -> Self {
        Self {
            kind,
            query,
            columns: Vec::new(),
            column_details: BTreeMap::new(),
            parameters: Parameters::new(),
            check_option: None,
            triggers: BTreeMap::new(),
            rules: BTreeMap::new(),
            depends_on: BTreeSet::new(),
            owner: None,
            privileges: Privileges::default(),
            comment: None,
        }
    }

    /// Whether it is materialized.
    pub fn is_materialized(&self) -> bool {
        matches!(self.kind, ViewKind::Materialized { .. })
    }
}

/// Plain or materialized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewKind {
    /// A query that runs when it is read.
    Plain,
    /// A query whose result is kept.
    Materialized {
        /// `WITH DATA`, or refreshed since.
        populated: bool,
        /// The access method, where it is not `heap`.
        access_method: Option<Name>,
        /// The tablespace, where it is not the default.
        tablespace: Option<Name>,
    },
}

/// How rows written through a view are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOption {
    /// Against this view only.
    Local,
    /// Against the views below too.
    Cascaded,
}

/// What a view's column has beyond its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ViewColumn {
    /// Its default for inserts through the view.
    pub default: Option<Expr>,
    /// Privileges on this column alone.
    pub privileges: Privileges,
    /// Its comment.
    pub comment: Option<String>,
    /// The statistics target, where it is set (materialized views).
    pub statistics: Option<i32>,
}
