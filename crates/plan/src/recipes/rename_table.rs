//! `RENAME TABLE` and `SET SCHEMA`: a view has the new name until the old app is gone; then it goes, and the table is really
//! renamed.

use std::collections::BTreeSet;

use segue_catalog::{
    Change, DefaultFor, Grantee, ObjectRef, QName, TableChange,
    model::{Column, Table, TableKind},
    render,
};
use segue_sql::Problem;

use super::Recipe;
use crate::{
    Moment,
    planner::{DIRECT, Draft, Planning, PutOff, Stop},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "rename_table",
    title: "a view has the new name of a table until the old app is gone",
    follow,
};

/// Views look at row security as their user from this version on (`security_invoker`).
const INVOKER: u16 = 15;

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let (from, to) = match moment.changes() {
        [
            Change::Rename {
                object: ObjectRef::Table(from),
                to,
            },
        ] => (from, from.sibling(to.clone())),
        [
            Change::SetSchema {
                object: ObjectRef::Table(from),
                schema,
            },
        ] => (from, QName::new(schema.clone(), from.name.clone())),
        _ => return Ok(false),
    };
    let Some(table) = moment.before().tables.get(from) else {
        return Ok(false);
    };
    if moment.is_new_relation(from) || planning.is_deferring() {
        return Ok(false);
    }
    let refused = |why: &str| {
        Stop::Refused(
            Problem::new(format!("{from} cannot have two names for a while: {why}")).help(DIRECT),
        )
    };
    if table.row_security.enabled && moment.major() < INVOKER {
        return Err(refused(
            "it has row security, which a view passes over before PostgreSQL 15",
        ));
    }
    if matches!(table.kind, TableKind::Foreign(_)) || table.partition_of.is_some() {
        return Err(refused("it is a foreign table or a partition"));
    }
    let old = from.to_string();
    planning.refuse_name_for_another((&old, "table", &old), &[], |change| {
        gives_name(change, from)
    })?;
    if let Some(first) = planning.changes_type(from) {
        return Err(Stop::Barrier {
            first,
            why: format!(
                "a column of {from} that goes in contract would be one of the view that has the table's new name"
            ),
        });
    }
    let statements = view(
        planning,
        &query(planning, table, from),
        (table, from),
        &to,
        moment.major(),
    );
    let drop = format!("DROP VIEW {to}");
    planning.step(
        Draft::transaction(format!("{to} is a view of {from}"), statements)
            .undone_by([&drop])
            .hazard(
                Some("rename-table"),
                format!(
                    "on {to} the new app cannot use ON CONFLICT ON CONSTRAINT, COPY, TRUNCATE, WHERE CURRENT OF, ctid or xmin until contract"
                ),
            ),
    )?;
    let rename = if from.schema == to.schema {
        format!("ALTER TABLE {from} RENAME TO {}", to.name)
    } else {
        format!("ALTER TABLE {from} SET SCHEMA {}", to.schema)
    };
    let title = format!("{from} is really called {to}");
    planning.step(Draft::transaction(title, [drop, rename]).in_contract())?;
    if from.schema != to.schema {
        for object in goes_along(moment, &to) {
            planning.put_off(PutOff::Coming(object));
        }
    }
    planning.put_off(PutOff::TableName {
        from: from.clone(),
        to,
    });
    Ok(true)
}

/// What is in another schema with its table: its indexes, and the sequences that it owns (sql-altertable.html).
fn goes_along(moment: &Moment<'_>, to: &QName) -> Vec<ObjectRef> {
    let after = moment.after();
    let indexes = after.indexes.iter();
    let indexes = indexes.filter(|(_, index)| index.table == *to);
    let sequences = after.sequences.iter();
    let sequences = sequences.filter(|(_, sequence)| {
        let owner = sequence.owned_by.as_ref();
        owner.is_some_and(|(table, _)| table == to)
    });
    let indexes = indexes.map(|(name, _)| ObjectRef::Index(name.clone()));
    let sequences = sequences.map(|(name, _)| ObjectRef::Sequence(name.clone()));
    indexes.chain(sequences).collect()
}

/// Whether a change gives this name to a table, or to a view that had another one.
fn gives_name(change: &Change, name: &QName) -> bool {
    match change {
        Change::Rename {
            object: ObjectRef::Table(of) | ObjectRef::View(of),
            to,
        } => of.sibling(to.clone()) == *name,
        Change::SetSchema {
            object: ObjectRef::Table(of) | ObjectRef::View(of),
            schema,
        } => QName::new(schema.clone(), of.name.clone()) == *name,
        Change::Create(object) => object.reference() == ObjectRef::Table(name.clone()),
        _ => false,
    }
}

