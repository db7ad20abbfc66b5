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

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::time::Duration;

    use segue_catalog::sqlite::{diff, diff::Options};
    use segue_db::{
        Session,
        sqlite::{self, Open},
    };

    use super::*;

    const CURRENT: &str = "
        CREATE TABLE t (a INT, b INT, CHECK (a > 0), CONSTRAINT both CHECK (a > b));
        CREATE INDEX some ON t (a) WHERE a > 1;
        CREATE INDEX plain ON t (a);
        CREATE VIEW v AS SELECT a FROM t;
        CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;
        CREATE VIRTUAL TABLE texts USING fts5(title);";

    async fn schema(script: &str) -> Catalog {
        let location = sqlite::read("sqlite::memory:").expect("a URL");
        let open = Open {
            create: true,
            makes_folder: false,
            foreign_keys: true,
            busy: Duration::ZERO,
            patience: Duration::ZERO,
        };
        let session = sqlite::Session::open(&location, open).await;
        let session = Session::Sqlite(session.expect("opens"));
        session.execute(script).await.expect("runs");
        let catalog = sqlite::introspect(&session).await.expect("is read");
        session.close().await;
        catalog
    }

    async fn done(tool: &str, desired: &str) -> Vec<String> {
        let current = schema(CURRENT).await;
        let mut desired = schema(desired).await;
        keep_beyond(tool, &mut desired, &current);
        let found = diff(&current, &desired, &Options::default());
        assert_eq!(found.remaining, []);
        let changes = found.changes.iter();
        changes
            .map(|change| format!("{} {}", change.object, change.statements[0]))
            .collect()
    }

    #[tokio::test]
    async fn what_a_tool_cannot_say_stays() {
        let plain = "CREATE TABLE t (a INT, b INT); CREATE INDEX plain ON t (a);";
        assert_eq!(done("prisma", plain).await, [""; 0]);
        let drizzles = done("drizzle", plain).await;
        let objects: Vec<&str> = drizzles.iter().map(|done| &done[..7]).collect();
        assert_eq!(
            objects,
            ["view v ", "index s", "table t", "index p", "trigger"]
        );
    }

    #[tokio::test]
    async fn a_check_stays_through_a_rebuild_unless_its_column_goes() {
        let done = done("prisma", "CREATE TABLE t (a TEXT -- how\n)").await;
        let table = done.iter().find(|done| done.starts_with("table t"));
        assert_eq!(
            table.map(String::as_str),
            Some("table t CREATE TABLE \"segue_new_t\" (a TEXT, CHECK (a > 0) -- how\n);")
        );
    }
}
