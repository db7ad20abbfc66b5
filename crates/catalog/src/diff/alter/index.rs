//! `ALTER INDEX`, and `ALTER TABLE` for what of a constraint changes in place.

use super::Alter;
use crate::{
    Name, ObjectRef, QName,
    model::{Constraint, Index, IndexedConstraint, Parameters},
    render::{alter, constraint::deferral, literal::parameters},
};

impl Alter<'_> {
    pub(super) fn index(&mut self, name: &QName, first: &Index, second: &Index) {
        let object = ObjectRef::Index(name.clone());
        let on = format!("INDEX {name}");
        self.parameters(&on, &first.parameters, &second.parameters);
        self.tablespace(&on, first.tablespace.as_ref(), second.tablespace.as_ref());
        for (key, target) in &second.statistics {
            if !first.statistics.contains(&(*key, *target)) {
                self.add(format!(
                    "ALTER {on} ALTER COLUMN {key} SET STATISTICS {target};"
                ));
            }
        }
        for (key, _) in &first.statistics {
            if !second.statistics.iter().any(|(other, _)| other == key) {
                self.add(format!("ALTER {on} ALTER COLUMN {key} SET STATISTICS -1;"));
            }
        }
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
    }

    pub(super) fn constraint(
        &mut self,
        of: &QName,
        name: &Name,
        first: &Constraint,
        second: &Constraint,
    ) {
        let object = ObjectRef::Constraint(of.clone(), name.clone());
        if first.deferral != second.deferral {
            let when = match deferral(second.deferral) {
                "" => " NOT DEFERRABLE",
                when => when,
            };
            self.add(alter(of, &format!("ALTER CONSTRAINT {name}{when}")));
        }
        if !first.validated && second.validated {
            self.add(alter(of, &format!("VALIDATE CONSTRAINT {name}")));
        }
        if let (Some(first), Some(second)) = (first.index(), second.index()) {
            self.constraint_index(&of.sibling(name.clone()), first, second);
        }
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
    }

    fn constraint_index(
        &mut self,
        name: &QName,
        first: &IndexedConstraint,
        second: &IndexedConstraint,
    ) {
        let on = format!("INDEX {name}");
        self.parameters(&on, &first.parameters, &second.parameters);
        self.tablespace(&on, first.tablespace.as_ref(), second.tablespace.as_ref());
        let (first, second) = (first.index_comment.as_ref(), second.index_comment.as_ref());
        self.comment_on(&on, first, second);
    }

    /// `SET (…)` and `RESET (…)` of storage parameters and of a view's options.
    pub(super) fn parameters(&mut self, on: &str, first: &Parameters, second: &Parameters) {
        let set: Parameters = second
            .iter()
            .filter(|(name, value)| first.get(*name) != Some(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let reset: Vec<&str> = first
            .keys()
            .filter(|name| !second.contains_key(*name))
            .map(String::as_str)
            .collect();
        if !reset.is_empty() {
            self.add(format!("ALTER {on} RESET ({});", reset.join(", ")));
        }
        if !set.is_empty() {
            self.add(format!("ALTER {on} SET {};", parameters(&set)));
        }
    }

    pub(super) fn tablespace(&mut self, on: &str, first: Option<&Name>, second: Option<&Name>) {
        if first != second {
            let to = second.map_or("pg_default".to_owned(), Name::to_string);
            self.add(format!("ALTER {on} SET TABLESPACE {to};"));
        }
    }
}
