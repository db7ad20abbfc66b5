//! Rows that segue makes satisfy real schemas, and hard ones: the server has taken them, with every constraint in force.

use std::time::Instant;

use segue::{Filled, fill};
use segue_catalog::QName;
use segue_db::Session;
use segue_proof::rows::Wish;

use crate::{
    corpora::chosen,
    histories::{HISTORIES, History},
    server::{Server, look},
};

/// So many rows of each table.
const ROWS: u32 = 100;

/// Tables of the corpora that stay empty, and why.
const EMPTY: &[(&str, &str, &str)] = &[];

fn wish(rows: u32) -> Wish {
    Wish { rows, seed: 1 }
}

/// Fills a database and looks whether its schema is what it was.
async fn filled(session: &Session, wish: &Wish) -> Filled {
    let before = look(session).await;
    let Session::Postgres(own) = session else {
        panic!("it is a PostgreSQL server");
    };
    let filled = fill(own, &before, wish).await;
    let filled = filled.unwrap_or_else(|failure| panic!("{:?}", failure.problems));
    assert_eq!(look(session).await, before, "the schema has changed");
    filled
}

/// All rows of all tables, in an order that does not depend on where they lie.
async fn contents(session: &Session) -> Vec<(QName, String)> {
    let catalog = look(session).await;
    let mut all = Vec::new();
    for (name, table) in catalog.tables.iter() {
        if table.partition_of.is_some() {
            continue;
        }
        let query = format!(
            "SELECT coalesce(string_agg(own::text, E'\\n' ORDER BY own::text COLLATE \"C\"), '') FROM {name} AS own"
        );
        let rows = session.rows(&query).await.expect("they can be read");
        let text = rows.into_iter().flatten().flatten().next();
        all.push((name.clone(), text.unwrap_or_default()));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_of_the_corpora_gets_rows_that_satisfy_it() {
    let Some(server) = Server::start() else {
        return;
    };
    let mut empty = Vec::new();
    for name in chosen(HISTORIES) {
        let Some(history) = History::found(name) else {
            return;
        };
        let first = history.beginning(&server).await;
        history
            .go_on(&server, &first, 0, history.project.migrations.len())
            .await;
        let second = server.copy(&first).await;
        let (session, other) = (server.session(&first).await, server.session(&second).await);
        let begun = Instant::now();
        let done = filled(&session, &wish(ROWS)).await;
        let rows: u64 = done.tables.iter().map(|table| table.rows).sum();
        println!(
            "{name}: {rows} rows in {} tables, {} empty, {:?}",
            done.tables.len(),
            done.empty.len(),
            begun.elapsed()
        );
        let again = filled(&other, &wish(ROWS)).await;
        assert_eq!(again, done, "{name}");
        assert!(
            contents(&session).await == contents(&other).await,
            "{name}: not the same rows"
        );
        for table in done
            .tables
            .iter()
            .filter(|table| table.rows < u64::from(ROWS))
        {
            println!("  {}: {} rows", table.name, table.rows);
        }
        for one in done.empty {
            println!("  EMPTY {}: {} ({})", one.table, one.why, one.help);
            empty.push((name, one.table.to_string(), one.why));
        }
        session.close().await;
        other.close().await;
    }
    let known = EMPTY
        .iter()
        .filter(|one| chosen(HISTORIES).contains(&one.0));
    let known: Vec<_> = known
        .map(|one| (one.0, one.1.to_owned(), one.2.to_owned()))
        .collect();
    assert_eq!(empty, known);
}
