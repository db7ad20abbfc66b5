//! `ALTER COLUMN … TYPE` that writes every row anew: a column of the new type stands beside the old one, a trigger keeps both
//! the same, and they are swapped once the old app is gone. Sooner would break that app: prepared statements and typed
//! drivers fail on the new type.

use segue_catalog::{
    DataType, Expr, Name, ObjectRef, QName, TableChange,
    model::{Column, Table},
    render,
};
use segue_sql::Problem;

use super::{Recipe, drop_default, rename_column::constant};
use crate::{
    Effect, Moment, Phase, Undo, WorkKind, effect,
    planner::{DIRECT, Draft, Planning, PutOff, Retyping, Stop},
    writing::{
        Sync, compare, detached, differ, fill, fill_late, free_column, free_function,
        of_another_column,
    },
};

mod behind;
mod carried;
mod chain;
mod conversion;
mod defaults;
mod group;
mod hindered;
mod identity;
mod partitions;
mod swap;
pub(super) mod trigger_functions;

pub(crate) use behind::{NewType, behind_new_type};
use carried::Carried;
pub(super) use chain::Chain;
use conversion::Conversion;
use hindered::{cannot_stand_beside, is_used_for_now, refuse_used};

pub(super) const RECIPE: Recipe = Recipe {
    name: "change_type",
    title: "a column of the new type stands beside the old one until the old app is gone",
    follow,
};

/// A column whose type changes.
struct Retyped<'a> {
    table: &'a QName,
    known: &'a Table,
    column: &'a Column,
    to: &'a DataType,
    collation: Option<&'a QName>,
    using: Option<&'a Expr>,
    /// Its default for now, which a statement may have put off to take away.
    default: Option<Expr>,
    /// The column that stands beside it until the swap.
    beside: Name,
}

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, change)) = moment
        .table_changes()
        .find(|(_, change)| matches!(change, TableChange::SetType { .. }))
    else {
        return Ok(false);
    };
    let TableChange::SetType {
        column,
        data_type,
        collation,
        using,
    } = change
    else {
        return Ok(false);
    };
    let object = ObjectRef::Column(table.clone(), column.clone());
    let Some(known) = moment.before().tables.get(table) else {
        return Ok(false);
    };
    let Some(own) = known.column(column) else {
        return Ok(false);
    };
    if moment.is_new(&object) && !moment.is_heavy(table) || moment.is_new_relation(table) {
        return Ok(false);
    }
    refuse_used(moment, table, column, &object)?;
    let works = needs_a_column(moment.effect());
    // what uses it goes in contract: the server refuses the new type until then
    let is_used = || is_used_for_now(planning, &column_for_now(planning, table, column));
    if is_at_once(moment.effect(), &own.data_type, data_type) && !is_used() {
        return Ok(false);
    }
    let types = types(&own.data_type, data_type);
    let put_off = PutOff::Type {
        table: table.clone(),
        column: column.clone(),
        types,
    };
    if planning.said().expand && moment.is_new(&object) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{column} of {table} is new, and what fills it until contract knows its type"
            ))
            .help("give it that type where it is added, or leave `-- segue: phase expand` out"),
        ));
    }
    let is_empty = !moment.is_heavy(table) && !group::is_tied(moment, planning, (table, column));
    let is_quick = is_empty || !works;
    if is_quick && planning.said().expand && !planning.is_deferring() {
        return Ok(false);
    }
    if planning.is_deferring() || is_quick {
        in_contract(moment, planning, table, column)?;
        let using = using
            .as_ref()
            .map(|using| effect::without_schema(&using.to_string(), table));
        planning.new_types.push(NewType {
            table: table.clone(),
            column: column.clone(),
            chain: Chain::of(using.as_deref(), column, &own.data_type, data_type),
            from: own.data_type.clone(),
            to: data_type.clone(),
            beside: None,
        });
        planning.put_off(put_off);
        return Ok(true);
    }
    if let Some(other) = group::is_tied_too_late(moment, planning, (table, column)) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{column} of {table} gets its new type together with {} of {}, with which an index, a check or a foreign key between both statements is about it",
                other.column, other.table
            ))
            .help("put what makes that behind the last of those that change the types of both"),
        ));
    }
    if let Some(default) = &own.default
        && !defaults::cast_by_themselves(moment.before(), &own.data_type, data_type)
        && !defaults::is_of_type(default, data_type)
    {
        return Err(Stop::Refused(
            Problem::new(format!(
                "the default of {column} of {table} cannot become one of {data_type}, and the server refuses that"
            ))
            .help("drop the default before this statement, and set it again behind it, in the same migration")
            .refused_anyway(),
        ));
    }
    if let Some(why) = cannot_stand_beside(moment, table, known, (own, data_type)) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{column} of {table} cannot change its type while others go on: {why}"
            ))
            .help(DIRECT),
        ));
    }
    let retyped = Retyped {
        table,
        known,
        column: own,
        to: data_type,
        collation: collation.as_ref(),
        using: using.as_ref(),
        default: planning.default_for_now(table, column),
        beside: free_column(planning.schema(), table, &[column.as_str(), "segue"]),
    };
    let conversion = Conversion::of(moment, planning, &retyped)?;
    let function = free_function(
        planning.schema(),
        table,
        &["segue_sync", table.name.as_str(), column],
    );
    beside(moment, planning, &retyped, &conversion, &function)?;
    let differs = differ(
        &retyped.beside.to_string(),
        &conversion.image_of_row(&retyped),
    );
    planning.retypings.push(Retyping {
        table: table.clone(),
        column: own.clone(),
        to: data_type.clone(),
        beside: retyped.beside.clone(),
        function,
        value: conversion.of_row(&retyped),
        differs,
        sooner: planning.said().expand,
    });
    planning.new_types.push(NewType {
        table: table.clone(),
        column: column.clone(),
        from: own.data_type.clone(),
        to: data_type.clone(),
        chain: conversion.into_chain(),
        beside: Some(retyped.beside.clone()),
    });
    planning.put_off(put_off);
    swapped_together(moment, planning)?;
    planning.differs(format!(
        "{column} is the last column of {table}: INSERT and COPY without a list of columns have to be looked at, and so has `SELECT *`, in views too"
    ));
    // a sequence that goes cannot before the default that counts by it
    let is_going = |own: &QName| planning.is_going(&ObjectRef::Sequence(own.clone()));
    let loses_count = swap::owned(planning.schema(), table, column).any(is_going);
    if loses_count {
        return Ok(true);
    }
    // the old column goes with its default, and that of the new one goes at the swap: no app is to meet it without one before
    let default = ObjectRef::Default(table.clone(), column.clone());
    planning.gets_default_again(&default, &drop_default::title(table, column));
    Ok(true)
}

