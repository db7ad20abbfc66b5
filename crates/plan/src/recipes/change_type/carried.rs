//! What the column beside takes over at the swap: indexes, keys, checks and foreign keys in both directions, each built while
//! others go on.

use std::{cmp::Reverse, collections::BTreeSet};

use segue_catalog::{
    Catalog, Change, Expr, Name, ObjectRef, QName, apply,
    model::{Constraint, ConstraintKind, Deferral, Index, IndexKey, IndexTerm, IndexedConstraint},
    render::{self},
};
use segue_sql::Problem;

use super::{
    goes_with_the_column,
    partitions::{attach_parts, depth, foreign_key_of_partitions, turn, whole},
};
use crate::{
    Moment,
    planner::{DIRECT, Draft, Planning, Retyping, Stop},
    writing::{
        built_beside, by_index, free_constraint, free_relation, index_of, is_partitioned,
        with_partitions,
    },
};

/// What is taken over.
#[derive(Clone)]
pub(super) struct Carried {
    /// Free-standing indexes: the name, and what stands in for it.
    pub(super) indexes: Vec<(QName, QName, Index)>,
    /// Keys of the table, which get an index that is built before.
    pub(super) keys: Vec<(QName, Name, QName, Constraint)>,
    /// The checks by which NOT NULL is proved at the swap, one for each column that was that.
    pub(super) proofs: Vec<Proof>,
    /// Checks and foreign keys: of which table, the name, and what stands in for it.
    pub(super) rows: Vec<(QName, Name, Name, Constraint)>,
}

/// A check that a column beside has a value in every row.
#[derive(Clone)]
pub(super) struct Proof {
    pub(super) table: QName,
    pub(super) beside: Name,
    pub(super) check: Name,
}

impl Carried {
    /// Everything that is over the columns, as it is to be over those beside them.
    pub(super) fn of(
        moment: &Moment<'_>,
        planning: &Planning<'_>,
        group: &[Retyping],
    ) -> Result<Self, Stop> {
        // as if the columns were called so: the model says everything that is over them anew
        let before = planning.named_for_now(moment.before());
        let mut renamed = planning.named_for_now(moment.after());
        let now = planning.schema();
        for one in group {
            for table in with_partitions(now, &one.table) {
                let rename = Change::Rename {
                    object: ObjectRef::Column(table, one.column.name.clone()),
                    to: one.beside.clone(),
                };
                apply(&mut renamed, &rename);
            }
        }
        let of_group = group
            .iter()
            .flat_map(|one| with_partitions(now, &one.table));
        let of_group: BTreeSet<QName> = of_group.collect();
        let mut carried = Self {
            proofs: proofs(now, group),
            indexes: Vec::new(),
            keys: Vec::new(),
            rows: Vec::new(),
        };
        for (name, index, known) in renamed.indexes.beside(&before.indexes) {
            let Some(index) = index else { continue };
            if !of_group.contains(&index.table)
                || known.is_some_and(|known| {
                    known.keys == index.keys
                        && known.predicate == index.predicate
                        && known.include == index.include
                })
            {
                continue;
            }
            let stand_in = carried.free_relation(now, name);
            carried
                .indexes
                .push((name.clone(), stand_in, (**index).clone()));
        }
        for (of, table, known) in renamed.tables.beside(&before.tables) {
            let Some(table) = table else { continue };
            for (name, constraint) in &table.constraints {
                let old = known.and_then(|table| table.constraints.get(name));
                // what is inherited comes with what it is inherited from
                let is_inherited = constraint.index().is_none() && constraint.inherited > 0;
                if is_inherited || old.is_some_and(|old| old.kind == constraint.kind) {
                    continue;
                }
                carried.take(now, (of, name), constraint)?;
            }
        }
        (carried.indexes).sort_by_key(|(_, _, index)| turn(now, index));
        // the key of a whole is made of those of its parts
        (carried.keys).sort_by_key(|(of, ..)| Reverse(depth(now, of)));
        Ok(carried)
    }

