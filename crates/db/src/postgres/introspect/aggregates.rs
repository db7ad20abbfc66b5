//! What makes a routine an aggregate.

use segue_catalog::{
    DataType,
    model::{Parameters, RoutineKind},
};

use super::{fields::Fields, part::Part, reading::Reading};

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
pub(super) fn part() -> Part {
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
    Part::new("aggregates", sql, aggregate)
}

fn aggregate(reading: &mut Reading, row: &mut Fields<'_>) -> Option<()> {
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
}
