//! Columns of tables, views and composite types, and their defaults.

use segue_catalog::{
    Expr,
    model::{Column, Generated, NotNull},
};

use super::{
    fields::Fields,
    indexes::Detail,
    part::Part,
    reading::{ReadColumn, Reading, class},
    text::parameters,
};

/// Columns; of indexes only those that something was set for.
pub(super) fn part() -> Part {
    Part::new(
        "columns",
        "SELECT a.attrelid, a.attnum, a.attoptions, a.attstattarget, a.attname, a.atttypid, a.atttypmod, \
         a.attcollation, a.attnotnull, a.attidentity, a.attgenerated, a.attstorage, a.attcompression, \
         a.attfdwoptions, a.attinhcount, a.attislocal \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
         WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped \
         AND (c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') \
         OR (c.relkind IN ('i', 'I') AND (a.attstattarget >= 0 OR a.attoptions IS NOT NULL)))",
        |reading, row| {
            let (relation, number): (u32, i16) = (row.oid(), row.number());
            let (options, statistics) =
                (row.list(), row.maybe_number().filter(|target| *target >= 0));
            let options = parameters(options);
            if !reading.relations.contains_key(&relation) {
                // Those of indexes are looked at when indexes are known; there are few.
                reading.index_details.push(Detail {
                    index: relation,
                    key: number,
                    options,
                    statistics,
                });
                return Some(());
            }
            let read = column(reading, row, (class::RELATION, relation, number.into()))?;
            let relation = reading.relations.get_mut(&relation)?;
            let column = Column {
                options,
                statistics,
                ..read.column
            };
            relation
                .columns
                .push((number, ReadColumn { column, ..read }));
            Some(())
        },
    )
}

fn column(
    reading: &mut Reading,
    row: &mut Fields<'_>,
    address: (u32, u32, i32),
) -> Option<ReadColumn> {
    let name = reading.names.of(row.text());
    let (type_id, modifier, collation_id) = (row.oid(), row.number(), row.oid());
    let used = reading.types.get(&(type_id, Some(modifier)))?;
    let mut column = Column::new(name, used.data_type.clone());
    column.collation = reading.collation_unless(collation_id, used.collation);
    column.not_null = row.flag().then(|| NotNull::named(None));
    let (identity, generated) = (row.code(), row.code());
    let storage = row.code();
    column.storage = (storage != used.storage).then(|| storage_name(storage).to_owned());
    column.compression = match row.code() {
        'p' => Some("pglz".to_owned()),
        'l' => Some("lz4".to_owned()),
        _ => None,
    };
    column.foreign_options = parameters(row.list());
    column.inherited = row.number();
    column.local = row.flag();
    column.privileges = reading.privileges.remove(&address).unwrap_or_default();
    column.comment = reading.comments.remove(&address);
    Some(ReadColumn {
        column,
        type_id,
        collation_id,
        generated,
        identity,
    })
}

/// As `ALTER TABLE … SET STORAGE` calls it (catalog-pg-type.html, `typstorage`).
fn storage_name(code: char) -> &'static str {
    match code {
        'p' => "plain",
        'e' => "external",
        'm' => "main",
        _ => "extended",
    }
}

/// Defaults, which are what generated columns are computed from too.
pub(super) fn defaults() -> Part {
    Part::new(
        "defaults",
        "SELECT adrelid, adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid >= 16384",
        |reading, row| {
            let (relation, number) = (row.oid(), row.number());
            let read = reading.relations.get_mut(&relation)?.column_mut(number)?;
            let text = row.text();
            if read.generated == ' ' {
                read.column.default = Some(Expr::printed(text));
            } else {
                read.column.generated = Some(Generated {
                    expression: Expr::printed(super::text::unwrapped(text)),
                    stored: read.generated == 's',
                });
            }
            Some(())
        },
    )
}
