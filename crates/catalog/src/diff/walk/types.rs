//! Types that come again while columns of them stay.

use super::{Apart, Walk, simulate};
use crate::{ObjectRef, QName, Session, diff::Action, render::address};

impl Walk<'_> {
    /// From here on the new type is beside the old one, and has another name.
    pub(super) fn comes_beside(&mut self, name: &QName) {
        let beside = self.free_name(name, "new");
        self.beside.insert(name.clone(), beside);
        self.take_aim();
    }

    /// The second schema as it is while new types are beside old ones.
    fn take_aim(&mut self) {
        self.aim = self.to.clone();
        for (name, beside) in &self.beside {
            let on = address(&self.aim, &ObjectRef::Type(name.clone()));
            let rename = format!("ALTER {on} RENAME TO {};", beside.name);
            simulate(&rename, &mut self.aim, &mut Session::default());
        }
    }

    /// A new type comes beside the old one.
    pub(super) fn make_beside(&mut self, name: &QName, apart: &Apart) {
        let Some(beside) = self.beside.get(name).cloned() else {
            return;
        };
        let beside = ObjectRef::Type(beside);
        self.make_object(&beside, apart);
        if let Some(last) = self.changes.last_mut().filter(|last| last.object == beside) {
            last.object = ObjectRef::Type(name.clone());
            last.action = Action::Recreate;
        }
    }

    /// A type goes to the side, for the columns that are still of it.
    pub(super) fn put_aside(&mut self, name: &QName) {
        let object = ObjectRef::Type(name.clone());
        if !self.current.has(&object) {
            return;
        }
        let aside = self.free_name(name, "old");
        let on = address(&self.current, &object);
        let statement = format!("ALTER {on} RENAME TO {};", aside.name);
        self.aside.insert(name.clone(), aside);
        self.run(Action::Recreate, &object, vec![statement]);
    }

    /// A name for a type beside another one that neither schema has.
    fn free_name(&self, name: &QName, ending: &str) -> QName {
        let taken = |name: &QName| {
            let object = ObjectRef::Type(name.clone());
            let is_type = self.current.has(&object) || self.to.has(&object);
            is_type || self.current.relation(name).is_some()
        };
        let mut free = name.sibling(&*format!("{}_{ending}", name.name.as_str()));
        let mut number = 1;
        while taken(&free) {
            number += 1;
            free = name.sibling(&*format!("{}_{ending}{number}", name.name.as_str()));
        }
        free
    }

    /// The old type goes, and the new one has its name.
    pub(super) fn finish(&mut self, name: &QName) {
        let object = ObjectRef::Type(name.clone());
        if let Some(aside) = self.aside.remove(name) {
            let on = address(&self.current, &ObjectRef::Type(aside));
            self.run(Action::Recreate, &object, vec![format!("DROP {on};")]);
        } else if let Some(beside) = self.beside.remove(name) {
            let old = self.free_name(name, "old");
            let rename = |from: &QName, to: &QName| {
                let on = address(&self.current, &ObjectRef::Type(from.clone()));
                format!("ALTER {on} RENAME TO {};", to.name)
            };
            let statements = vec![rename(name, &old), rename(&beside, name)];
            self.run(Action::Recreate, &object, statements);
            let on = address(&self.current, &ObjectRef::Type(old));
            self.run(Action::Recreate, &object, vec![format!("DROP {on};")]);
            self.take_aim();
        }
    }
}
