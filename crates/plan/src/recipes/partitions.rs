//! `ATTACH PARTITION` of a table that has rows: a check that is validated before proves that they are within the bound.
//! `DETACH PARTITION` goes once the old app is gone, since it reads those rows.

use segue_catalog::{
    Change, Expr, Name, Object, ObjectRef, QName, TableChange,
    model::{
        Constraint, ConstraintKind, IndexTerm, Partition, PartitionStrategy, Table, TableKind,
    },
    render,
};
use segue_sql::Problem;

use super::Recipe;
use crate::{
    Moment, Undo, WorkKind,
    planner::{DIRECT, Draft, Planning, PutOff, Stop},
    writing::{default_partition, free_constraint},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "partitions",
    title: "a check proves that the rows of a new partition are within its bound",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    if comes(moment, planning)? {
        return Ok(true);
    }
    for (table, change) in moment.table_changes() {
        match change {
            TableChange::AttachPartition { partition, bound } => {
                return attach(moment, planning, table, partition, bound);
            }
            TableChange::DetachPartition(partition) if !moment.is_new_relation(table) => {
                let title = format!("{partition} is no partition of {table} any more");
                let draft = match &moment.line().kind {
                    segue_sql::Kind::OutsideTransaction(_) => Draft::alone(title, moment.text()),
                    _ => Draft::transaction(title, [moment.text()]),
                };
                planning.step(draft.in_contract())?;
                planning.put_off(PutOff::Coming(ObjectRef::Table(partition.clone())));
                // until then whatever is done to the table is done to the partition too
                planning.put_off(PutOff::Coming(ObjectRef::Table(table.clone())));
                return Ok(true);
            }
            _ => {}
        }
    }
    Ok(false)
}

/// A new partition of a table in use: going back, what apps have written to it moves to the default partition, where it would be
/// without it. Where there is none, going back looks for such rows before it begins (`planner/hindrance.rs`).
fn comes(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let created = moment.changes().iter().find_map(|change| match change {
        Change::Create(object) => match &**object {
            Object::Table(name, table) => Some((name, table, table.partition_of.as_ref()?)),
            _ => None,
        },
        _ => None,
    });
    let Some((name, created, Partition { parent, .. })) = created else {
        return Ok(false);
    };
    if moment.is_unused(parent) || default_partition(planning.schema(), parent).is_none() {
        return Ok(false);
    }
    let columns = created
        .columns
        .iter()
        .filter(|column| column.generated.is_none())
        .map(|column| column.name.to_string());
    let columns = columns.collect::<Vec<_>>().join(", ");
    let back = [
        render::alter(parent, &format!("DETACH PARTITION {name}")),
        format!(
            "INSERT INTO {parent} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {name}"
        ),
        format!("DROP TABLE {name}"),
    ];
    let title = format!("{name} is a partition of {parent}");
    planning.step(Draft::transaction(title, [moment.text()]).undone_by(back))?;
    Ok(true)
}

