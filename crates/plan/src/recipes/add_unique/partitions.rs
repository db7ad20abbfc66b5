//! A key of a partitioned table: each partition gets its own first, whose index is built while others go on writing; that of the table
//! takes them (sql-createtable.html, `UNIQUE` and `PRIMARY KEY` of partitioned tables).

use segue_catalog::{
    QName,
    model::{Constraint, ConstraintKind},
    render,
};

use super::super::added_constraint;
use super::{becomes, build, not_null, own_index};
use crate::{
    Moment,
    planner::{Draft, Planning, Stop},
    writing::{is_partitioned, with_partitions},
};

pub(super) fn follow(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    constraint: &Constraint,
) -> Result<(), Stop> {
    if matches!(constraint.kind, ConstraintKind::PrimaryKey(_)) {
        // the key of a partitioned table is made at once
        not_null(moment, planning, table, false)?;
    }
    let added: Vec<_> = moment
        .changes()
        .iter()
        .filter_map(added_constraint)
        .collect();
    let Some((whole, name, of_whole)) = added.first() else {
        return Ok(());
    };
    for (of, own, constraint) in &added {
        let Some(index) = own_index(constraint).filter(|_| !is_partitioned(moment.before(), of))
        else {
            continue;
        };
        let key = of.sibling((*own).clone());
        build(planning, of, own, &key, index)?;
        let title = format!("the index becomes {own} of {of}");
        let drop = render::alter(of, &format!("DROP CONSTRAINT IF EXISTS {own}"));
        let draft = Draft::transaction(title, [becomes(of, own, &key, constraint)]);
        planning.step(draft.undone_by([drop]))?;
    }
    // it takes those of the partitions, and gives one to a partition that somebody has made since; with ONLY the files attach them
    let only = added.len() == 1 && with_partitions(moment.before(), whole).len() > 1;
    let title = match only {
        true => format!("{name} of {whole}, without its partitions"),
        false => format!("{name} of {whole} and its partitions"),
    };
    let add = render::add_constraint(whole, name, of_whole, only);
    // no part can be taken out again: the whole goes, with all parts that it has by then
    let drop = render::alter(whole, &format!("DROP CONSTRAINT IF EXISTS {name}"));
    Ok(planning.step(Draft::transaction(title, [add]).undone_by([drop]))?)
}