/// Builds what is over the columns that are swapped together, and swaps them, once none of them is still to come.
fn swapped_together(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<(), Stop> {
    let group = group::complete(moment, planning);
    if group.is_empty() {
        return Ok(());
    }
    let carried = Carried::of(moment, planning, &group)?;
    carried.build(planning)?;
    // one of them that is not to come sooner keeps all others waiting
    let phase = match group.iter().all(|one| one.sooner) {
        true => Phase::Expand,
        false => Phase::Contract,
    };
    for one in &group {
        let value = (one.beside.clone(), one.value.clone());
        if phase == Phase::Contract {
            fill_late(planning, &one.table, &[value], &one.differs, true)?;
        }
        let both = format!("{} and {}", one.column.name, one.beside);
        compare(planning, phase, &one.table, &both, &one.differs)?;
    }
    swap::swap(moment, planning, phase, &group, &carried)
}

fn column_for_now(planning: &Planning<'_>, table: &QName, column: &Name) -> ObjectRef {
    let name = planning.column_for_now(table, column);
    ObjectRef::Column(planning.table_for_now(table), name)
}

/// Whether a new type is there at once, and an app meets nothing else than before: more room.
pub(super) fn is_at_once(effect: &Effect, from: &DataType, to: &DataType) -> bool {
    !needs_a_column(effect) && (from.name == to.name || is_text(from) && is_text(to))
}

/// Whether a new type is the work of a column beside.
pub(super) fn needs_a_column(effect: &Effect) -> bool {
    effect.work.iter().any(|work| {
        matches!(
            work.kind,
            WorkKind::Rewrite | WorkKind::Build | WorkKind::Scan
        )
    })
}

fn is_text(of: &DataType) -> bool {
    of.is("text") || of.is("character varying")
}

/// The user's own types among the two.
fn types(from: &DataType, to: &DataType) -> Vec<QName> {
    let own = [from, to].into_iter().filter(|of| !of.is_builtin());
    own.map(|of| of.name.clone()).collect()
}

/// As it is written, once the old app is gone: it is quick.
fn in_contract(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    column: &Name,
) -> Result<(), Stop> {
    let title = format!("{column} of {table} changes its type");
    let draft = Draft::transaction(title, [moment.text()]).hazard(
        Some("change-column-type-rewrite"),
        format!("until contract {column} of {table} has its old type for the new app too"),
    );
    Ok(planning.step(draft.in_contract())?)
}

/// The column of the new type, with its trigger, filled.
fn beside(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    retyped: &Retyped<'_>,
    conversion: &Conversion,
    function: &QName,
) -> Result<(), Stop> {
    let (table, column, beside) = (retyped.table, retyped.column, &retyped.beside);
    let default = retyped.default.as_ref();
    // what an identity gives is another one each time; what cannot be converted has no default beside it: it would be converted for
    // every row that is inserted, whatever value that has
    let fits = default.is_none() || defaults::always_fit(&column.data_type, retyped.to);
    let constant = match column.identity.is_none() && conversion.is_of_types() && fits {
        true => constant(moment, &column.data_type, default),
        false => None,
    };
    let sync = Sync {
        table: table.clone(),
        original: column.name.clone(),
        mirror: beside.clone(),
        forth: conversion.forth_of_new(retyped),
        forth_before: None,
        unset: false,
        back: Some(conversion.back_of_new(retyped)),
        default: constant,
        lossy: Some(conversion.image_of_new(retyped)),
        differs: conversion.differs(retyped),
        leads: false,
        always: super::changes_rows(&super::with_triggers_for_now(
            planning,
            table,
            retyped.known,
        )),
        runs: conversion.runs(planning, table),
    };
    let like = Column {
        name: beside.clone(),
        data_type: retyped.to.clone(),
        collation: retyped.collation.cloned(),
        not_null: None,
        default: None,
        identity: None,
        comment: None,
        storage: None,
        compression: None,
        ..column.clone()
    };
    let major = planning.schema().major;
    let definition = render::column_definition(table, &like, major);
    let mut statements: Vec<String> = conversion.asked(retyped).into_iter().collect();
    statements.push(render::alter(table, &format!("ADD COLUMN {definition}")));
    if sync.default.is_some()
        && let Some(default) = default
    {
        let of_new = conversion.forth(&format!("CAST({default} AS {})", column.data_type));
        if let Some(of_new) = of_new {
            statements.push(render::alter(
                table,
                &format!("ALTER COLUMN {beside} SET DEFAULT {of_new}"),
            ));
        }
    }
    let on = format!("TABLE {table}");
    statements.extend(render::grants(
        &column.privileges,
        &on,
        Some(beside),
        retyped.known.owner.as_ref(),
    ));
    statements.extend(sync.put(function));
    let mut back = sync.remove(function);
    back.push(render::alter(table, &format!("DROP COLUMN {beside}")));
    let name = &column.name;
    let title = format!(
        "{beside} stands beside {name} of {table}, as {}",
        retyped.to
    );
    let until = match planning.said().expand {
        true => "until then",
        false => "until contract",
    };
    let draft = Draft::transaction(title, statements).undone_by(back).hazard(
        Some("change-column-type-rewrite"),
        format!(
            "{until} {name} of {table} has its old type for the new app too, and a value that does not fit both types is refused"
        ),
    ).notices(conversion.losses(retyped)).notices(of_another_column(planning.schema(), table));
    let detached = detached(planning.schema(), table);
    planning.step(draft.hindered_by(detached))?;
    sync.put_off(planning, function);
    let value = conversion.of_row(retyped);
    let open = differ(&beside.to_string(), &conversion.image_of_row(retyped));
    fill(planning, table, &[(beside.clone(), value)], &open, true)?;
    Ok(())
}

/// Nothing to take back: it goes with the column.
fn goes_with_the_column(draft: Draft) -> Draft {
    draft.undo(Undo::Nothing)
}
