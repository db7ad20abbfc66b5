//! Functions, procedures and aggregates.

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

/// Routines; what aggregates have beyond others comes behind.
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
        |reading, row| {
            let (oid, name, schema, owner) = (row.oid(), row.text(), row.oid(), row.oid());
            let name = reading.own_name(class::ROUTINE, oid, schema, name)?;
            let (language, kind) = (row.text(), row.code());
            let inputs = row.numbers();
            let id = RoutineId {
                name,
                arguments: plain_types(reading, &inputs)?,
            };
            let routine = Routine {
                kind: match kind {
                    'p' => RoutineKind::Procedure,
                    'w' => RoutineKind::Window,
                    'a' => RoutineKind::Aggregate {
                        parameters: Parameters::new(),
                        direct_arguments: None,
                        hypothetical: false,
                    },
                    _ => RoutineKind::Function,
                },
                arguments: arguments(reading, &inputs, row)?,
                returns: returns(reading, kind, row),
                language: reading.names.of(language),
                body: body(kind, row),
                volatility: match row.code() {
                    'i' => Volatility::Immutable,
                    's' => Volatility::Stable,
                    _ => Volatility::Volatile,
                },
                strict: row.flag(),
                security_definer: row.flag(),
                leakproof: row.flag(),
                parallel: match row.code() {
                    's' => Parallel::Safe,
                    'r' => Parallel::Restricted,
                    _ => Parallel::Unsafe,
                },
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
        },
    )
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

/// What `CREATE AGGREGATE` says: parameters whose values are functions.
const FUNCTIONS: [(&str, &str); 9] = [
    ("sfunc", "aggtransfn"),
    ("finalfunc", "aggfinalfn"),
    ("combinefunc", "aggcombinefn"),
    ("serialfunc", "aggserialfn"),
    ("deserialfunc", "aggdeserialfn"),
    ("msfunc", "aggmtransfn"),
    ("minvfunc", "aggminvtransfn"),
    ("mfinalfunc", "aggmfinalfn"),
    ("sortop", "aggsortop"),
];

/// What makes a routine an aggregate.
pub(super) fn aggregates() -> Part {
    let functions: Vec<String> = FUNCTIONS
        .iter()
        .map(|(_, column)| match *column {
            "aggsortop" => {
                "(SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) FROM pg_operator o \
                 JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid = a.aggsortop)"
                    .to_owned()
            }
            column => format!(
                "(SELECT format('%I.%I', n.nspname, f.proname) FROM pg_proc f \
                 JOIN pg_namespace n ON n.oid = f.pronamespace WHERE f.oid = a.{column}::oid)"
            ),
        })
        .collect();
    let sql = format!(
        "SELECT a.aggfnoid::oid, a.aggkind, a.aggnumdirectargs, a.aggtranstype, a.aggmtranstype, \
         nullif(a.aggtransspace, 0), nullif(a.aggmtransspace, 0), a.agginitval, a.aggminitval, \
         CASE WHEN a.aggfinalextra THEN '' END, CASE WHEN a.aggmfinalextra THEN '' END, \
         a.aggfinalmodify, a.aggmfinalmodify, {} FROM pg_aggregate a WHERE a.aggfnoid >= 16384",
        functions.join(", ")
    );
    Part::new("aggregates", sql, |reading, row| {
        let id = reading.routines.get(&row.oid())?.clone();
        let (kind, direct, state, moving_state) = (row.code(), row.number(), row.oid(), row.oid());
        let mut parameters = Parameters::new();
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                parameters.insert(name.to_owned(), value);
            }
        };
        set(
            "stype",
            reading.plain_type(state).map(|state| state.to_string()),
        );
        let moving_state = reading.plain_type(moving_state);
        set("mstype", moving_state.as_ref().map(DataType::to_string));
        for name in [
            "sspace",
            "msspace",
            "initcond",
            "minitcond",
            "finalfunc_extra",
            "mfinalfunc_extra",
        ] {
            set(name, row.owned());
        }
        // What the final function may do to the state is by default nothing, of ordered-set aggregates anything
        // (sql-createaggregate.html, FINALFUNC_MODIFY).
        let usual = if kind == 'n' { 'r' } else { 'w' };
        let modify = |code: char| match code {
            code if code == usual => None,
            'r' => Some("read_only".to_owned()),
            's' => Some("shareable".to_owned()),
            _ => Some("read_write".to_owned()),
        };
        set("finalfunc_modify", modify(row.code()));
        let moving_modify = modify(row.code());
        set(
            "mfinalfunc_modify",
            moving_modify.filter(|_| moving_state.is_some()),
        );
        for (name, _) in FUNCTIONS {
            set(name, row.owned());
        }
        let routine = reading.catalog.routine_mut(&id)?;
        routine.kind = RoutineKind::Aggregate {
            parameters,
            direct_arguments: (kind != 'n').then_some(direct),
            hypothetical: kind == 'h',
        };
        Some(())
    })
}
