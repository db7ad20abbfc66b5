//! Constraints of tables and domains.

use std::sync::Arc;

use segue_catalog::{
    Expr, Name,
    model::{
        Constraint, ConstraintKind, Deferral, DomainConstraint, Exclusion, ForeignKey,
        IndexedConstraint, Match, NotNull, ReferentialAction, TypeKind,
    },
};

use super::{
    fields::{Fields, Oid},
    part::{Part, since},
    reading::{Reading, class},
    text::unwrapped,
};

/// A constraint as the catalog has it. It refers to indexes and other constraints, so it waits for all of them.
pub(super) struct ReadConstraint {
    oid: Oid,
    name: Name,
    kind: char,
    table: Oid,
    domain: Oid,
    index: Oid,
    parent: Oid,
    references: Oid,
    columns: Vec<i16>,
    referenced_columns: Vec<i16>,
    on_delete_columns: Vec<i16>,
    on_update: char,
    on_delete: char,
    match_type: char,
    no_inherit: bool,
    period: bool,
    operators: Vec<String>,
    expression: Option<Expr>,
    constraint: Common,
    comment: Option<String>,
}

/// What all kinds have.
struct Common {
    deferral: Deferral,
    validated: bool,
    enforced: bool,
    inherited: u32,
    local: bool,
}

/// Constraints. Those of constraint triggers are with the triggers.
pub(super) fn part(major: u16) -> Part {
    let set = since(major, 15, "k.confdelsetcols", "NULL");
    let enforced = since(major, 18, "k.conenforced", "true");
    let period = since(major, 18, "k.conperiod", "false");
    Part::new(
        "constraints",
        format!(
            "SELECT k.oid, k.conname, k.contype, k.conrelid, k.contypid, k.conindid, k.conparentid, k.confrelid, \
             k.conkey, k.confkey, {set}, k.confupdtype, k.confdeltype, k.confmatchtype, k.connoinherit, {period}, \
             CASE WHEN k.contype = 'x' THEN ARRAY(SELECT CASE n.nspname WHEN 'pg_catalog' THEN o.oprname \
             ELSE format('OPERATOR(%I.%s)', n.nspname, o.oprname) END \
             FROM unnest(k.conexclop) WITH ORDINALITY u (id, place) JOIN pg_operator o ON o.oid = u.id \
             JOIN pg_namespace n ON n.oid = o.oprnamespace ORDER BY u.place) END, \
             pg_get_expr(k.conbin, k.conrelid), k.condeferrable, k.condeferred, k.convalidated, {enforced}, \
             k.coninhcount, k.conislocal FROM pg_constraint k WHERE k.oid >= 16384 AND k.contype <> 't'"
        ),
        |reading, row| {
            let (oid, name) = (row.oid(), row.text());
            let read = ReadConstraint {
                oid,
                name: reading.names.of(name),
                kind: row.code(),
                table: row.oid(),
                domain: row.oid(),
                index: row.oid(),
                parent: row.oid(),
                references: row.oid(),
                columns: row.numbers(),
                referenced_columns: row.numbers(),
                on_delete_columns: row.numbers(),
                on_update: row.code(),
                on_delete: row.code(),
                match_type: row.code(),
                no_inherit: row.flag(),
                period: row.flag(),
                operators: row.list(),
                expression: row.maybe().map(|text| Expr::printed(unwrapped(text))),
                constraint: common(row),
                comment: reading.comment(class::CONSTRAINT, oid),
            };
            reading.constraints.push(read);
            Some(())
        },
    )
}

fn common(row: &mut Fields<'_>) -> Common {
    Common {
        deferral: deferral(row),
        validated: row.flag(),
        enforced: row.flag(),
        inherited: row.number(),
        local: row.flag(),
    }
}

/// Two columns of the catalog: whether it can wait, whether it does.
pub(super) fn deferral(row: &mut Fields<'_>) -> Deferral {
    match (row.flag(), row.flag()) {
        (false, _) => Deferral::NotDeferrable,
        (true, false) => Deferral::InitiallyImmediate,
        (true, true) => Deferral::InitiallyDeferred,
    }
}

impl Reading {
    /// Gives tables and domains their constraints. Those with an index take it.
    pub(super) fn complete_constraints(&mut self) {
        let all = std::mem::take(&mut self.constraints);
        let clones = clones(&all);
        for read in all {
            if clones.contains(&read.oid) {
                continue;
            }
            // What belongs to an extension's table has no place.
            let _ = if read.domain == 0 {
                self.constraint_of_table(read)
            } else {
                self.constraint_of_domain(read)
            };
        }
    }

