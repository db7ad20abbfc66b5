//! What one major version of the server stores and another does not: no difference between two schemas.

use std::collections::BTreeSet;

use crate::{
    Name, Privileges, builtin,
    model::{NotNull, Schema},
    privileges::Grant,
};

/// The first major version whose NOT NULL of a column is a constraint with a name (release-18.html).
const NAMED_NOT_NULL: u16 = 18;

/// The first major version whose NOT NULL of a domain is a constraint with a name (release-17.html).
const NAMED_DOMAIN_NOT_NULL: u16 = 17;

/// The first major version with the privilege `MAINTAIN` (release-17.html).
const MAINTAIN: u16 = 17;

/// The first major version with unlogged sequences (release-15.html).
const UNLOGGED_SEQUENCES: u16 = 15;

/// The first major version whose schema `public` belongs to `pg_database_owner` and is closed (release-15.html).
const CLOSED_PUBLIC: u16 = 15;

/// Whether a column's NOT NULL has a name.
pub(crate) fn names_not_null(major: u16) -> bool {
    major >= NAMED_NOT_NULL
}

/// Whether a domain's NOT NULL has a name.
pub(crate) fn names_not_null_of_domains(major: u16) -> bool {
    major >= NAMED_DOMAIN_NOT_NULL
}

/// A column's NOT NULL as far as servers of this and later major versions have it.
pub(super) fn not_null(not_null: Option<&NotNull>, major: u16) -> Option<NotNull> {
    flag_only(not_null, !names_not_null(major))
}

/// A domain's NOT NULL as far as servers of this and later major versions have it.
pub(super) fn domain_not_null(not_null: Option<&NotNull>, major: u16) -> Option<NotNull> {
    flag_only(not_null, !names_not_null_of_domains(major))
}

/// Without names there is nothing but whether it holds.
fn flag_only(not_null: Option<&NotNull>, flag: bool) -> Option<NotNull> {
    let not_null = not_null?;
    let NotNull {
        name,
        no_inherit,
        validated,
        inherited,
        local,
        comment,
    } = not_null.clone();
    Some(if flag {
        NotNull {
            validated,
            ..NotNull::named(None)
        }
    } else {
        NotNull {
            name,
            no_inherit,
            validated,
            inherited,
            local,
            comment,
        }
    })
}

/// Privileges as far as servers of this and later major versions have them.
pub(crate) fn privileges(privileges: &Privileges, major: u16) -> Privileges {
    let Privileges { granted, revoked } = privileges;
    let known = |grants: &BTreeSet<Grant>| {
        grants
            .iter()
            .filter(|grant| major >= MAINTAIN || grant.privilege != "MAINTAIN")
            .cloned()
            .collect()
    };
    Privileges {
        granted: known(granted),
        revoked: known(revoked),
    }
}

/// Whether servers of this and later major versions know unlogged sequences.
pub(crate) fn have_sequence_persistence(major: u16) -> bool {
    major >= UNLOGGED_SEQUENCES
}

/// A schema as it would be on a server of the major version that `beside` is of: `public` has other privileges and
/// another owner from 15 on. Privileges that are the same anyway stay.
pub(crate) fn aligned(
    name: &Name,
    schema: &Schema,
    own: u16,
    beside: &Schema,
    wanted: u16,
) -> Schema {
    let mut schema = schema.clone();
    if name != "public" || (own < CLOSED_PUBLIC) == (wanted < CLOSED_PUBLIC) {
        return schema;
    }
    let (default, other) = (builtin::public_schema(own), builtin::public_schema(wanted));
    if schema.owner == default.owner {
        schema.owner = other.owner;
    }
    if schema.privileges == beside.privileges {
        return schema;
    }
    let (default, other) = (default.privileges.granted, other.privileges.granted);
    let taken_away: BTreeSet<Grant> = default
        .difference(&schema.privileges.granted)
        .cloned()
        .collect();
    schema
        .privileges
        .granted
        .retain(|grant| !default.contains(grant));
    schema
        .privileges
        .granted
        .extend(other.difference(&taken_away).cloned());
    schema
}
