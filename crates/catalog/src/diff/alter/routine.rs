//! `CREATE OR REPLACE FUNCTION` and `PROCEDURE`.

use std::collections::BTreeSet;

use super::Alter;
use crate::{
    ObjectRef, Privileges, RoutineId,
    model::{Body, Routine},
    normal::About,
    render::create_routine,
};

impl Alter<'_> {
    pub(super) fn routine(&mut self, id: &RoutineId, first: &Routine, second: &Routine) {
        let object = ObjectRef::Routine(id.clone());
        if !self.is_same_routine(first, second) {
            self.add(create_routine(id, second, true));
        }
        self.owner(&object, first.owner.as_ref(), second.owner.as_ref());
        self.comment(&object, first.comment.as_ref(), second.comment.as_ref());
        let on = self.address(&object).replacen("AGGREGATE", "FUNCTION", 1);
        let owner = second.owner.as_ref();
        self.privileges(&on, None, owner, &first.privileges, &second.privileges);
    }

    /// Whether all that `CREATE FUNCTION` says is the same.
    fn is_same_routine(&self, first: &Routine, second: &Routine) -> bool {
        let body = match (&first.body, &second.body) {
            (Body::Sql(first), Body::Sql(second)) => {
                self.both.same(first, second, About::statement())
            }
            (first, second) => first == second,
        };
        let defaults = first.arguments.len() == second.arguments.len()
            && std::iter::zip(&first.arguments, &second.arguments).all(|(first, second)| {
                let about = About::value(None, &second.data_type);
                let (one, other) = (first.default.as_ref(), second.default.as_ref());
                self.both.same_or_none(one, other, about)
            });
        body && defaults && without_expressions(first) == without_expressions(second)
    }
}

/// A routine without what is compared otherwise, or altered by other statements.
fn without_expressions(routine: &Routine) -> Routine {
    let mut routine = Routine {
        body: Body::None,
        depends_on: BTreeSet::new(),
        owner: None,
        privileges: Privileges::default(),
        comment: None,
        ..routine.clone()
    };
    for argument in &mut routine.arguments {
        argument.default = None;
    }
    routine
}
