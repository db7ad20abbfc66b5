//! Types: enum, composite, domain, range; and which types are used at all, each printed once.

use std::{collections::BTreeMap, sync::Arc};

use segue_catalog::{
    DataType, Expr,
    model::{Composite, Domain, Enum, NotNull, Range, Type, TypeKind},
};

use super::{
    fields::{Fields, Oid},
    part::Part,
    reading::{Reading, UsedType, class},
};

/// All types that something of the user's is of, with their modifiers. `format_type` prints `character` for an
/// argument and `bpchar` for a column without a length, so the two are asked for separately.
pub(super) fn used() -> Part {
    Part::new(
        "types in use",
        "SELECT u.id, u.modifier, format_type(u.id, u.modifier), t.typcollation, t.typstorage FROM (\
         SELECT atttypid, atttypmod FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped \
         UNION SELECT typbasetype, typtypmod FROM pg_type WHERE typtype = 'd' AND oid >= 16384 \
         UNION SELECT rngsubtype, NULL FROM pg_range WHERE rngtypid >= 16384 \
         UNION SELECT seqtypid, NULL FROM pg_sequence \
         UNION SELECT unnest(proargtypes), NULL FROM pg_proc WHERE oid >= 16384 \
         UNION SELECT unnest(proallargtypes), NULL FROM pg_proc WHERE oid >= 16384 \
         UNION SELECT unnest(protrftypes), NULL FROM pg_proc WHERE oid >= 16384 \
         UNION SELECT prorettype, NULL FROM pg_proc WHERE oid >= 16384 \
         UNION SELECT aggtranstype, NULL FROM pg_aggregate WHERE aggfnoid >= 16384 \
         UNION SELECT aggmtranstype, NULL FROM pg_aggregate WHERE aggfnoid >= 16384\
         ) u (id, modifier) JOIN pg_type t ON t.oid = u.id",
        |reading, row| {
            let key = (row.oid(), row.maybe_number());
            let used = UsedType {
                data_type: DataType::printed(row.text())?,
                collation: row.oid(),
                storage: row.code(),
            };
            reading.types.insert(key, used);
            Some(())
        },
    )
}

/// Types that the user made. Row types of tables and arrays come with what they are of.
pub(super) fn part() -> Part {
    Part::new(
        "types",
        "SELECT t.oid, t.typname, t.typnamespace, t.typowner, t.typtype, t.typnotnull, t.typbasetype, t.typtypmod, \
         t.typcollation, pg_get_expr(t.typdefaultbin, 0), r.rngsubtype, r.rngsubopc, r.rngcollation, \
         s.typcollation, cn.nspname, c.proname, dn.nspname, d.proname, mn.nspname, m.typname \
         FROM pg_type t LEFT JOIN pg_class k ON k.oid = t.typrelid \
         LEFT JOIN pg_range r ON r.rngtypid = t.oid LEFT JOIN pg_type s ON s.oid = r.rngsubtype \
         LEFT JOIN pg_proc c ON c.oid = r.rngcanonical::oid LEFT JOIN pg_namespace cn ON cn.oid = c.pronamespace \
         LEFT JOIN pg_proc d ON d.oid = r.rngsubdiff::oid LEFT JOIN pg_namespace dn ON dn.oid = d.pronamespace \
         LEFT JOIN pg_type m ON m.oid = r.rngmultitypid LEFT JOIN pg_namespace mn ON mn.oid = m.typnamespace \
         WHERE t.oid >= 16384 AND (t.typtype IN ('e', 'd', 'r') OR k.relkind = 'c' \
         OR (t.typtype = 'p' AND NOT t.typisdefined))",
        |reading, row| {
            let (oid, name, schema, owner) = (row.oid(), row.text(), row.oid(), row.oid());
            let name = reading.own_name(class::TYPE, oid, schema, name)?;
            let kind = match row.code() {
                'e' => TypeKind::Enum(Enum::default()),
                'd' => TypeKind::Domain(domain(reading, row)?),
                'r' => TypeKind::Range(range(reading, row)?),
                'c' => TypeKind::Composite(Composite::default()),
                _ => TypeKind::Shell,
            };
            let made = Type {
                kind,
                owner: reading.role(owner),
                privileges: reading.privileges_of(class::TYPE, oid),
                comment: reading.comment(class::TYPE, oid),
            };
            reading.named_types.insert(oid, name.clone());
            reading.catalog.types.insert(name, Arc::new(made));
            Some(())
        },
    )
}

fn domain(reading: &Reading, row: &mut Fields<'_>) -> Option<Domain> {
    let not_null = row.flag();
    let base = reading.types.get(&(row.oid(), Some(row.number())))?;
    Some(Domain {
        base: base.data_type.clone(),
        collation: reading.collation_unless(row.oid(), base.collation),
        not_null: not_null.then(|| NotNull::named(None)),
        default: row.maybe().map(Expr::printed),
        constraints: BTreeMap::new(),
    })
}

fn range(reading: &mut Reading, row: &mut Fields<'_>) -> Option<Range> {
    // not null, base, modifier, collation and default are those of domains
    for _ in 0..5 {
        row.maybe();
    }
    let subtype = reading.plain_type(row.oid())?;
    let class = reading.operator_classes.get(&row.oid());
    let operator_class = class
        .filter(|class| !class.default)
        .map(|class| class.name.clone());
    let (collation, usual): (Oid, Oid) = (row.oid(), row.oid());
    let collation = reading.collation_unless(collation, usual);
    let mut function = || {
        let (schema, name) = (row.maybe(), row.maybe());
        Some(reading.names.qualified(schema?, name?))
    };
    Some(Range {
        subtype,
        operator_class,
        collation,
        canonical: function(),
        subtype_diff: function(),
        multirange: function()?,
    })
}

/// The values of enums, in their order.
pub(super) fn labels() -> Part {
    Part::new(
        "values of enums",
        "SELECT enumtypid, enumlabel FROM pg_enum WHERE enumtypid >= 16384 ORDER BY enumtypid, enumsortorder",
        |reading, row| {
            let name = reading.named_types.get(&row.oid())?;
            match &mut reading.catalog.type_mut(name)?.kind {
                TypeKind::Enum(labels) => labels.values.push(row.text().to_owned()),
                _ => return None,
            }
            Some(())
        },
    )
}