/// What the view reads that has the new name.
fn query(planning: &Planning<'_>, table: &Table, from: &QName) -> String {
    let columns: Vec<String> = (table.columns.iter())
        .map(|column| named(planning, column, from))
        .collect();
    format!("SELECT {} FROM {from}", columns.join(", "))
}

/// A column under its name for the new app.
fn named(planning: &Planning<'_>, column: &Column, from: &QName) -> String {
    let now = planning.column_for_now(from, &column.name);
    if now == column.name {
        column.name.to_string()
    } else {
        format!("{now} AS {}", column.name)
    }
}

/// The view that has the new name until contract, with the rights of the table.
fn view(
    planning: &Planning<'_>,
    query: &str,
    (table, from): (&Table, &QName),
    to: &QName,
    major: u16,
) -> Vec<String> {
    // a view that looks at rights as its user (`security_invoker`, sql-createview.html) wants those on all of its columns, which
    // whoever has some only has not
    let mut columns = table.columns.iter();
    let is_by_column = columns.any(|column| !column.privileges.is_default());
    let with = if major >= INVOKER && (table.row_security.enabled || !is_by_column) {
        " WITH (security_invoker = true)"
    } else {
        ""
    };
    let mut statements = vec![format!("CREATE VIEW {to}{with} AS {query}")];
    let on = format!("TABLE {to}");
    // what new relations get by default may be more than the table's own rights
    let others = by_default(planning);
    if !others.is_empty() {
        statements.push(format!("REVOKE ALL ON {on} FROM {}", others.join(", ")));
    }
    let grants = render::grants(&table.privileges, &on, None, table.owner.as_ref());
    statements.extend(grants);
    for column in &table.columns {
        let name = Some(&column.name);
        let privileges = &column.privileges;
        statements.extend(render::grants(privileges, &on, name, table.owner.as_ref()));
    }
    // whoever has the table may use it without being told; the view is the deployer's
    let owner = planning.schema().tables.get(from);
    let owner = owner.and_then(|table| table.owner.as_ref());
    statements.extend(owner.map(|owner| format!("GRANT ALL ON {on} TO {owner}")));
    statements
}

/// Who gets rights on new relations (`ALTER DEFAULT PRIVILEGES`), whoever makes them and wherever.
fn by_default(planning: &Planning<'_>) -> Vec<String> {
    let defaults = planning.schema().default_privileges.iter();
    let of_tables = defaults.filter(|(key, _)| key.objects == DefaultFor::Tables);
    let grantees = of_tables.flat_map(|(_, privileges)| &privileges.granted);
    let named: BTreeSet<String> = grantees
        .filter_map(|grant| match &grant.grantee {
            Grantee::Owner => None,
            Grantee::Public => Some("PUBLIC".to_owned()),
            Grantee::Role(role) => Some(role.to_string()),
        })
        .collect();
    named.into_iter().collect()
}

/// The view gets a column that its table has got.
pub(crate) fn grown(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<(), Stop> {
    let grown = moment
        .table_changes()
        .find_map(|(to, change)| match change {
            TableChange::AddColumn(column) => Some((to, column)),
            _ => None,
        });
    let Some((to, column)) = grown else {
        return Ok(());
    };
    let from = planning.table_for_now(to);
    let (Some(before), Some(is)) = (
        moment.before().tables.get(to),
        planning.schema().views.get(to),
    ) else {
        return Ok(());
    };
    if from == *to {
        return Ok(());
    }
    // as it is, and the new column behind the others: one that goes in contract is still there (sql-createview.html)
    let is = is.query.to_string();
    let Some(columns) = is.strip_suffix(&format!(" FROM {from}")) else {
        let message = format!("{} cannot be a column of the view {to} too", column.name);
        let problem = Problem::new(message).note("the view is not the one that has the new name");
        return Err(Stop::Refused(problem.help(DIRECT)));
    };
    let new = format!("{columns}, {} FROM {from}", named(planning, column, &from));
    let major = moment.major();
    let of = (before.as_ref(), &from);
    let mut new = view(planning, &new, of, to, major);
    if let Some(create) = new.first_mut() {
        *create = create.replacen("CREATE VIEW", "CREATE OR REPLACE VIEW", 1);
    }
    let mut back = vec![format!("DROP VIEW {to}")];
    back.extend(view(planning, &is, of, to, major));
    let title = format!("{} is a column of the view {to} too", column.name);
    new.truncate(1);
    Ok(planning.step(Draft::transaction(title, new).undone_by(back))?)
}
