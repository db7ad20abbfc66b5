//! What a new database has before anybody has made anything.

use crate::{
    Name,
    model::Schema,
    privileges::{Grant, Grantee, Privileges},
};

/// The schema `public` as `initdb` makes it: from PostgreSQL 15 on only its owner may create objects in it
/// (release-15.html), and that owner is the role `pg_database_owner`.
pub(crate) fn public_schema(major: u16) -> Schema {
    let granted = |privilege| Grant {
        grantee: Grantee::Public,
        privilege,
        grantable: false,
    };
    let mut privileges = Privileges::default();
    privileges.granted.insert(granted("USAGE"));
    if major < 15 {
        privileges.granted.insert(granted("CREATE"));
    }
    Schema {
        owner: (major >= 15).then(|| Name::stored("pg_database_owner")),
        privileges,
        comment: Some("standard public schema".to_owned()),
    }
}
