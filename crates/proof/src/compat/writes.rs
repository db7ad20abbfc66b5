//! What a server does not say of a query that writes until rows are written: a column left out that must not be null, and values
//! that go into other columns where the statement has no list of them.

use segue_catalog::{
    Catalog, Name, ObjectRef, QName,
    model::{Body, Column, ConstraintKind, Enabled, Table, TriggerTiming, TypeKind, View},
};

use super::{
    Moment, Stages, Verdict,
    form::{Form, Insert},
};

/// What is wrong at one moment. The same at every moment says nothing of the migration: the query has failed before, or
/// something fills the column that cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    is_of_home: bool,
}

/// What is wrong with what a query writes, by [`Moment`].
pub(super) fn troubles(stages: &Stages, form: &Form, home: Moment) -> [Vec<Trouble>; 3] {
    let mut all = Moment::ALL.map(|moment| {
        let inserts = form.inserts.iter();
        let mut found: Vec<Trouble> = inserts
            .flat_map(|insert| of_insert(stages, insert, home, moment))
            .collect();
        found.extend(of_update(stages, form, moment));
        found
    });
    let everywhere: Vec<Trouble> = all[0]
        .iter()
        .filter(|one| !one.is_of_home && all[1].contains(one) && all[2].contains(one))
        .cloned()
        .collect();
    for found in &mut all {
        found.retain(|one| !everywhere.contains(one));
    }
    all
}

/// The table of a view that shows all its columns, under their names and in their order.
pub(super) fn shown_table<'c>(catalog: &'c Catalog, view: &View) -> Option<(QName, &'c Table)> {
    let mut tables = view.depends_on.iter().filter_map(|object| match object {
        ObjectRef::Table(name) | ObjectRef::Column(name, _) => Some(name),
        _ => None,
    });
    let name = tables.next()?;
    if tables.any(|other| other != name) {
        return None;
    }
    let table = catalog.tables.get(name)?;
    let names = table.columns.iter().map(|column| &column.name);
    names
        .eq(view.columns.iter())
        .then(|| (name.clone(), table.as_ref()))
}

fn fails(reason: String) -> Trouble {
    Trouble {
        verdict: Verdict::Fails,
        reason,
        is_of_home: false,
    }
}

fn of_insert(stages: &Stages, insert: &Insert, home: Moment, moment: Moment) -> Vec<Trouble> {
    let Some((name, table)) = stages.table(moment, &insert.table) else {
        return Vec::new();
    };
    let at_home = stages.table(home, &insert.table).map(|(_, table)| table);
    let all: Vec<&Name> = table.columns.iter().map(|column| &column.name).collect();
    let written: Vec<&Name> = match &insert.columns {
        Some(columns) => columns.iter().collect(),
        None => {
            let given = insert
                .values
                .or_else(|| at_home.map(|table| table.columns.len()));
            all.iter()
                .take(given.unwrap_or(all.len()))
                .copied()
                .collect()
        }
    };
    let catalog = stages.catalog(moment);
    let mut found = Vec::new();
    let given = insert.columns.is_none().then_some(insert.values).flatten();
    if let Some(many) = given.filter(|many| *many > table.columns.len()) {
        found.push(fails(format!(
            "it gives {many} values without a list of columns, {name} has {}",
            table.columns.len()
        )));
    }
    for column in &table.columns {
        let place = written.iter().position(|name| **name == column.name);
        let what = match place {
            None => "leaves out",
            Some(place) if insert.nulls.contains(&place) => "writes NULL into",
            Some(_) => continue,
        };
        if must_be_given(catalog, table, column, place.is_some()) {
            found.push(fails(format!(
                "it {what} {}, which must not be null{}",
                shown(&name, &column.name),
                if place.is_none() {
                    " and has no default"
                } else {
                    ""
                }
            )));
        }
    }
    if insert.columns.is_none()
        && let Some(at_home) = at_home
    {
        let renamed = renamed(stages, insert);
        found.extend(shifted(insert, &name, (at_home, home), table, &renamed));
    }
    found
}

/// The columns of a table that have another name after the deploy, at the same place: before and after.
fn renamed(stages: &Stages, insert: &Insert) -> Vec<(Name, Name)> {
    let of = |moment: Moment| stages.table(moment, &insert.table).map(|(_, table)| table);
    let (Some(before), Some(after)) = (of(Moment::Before), of(Moment::Contracted)) else {
        return Vec::new();
    };
    let pairs = before.columns.iter().zip(&after.columns);
    let renamed = pairs.filter(|(old, new)| {
        let is_new = before.column(new.name.as_str()).is_none();
        let is_gone = after.column(old.name.as_str()).is_none();
        is_new && is_gone && old.data_type == new.data_type
    });
    renamed
        .map(|(old, new)| (old.name.clone(), new.name.clone()))
        .collect()
}

