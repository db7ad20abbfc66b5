//! Indexes that go while queries, or the uniqueness of values, rely on them.

use segue_catalog::{
    Change, Name, ObjectRef, QName, TableChange,
    model::{Constraint, ConstraintKind, Index},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "index-dropped-in-use",
    title: "an index goes that queries or the uniqueness of values rely on",
    class: Class::Compatibility,
    severity: Severity::Warning,
    trigger: "DROP INDEX of an index that is known to be scanned, or of a unique one; DROP CONSTRAINT of a UNIQUE or PRIMARY KEY. Not \
              where the same run leaves another unique index over the same columns.",
    harm: "Queries that used the index read the whole table from then on. Without a unique index duplicates come in, and INSERT … ON \
           CONFLICT on its columns fails (42P10).",
    remedy: "build what replaces it first; look at pg_stat_user_indexes.idx_scan before an index is dropped",
    sources: &[
        "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
        "https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE UNIQUE INDEX users_email ON users (email);
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "DROP INDEX CONCURRENTLY users_email;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE UNIQUE INDEX users_email ON users (email);
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "CREATE UNIQUE INDEX CONCURRENTLY users_email_2 ON users (email);
DROP INDEX CONCURRENTLY users_email;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        match change {
            Change::Drop {
                object: ObjectRef::Index(name),
                ..
            } => dropped(moment, name, report),
            Change::Table {
                table,
                change: TableChange::DropConstraint { name, .. },
            } => released(moment, table, name, report),
            _ => {}
        }
    }
}

fn dropped(moment: &Moment<'_>, name: &QName, report: &mut Report<'_>) {
    let Some(index) = moment.before().indexes.get(name) else {
        return;
    };
    let facts = moment.facts().indexes.get(name);
    if moment.is_new_relation(name)
        || moment.is_new_relation(&index.table)
        || facts.is_some_and(|facts| facts.invalid)
        || is_moot(moment, &index.table, &columns(index))
    {
        return;
    }
    let table = &index.table;
    if index.unique && index.predicate.is_none() && !is_unique_later(moment, table, &columns(index))
    {
        report.finding(format!(
            "index {name} kept values of {table} unique: duplicates can come in, and ON CONFLICT fails"
        ));
    } else if let Some(scans) = facts
        .and_then(|facts| facts.scans)
        .filter(|scans| *scans > 0)
    {
        report
            .finding(format!("index {name} of {table} is in use"))
            .note(format!(
                "{scans} scans of it since the statistics were reset"
            ));
    }
}

fn released(moment: &Moment<'_>, table: &QName, name: &Name, report: &mut Report<'_>) {
    let constraint = moment.before().tables.get(table);
    let Some(constraint) = constraint.and_then(|table| table.constraints.get(name)) else {
        return;
    };
    let object = ObjectRef::Constraint(table.clone(), name.clone());
    let (ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key)) = &constraint.kind else {
        return;
    };
    let columns: Vec<&Name> = key.columns.iter().collect();
    if moment.is_new(&object)
        || is_moot(moment, table, &columns)
        || is_unique_later(moment, table, &columns)
    {
        return;
    }
    report.finding(format!(
        "constraint {name} kept values of {table} unique: duplicates can come in, and ON CONFLICT fails"
    ));
}

/// Whether the table, or one of the columns, is gone at the end of the run.
fn is_moot(moment: &Moment<'_>, table: &QName, columns: &[&Name]) -> bool {
    let end = moment.end().tables.get(table);
    end.is_none_or(|table| columns.iter().any(|column| table.column(column).is_none()))
}

/// The columns that an index is over, where it is over nothing else.
fn columns(index: &Index) -> Vec<&Name> {
    let columns = index.keys.iter().map(|key| key.term.column());
    columns.collect::<Option<_>>().unwrap_or_default()
}

/// Whether these columns are unique at the end of the run.
fn is_unique_later(moment: &Moment<'_>, table: &QName, columns: &[&Name]) -> bool {
    let end = moment.end();
    let same = |names: &[&Name]| {
        names.len() == columns.len() && columns.iter().all(|column| names.contains(column))
    };
    let of_constraint = |constraint: &Constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
            same(&key.columns.iter().collect::<Vec<_>>())
        }
        _ => false,
    };
    let constraints = end
        .tables
        .get(table)
        .map(|table| table.constraints.values());
    let by_index = end.indexes_of(table).any(|(_, index)| {
        index.unique
            && index.predicate.is_none()
            && !self::columns(index).is_empty()
            && same(&self::columns(index))
    });
    by_index || constraints.into_iter().flatten().any(of_constraint)
}
