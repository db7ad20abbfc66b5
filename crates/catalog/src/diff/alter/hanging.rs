//! Triggers, rules and policies.

use super::Alter;
use crate::{
    Grantee, Name, ObjectRef, QName,
    model::Policy,
    normal::About,
    render::{enable_rule, enable_trigger, literal::join, privileges::role},
};

impl Alter<'_> {
    pub(super) fn trigger(&mut self, of: &QName, name: &Name) -> Option<()> {
        let (first, second) = (
            self.both.from.trigger(of, name)?,
            self.both.to.trigger(of, name)?,
        );
        if first.enabled != second.enabled {
            self.add(enable_trigger(of, name, second.enabled));
        }
        let object = ObjectRef::Trigger(of.clone(), name.clone());
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
        Some(())
    }

    pub(super) fn rule(&mut self, of: &QName, name: &Name) -> Option<()> {
        let (first, second) = (self.both.from.rule(of, name)?, self.both.to.rule(of, name)?);
        if first.enabled != second.enabled {
            self.add(enable_rule(of, name, second.enabled));
        }
        let object = ObjectRef::Rule(of.clone(), name.clone());
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
        Some(())
    }

    pub(super) fn policy(&mut self, of: &QName, name: &Name, first: &Policy, second: &Policy) {
        let mut clauses = String::new();
        if first.roles != second.roles {
            let roles = second.roles.iter().map(|grantee| role(grantee, None));
            let roles = if second.roles.is_empty() {
                role(&Grantee::Public, None)
            } else {
                join(roles, ", ")
            };
            clauses.push_str(&format!(" TO {roles}"));
        }
        let conditions = [
            ("USING", &first.using, &second.using),
            ("WITH CHECK", &first.check, &second.check),
        ];
        for (word, first, second) in conditions {
            let about = About::condition(Some(of));
            if let Some(condition) = second
                && !self
                    .both
                    .same_or_none(first.as_ref(), Some(condition), about)
            {
                clauses.push_str(&format!("\n    {word} ({condition})"));
            }
        }
        if !clauses.is_empty() {
            self.add(format!("ALTER POLICY {name} ON {of}{clauses};"));
        }
        let object = ObjectRef::Policy(of.clone(), name.clone());
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
    }
}
