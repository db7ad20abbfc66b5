//! `CREATE INDEX … IF NOT EXISTS` while an index of that name is invalid.

use squawk_syntax::ast::{self, AstNode};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, written};

pub(super) static RULE: Rule = Rule {
    id: "invalid-index-kept",
    title: "IF NOT EXISTS keeps an index that no query can use",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "CREATE INDEX … IF NOT EXISTS where an index of that name is there and invalid: a concurrent build of it has failed or \
              was cancelled.",
    harm: "The statement does nothing. No query uses the index, a unique one does not keep all duplicates out, and every write still \
           has to maintain it.",
    remedy: "DROP INDEX CONCURRENTLY IF EXISTS first, then CREATE INDEX CONCURRENTLY without IF NOT EXISTS",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        "https://www.postgresql.org/docs/current/catalog-pg-index.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE INDEX users_email ON users (email);
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email'::regclass;",
        sql: "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE INDEX users_email ON users (email);
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email'::regclass;",
        sql: "DROP INDEX CONCURRENTLY IF EXISTS users_email;
CREATE INDEX CONCURRENTLY users_email ON users (email);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(ast::Stmt::CreateIndex(create)) = moment.statement() else {
        return;
    };
    let (Some(_), Some(index)) = (create.if_not_exists(), create.index()) else {
        return;
    };
    let wanted = written::name(&index);
    let before = moment.before();
    let named = before
        .indexes
        .iter()
        .filter(|(name, _)| name.name == wanted);
    let table = create.table_relation_name();
    let table = table.map(|table| table.syntax().text().to_string().to_ascii_lowercase());
    for (name, index) in named {
        let is_on_it = table
            .as_ref()
            .is_none_or(|table| table.contains(&index.table.name.as_str().to_ascii_lowercase()));
        let failed = moment.facts().indexes.get(name);
        let failed = failed.is_some_and(|facts| facts.invalid) && !moment.is_new_relation(name);
        let is_parent = before.tables.get(&index.table).is_some_and(|table| {
            matches!(table.kind, segue_catalog::model::TableKind::Partitioned(_))
        });
        if is_on_it && (failed || !index.valid && !is_parent) {
            report
                .finding(format!(
                    "index {name} is kept as it is: invalid, so that no query uses it"
                ))
                .note("a concurrent build of it has failed or was cancelled");
        }
    }
}
