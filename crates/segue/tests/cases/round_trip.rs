//! A schema on its way through SQL and back: what is rendered of it is run in a new database.

use std::time::Instant;

use segue_catalog::{Catalog, compare, render};
use segue_db::{ServerError, postgres::Session};
use segue_sql::Kind;

use crate::{
    case::Case,
    outcome::{Finding, Outcome},
    server::{self, Worker},
};

/// How many roles a schema may name that only its script makes.
const ROLES: usize = 8;

impl Worker<'_> {
    /// Runs a case, renders the schema that it leads to, and compares with what the rendered SQL leads to.
    pub(crate) async fn come_back(&self, case: &Case) -> Outcome {
        let mut outcome = Outcome {
            cases: 1,
            ..Outcome::default()
        };
        let live = self.schema_of(case).await;
        let sql = render::sql(&live);
        let start = Instant::now();
        match self.rendered(&sql).await {
            Ok(again) => {
                for difference in compare(&live, &again) {
                    let finding = Finding::new(&case.name, &difference.object, &difference);
                    outcome.altered.push(finding);
                }
            }
            Err(message) => {
                let finding = Finding::new(&case.name, "as a whole", message);
                outcome.altered.push(finding);
            }
        }
        outcome.running += start.elapsed();
        outcome
    }

    /// The schema that a case leads to, on a server that has nothing else.
    pub(crate) async fn schema_of(&self, case: &Case) -> Catalog {
        match self.in_transaction(case).await {
            Some(live) => live,
            None => self.in_new_database(case).await,
        }
    }

    /// The schema that a case leads to; `None` where it has to be run outside of a transaction.
    async fn in_transaction(&self, case: &Case) -> Option<Catalog> {
        if !case.is_plain() {
            return None;
        }
        self.session.execute("BEGIN").await.expect("it begins");
        let mut done = true;
        for script in &case.scripts {
            let statements = script.statements.iter();
            let plain = statements.filter(|one| !matches!(one.kind, Kind::PsqlCommand(_)));
            let sql: Vec<&str> = plain
                .map(|one| &script.source.text[one.span.clone()])
                .collect();
            done &= self.session.execute(&sql.join("\n;\n")).await.is_ok();
        }
        let live = match done {
            true => Some(server::look(&self.session).await),
            false => None,
        };
        self.session.execute("ROLLBACK").await.expect("it ends");
        live
    }

    async fn in_new_database(&self, case: &Case) -> Catalog {
        let session = server::database(self.cluster).await;
        for script in &case.scripts {
            for statement in script.statements.iter() {
                // what the server refuses does nothing
                let text = statement.text(&script.source.text);
                let _ = session.execute(text).await;
            }
        }
        // a transaction that a script leaves open
        session.execute("ROLLBACK").await.expect("it ends");
        let live = server::look(&session).await;
        session.close().await;
        live
    }

    /// The schema that rendered SQL leads to.
    async fn rendered(&self, sql: &str) -> Result<Catalog, String> {
        self.session.execute("BEGIN").await.expect("it begins");
        let mut ran = run(&self.session, sql).await;
        for _ in 0..ROLES {
            let Err(message) = &ran else { break };
            let Some(role) = missing_role(message) else {
                break;
            };
            let role = segue_db::identifier(role);
            let made = format!("CREATE ROLE {role}");
            self.session.execute(&made).await.expect("a role is made");
            ran = run(&self.session, sql).await;
        }
        let again = match ran {
            Ok(()) => Ok(server::look(&self.session).await),
            Err(message) => Err(message),
        };
        self.session.execute("ROLLBACK").await.expect("it ends");
        again
    }
}

/// Runs a script; if it fails, the transaction is as before.
async fn run(session: &Session, sql: &str) -> Result<(), String> {
    session
        .execute("SAVEPOINT rendered")
        .await
        .expect("a savepoint");
    let ran = session.execute(sql).await;
    match ran {
        Ok(()) => Ok(()),
        Err(error) => {
            let undo = "ROLLBACK TO SAVEPOINT rendered";
            session.execute(undo).await.expect("it is undone");
            Err(message(&error))
        }
    }
}

fn message(error: &ServerError) -> String {
    error.to_string()
}

pub(crate) fn missing_role(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("role \"")?;
    let (role, rest) = rest.split_once('"')?;
    rest.trim_start()
        .starts_with("does not exist")
        .then_some(role)
}
