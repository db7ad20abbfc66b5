//! `GRANT`, `REVOKE` and `ALTER DEFAULT PRIVILEGES`.

use std::collections::{BTreeMap, BTreeSet};

use super::literal::join;
use crate::{DefaultFor, DefaultPrivilegesKey, Grant, Grantee, Name, Privileges, model::Schema};

/// The owner of an object as SQL names it. The owner that nobody knows is the role that deploys.
pub fn owner(owner: Option<&Name>) -> String {
    owner.map_or_else(|| "CURRENT_USER".to_owned(), Name::to_string)
}

/// A role as SQL names it.
pub(crate) fn role(grantee: &Grantee, of: Option<&Name>) -> String {
    match grantee {
        Grantee::Owner => owner(of),
        Grantee::Public => "PUBLIC".to_owned(),
        Grantee::Role(name) => name.to_string(),
    }
}

/// The statements that give an object these privileges, or those of one column of it.
///
/// `on` is the object as `GRANT` names it: `TABLE app.users`.
pub fn grants(
    privileges: &Privileges,
    on: &str,
    column: Option<&Name>,
    owner: Option<&Name>,
) -> Vec<String> {
    let column = column.map(|name| format!(" ({name})")).unwrap_or_default();
    let listed = |names: &[&str]| join(names.iter().map(|name| format!("{name}{column}")), ", ");
    let revoked = grouped(&privileges.revoked).into_iter();
    let granted = grouped(&privileges.granted).into_iter();
    let revoked = revoked.map(|((grantee, _), names)| {
        let from = role(grantee, owner);
        format!("REVOKE {} ON {on} FROM {from};", listed(&names))
    });
    let granted = granted.map(|((grantee, option), names)| {
        let to = role(grantee, owner);
        format!(
            "GRANT {} ON {on} TO {to}{};",
            listed(&names),
            with_option(option)
        )
    });
    revoked.chain(granted).collect()
}

fn with_option(grantable: bool) -> &'static str {
    if grantable { " WITH GRANT OPTION" } else { "" }
}

/// The privileges that one statement can name together.
fn grouped(grants: &BTreeSet<Grant>) -> BTreeMap<(&Grantee, bool), Vec<&'static str>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for grant in grants {
        let group = groups.entry((&grant.grantee, grant.grantable)).or_default();
        group.push(grant.privilege);
    }
    groups
}

/// The statements that turn the privileges of the server's own `public` into these.
pub(crate) fn grants_beyond(builtin: &Schema, schema: &Schema, on: &str) -> Vec<String> {
    let difference = Privileges {
        granted: &schema.privileges.granted - &builtin.privileges.granted,
        revoked: &(&schema.privileges.revoked - &builtin.privileges.revoked)
            | &(&builtin.privileges.granted - &schema.privileges.granted),
    };
    grants(&difference, on, None, schema.owner.as_ref())
}

/// `ALTER DEFAULT PRIVILEGES`.
pub fn default_privileges(key: &DefaultPrivilegesKey, privileges: &Privileges) -> Vec<String> {
    let (start, kind) = of_new_objects(key);
    grants(privileges, kind, None, key.role.as_ref())
        .into_iter()
        .map(|statement| format!("{start} {statement}"))
        .collect()
}

/// `ALTER DEFAULT PRIVILEGES …`, in front of a `GRANT` or `REVOKE`; and what stands behind its `ON`.
pub(crate) fn of_new_objects(key: &DefaultPrivilegesKey) -> (String, &'static str) {
    let mut start = "ALTER DEFAULT PRIVILEGES".to_owned();
    if let Some(role) = &key.role {
        start.push_str(&format!(" FOR ROLE {role}"));
    }
    if let Some(schema) = &key.schema {
        start.push_str(&format!(" IN SCHEMA {schema}"));
    }
    let kind = match key.objects {
        DefaultFor::Tables => "TABLES",
        DefaultFor::Sequences => "SEQUENCES",
        DefaultFor::Functions => "FUNCTIONS",
        DefaultFor::Types => "TYPES",
        DefaultFor::Schemas => "SCHEMAS",
        DefaultFor::LargeObjects => "LARGE OBJECTS",
    };
    (start, kind)
}
