//! `RENAME TO` of a view, sequence, type or function.

use segue_catalog::{Change, ObjectRef};
use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};

use super::{drop_function, drop_type, rename_table, set_schema};
use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "rename-object",
    title: "a view, sequence, type or function that the running app may use gets another name",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "RENAME TO of a view, sequence, type, domain, function or procedure that was there before the run, and of a database or role. Not of a trigger \
              function, and not where the same transaction leaves something of the old name that serves as well.",
    harm: "What depends on it inside of the database follows, but queries of the running app that name it fail; so do functions \
           whose body is text.",
    remedy: "make a second one of the new name, let the app use that, and drop the old one in a later migration",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-alterview.html",
        "https://www.postgresql.org/docs/current/sql-alterfunction.html",
        "https://www.postgresql.org/docs/current/sql-altertype.html",
        "https://www.postgresql.org/docs/current/sql-altersequence.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 CREATE VIEW nicks AS SELECT nick FROM users;",
        sql: "ALTER VIEW nicks RENAME TO handles;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 CREATE VIEW nicks AS SELECT nick FROM users;",
        sql: "CREATE VIEW handles AS SELECT nick FROM users;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    if let Some((what, fails)) = of_server(moment) {
        report.finding(format!(
            "whoever still connects {what} cannot from this moment: {fails}"
        ));
    }
    for change in moment.changes() {
        let Change::Rename { object, to } = change else {
            continue;
        };
        match object {
            ObjectRef::View(old) => {
                rename_table::moved(moment, report, old, &old.sibling(to.clone()));
            }
            ObjectRef::Routine(id) => {
                let is_hidden = drop_function::is_trigger_function(moment, id);
                if moment.is_new(object) || is_hidden {
                    continue;
                }
                if drop_function::is_served(moment, id, moment.settled()) {
                    continue;
                }
                report.finding(format!(
                    "whoever still calls {id} fails: it is called {to} from this moment"
                ));
            }
            ObjectRef::Sequence(_) | ObjectRef::Type(_) => {
                let is_served = match object {
                    ObjectRef::Type(name) => drop_type::is_served(moment, name, moment.settled()),
                    _ => set_schema::is_there(moment.settled(), object),
                };
                if moment.is_new(object) || is_served {
                    continue;
                }
                report
                    .finding(format!(
                        "whoever still names {object} fails: it is called {to} from this moment"
                    ))
                    .at_most(Severity::Warning);
            }
            _ => {}
        }
    }
}

/// A database or a role gets another name: what the app connects with.
fn of_server(moment: &Moment<'_>) -> Option<(&'static str, &'static str)> {
    let statement = moment.statement()?;
    let told = match statement {
        ast::Stmt::AlterDatabase(_) => ("to this database", "its name is another one"),
        ast::Stmt::AlterRole(_) | ast::Stmt::AlterUser(_) | ast::Stmt::AlterGroup(_) => (
            "as this role",
            "its name is another one, and an MD5 password is gone",
        ),
        _ => return None,
    };
    let mut words = statement.syntax().descendants_with_tokens();
    let renames = words.any(|word| word.kind() == SyntaxKind::RENAME_KW);
    renames.then_some(told)
}
