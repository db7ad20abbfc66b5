//! An access control list in full: who has what, and may pass it on. `Privileges` is its difference from the default.

use std::collections::BTreeMap;

use crate::{Grant, Grantee, Name, Privilege, Privileges, change::PrivilegesChange};

use super::defaults::{self, Kind};

/// Who has which privilege, and whether it may be passed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct List(BTreeMap<(Grantee, Privilege), bool>);

impl List {
    /// `acldefault`: the owner has all, without grant options (those come from owning it); some kinds are public.
    pub(super) fn by_default(kind: Kind, major: u16) -> Self {
        let of = |grantee: Grantee, privileges: &'static [Privilege]| {
            privileges
                .iter()
                .map(move |privilege| ((grantee.clone(), *privilege), false))
        };
        let owner = of(Grantee::Owner, defaults::of_owner(kind, major));
        Self(
            owner
                .chain(of(Grantee::Public, defaults::of_public(kind)))
                .collect(),
        )
    }

    /// The whole list of an object.
    pub(super) fn expanded(privileges: &Privileges, defaults: &Self) -> Self {
        let mut list = defaults.clone();
        for gone in &privileges.revoked {
            list.0.remove(&(gone.grantee.clone(), gone.privilege));
        }
        list.add(privileges);
        list
    }

    /// Adds what was granted, as `aclmerge` does.
    pub(super) fn add(&mut self, privileges: &Privileges) {
        for grant in &privileges.granted {
            self.grant(grant.grantee.clone(), grant.privilege, grant.grantable);
        }
    }

    /// What differs from the default.
    pub(super) fn difference(&self, defaults: &Self) -> Privileges {
        let line = |((grantee, privilege), grantable): (&(Grantee, Privilege), &bool)| Grant {
            grantee: grantee.clone(),
            privilege,
            grantable: *grantable,
        };
        Privileges {
            granted: self
                .0
                .iter()
                .filter(|(key, grantable)| defaults.0.get(*key) != Some(*grantable))
                .map(line)
                .collect(),
            revoked: defaults
                .0
                .iter()
                .filter(|(key, _)| !self.0.contains_key(*key))
                .map(line)
                .collect(),
        }
    }

    /// `GRANT` or `REVOKE`; the owner may be named as any other role.
    pub(super) fn change(&mut self, change: &PrivilegesChange, owner: Option<&Name>) {
        for grantee in &change.grantees {
            let grantee = match grantee {
                Grantee::Role(name) if Some(name) == owner => Grantee::Owner,
                other => other.clone(),
            };
            for privilege in &change.privileges {
                match (change.grant, change.grant_option) {
                    (true, grantable) => self.grant(grantee.clone(), privilege, grantable),
                    (false, false) => {
                        self.0.remove(&(grantee.clone(), *privilege));
                    }
                    (false, true) => self.keep_without_option(&grantee, privilege),
                }
            }
        }
    }

    /// `REVOKE GRANT OPTION FOR` leaves the privilege.
    fn keep_without_option(&mut self, grantee: &Grantee, privilege: Privilege) {
        if let Some(grantable) = self.0.get_mut(&(grantee.clone(), privilege)) {
            *grantable = false;
        }
    }

    /// One role's privileges become another's as well, and the first has none any more.
    pub(super) fn merge(&mut self, from: &Grantee, to: &Grantee) {
        let moved: Vec<_> = self
            .0
            .iter()
            .filter(|((grantee, _), _)| grantee == from)
            .map(|((_, privilege), grantable)| (*privilege, *grantable))
            .collect();
        for (privilege, grantable) in moved {
            self.0.remove(&(from.clone(), privilege));
            self.grant(to.clone(), privilege, grantable);
        }
    }

    /// All of it, one privilege after the other.
    #[cfg(test)]
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Grantee, Privilege, bool)> {
        let entries = self.0.iter();
        entries.map(|((grantee, privilege), grantable)| (grantee, *privilege, *grantable))
    }

    /// A grant option that is there stays (`aclupdate`).
    fn grant(&mut self, grantee: Grantee, privilege: Privilege, grantable: bool) {
        *self.0.entry((grantee, privilege)).or_default() |= grantable;
    }
}
