//! A unique index or constraint over values that are there more than once.

use segue_catalog::{
    Change, Name, Object, QName, TableChange,
    model::{ConstraintKind, Index, IndexTerm},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, example::USERS};

pub(super) static RULE: Rule = Rule {
    id: "unique-on-duplicate-data",
    title: "values that are there more than once shall be unique",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "a unique index, UNIQUE or PRIMARY KEY on a column of which is known that it holds a value more than once, where no \
              earlier statement has deleted or changed rows of the table. Not a partial index.",
    harm: "The statement fails (23505) after it has read the whole table. A concurrent build leaves an invalid index, which every \
           write has to maintain until it is dropped.",
    remedy: "find the duplicates (GROUP BY … HAVING count(*) > 1) and remove them in an earlier migration",
    sources: &[
        "https://www.postgresql.org/docs/current/indexes-unique.html",
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users SELECT g, 'same' FROM generate_series(1, 20000) g;",
        sql: "CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email);",
    },
    good: Example {
        schema: USERS,
        sql: "CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Some((table, column)) = wanted(moment, change) else {
            continue;
        };
        let facts = moment.facts().tables.get(table);
        let Some(facts) = facts.filter(|facts| facts.repeated.contains(column)) else {
            continue;
        };
        if !moment.is_new_relation(table) && !moment.has_changed_rows_of(table) {
            let whose = format!("column {column} of {table}");
            report.finding(facts.fails(
                &whose,
                "holds a value more than once",
                "held a value more than once",
            ));
            return;
        }
    }
}

/// The column that alone shall be unique, perhaps under an expression.
fn wanted<'a>(moment: &Moment<'a>, change: &'a Change) -> Option<(&'a QName, &'a Name)> {
    match change {
        Change::Create(object) => match &**object {
            Object::Index(_, index) if index.unique && index.predicate.is_none() => {
                Some((&index.table, keyed(moment, index)?))
            }
            _ => None,
        },
        Change::Table {
            table,
            change:
                TableChange::AddConstraint {
                    constraint,
                    using_index: None,
                    ..
                },
        } => match &constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                let [column] = key.columns.as_slice() else {
                    return None;
                };
                Some((table, column))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The only column of an index; of an expression, the only column that it names.
fn keyed<'a>(moment: &Moment<'a>, index: &'a Index) -> Option<&'a Name> {
    let [key] = index.keys.as_slice() else {
        return None;
    };
    let expression = match &key.term {
        IndexTerm::Column(column) => return Some(column),
        IndexTerm::Expression(expression) => expression,
    };
    let table = moment.before().tables.get(&index.table)?;
    let words = |c: char| !(c.is_alphanumeric() || c == '_');
    let named = table.columns.iter().filter(|column| {
        let mut words = expression.text.split(words);
        words.any(|word| word == column.name.as_str())
    });
    let named: Vec<&'a Name> = named.map(|column| &column.name).collect();
    match named.as_slice() {
        [column] => Some(column),
        _ => None,
    }
}