    fn constraint_of_domain(&mut self, read: ReadConstraint) -> Option<()> {
        let name = self.named_types.get(&read.domain)?;
        let made = self.catalog.types.get_mut(name).map(Arc::make_mut)?;
        let TypeKind::Domain(domain) = &mut made.kind else {
            return None;
        };
        if read.kind == 'n' {
            domain.not_null = Some(NotNull {
                validated: read.constraint.validated,
                comment: read.comment,
                ..NotNull::named(Some(read.name))
            });
            return Some(());
        }
        let constraint = DomainConstraint {
            expression: read.expression?,
            validated: read.constraint.validated,
            comment: read.comment,
        };
        domain.constraints.insert(read.name, constraint);
        Some(())
    }

    fn constraint_of_table(&mut self, read: ReadConstraint) -> Option<()> {
        if read.kind == 'n' {
            return self.not_null(read);
        }
        let kind = match read.kind {
            'c' => ConstraintKind::Check {
                expression: read.expression.clone()?,
                no_inherit: read.no_inherit,
            },
            'f' => ConstraintKind::ForeignKey(self.foreign_key(&read)?),
            _ => self.indexed(&read)?,
        };
        let table = self.relations.get_mut(&read.table)?.table_mut()?;
        let common = read.constraint;
        let constraint = Constraint {
            kind,
            deferral: common.deferral,
            validated: common.validated,
            enforced: common.enforced,
            inherited: common.inherited,
            local: common.local,
            comment: read.comment,
        };
        table.constraints.insert(read.name, constraint);
        Some(())
    }

    /// From PostgreSQL 18 on NOT NULL is a constraint with a name (release-18.html).
    fn not_null(&mut self, read: ReadConstraint) -> Option<()> {
        let relation = self.relations.get_mut(&read.table)?;
        let column = relation.column_mut(*read.columns.first()?)?;
        column.column.not_null = Some(NotNull {
            name: Some(read.name),
            no_inherit: read.no_inherit,
            validated: read.constraint.validated,
            inherited: read.constraint.inherited,
            local: read.constraint.local,
            comment: read.comment,
        });
        Some(())
    }

    fn foreign_key(&self, read: &ReadConstraint) -> Option<ForeignKey> {
        Some(ForeignKey {
            columns: self.column_names(read.table, &read.columns),
            references: self.relations.get(&read.references)?.name.clone(),
            referenced_columns: self.column_names(read.references, &read.referenced_columns),
            match_type: match read.match_type {
                'f' => Match::Full,
                _ => Match::Simple,
            },
            on_update: action(read.on_update),
            on_delete: action(read.on_delete),
            on_delete_columns: self.column_names(read.table, &read.on_delete_columns),
            period: read.period,
        })
    }

    fn indexed(&mut self, read: &ReadConstraint) -> Option<ConstraintKind> {
        let index = self.indexes.remove(&read.index)?;
        self.note_uses(&index);
        let columns = Self::key_columns(&index.index);
        let index = index.index;
        let mut indexed = IndexedConstraint {
            columns,
            include: index.include,
            attributes: index.attributes,
            nulls_not_distinct: index.nulls_not_distinct,
            without_overlaps: read.period,
            parameters: index.parameters,
            tablespace: index.tablespace,
            index_comment: index.comment,
            attached_to: index.attached_to,
            index_valid: index.valid,
        };
        Some(match read.kind {
            'p' => ConstraintKind::PrimaryKey(indexed),
            'u' => ConstraintKind::Unique(indexed),
            'x' => {
                indexed.columns.clear();
                ConstraintKind::Exclude(Exclusion {
                    method: index.method,
                    keys: index
                        .keys
                        .into_iter()
                        .zip(read.operators.iter().cloned())
                        .collect(),
                    predicate: index.predicate,
                    index: indexed,
                })
            }
            _ => return None,
        })
    }
}

fn action(code: char) -> ReferentialAction {
    match code {
        'r' => ReferentialAction::Restrict,
        'c' => ReferentialAction::Cascade,
        'n' => ReferentialAction::SetNull,
        'd' => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

/// A foreign key that refers to a partitioned table has a copy for each partition of that
/// (src/backend/commands/tablecmds.c, `addFkRecurseReferenced`). A copy refers to another table than its parent,
/// while a partition of the referring table inherits one that refers to the same.
fn clones(all: &[ReadConstraint]) -> std::collections::HashSet<Oid> {
    use std::collections::{HashMap, HashSet};
    let keys = || all.iter().filter(|read| read.kind == 'f');
    let by_oid: HashMap<Oid, &ReadConstraint> = keys().map(|read| (read.oid, read)).collect();
    let is_clone = |read: &ReadConstraint| {
        let mut read = read;
        while let Some(parent) = by_oid.get(&read.parent) {
            if parent.references != read.references || parent.table == read.table {
                return true;
            }
            read = parent;
        }
        false
    };
    let clones: HashSet<Oid> = keys()
        .filter(|read| is_clone(read))
        .map(|read| read.oid)
        .collect();
    clones
}
