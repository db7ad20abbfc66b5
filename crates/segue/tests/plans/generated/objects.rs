//! Statements about other objects than columns: indexes, views, types, rows.

use segue_catalog::{
    Name, QName,
    model::{TableKind, TypeKind},
    render::literal,
};

use super::{Picks, values};

/// `CREATE INDEX`: of columns, expressions, part of the rows.
pub(super) fn index(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let kind = picks.number();
    let (name, table) = picks.table()?;
    let column = picks.column(table)?;
    let own = column.name.to_string();
    let of = column.data_type.to_string();
    let called = picks.new_relation("i");
    let unique = if kind / 8 % 4 == 3 { "UNIQUE " } else { "" };
    let json = of.starts_with("json");
    let keys = match kind % 8 {
        _ if json => format!("(({own}::text))"),
        0 | 1 => format!("({own})"),
        2 => format!("({own} DESC NULLS LAST)"),
        3 => format!("((lower({own}::text)))"),
        4 => format!("({own}) WHERE {own} IS NOT NULL"),
        5 => format!("({own}) INCLUDE ({})", picks.column(table)?.name),
        6 => format!("({own}, {})", picks.column(table)?.name),
        _ => {
            return Some(vec![format!(
                "CREATE INDEX {called} ON {name} USING hash ({own})"
            )]);
        }
    };
    Some(vec![format!(
        "CREATE {unique}INDEX {called} ON {name} {keys}"
    )])
}

pub(super) fn drop_index(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let all: Vec<&QName> = picks.catalog.indexes.keys().collect();
    Some(vec![format!("DROP INDEX {}", picks.of(&all)?)])
}

/// A view, or one in the place of another.
pub(super) fn view(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let kind = picks.number();
    let (name, table) = picks.table()?;
    let own = &picks.column(table)?.name;
    let views: Vec<&QName> = picks.catalog.views.keys().collect();
    let query = match kind % 4 {
        0 => format!("SELECT * FROM {name}"),
        1 => format!("SELECT {own}, count(*) AS many FROM {name} GROUP BY {own}"),
        _ => format!("SELECT {own} FROM {name} WHERE {own} IS NOT NULL"),
    };
    if kind % 8 > 5
        && let Some(old) = picks.of(&views)
    {
        return Some(vec![
            format!("DROP VIEW {old}"),
            format!("CREATE VIEW {old} AS {query}"),
        ]);
    }
    let called = picks.new_relation("v");
    Some(vec![format!("CREATE VIEW {called} AS {query}")])
}

pub(super) fn drop_view(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let views: Vec<&QName> = picks.catalog.views.keys().collect();
    Some(vec![format!("DROP VIEW {}", picks.of(&views)?)])
}

pub(super) fn grant(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let kind = picks.number();
    let (name, table) = picks.table()?;
    let own = &picks.column(table)?.name;
    Some(vec![match kind % 4 {
        0 => format!("GRANT SELECT, INSERT ON {name} TO app"),
        1 => format!("GRANT SELECT ({own}), UPDATE ({own}) ON {name} TO app"),
        2 => format!("GRANT ALL ON {name} TO app"),
        _ => format!("REVOKE INSERT ON {name} FROM app"),
    }])
}

pub(super) fn comment(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let kind = picks.number();
    let (name, table) = picks.table()?;
    let own = &picks.column(table)?.name;
    let constraints: Vec<&Name> = table.constraints.keys().collect();
    Some(vec![match kind % 3 {
        0 => format!("COMMENT ON TABLE {name} IS 'what it is'"),
        1 => format!("COMMENT ON COLUMN {name}.{own} IS 'it''s a column'"),
        _ => format!(
            "COMMENT ON CONSTRAINT {} ON {name} IS 'why'",
            picks.of(&constraints)?
        ),
    }])
}

/// A value more, or one with another name.
pub(super) fn label(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let kind = picks.number();
    let own = picks.catalog.types.get(&QName::new("public", "mood"))?;
    let TypeKind::Enum(labels) = &own.kind else {
        return None;
    };
    let label = picks.of(&labels.values)?;
    let quoted = literal(label);
    Some(vec![match kind % 4 {
        0 => format!(
            "ALTER TYPE mood RENAME VALUE {quoted} TO {}",
            literal(&format!("{label}_"))
        ),
        1 => format!("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'new' BEFORE {quoted}"),
        _ => format!("ALTER TYPE mood ADD VALUE 'more{}'", kind / 4 % 4),
    }])
}

