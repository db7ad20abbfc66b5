//! Views and materialized views.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    Expr, Name, ObjectRef, Privileges,
    model::{Parameters, Rule, Trigger, json::is_default},
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
    #[serde(skip_serializing_if = "is_default")]
    pub columns: Vec<Name>,
    /// What single columns have beyond their name.
    #[serde(skip_serializing_if = "is_default")]
    pub column_details: BTreeMap<Name, ViewColumn>,
    /// `security_barrier`, `security_invoker`; storage parameters of a materialized view.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: Parameters,
    /// `WITH CHECK OPTION`.
    #[serde(skip_serializing_if = "is_default")]
    pub check_option: Option<CheckOption>,
    /// Triggers (`INSTEAD OF`) by name.
    #[serde(skip_serializing_if = "is_default")]
    pub triggers: BTreeMap<Name, Trigger>,
    /// Rewrite rules by name, but for the one that makes it a view.
    #[serde(skip_serializing_if = "is_default")]
    pub rules: BTreeMap<Name, Rule>,
    /// What it reads: relations, columns where they are known, functions, types. Not compared: it follows
    /// from the query.
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
        #[serde(skip_serializing_if = "is_default")]
        populated: bool,
        /// The access method, where it is not `heap`.
        #[serde(skip_serializing_if = "is_default")]
        access_method: Option<Name>,
        /// The tablespace, where it is not the default.
        #[serde(skip_serializing_if = "is_default")]
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
    #[serde(skip_serializing_if = "is_default")]
    pub default: Option<Expr>,
    /// Privileges on this column alone.
    #[serde(skip_serializing_if = "is_default")]
    pub privileges: Privileges,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// The statistics target, where it is set (materialized views).
    #[serde(skip_serializing_if = "is_default")]
    pub statistics: Option<i32>,
}
