//! What the column beside takes over at the swap: indexes, keys, checks and foreign keys in both directions, each built while
//! others go on.

use segue_catalog::{
    Change, Expr, Name, ObjectRef, QName, apply,
    model::{Constraint, ConstraintKind, Index},
    render::{self},
};
use segue_sql::Problem;

use super::{Retyped, goes_with_the_column};
use crate::{
    Moment,
    planner::{DIRECT, Draft, Planning, Stop},
    writing::{built_beside, free_constraint, free_relation, index_of},
};

/// What is taken over.
pub(super) struct Carried {
    /// Free-standing indexes: the name, and what stands in for it.
    pub(super) indexes: Vec<(QName, QName, Index)>,
    /// Keys of the table, which get an index that is built before.
    pub(super) keys: Vec<(Name, QName, Constraint)>,
    /// The check by which NOT NULL is proved at the swap.
    pub(super) proof: Option<Name>,
    /// Checks and foreign keys: of which table, the name, and what stands in for it.
    pub(super) rows: Vec<(QName, Name, Name, Constraint)>,
}

impl Carried {
    /// Everything that is over the column, as it is to be over the one beside it.
    pub(super) fn of(moment: &Moment<'_>, retyped: &Retyped<'_>) -> Result<Self, Stop> {
        // as if the column were called so: the model says everything that is over it anew
        let mut renamed = moment.after().clone();
        apply(
            &mut renamed,
            &Change::Rename {
                object: ObjectRef::Column(retyped.table.clone(), retyped.column.name.clone()),
                to: retyped.beside.clone(),
            },
        );
        let beside = retyped.beside.as_str();
        let is_set = || free_constraint(moment.before(), retyped.table, &[beside, "is_set"]);
        let mut carried = Self {
            proof: retyped.column.not_null.as_ref().map(|_| is_set()),
            indexes: Vec::new(),
            keys: Vec::new(),
            rows: Vec::new(),
        };
        for (name, index) in renamed.indexes.apart_from(&moment.before().indexes) {
            let before = moment.before().indexes.get(name);
            if index.table != *retyped.table
                || before.is_some_and(|before| {
                    before.keys == index.keys
                        && before.predicate == index.predicate
                        && before.include == index.include
                })
            {
                continue;
            }
            let stand_in = free_relation(moment.before(), name, &[name.name.as_str(), "segue"]);
            carried
                .indexes
                .push((name.clone(), stand_in, (**index).clone()));
        }
        for (of, table) in renamed.tables.apart_from(&moment.before().tables) {
            let before = moment.before().tables.get(of);
            for (name, constraint) in &table.constraints {
                let old = before.and_then(|table| table.constraints.get(name));
                if old.is_some_and(|old| old.kind == constraint.kind) {
                    continue;
                }
                carried.take(moment, retyped, (of, name), constraint)?;
            }
        }
        Ok(carried)
    }

    fn take(
        &mut self,
        moment: &Moment<'_>,
        retyped: &Retyped<'_>,
        (of, name): (&QName, &Name),
        constraint: &Constraint,
    ) -> Result<(), Stop> {
        match &constraint.kind {
            ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) => {
                let index = of.sibling(name.clone());
                let stand_in = free_relation(moment.before(), &index, &[name.as_str(), "segue"]);
                self.keys.push((name.clone(), stand_in, constraint.clone()));
            }
            ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => {
                let stand_in = free_constraint(moment.before(), of, &[name.as_str(), "segue"]);
                self.rows
                    .push((of.clone(), name.clone(), stand_in, constraint.clone()));
            }
            ConstraintKind::Exclude(_) => {
                return Err(Stop::Refused(
                    Problem::new(format!(
                        "{} of {} is in the EXCLUDE constraint {name}, whose index cannot be built while others write",
                        retyped.column.name, retyped.table
                    ))
                    .help(DIRECT),
                ));
            }
        }
        Ok(())
    }

    /// Builds all of it.
    pub(super) fn build(
        &self,
        planning: &mut Planning<'_>,
        retyped: &Retyped<'_>,
    ) -> Result<(), Stop> {
        if let Some(check) = &self.proof {
            holds_a_value(planning, retyped, check)?;
        }
        for (name, stand_in, index) in &self.indexes {
            build(planning, stand_in, index, &format!("{}", name.name))?;
        }
        for (name, stand_in, constraint) in &self.keys {
            if let Some(own) = constraint.index() {
                build(planning, stand_in, &index_of(retyped.table, own), name)?;
            }
        }
        for (of, name, stand_in, constraint) in &self.rows {
            let unchecked = Constraint {
                validated: false,
                comment: None,
                ..constraint.clone()
            };
            let add = render::add_constraint(of, stand_in, &unchecked, false);
            let title = format!("{stand_in} of {of} demands what {name} does");
            let drop = render::alter(of, &format!("DROP CONSTRAINT {stand_in}"));
            planning.step(Draft::transaction(title, [add]).undone_by([drop]))?;
            if constraint.validated {
                let validate = format!("VALIDATE CONSTRAINT {stand_in}");
                let title = format!("check all rows of {of} by {stand_in}");
                let draft = Draft::transaction(title, [render::alter(of, &validate)]);
                planning.step(goes_with_the_column(draft))?;
            }
        }
        Ok(())
    }
}

fn build(
    planning: &mut Planning<'_>,
    stand_in: &QName,
    index: &Index,
    name: &str,
) -> Result<(), Stop> {
    let bare = Index {
        comment: None,
        statistics: Vec::new(),
        ..index.clone()
    };
    let title = format!(
        "build {}, which comes in the place of {name}",
        stand_in.name
    );
    Ok(planning.step(built_beside(title, stand_in, &bare))?)
}

/// A column that is NOT NULL has a value beside it in every row.
fn holds_a_value(
    planning: &mut Planning<'_>,
    retyped: &Retyped<'_>,
    check: &Name,
) -> Result<(), Stop> {
    let (table, beside) = (retyped.table, &retyped.beside);
    let constraint = Constraint {
        validated: false,
        ..Constraint::new(ConstraintKind::Check {
            expression: Expr::written(format!("{beside} IS NOT NULL")),
            no_inherit: false,
        })
    };
    let add = render::add_constraint(table, check, &constraint, false);
    let drop = render::alter(table, &format!("DROP CONSTRAINT {check}"));
    let title = format!("{beside} of {table} takes no NULL from here on");
    planning.step(Draft::transaction(title, [add]).undone_by([drop]))?;
    let validate = render::alter(table, &format!("VALIDATE CONSTRAINT {check}"));
    let title = format!("check that no row of {table} lacks {beside}");
    planning.step(goes_with_the_column(Draft::transaction(title, [validate])))?;
    Ok(())
}
