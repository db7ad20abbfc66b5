//! What the languages of other tools cannot say of a schema of SQLite's: its absence means nothing, so it is kept as it
//! is.
//!
//! Prisma's language has tables, keys, foreign keys and plain indexes
//! (prisma.io/docs/orm/prisma-schema/data-model/unsupported-database-features). Drizzle's has views, checks and indexes of
//! every form as well, and neither has triggers and virtual tables (orm.drizzle.team/docs/overview, "Schema").

use segue_catalog::sqlite::{
    Catalog, Constraint, ConstraintKind, Index, Name, Object, Statement, TableKind, Text,
    add_checks,
};

/// Takes over from the schema that there is what the tool's language cannot say.
pub(crate) fn keep_beyond(tool: &str, desired: &mut Catalog, current: &Catalog) {
    let mut kept = Vec::new();
    for (name, table) in &current.tables {
        if matches!(table.kind, TableKind::Virtual(_)) && !desired.tables.contains_key(name) {
            desired.tables.insert(name.clone(), table.clone());
            kept.push(Object::Table(name.clone()));
        }
    }
    if tool == "prisma" {
        checks(desired, current);
        for (name, view) in &current.views {
            if !desired.views.contains_key(name) && !desired.tables.contains_key(name) {
                desired.views.insert(name.clone(), view.clone());
                kept.push(Object::View(name.clone()));
            }
        }
        for (name, index) in &current.indexes {
            if index.definition.is_some()
                && !desired.indexes.contains_key(name)
                && stays(desired, current, index)
            {
                desired.indexes.insert(name.clone(), index.clone());
                kept.push(Object::Index(name.clone()));
            }
        }
    }
    for (name, trigger) in &current.triggers {
        let of = &trigger.table;
        let has_table = desired.tables.contains_key(of) || desired.views.contains_key(of);
        if has_table && !desired.triggers.contains_key(name) {
            desired.triggers.insert(name.clone(), trigger.clone());
            kept.push(Object::Trigger(name.clone()));
        }
    }
    let made = |statement: &&Statement| kept.contains(&statement.object);
    let statements = current.statements.iter().filter(made);
    desired.statements.extend(statements.cloned());
}

/// Checks of tables that stay, where they speak of no column that goes.
fn checks(desired: &mut Catalog, current: &Catalog) {
    for (name, now) in &current.tables {
        let Some(table) = desired.tables.get_mut(name) else {
            continue;
        };
        let columns = now.columns.iter().map(|column| &column.name);
        let has = |name: &&Name| table.columns.iter().any(|column| column.name == **name);
        let gone: Vec<&Name> = columns.filter(|name| !has(name)).collect();
        let checks = now
            .constraints
            .iter()
            .filter(|constraint| match &constraint.kind {
                ConstraintKind::Check(text) => !gone.iter().any(|name| text.mentions(name)),
                _ => false,
            });
        let checks: Vec<Constraint> = checks.cloned().collect();
        let object = Object::Table(name.clone());
        let made = desired.statements.iter_mut();
        let made = made.filter(|statement| statement.object == object);
        for statement in made {
            if let Some(text) = add_checks(&statement.text, &checks) {
                statement.text = text;
                table.constraints.extend(checks.iter().cloned());
            }
        }
    }
}

fn stays(desired: &Catalog, current: &Catalog, index: &Index) -> bool {
    let tables = (
        current.tables.get(&index.table),
        desired.tables.get(&index.table),
    );
    let (Some(now), Some(table)) = tables else {
        return false;
    };
    let is_gone = |name: &Name| table.columns.iter().all(|column| column.name != *name);
    let gone = now
        .columns
        .iter()
        .map(|column| &column.name)
        .filter(|name| is_gone(name));
    let texts: Option<&Text> = index.definition.as_ref();
    !gone
        .into_iter()
        .any(|name| texts.is_some_and(|text| text.mentions(name)))
}