    fn take(
        &mut self,
        now: &Catalog,
        (of, name): (&QName, &Name),
        constraint: &Constraint,
    ) -> Result<(), Stop> {
        match &constraint.kind {
            ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) => {
                let index = of.sibling(name.clone());
                let stand_in = self.free_relation(now, &index);
                self.keys
                    .push((of.clone(), name.clone(), stand_in, constraint.clone()));
            }
            ConstraintKind::ForeignKey(key)
                if is_partitioned(now, of) || is_partitioned(now, &key.references) =>
            {
                return Err(Stop::Refused(foreign_key_of_partitions((of, name), key)));
            }
            ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => {
                let taken: Vec<Name> = (self.rows.iter())
                    .filter(|(other, ..)| other == of)
                    .map(|(_, _, stand_in, _)| stand_in.clone())
                    .collect();
                let stand_in = free_constraint(now, of, &[name.as_str(), "segue"], &taken);
                self.rows
                    .push((of.clone(), name.clone(), stand_in, constraint.clone()));
            }
            ConstraintKind::Exclude(_) => {
                return Err(Stop::Refused(
                    Problem::new(format!(
                        "a column of {of} is in the EXCLUDE constraint {name}, whose index cannot be built while others write"
                    ))
                    .help(DIRECT),
                ));
            }
        }
        Ok(())
    }

    /// The same where tables that others refer to, or that refer to others, have got their new names by contract.
    pub(super) fn called_then(&self, planning: &Planning<'_>) -> Self {
        let schema = planning.schema_in_contract();
        let called = |name: &QName| match schema.tables.contains_key(name) {
            true => name.clone(),
            false => planning.renamed_table(name),
        };
        let mut then = self.clone();
        for (of, _, _, constraint) in &mut then.rows {
            *of = called(of);
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind {
                key.references = called(&key.references);
            }
        }
        then
    }

    /// A name for what stands in for an index, which no other one of them has.
    fn free_relation(&self, now: &Catalog, index: &QName) -> QName {
        let indexes = self.indexes.iter().map(|(_, stand_in, _)| stand_in);
        let keys = self.keys.iter().map(|(_, _, stand_in, _)| stand_in);
        let taken: Vec<&QName> = indexes.chain(keys).collect();
        free_relation(now, index, &[index.name.as_str(), "segue"], &taken)
    }

    /// The indexes that stand in, as far as one of their columns is this one, and not an expression over it; without those that
    /// are parts of others, whose columns are called as those of the whole.
    pub(super) fn over<'c>(
        &'c self,
        schema: &'c Catalog,
        table: &'c QName,
        column: &'c Name,
    ) -> impl Iterator<Item = &'c QName> {
        let indexes = self.indexes.iter().filter(move |(_, _, index)| {
            let mut keys = index.keys.iter();
            let is_key =
                |key: &IndexKey| matches!(&key.term, IndexTerm::Column(name) if name == column);
            let is_whole = index.attached_to.is_none();
            is_whole
                && index.table == *table
                && (keys.any(is_key) || index.include.contains(column))
        });
        let keys = self.keys.iter().filter(move |(of, _, _, constraint)| {
            let has = |own: &IndexedConstraint| {
                own.columns.contains(column) || own.include.contains(column)
            };
            of == table && !is_partitioned(schema, of) && constraint.index().is_some_and(has)
        });
        let indexes = indexes.map(|(_, stand_in, _)| stand_in);
        indexes.chain(keys.map(|(_, _, stand_in, _)| stand_in))
    }

    /// Builds all of it.
    pub(super) fn build(&self, planning: &mut Planning<'_>) -> Result<(), Stop> {
        for proof in &self.proofs {
            holds_a_value(planning, proof)?;
        }
        for (name, stand_in, index) in &self.indexes {
            build(planning, stand_in, index, name.name.as_str())?;
        }
        attach_parts(planning, &self.indexes)?;
        for (of, name, stand_in, constraint) in &self.keys {
            // one of a partitioned table is made of those of its partitions, at the swap
            if is_partitioned(planning.schema(), of) {
                continue;
            }
            if let Some(own) = constraint.index() {
                build(planning, stand_in, &index_of(of, own), name)?;
                if is_deferrable(constraint) {
                    checked_as_late(planning, (of, name), stand_in, constraint)?;
                }
            }
        }
        for (of, name, stand_in, constraint) in &self.rows {
            let unchecked = Constraint {
                validated: false,
                comment: None,
                deferral: until_the_swap(constraint),
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

/// The checks by which NOT NULL is proved: those of a partition come with that of its table, where that one takes no NULL itself.
fn proofs(now: &Catalog, group: &[Retyping]) -> Vec<Proof> {
    let takes_no_null = |table: &QName, column: &Name| {
        let known = now.tables.get(table).and_then(|table| table.column(column));
        known.is_some_and(|column| column.not_null.is_some())
    };
    let mut proofs: Vec<Proof> = Vec::new();
    for one in group {
        let whole = takes_no_null(&one.table, &one.column.name);
        let tables = with_partitions(now, &one.table).into_iter();
        let demanding = tables.filter(|table| match *table == one.table {
            true => whole,
            false => !whole && takes_no_null(table, &one.column.name),
        });
        for table in demanding {
            // of long names only the end may differ, which is cut
            let taken: Vec<Name> = (proofs.iter())
                .filter(|proof| proof.table == table)
                .map(|proof| proof.check.clone())
                .collect();
            proofs.push(Proof {
                check: free_constraint(now, &table, &[one.beside.as_str(), "is_set"], &taken),
                beside: one.beside.clone(),
                table,
            });
        }
    }
    proofs
}

pub(super) fn build(
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
    if is_partitioned(planning.schema(), &index.table) {
        return Ok(planning.step(whole(stand_in, &bare, name))?);
    }
    let title = format!(
        "build {}, which comes in the place of {name}",
        stand_in.name
    );
    Ok(planning.step(built_beside(title, stand_in, &bare))?)
}

/// What stands in for a foreign key is looked at when a transaction ends, where the app may put the key off by its name: the key
/// itself is still looked at as early as the app wants.
fn until_the_swap(constraint: &Constraint) -> Deferral {
    match constraint.deferral {
        Deferral::InitiallyImmediate => Deferral::InitiallyDeferred,
        other => other,
    }
}

/// Whether it is looked at when a statement or a transaction ends.
pub(super) fn is_deferrable(constraint: &Constraint) -> bool {
    constraint.deferral != Deferral::NotDeferrable
}

/// A unique index is looked at row by row: it becomes a key that waits as the one that it comes in the place of does.
fn checked_as_late(
    planning: &mut Planning<'_>,
    (of, name): (&QName, &Name),
    stand_in: &QName,
    constraint: &Constraint,
) -> Result<(), Stop> {
    let add = render::alter(of, &by_index(&stand_in.name, constraint, &stand_in.name));
    let drop = render::alter(of, &format!("DROP CONSTRAINT {}", stand_in.name));
    let title = format!("{} is checked as late as {name}", stand_in.name);
    let notice = format!(
        "until here, while the index is built, what the old app writes is checked by it row by row: two rows that have the same {name} until their statement or transaction ends are refused"
    );
    // its deferral is for good, unlike that of a foreign key (sql-altertable.html, ALTER CONSTRAINT)
    let by_name = (constraint.deferral == Deferral::InitiallyImmediate).then(|| {
        format!(
            "until contract SET CONSTRAINTS {name} puts off half of it: an app that does that says ALL, or {} too",
            stand_in.name
        )
    });
    let draft = Draft::transaction(title, [add]).undone_by([drop]);
    Ok(planning.step(draft.notices([notice]).notices(by_name))?)
}

/// A column that is NOT NULL has a value beside it in every row.
fn holds_a_value(planning: &mut Planning<'_>, proof: &Proof) -> Result<(), Stop> {
    let Proof {
        table,
        beside,
        check,
    } = proof;
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
