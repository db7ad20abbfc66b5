//! References within functions, procedures and aggregates, whose very names have types in them.

use super::Carrier;
use crate::{
    Catalog, QName,
    model::{Body, Parameters, Routine, RoutineKind},
    rewrite::{Moved, Scope, qualified},
};

impl Carrier<'_> {
    /// Routines whose argument types have another name are called differently themselves.
    pub(super) fn routines(&self, catalog: &mut Catalog) {
        catalog
            .routines
            .replace_each(|_, of| self.carried(of, |of| self.routine(of)));
        let renames_types = match self.moved {
            Moved::Type(..) | Moved::Relation(..) | Moved::Schema(..) => true,
            Moved::Column(..) | Moved::Routine(..) | Moved::Label(..) => false,
        };
        if renames_types {
            let routines = std::mem::take(&mut catalog.routines).into_iter();
            let carried = routines.map(|(mut id, routine)| {
                for argument in &mut id.arguments {
                    self.data_type(argument);
                }
                (id, routine)
            });
            catalog.routines = carried.collect();
        }
    }

    fn routine(&self, routine: &mut Routine) {
        for argument in &mut routine.arguments {
            self.data_type(&mut argument.data_type);
            self.maybe(argument.default.as_mut(), Scope::Nothing);
        }
        if let Some(returns) = &mut routine.returns {
            self.data_type(&mut returns.data_type);
        }
        for transform in &mut routine.transforms {
            self.data_type(transform);
        }
        if let Some(support) = &mut routine.support {
            self.other(support);
        }
        match &mut routine.body {
            Body::Sql(body) => self.expr(body, Scope::Query),
            Body::Text(_) | Body::Object { .. } | Body::None => {}
        }
        match &mut routine.kind {
            RoutineKind::Aggregate { parameters, .. } => self.aggregate(parameters),
            RoutineKind::Function | RoutineKind::Window | RoutineKind::Procedure => {}
        }
        self.objects(&mut routine.depends_on);
    }

    /// Names of functions and types among the parameters of an aggregate.
    fn aggregate(&self, parameters: &mut Parameters) {
        for (key, value) in parameters {
            let Some((schema, name)) = qualified(value) else {
                continue;
            };
            let (from, to) = match self.moved {
                Moved::Routine(from, to, _) if key.ends_with("func") => (from.clone(), to.clone()),
                Moved::Type(from, to) if key.ends_with("stype") => (from.clone(), to.clone()),
                Moved::Schema(from, to) => (
                    QName::new(from.clone(), name.clone()),
                    QName::new(to.clone(), name.clone()),
                ),
                Moved::Routine(..)
                | Moved::Type(..)
                | Moved::Relation(..)
                | Moved::Column(..)
                | Moved::Label(..) => continue,
            };
            if name == from.name && schema.as_ref() == Some(&from.schema) {
                self.set(value, to.to_string());
            }
        }
    }
}
