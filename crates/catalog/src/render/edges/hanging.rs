//! What must be before triggers, rules and policies.

use super::Edges;
use crate::{
    Name, ObjectRef, QName,
    model::{Rule, Trigger},
    render::{
        made_by::relation,
        step::{Step, lasting},
    },
};

impl Edges<'_> {
    /// The table or view, the function, and what is named in them must be before a trigger, rule or policy.
    pub(super) fn hanging(&mut self) {
        for (name, table) in lasting(self.catalog) {
            self.triggers(name, table.triggers.iter());
            self.rules(name, table.rules.iter());
            for (own, policy) in &table.policies {
                let step = Step::Object(ObjectRef::Policy(name.clone(), own.clone()));
                self.must(Step::table(name), &step);
                for expression in policy.using.iter().chain(&policy.check) {
                    self.must_all(self.mentions.all(&expression.text), &step);
                }
            }
            let parent = table
                .partition_of
                .as_ref()
                .map(|partition| &partition.parent);
            for (own, parent) in table.triggers.keys().zip(parent.into_iter().cycle()) {
                let step = Step::Object(ObjectRef::Trigger(name.clone(), own.clone()));
                let parent = ObjectRef::Trigger(parent.clone(), own.clone());
                self.must(Step::Object(parent), &step);
            }
        }
        for (name, view) in &self.catalog.views {
            self.triggers(name, view.triggers.iter());
            self.rules(name, view.rules.iter());
        }
    }

    fn triggers<'b>(
        &mut self,
        of: &QName,
        triggers: impl Iterator<Item = (&'b Name, &'b Trigger)>,
    ) {
        for (own, trigger) in triggers {
            let step = Step::Object(ObjectRef::Trigger(of.clone(), own.clone()));
            self.must_all(relation(self.catalog, of), &step);
            self.must(Step::Family(of.clone()), &step);
            self.must_all(self.mentions.routines(&trigger.function.to_string()), &step);
            if let Some(when) = &trigger.when {
                self.expression(&when.text, &step);
            }
            let from = trigger.constraint.as_ref().and_then(|of| of.from.as_ref());
            self.must_all(from.cloned().map(ObjectRef::Table), &step);
        }
    }

    fn rules<'b>(&mut self, of: &QName, rules: impl Iterator<Item = (&'b Name, &'b Rule)>) {
        for (own, rule) in rules {
            let step = Step::Object(ObjectRef::Rule(of.clone(), own.clone()));
            self.must_all(relation(self.catalog, of), &step);
            for expression in rule.condition.iter().chain(&rule.actions) {
                self.must_all(self.mentions.all(&expression.text), &step);
            }
        }
    }
}
