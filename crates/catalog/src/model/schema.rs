//! Schemas and extensions.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{Name, Privileges, model::json::is_default};

/// A schema (namespace).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Schema {
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

/// An installed extension. Its objects are its own business: they are not part of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// The schema that its objects are in.
    pub schema: Name,
    /// Its version; `None`: the server's default for it.
    #[serde(skip_serializing_if = "is_default")]
    pub version: Option<String>,
    /// Its comment, where it is not the one that its control file gives.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
    /// Names of the types that it brings, as far as they are known: so that they can be found in a
    /// `search_path`. Not compared.
    #[serde(skip)]
    pub types: BTreeSet<Name>,
}
