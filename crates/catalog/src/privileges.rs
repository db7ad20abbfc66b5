//! Who may do what with an object, as what differs from the server's built-in defaults.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{Name, model::json::is_default};

/// Who has a privilege.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// The owner of the object, whoever that is.
    Owner,
    /// Everybody.
    Public,
    /// A role.
    Role(Name),
}

/// A privilege, as `GRANT` names it, in upper case: `SELECT`, `USAGE`, `EXECUTE`…
pub type Privilege = &'static str;

/// One privilege of one grantee. Who granted it is not kept: it is the owner in all but exotic set-ups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Grant {
    /// Who has it.
    pub grantee: Grantee,
    /// What it allows.
    pub privilege: Privilege,
    /// Whether it may be passed on (`WITH GRANT OPTION`).
    #[serde(skip_serializing_if = "is_default")]
    pub grantable: bool,
}

/// The privileges on an object, as the difference from what `acldefault` of the server gives its kind
/// (ddl-priv.html, table "Summary of Access Privileges"): the same for every owner, and empty for most objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Privileges {
    /// What has been granted beyond the default.
    #[serde(skip_serializing_if = "is_default")]
    pub granted: BTreeSet<Grant>,
    /// What the default gives and has been taken away.
    #[serde(skip_serializing_if = "is_default")]
    pub revoked: BTreeSet<Grant>,
}

impl Privileges {
    /// Whether nothing differs from the default.
    pub fn is_default(&self) -> bool {
        self.granted.is_empty() && self.revoked.is_empty()
    }
}

/// Which objects a line of default privileges is about (`pg_default_acl.defaclobjtype`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultFor {
    /// Tables and views.
    Tables,
    /// Sequences.
    Sequences,
    /// Functions and procedures.
    Functions,
    /// Types and domains.
    Types,
    /// Schemas.
    Schemas,
    /// Large objects (PostgreSQL 18).
    LargeObjects,
}

/// Whose new objects, where and of which kind, get these privileges (`ALTER DEFAULT PRIVILEGES`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DefaultPrivilegesKey {
    /// The role that makes the objects; `None`: the role that deploys.
    #[serde(skip_serializing_if = "is_default")]
    pub role: Option<Name>,
    /// Only in this schema.
    #[serde(skip_serializing_if = "is_default")]
    pub schema: Option<Name>,
    /// Which objects.
    pub objects: DefaultFor,
}
