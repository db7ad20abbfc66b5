//! What turns one schema into another does so on a server, there and back, and a second look finds nothing to do.

use segue_catalog::{
    Catalog,
    diff::{Diff, Options, diff},
};
use segue_db::postgres::Session;
use segue_sql::Kind;

use crate::{
    case::Case,
    outcome::{Finding, Outcome},
    round_trip::missing_role,
    server::{self, Worker},
};

impl Worker<'_> {
    /// Turns the first schema of a pair into the second, and that into the first.
    pub(crate) async fn converge(&self, pair: &[Case; 2]) -> Outcome {
        let [old, new] = pair;
        let mut outcome = Outcome {
            cases: 1,
            ..Outcome::default()
        };
        let first = self.schema_of(old).await;
        let second = self.schema_of(new).await;
        for (from, known, wanted, name) in [
            (old, &first, &second, "there"),
            (new, &second, &first, "back"),
        ] {
            let done = match self.turned(from, known, wanted).await {
                Some(done) => done,
                None => self.turned_in_new_database(from, wanted).await,
            };
            outcome.statements += done.statements;
            for (what, detail) in done.wrong {
                let what = format!("{name}: {what}");
                let finding = Finding::new(&old.name, what, detail);
                outcome.altered.push(finding);
            }
        }
        outcome
    }

    /// In a transaction that is rolled back; `None` where something does not work there. `known` is what the script of `from`
    /// leads to.
    async fn turned(&self, from: &Case, known: &Catalog, wanted: &Catalog) -> Option<Done> {
        if !from.is_plain() {
            return None;
        }
        let session = &self.session;
        session.execute("BEGIN").await.expect("it begins");
        let mut done = None;
        if all_at_once(session, from).await {
            let found = diff(known, wanted, &Options::default());
            let sql: Vec<&str> = statements(&found).collect();
            if session.execute(&sql.join("\n")).await.is_ok() {
                done = Some(Done::of(&found, &server::look(session).await, wanted));
            }
        }
        session.execute("ROLLBACK").await.expect("it ends");
        done
    }

    async fn turned_in_new_database(&self, from: &Case, wanted: &Catalog) -> Done {
        let session = server::database(self.cluster).await;
        for statement in from.scripts[0].statements.iter() {
            // what the server refuses does nothing
            let text = statement.text(&from.scripts[0].source.text);
            let _ = session.execute(text).await;
        }
        session.execute("ROLLBACK").await.expect("it ends");
        let first = server::look(&session).await;
        let found = diff(&first, wanted, &Options::default());
        let mut refused = Vec::new();
        for statement in statements(&found) {
            let mut sent = session
                .execute(statement)
                .await
                .map_err(|error| error.to_string());
            if let Err(message) = &sent
                && let Some(role) = missing_role(message)
            {
                // one that only its script makes
                let role = format!("CREATE ROLE {}", segue_db::identifier(role));
                session.execute(&role).await.expect("a role is made");
                sent = session
                    .execute(statement)
                    .await
                    .map_err(|error| error.to_string());
            }
            if let Err(message) = sent {
                refused.push((statement.to_owned(), message));
            }
        }
        let mut done = Done::of(&found, &server::look(&session).await, wanted);
        done.wrong.extend(refused);
        session.close().await;
        done
    }
}

async fn all_at_once(session: &Session, case: &Case) -> bool {
    let script = &case.scripts[0];
    let plain = script
        .statements
        .iter()
        .filter(|one| !matches!(one.kind, Kind::PsqlCommand(_)));
    let sql: Vec<&str> = plain
        .map(|one| &script.source.text[one.span.clone()])
        .collect();
    session.execute(&sql.join("\n;\n")).await.is_ok()
}

fn statements(found: &Diff) -> impl Iterator<Item = &str> {
    let changes = found.changes.iter();
    changes.flat_map(|change| change.statements.iter().map(String::as_str))
}

/// What a diff has led to.
struct Done {
    statements: usize,
    /// What is not as it should be, and in what.
    wrong: Vec<(String, String)>,
}

impl Done {
    fn of(found: &Diff, now: &Catalog, wanted: &Catalog) -> Self {
        let foreseen = found.remaining.iter();
        let foreseen = foreseen.map(|one| (one.object.to_string(), format!("foreseen: {one}")));
        let mut wrong: Vec<(String, String)> = foreseen.collect();
        let again = diff(now, wanted, &Options::default());
        let more = again.changes.iter();
        wrong.extend(more.map(|one| (one.object.to_string(), one.statements.join(" "))));
        let left = again.remaining.iter();
        wrong.extend(left.map(|one| (one.object.to_string(), one.to_string())));
        Self {
            statements: statements(found).count(),
            wrong,
        }
    }
}
