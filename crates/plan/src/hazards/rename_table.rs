//! `RENAME TO` of a table.

use segue_catalog::{Change, Name, ObjectRef, QName};

use squawk_syntax::ast;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, Weight, moment::Stand};

pub(super) static RULE: Rule = Rule {
    id: "rename-table",
    title: "a table that the running app uses gets another name",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "ALTER TABLE … RENAME TO of a table that was there before the run. Not where the same transaction leaves a table or \
              view of the old name with all columns that the app knows.",
    harm: "The lock is short, but every query of the running app that names the table fails until the new app is everywhere, and \
           the new app's queries fail until the statement has run.",
    remedy: "rename it and CREATE VIEW of the old name with the old columns in one transaction; drop the view in a later migration, \
             once no app uses the old name",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-RENAME",
        "https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users RENAME TO members;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "BEGIN;
              ALTER TABLE users RENAME TO members;
              CREATE VIEW users AS SELECT id, nick FROM members;
              COMMIT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Rename {
            object: ObjectRef::Table(table),
            to,
        } = change
        else {
            continue;
        };
        moved(moment, report, table, &table.sibling(to.clone()));
    }
}

/// A relation has another name from here on: says so, unless its old one still serves the running app.
pub(super) fn moved(moment: &Moment<'_>, report: &mut Report<'_>, old: &QName, new: &QName) {
    let message = match moment.stand(old, moment.settled()) {
        None => return,
        Some(Stand::Whole) if is_replaced(moment, old) && moment.weight(old) != Weight::Empty => {
            format!(
                "the running app finds a new and empty table in the place of {old}: its rows are in {new}"
            )
        }
        Some(Stand::Whole) => return,
        Some(Stand::Gone) => format!(
            "the running app still uses {old}, which is called {new} from this moment: its queries fail"
        ),
        Some(Stand::Without(lost)) => format!(
            "the running app still uses {old}.{}, which what stands in its place does not have: its queries fail from this \
             moment",
            names(&lost)
        ),
    };
    let serves_in_the_end = moment.stand(old, moment.in_the_end()) == Some(Stand::Whole);
    let comes_back = serves_in_the_end && !is_replaced(moment, old);
    let is_table = moment.before().tables.contains_key(old);
    let unused = is_table && moment.seems_unused(old);
    let finding = report.finding(message);
    if comes_back {
        finding.note(format!(
            "{old} is there again behind a later statement: until then, queries fail"
        ));
        finding.help("put both into one transaction");
    }
    if unused || comes_back {
        finding.at_most(Severity::Warning);
    }
}

/// Whether the transaction makes a table of the old name and puts no rows into it.
fn is_replaced(moment: &Moment<'_>, old: &QName) -> bool {
    let mut is_empty = false;
    for line in moment.later_in_transaction() {
        for change in &line.changes {
            match change {
                Change::Create(object) if object.reference() == ObjectRef::Table(old.clone()) => {
                    let text = &moment.script().source.text[line.span.clone()];
                    let statement = segue_catalog::parse(text).tree().stmts().next();
                    is_empty = matches!(statement, Some(ast::Stmt::CreateTable(_)));
                }
                Change::Data {
                    statement: "INSERT" | "COPY" | "MERGE",
                    table: Some(table),
                } if table == old => is_empty = false,
                _ => {}
            }
        }
    }
    is_empty
}

fn names(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    names.join(", ")
}
