//! A key of a partitioned table: of the table alone first, which is not valid until each partition has its own, whose index is
//! built while others go on writing (sql-alterindex.html, `ATTACH PARTITION`).

use segue_catalog::{
    QName,
    model::{Constraint, ConstraintKind},
    render,
};

use super::super::added_constraint;
use super::{becomes, build, own_index, set_not_null};
use crate::{
    Moment,
    planner::{Draft, Planning, Stop},
    writing::is_partitioned,
};

pub(super) fn follow(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    constraint: &Constraint,
) -> Result<(), Stop> {
    if matches!(constraint.kind, ConstraintKind::PrimaryKey(_)) {
        set_not_null(moment, planning, table)?;
    }
    let mut attached: Vec<(QName, QName)> = Vec::new();
    let mut added = moment
        .changes()
        .iter()
        .filter_map(added_constraint)
        .peekable();
    let top = added
        .peek()
        .map(|(of, own, _)| render::alter(of, &format!("DROP CONSTRAINT IF EXISTS {own}")));
    for (of, own, constraint) in added {
        let Some(index) = own_index(constraint) else {
            continue;
        };
        let key = of.sibling(own.clone());
        if let Some(above) = &index.attached_to {
            attached.push((key.clone(), above.clone()));
        }
        if is_partitioned(moment.before(), of) {
            let mut alone = constraint.clone();
            if let Some(index) = alone.index_mut() {
                index.attached_to = None;
            }
            let add = render::add_constraint(of, own, &alone, true);
            let drop = render::alter(of, &format!("DROP CONSTRAINT IF EXISTS {own}"));
            let title = format!("{own} of {of}, without its partitions");
            planning.step(Draft::transaction(title, [add]).undone_by([drop]))?;
            continue;
        }
        build(planning, of, own, &key, index)?;
        let title = format!("the index becomes {own} of {of}");
        let drop = render::alter(of, &format!("DROP CONSTRAINT IF EXISTS {own}"));
        let draft = Draft::transaction(title, [becomes(of, own, &key, constraint)]);
        planning.step(draft.undone_by([drop]))?;
    }
    // the lowest first: a key is valid once all below it are attached
    for (key, above) in attached.iter().rev() {
        let title = format!("{key} becomes a part of {above}");
        let draft = Draft::transaction(title, [render::attach_index(above, key)]);
        // no part can be taken out again: the whole goes, with all parts that it has by then
        planning.step(draft.undone_by(&top))?;
    }
    Ok(())
}
