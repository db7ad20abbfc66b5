//! `GRANT` and `REVOKE` for what differs.

use std::collections::{BTreeMap, BTreeSet};

use super::Alter;
use crate::{
    Catalog, DefaultPrivilegesKey, Grant, Grantee, Name, Privileges,
    compare::majors,
    render::{
        literal::join,
        privileges::{of_new_objects, role},
    },
};

impl Alter<'_> {
    /// The privileges on an object, which `GRANT` names as in `on`, or on one column of it.
    pub(super) fn privileges(
        &mut self,
        on: &str,
        column: Option<&Name>,
        owner: Option<&Name>,
        first: &Privileges,
        second: &Privileges,
    ) {
        if self.options.privileges {
            let major = self.both.from.major.min(self.both.to.major);
            let first = majors::privileges(first, major);
            let second = majors::privileges(second, major);
            self.statements
                .extend(changes(&first, &second, on, column, owner));
        }
    }
}

/// The statements that turn one side's default privileges into the other's, for one key.
pub(in super::super) fn default_privileges(
    from: &Catalog,
    to: &Catalog,
    key: &DefaultPrivilegesKey,
) -> Vec<String> {
    let nothing = Privileges::default();
    let line = |catalog: &Catalog| {
        let found = catalog.default_privileges.get(key).unwrap_or(&nothing);
        majors::privileges(found, from.major.min(to.major))
    };
    let (start, kind) = of_new_objects(key);
    changes(&line(from), &line(to), kind, None, key.role.as_ref())
        .into_iter()
        .map(|statement| format!("{start} {statement}"))
        .collect()
}

/// What one statement can say for one grantee.
#[derive(Default)]
struct Words<'a> {
    granted: BTreeMap<(&'a Grantee, bool), BTreeSet<&'static str>>,
    revoked: BTreeMap<&'a Grantee, BTreeSet<&'static str>>,
    options: BTreeMap<&'a Grantee, BTreeSet<&'static str>>,
}

/// The statements that turn one set of privileges into another.
fn changes(
    first: &Privileges,
    second: &Privileges,
    on: &str,
    column: Option<&Name>,
    owner: Option<&Name>,
) -> Vec<String> {
    let words = words(first, second);
    let column = column.map(|name| format!(" ({name})")).unwrap_or_default();
    let listed =
        |names: &BTreeSet<&str>| join(names.iter().map(|name| format!("{name}{column}")), ", ");
    let mut statements = Vec::new();
    for (grantee, names) in &words.revoked {
        let (names, from) = (listed(names), role(grantee, owner));
        statements.push(format!("REVOKE {names} ON {on} FROM {from};"));
    }
    for (grantee, names) in &words.options {
        let (names, from) = (listed(names), role(grantee, owner));
        statements.push(format!(
            "REVOKE GRANT OPTION FOR {names} ON {on} FROM {from};"
        ));
    }
    for ((grantee, option), names) in &words.granted {
        let (names, to) = (listed(names), role(grantee, owner));
        let option = if *option { " WITH GRANT OPTION" } else { "" };
        statements.push(format!("GRANT {names} ON {on} TO {to}{option};"));
    }
    statements
}

fn words<'a>(first: &'a Privileges, second: &'a Privileges) -> Words<'a> {
    let mut words = Words::default();
    let find = |grants: &'a BTreeSet<Grant>, like: &Grant| -> Option<&'a Grant> {
        let same =
            |grant: &&Grant| grant.grantee == like.grantee && grant.privilege == like.privilege;
        grants.iter().find(same)
    };
    let mut revoke = |grant: &'a Grant| {
        let names = words.revoked.entry(&grant.grantee).or_default();
        names.insert(grant.privilege);
    };
    let gone = first.granted.iter();
    gone.filter(|grant| find(&second.granted, grant).is_none())
        .for_each(&mut revoke);
    let taken = second.revoked.iter();
    taken
        .filter(|grant| find(&first.revoked, grant).is_none())
        .for_each(&mut revoke);
    for grant in &second.granted {
        let known = find(&first.granted, grant);
        if known.is_some_and(|known| known.grantable && !grant.grantable) {
            let names = words.options.entry(&grant.grantee).or_default();
            names.insert(grant.privilege);
        } else if known.is_none_or(|known| !known.grantable && grant.grantable) {
            let key = (&grant.grantee, grant.grantable);
            words
                .granted
                .entry(key)
                .or_default()
                .insert(grant.privilege);
        }
    }
    for grant in &first.revoked {
        if find(&second.revoked, grant).is_none() {
            let key = (&grant.grantee, grant.grantable);
            words
                .granted
                .entry(key)
                .or_default()
                .insert(grant.privilege);
        }
    }
    words
}