fn attach(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    parent: &QName,
    partition: &QName,
    bound: &Expr,
) -> Result<bool, Stop> {
    let scans = moment
        .effect()
        .work
        .iter()
        .any(|work| work.kind == WorkKind::Scan && moment.is_heavy(&work.table));
    if !scans {
        return Ok(false);
    }
    let is_default = |work: &crate::Work| work.table != *partition;
    if moment.effect().work.iter().any(is_default) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "the default partition of {parent} would be read while others wait, for rows that belong to {partition}"
            ))
            .help(format!("add a check to the default partition which says that it has none, in a migration before this one; or {DIRECT}")),
        ));
    }
    let is_built =
        |work: &&crate::Work| matches!(work.kind, WorkKind::Build | WorkKind::ForeignKeyCheck);
    if let Some(work) = moment.effect().work.iter().find(is_built) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{partition} has not all that {parent} has, and it would be made while others wait"
            ))
            .note(work.reason.clone())
            .help(format!(
                "make it before, on {partition} itself: the same index (CREATE INDEX CONCURRENTLY), the same key or foreign key; or {DIRECT}"
            )),
        ));
    }
    let known = moment.before().tables.get(parent);
    let condition = known.and_then(|known| condition(known, bound));
    let Some(condition) = condition else {
        return Err(Stop::Refused(
            Problem::new(format!(
                "all rows of {partition} would be read while others wait, and segue does not know how to prove its bound"
            ))
            .note(bound.to_string())
            .help(format!("add and validate a check that says the same in a migration before this one; or {DIRECT}")),
        ));
    };
    let check = free_constraint(
        planning.schema(),
        partition,
        &[partition.name.as_str(), "bound"],
        &[],
    );
    let constraint = Constraint {
        validated: false,
        ..Constraint::new(ConstraintKind::Check {
            expression: Expr::written(condition),
            no_inherit: false,
        })
    };
    let add = render::add_constraint(partition, &check, &constraint, false);
    let drop = render::alter(partition, &format!("DROP CONSTRAINT {check}"));
    let title = format!("new rows of {partition} are within its bound");
    planning.step(Draft::transaction(title, [&add]).undone_by([&drop]))?;
    let validate = render::alter(partition, &format!("VALIDATE CONSTRAINT {check}"));
    let title = format!("check that all rows of {partition} are within its bound");
    planning.step(Draft::transaction(title, [validate]).undo(Undo::Nothing))?;
    let title = format!("{partition} becomes a partition of {parent}");
    let detach = render::alter(parent, &format!("DETACH PARTITION {partition}"));
    planning.step(Draft::transaction(title, [moment.text(), &drop]).undone_by([detach, add]))?;
    Ok(true)
}

/// What stands behind keywords, however they are written.
fn behind<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    words.iter().try_fold(text, |text, word| {
        let (front, rest) = text.trim_start().split_at_checked(word.len())?;
        front.eq_ignore_ascii_case(word).then_some(rest.trim())
    })
}

/// What every row of a partition satisfies, for keys of plain columns (`get_qual_from_partbound`, `partbounds.c`).
fn condition(parent: &Table, bound: &Expr) -> Option<String> {
    let TableKind::Partitioned(by) = &parent.kind else {
        return None;
    };
    let [key] = by.keys.as_slice() else {
        return None;
    };
    let IndexTerm::Column(column) = &key.term else {
        return None;
    };
    let text = bound.text.trim();
    let rest = behind(text, &["FOR", "VALUES"])?;
    match by.strategy {
        PartitionStrategy::Range => {
            let rest = behind(rest, &["FROM"])?;
            let at = rest.to_ascii_uppercase().find(" TO ")?;
            let (from, to) = (&rest[..at], &rest[at + " TO ".len()..]);
            let mut parts = vec![format!("{column} IS NOT NULL")];
            parts.extend(end(column, from, ">=", "MINVALUE")?);
            parts.extend(end(column, to, "<", "MAXVALUE")?);
            Some(parts.join(" AND "))
        }
        PartitionStrategy::List => {
            let values = behind(rest, &["IN"])?;
            let has_null = values.to_ascii_uppercase().contains("NULL");
            (!has_null).then(|| format!("{column} IS NOT NULL AND {column} IN {values}"))
        }
        PartitionStrategy::Hash => None,
    }
}

/// One end of a range; nothing where it is open.
fn end(column: &Name, written: &str, operator: &str, open: &str) -> Option<Option<String>> {
    let value = written.trim().strip_prefix('(')?.strip_suffix(')')?.trim();
    if value.eq_ignore_ascii_case(open) {
        return Some(None);
    }
    let upper = value.to_ascii_uppercase();
    let is_simple = !upper.contains("VALUE") && !value.contains(',');
    is_simple.then(|| Some(format!("{column} {operator} {value}")))
}
