//! Types that come again while columns of them stay: beside the old one under another name, until no column is of that any
//! more. In this order a deploy can give the columns the new type while an app runs, and names change behind that.
//!
//! What uses such a type is made when its name is its own. Where a table of the old type needs one of those first, or another
//! such type is over it, the old one is put aside instead, and the new one has its name at once.

use std::collections::BTreeSet;

use super::{Act, Order, columns};
use crate::{ObjectRef, QName, render::step::Step};

impl Order<'_, '_> {
    /// What uses the new types is made when they have their names.
    pub(super) fn users_come_behind(&mut self) {
        for name in &self.plan.retyped {
            let users = self.users(name);
            if users.iter().any(|user| self.is_retyped_itself(user)) {
                continue;
            }
            let finish = Act::Finish(name.clone());
            for user in users {
                self.graph.must_be_before(&finish, &Act::Make(user));
            }
            for (of, column) in columns(self.from.catalog, name) {
                let default = Step::Default(of.clone(), column.clone());
                self.graph.must_be_before(&finish, &Act::Make(default));
            }
        }
    }

    /// The same acts, with those types beside the old ones that nothing uses before they have their names.
    pub(super) fn beside(&self, acts: Vec<Act>) -> Vec<Act> {
        let at = |act: &Act| acts.iter().position(|other| other == act);
        let comes_beside = |name: &QName| {
            let finish = at(&Act::Finish(name.clone()));
            let mut users = self.users(name).into_iter();
            users.all(|user| at(&Act::Make(user)).is_none_or(|at| Some(at) > finish))
        };
        let retyped = self.plan.retyped.iter();
        let beside: BTreeSet<&QName> = retyped.filter(|name| comes_beside(name)).collect();
        let act = |act: &Act| match act {
            Act::Drop(ObjectRef::Type(name)) if beside.contains(name) => Act::Beside(name.clone()),
            other => other.clone(),
        };
        acts.iter().map(act).collect()
    }

    /// What needs the new type, but the tables whose columns become of it.
    fn users(&self, name: &QName) -> Vec<Step> {
        let graph = &self.to.graph;
        let Some(made) = graph.number(&Step::Object(ObjectRef::Type(name.clone()))) else {
            return Vec::new();
        };
        let becoming = columns(self.from.catalog, name).map(|(of, _)| Step::table(of));
        let becoming: BTreeSet<Step> = becoming.collect();
        let users = graph.musts().iter().filter(|(before, _)| *before == made);
        let users = users.map(|&(_, user)| graph.vertices()[user].clone());
        users.filter(|user| !becoming.contains(user)).collect()
    }

    fn is_retyped_itself(&self, step: &Step) -> bool {
        matches!(step, Step::Object(ObjectRef::Type(name)) if self.plan.retyped.contains(name))
    }
}