fn is_same(meant: &Name, met: &Name, renamed: &[(Name, Name)]) -> bool {
    let are = |a: &Name, b: &Name| renamed.iter().any(|(old, new)| old == a && new == b);
    meant == met || are(meant, met) || are(met, meant)
}

/// Values without names of columns that go elsewhere than at home.
fn shifted(
    insert: &Insert,
    name: &QName,
    (at_home, home): (&Table, Moment),
    table: &Table,
    renamed: &[(Name, Name)],
) -> Option<Trouble> {
    let writable = |table: &Table| {
        table
            .columns
            .iter()
            .filter(|one| one.generated.is_none())
            .count()
    };
    if insert.is_copy && writable(at_home) != writable(table) {
        return Some(fails(format!(
            "COPY without a list of columns: {name} has {} columns here, {} for the app",
            writable(table),
            writable(at_home)
        )));
    }
    let given = insert.values.unwrap_or(at_home.columns.len());
    let pairs = at_home.columns.iter().zip(&table.columns).take(given);
    let (number, (meant, met)) = pairs
        .enumerate()
        .find(|(_, (meant, met))| !is_same(&meant.name, &met.name, renamed))?;
    Some(Trouble {
        verdict: Verdict::Differs,
        reason: format!(
            "without a list of columns value {} goes into {}, {} it is {}",
            number + 1,
            shown(name, &met.name),
            home.name(),
            meant.name
        ),
        is_of_home: true,
    })
}

fn of_update(stages: &Stages, form: &Form, moment: Moment) -> Vec<Trouble> {
    let nulled = form.nulled.iter().filter_map(|(table, column)| {
        let (name, table) = stages.table(moment, table)?;
        let of = table.column(column.as_str())?;
        let is_refused = must_be_given(stages.catalog(moment), table, of, true);
        is_refused.then(|| {
            fails(format!(
                "it sets {} to NULL, which must not be null",
                shown(&name, column)
            ))
        })
    });
    nulled.collect()
}

fn shown(table: &QName, column: &Name) -> String {
    match table.schema.as_str() {
        "public" => format!("{}.{column}", table.name),
        _ => format!("{table}.{column}"),
    }
}

/// Whether a row without a value for the column is refused; `is_null`: NULL is written, so that no default counts.
fn must_be_given(catalog: &Catalog, table: &Table, column: &Column, is_null: bool) -> bool {
    let domain = catalog.types.get(&column.data_type.name);
    let domain = domain.and_then(|of| match &of.kind {
        TypeKind::Domain(domain) if !column.data_type.array => Some(domain),
        _ => None,
    });
    let is_demanded = column.not_null.is_some()
        || domain.is_some_and(|domain| domain.not_null.is_some())
        || is_checked(table, column);
    let has_own = column.default.is_some() || domain.is_some_and(|of| of.default.is_some());
    let is_made = column.identity.is_some() || column.generated.is_some();
    is_demanded && !is_made && (is_null || !has_own) && !may_be_filled(catalog, table, column)
}

/// Whether a CHECK says the same as NOT NULL, as one does on the way to that.
fn is_checked(table: &Table, column: &Column) -> bool {
    table.constraints.values().any(|constraint| {
        let ConstraintKind::Check { expression, .. } = &constraint.kind else {
            return false;
        };
        let text = expression.text.trim_matches(['(', ')', ' ']);
        let subject = text
            .strip_suffix("IS NOT NULL")
            .map(|rest| rest.trim_matches(['(', ')', ' ']));
        constraint.enforced && subject == Some(column.name.to_string().as_str())
    })
}

/// Whether a trigger may give the column a value: one that runs before the row is written, and names it.
fn may_be_filled(catalog: &Catalog, table: &Table, column: &Column) -> bool {
    let mut triggers = table.triggers.values().filter(|trigger| {
        let is_on = !matches!(trigger.enabled, Enabled::Disabled | Enabled::Replica);
        let is_in_time = trigger.timing == TriggerTiming::Before && trigger.for_each_row;
        is_on && is_in_time && (trigger.events.insert || trigger.events.update)
    });
    let name = column.name.as_str();
    triggers.any(|trigger| {
        let arguments = trigger.arguments.iter();
        let mut bodies = catalog
            .routines
            .iter()
            .filter(|(id, _)| id.name == trigger.function);
        arguments
            .into_iter()
            .any(|argument| argument.contains(name))
            || bodies.any(|(_, routine)| match &routine.body {
                Body::Text(text) => text.contains(name),
                _ => false,
            })
    })
}
