//! Tables, views, composite types and sequences, as far as `pg_class` tells of them.

use std::collections::BTreeMap;

use segue_catalog::{
    Expr, Privileges,
    model::{
        CheckOption, ForeignTable, PartitionBy, PartitionStrategy, Persistence, ReplicaIdentity,
        RowSecurity, Sequence, Table, TableKind, View, ViewKind,
    },
};

use super::{
    fields::Fields,
    part::Part,
    reading::{Reading, Relation, What, class, unknown_sequence},
    text::parameters,
};

/// Relations, and what TOAST tables have of storage parameters.
pub(super) fn part() -> Part {
    Part::new(
        "relations",
        "SELECT oid, relkind, reloptions, relname, relnamespace, relowner, relpersistence, reltoastrelid, relam, \
         reltablespace, relispopulated, relrowsecurity, relforcerowsecurity, relreplident, reloftype \
         FROM pg_class WHERE oid >= 16384 AND (relkind IN ('r', 'p', 'f', 'v', 'm', 'c', 'S') \
         OR (relkind = 't' AND reloptions IS NOT NULL))",
        |reading, row| {
            let (oid, kind, options) = (row.oid(), row.code(), row.list());
            if kind == 't' {
                reading.toast_parameters.insert(oid, options);
                return Some(());
            }
            let (name, schema, owner) = (row.text(), row.oid(), row.oid());
            let name = reading.own_name(class::RELATION, oid, schema, name)?;
            let persistence = match row.code() {
                'u' => Persistence::Unlogged,
                't' => return None,
                _ => Persistence::Permanent,
            };
            let owner = reading.role(owner);
            let toast = row.oid();
            // The comment and the privileges of a composite type are those of the type.
            let (comment, privileges) = match kind {
                'c' => (None, Privileges::default()),
                _ => (
                    reading.comment(class::RELATION, oid),
                    reading.privileges_of(class::RELATION, oid),
                ),
            };
            let what = match kind {
                'c' => What::Composite,
                'S' => What::Sequence(Box::new(Sequence {
                    options: unknown_sequence(),
                    owned_by: None,
                    persistence,
                    owner,
                    privileges,
                    comment,
                })),
                'v' | 'm' => What::View(Box::new(View {
                    owner,
                    privileges,
                    comment,
                    ..view(reading, kind, options, row)
                })),
                _ => What::Table(Box::new(Table {
                    parameters: parameters(options),
                    persistence,
                    owner,
                    privileges,
                    comment,
                    ..table(reading, kind, row)
                })),
            };
            let relation = Relation {
                name,
                columns: Vec::new(),
                toast,
                what,
            };
            reading.relations.insert(oid, relation);
            Some(())
        },
    )
}

fn view(reading: &Reading, kind: char, options: Vec<String>, row: &mut Fields<'_>) -> View {
    let (method, tablespace, populated) = (row.oid(), row.oid(), row.flag());
    let kind = match kind {
        'v' => ViewKind::Plain,
        _ => ViewKind::Materialized {
            populated,
            access_method: unless_heap(reading, method),
            tablespace: reading.tablespaces.get(&tablespace).cloned(),
        },
    };
    let mut parameters = parameters(options);
    // One of the options since it can be altered like them (sql-alterview.html).
    let check_option = match parameters.remove("check_option").as_deref() {
        Some("local") => Some(CheckOption::Local),
        Some(_) => Some(CheckOption::Cascaded),
        None => None,
    };
    View {
        parameters,
        check_option,
        // Its query comes with the views' queries.
        ..View::new(kind, Expr::printed(""))
    }
}

fn table(reading: &mut Reading, kind: char, row: &mut Fields<'_>) -> Table {
    let (method, tablespace) = (row.oid(), row.oid());
    row.flag();
    let row_security = RowSecurity {
        enabled: row.flag(),
        forced: row.flag(),
    };
    let replica_identity = match row.code() {
        'f' => ReplicaIdentity::Full,
        'n' => ReplicaIdentity::Nothing,
        // Which index it is comes with the indexes.
        _ => ReplicaIdentity::Default,
    };
    let of_type = reading.named_types.get(&row.oid()).cloned();
    Table {
        kind: match kind {
            // What it is partitioned by comes with the partition keys, what server it is on with foreign tables.
            'p' => TableKind::Partitioned(PartitionBy {
                strategy: PartitionStrategy::Range,
                keys: Vec::new(),
            }),
            'f' => TableKind::Foreign(ForeignTable {
                server: reading.names.of(""),
                options: BTreeMap::new(),
            }),
            _ => TableKind::Plain,
        },
        access_method: unless_heap(reading, method),
        tablespace: reading.tablespaces.get(&tablespace).cloned(),
        row_security,
        replica_identity,
        of_type,
        ..Table::new(Vec::new())
    }
}

fn unless_heap(reading: &Reading, method: u32) -> Option<segue_catalog::Name> {
    let name = reading.access_methods.get(&method)?;
    (*name != *"heap").then(|| name.clone())
}

/// Servers and options of foreign tables.
pub(super) fn foreign() -> Part {
    Part::new(
        "foreign tables",
        "SELECT t.ftrelid, s.srvname, t.ftoptions FROM pg_foreign_table t \
         JOIN pg_foreign_server s ON s.oid = t.ftserver",
        |reading, row| {
            let (oid, server) = (row.oid(), reading.names.of(row.text()));
            let table = reading.relations.get_mut(&oid)?.table_mut()?;
            table.kind = TableKind::Foreign(ForeignTable {
                server,
                options: parameters(row.list()),
            });
            Some(())
        },
    )
}

/// Who inherits from whom: tables, partitions, and indexes of partitions.
pub(super) fn parents() -> Part {
    Part::new(
        "inheritance",
        "SELECT inhrelid, inhparent, inhseqno FROM pg_inherits",
        |reading, row| {
            reading.parents.push((row.oid(), row.oid(), row.number()));
            Some(())
        },
    )
}
