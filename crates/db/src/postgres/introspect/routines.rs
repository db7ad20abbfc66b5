//! Functions, procedures, and of aggregates what they have in common with these.

use std::{collections::BTreeSet, sync::Arc};

use segue_catalog::{
    DataType, Expr, RoutineId,
    model::{
        Argument, ArgumentMode, Body, Parallel, Parameters, Returns, Routine, RoutineKind,
        Volatility,
    },
};

use super::{
    fields::{Fields, Oid},
    part::Part,
    reading::{Reading, class},
    text::parameters,
};

/// The type `void`, which a procedure without output gives (src/include/catalog/pg_type.dat).
const VOID: Oid = 2278;

/// All routines.
pub(super) fn part() -> Part {
    Part::new(
        "routines",
        "SELECT p.oid, p.proname, p.pronamespace, p.proowner, l.lanname, p.prokind, p.proargtypes, p.proallargtypes, \
         p.proargmodes, p.proargnames, CASE WHEN p.pronargdefaults > 0 THEN \
         ARRAY(SELECT coalesce(pg_get_function_arg_default(p.oid, n), '') \
         FROM generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) n) END, \
         p.prorettype, p.proretset, pg_get_function_sqlbody(p.oid), p.probin, p.prosrc, p.provolatile, p.proisstrict, \
         p.prosecdef, p.proleakproof, p.proparallel, p.procost, p.prorows, p.proconfig, sn.nspname, s.proname, \
         p.protrftypes FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang \
         LEFT JOIN pg_proc s ON s.oid = p.prosupport::oid LEFT JOIN pg_namespace sn ON sn.oid = s.pronamespace \
         WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass \
         AND d.objid = p.oid AND d.deptype IN ('e', 'i'))",
        routine,
    )
}

fn routine(reading: &mut Reading, row: &mut Fields<'_>) -> Option<()> {
    let (oid, name, schema, owner) = (row.oid(), row.text(), row.oid(), row.oid());
    let name = reading.own_name(class::ROUTINE, oid, schema, name)?;
    let (language, kind) = (row.text(), row.code());
    let inputs = row.numbers();
    let id = RoutineId {
        name,
        arguments: plain_types(reading, &inputs)?,
    };
    let routine = Routine {
        kind: kind_of(kind),
        arguments: arguments(reading, &inputs, row)?,
        returns: returns(reading, kind, row),
        language: reading.names.of(language),
        body: body(kind, row),
        volatility: volatility(row.code()),
        strict: row.flag(),
        security_definer: row.flag(),
        leakproof: row.flag(),
        parallel: parallel(row.code()),
        cost: cost(language, row),
        rows: row
            .maybe()
            .filter(|rows| !["0", "1000"].contains(rows))
            .map(str::to_owned),
        settings: parameters(row.list()),
        support: match (row.maybe(), row.maybe()) {
            (Some(schema), Some(name)) => Some(reading.names.qualified(schema, name)),
            _ => None,
        },
        transforms: plain_types(reading, &row.numbers())?,
        depends_on: BTreeSet::new(),
        owner: reading.role(owner),
        privileges: reading.privileges_of(class::ROUTINE, oid),
        comment: reading.comment(class::ROUTINE, oid),
    };
    reading.routines.insert(oid, id.clone());
    reading.catalog.routines.insert(id, Arc::new(routine));
    Some(())
}

/// What aggregates have beyond others comes later (`aggregates.rs`).
fn kind_of(code: char) -> RoutineKind {
    match code {
        'p' => RoutineKind::Procedure,
        'w' => RoutineKind::Window,
        'a' => RoutineKind::Aggregate {
            parameters: Parameters::new(),
            direct_arguments: None,
            hypothetical: false,
        },
        _ => RoutineKind::Function,
    }
}

fn volatility(code: char) -> Volatility {
    match code {
        'i' => Volatility::Immutable,
        's' => Volatility::Stable,
        _ => Volatility::Volatile,
    }
}

fn parallel(code: char) -> Parallel {
    match code {
        's' => Parallel::Safe,
        'r' => Parallel::Restricted,
        _ => Parallel::Unsafe,
    }
}

fn plain_types(reading: &Reading, types: &[Oid]) -> Option<Vec<DataType>> {
    types.iter().map(|oid| reading.plain_type(*oid)).collect()
}

/// All arguments: only where there are others than IN the catalog lists them all (catalog-pg-proc.html).
fn arguments(reading: &mut Reading, inputs: &[Oid], row: &mut Fields<'_>) -> Option<Vec<Argument>> {
    let (all, modes, names, defaults): (Vec<Oid>, _, _, _) =
        (row.numbers(), row.list(), row.list(), row.list());
    let all = if all.is_empty() { inputs } else { &all };
    let mut arguments = Vec::with_capacity(all.len());
    for (place, data_type) in all.iter().enumerate() {
        let text = |list: &Vec<String>| list.get(place).filter(|text| !text.is_empty()).cloned();
        arguments.push(Argument {
            mode: match text(&modes).as_deref() {
                Some("o") => ArgumentMode::Out,
                Some("b") => ArgumentMode::InOut,
                Some("v") => ArgumentMode::Variadic,
                Some("t") => ArgumentMode::Table,
                _ => ArgumentMode::In,
            },
            name: text(&names).map(|name| reading.names.of(&name)),
            data_type: reading.plain_type(*data_type)?,
            default: text(&defaults).map(Expr::printed),
        });
    }
    Some(arguments)
}

fn returns(reading: &Reading, kind: char, row: &mut Fields<'_>) -> Option<Returns> {
    let (data_type, set) = (row.oid(), row.flag());
    if kind == 'p' && data_type == VOID {
        return None;
    }
    Some(Returns {
        data_type: reading.plain_type(data_type)?,
        set,
    })
}

fn body(kind: char, row: &mut Fields<'_>) -> Body {
    let (parsed, library, source) = (row.maybe(), row.maybe(), row.text());
    match (parsed, library) {
        _ if kind == 'a' => Body::None,
        (Some(parsed), _) => Body::Sql(Expr::printed(parsed)),
        (None, Some(file)) => Body::Object {
            file: file.to_owned(),
            symbol: source.to_owned(),
        },
        (None, None) => Body::Text(source.to_owned()),
    }
}

/// Where it is not the language's default (sql-createfunction.html, `COST`).
fn cost(language: &str, row: &mut Fields<'_>) -> Option<String> {
    let usual = match language {
        "internal" | "c" => "1",
        _ => "100",
    };
    row.maybe().filter(|cost| *cost != usual).map(str::to_owned)
}