/// An enum with other values, as Prisma writes it.
pub(super) fn swapped_enum(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let mood = QName::new("public", "mood");
    let mut statements =
        vec!["CREATE TYPE mood_new AS ENUM ('sad', 'ok', 'happy', 'fine')".to_owned()];
    for (name, table) in picks.catalog.tables.iter() {
        if table.partition_of.is_some() {
            continue;
        }
        for column in table
            .columns
            .iter()
            .filter(|own| own.data_type.name == mood)
        {
            let own = &column.name;
            if column.default.is_some() {
                statements.push(format!(
                    "ALTER TABLE {name} ALTER COLUMN {own} DROP DEFAULT"
                ));
            }
            statements.push(format!(
                "ALTER TABLE {name} ALTER COLUMN {own} TYPE mood_new USING ({own}::text::mood_new)"
            ));
            if column.default.is_some() {
                statements.push(format!(
                    "ALTER TABLE {name} ALTER COLUMN {own} SET DEFAULT 'ok'"
                ));
            }
        }
    }
    statements.push("ALTER TYPE mood RENAME TO mood_old".to_owned());
    statements.push("ALTER TYPE mood_new RENAME TO mood".to_owned());
    statements.push("DROP TYPE mood_old".to_owned());
    Some(statements)
}

/// Rows that are written or deleted.
pub(super) fn rows(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let kind = picks.number();
    let (name, table) = picks.table()?;
    let column = picks.column(table)?;
    let (own, of) = (&column.name, column.data_type.to_string());
    let other = picks.column(table)?;
    Some(vec![match kind % 5 {
        0 => format!(
            "UPDATE {name} SET {own} = {} WHERE {own} IS NULL",
            values::constant(&of)
        ),
        1 => format!("UPDATE {name} SET {own} = {}", values::constant(&of)),
        2 if other.data_type == column.data_type => {
            format!("UPDATE {name} SET {own} = {}", other.name)
        }
        3 => format!("DELETE FROM {name} WHERE {own} IS NULL"),
        _ => format!(
            "UPDATE {name} AS t SET {own} = DEFAULT WHERE t.{} IS NULL",
            other.name
        ),
    }])
}

/// A table that refers to another one.
pub(super) fn table(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let called = picks.new_relation("born");
    let (name, table) = picks.table()?;
    let reference = match table.primary_key() {
        [key] => {
            let of = &table.column(key)?.data_type;
            format!(", other {of} REFERENCES {name} ({key}) ON DELETE CASCADE")
        }
        _ => String::new(),
    };
    let of = values::data_type(picks);
    Some(vec![
        format!(
            "CREATE TABLE {called} (id serial PRIMARY KEY, k {of} DEFAULT {}{reference})",
            values::constant(of)
        ),
        format!("CREATE INDEX ON {called} (k)"),
    ])
}

pub(super) fn drop_table(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let cascade = if picks.one_in(2) { " CASCADE" } else { "" };
    let (name, _) = picks.table()?;
    Some(vec![format!("DROP TABLE {name}{cascade}")])
}

/// An index, a constraint or a view with another name.
pub(super) fn rename_other(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let kind = picks.number();
    let (name, table) = picks.table()?;
    let constraints: Vec<&Name> = table.constraints.keys().collect();
    let indexes: Vec<&QName> = picks.catalog.indexes.keys().collect();
    let views: Vec<&QName> = picks.catalog.views.keys().collect();
    let to = picks.new_relation("r");
    Some(vec![match kind % 3 {
        0 => format!(
            "ALTER TABLE {name} RENAME CONSTRAINT {} TO {to}",
            picks.of(&constraints)?
        ),
        1 => format!("ALTER INDEX {} RENAME TO {to}", picks.of(&indexes)?),
        _ => format!("ALTER VIEW {} RENAME TO {to}", picks.of(&views)?),
    }])
}

/// A trigger of the user's that changes rows on their way.
pub(super) fn trigger(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let when = if picks.one_in(2) { "BEFORE" } else { "AFTER" };
    let (name, _) = picks.table()?;
    let number = picks.number() % 4;
    Some(vec![
        format!(
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        ),
        format!(
            "CREATE TRIGGER touch{number} {when} INSERT OR UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION touch()"
        ),
    ])
}

pub(super) fn policy(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let number = picks.number() % 3;
    let (name, table) = picks.table()?;
    let own = &picks.column(table)?.name;
    Some(vec![
        format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"),
        format!("CREATE POLICY p{number} ON {name} USING ({own} IS NOT NULL)"),
    ])
}

/// A partition more, or one less.
pub(super) fn partition(picks: &mut Picks<'_>) -> Option<Vec<String>> {
    let kind = picks.number();
    let (name, _) = (picks.catalog.tables.iter())
        .find(|(_, table)| matches!(table.kind, TableKind::Partitioned(_)))?;
    let called = picks.new_relation("part");
    let below: Vec<&QName> = (picks.catalog.tables.iter())
        .filter(|(_, table)| {
            table
                .partition_of
                .as_ref()
                .is_some_and(|of| of.parent == *name)
        })
        .map(|(name, _)| name)
        .collect();
    Some(match kind % 3 {
        0 => vec![format!(
            "CREATE TABLE {called} PARTITION OF {name} FOR VALUES FROM (1000) TO (2000)"
        )],
        1 => vec![
            format!("CREATE TABLE {called} (LIKE {name} INCLUDING ALL)"),
            format!(
                "ALTER TABLE {name} ATTACH PARTITION {called} FOR VALUES FROM (2000) TO (3000)"
            ),
        ],
        _ => vec![format!(
            "ALTER TABLE {name} DETACH PARTITION {}",
            picks.of(&below)?
        )],
    })
}
