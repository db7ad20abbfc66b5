//! Rows that segue makes satisfy real schemas, and hard ones: the server has taken them, with every constraint in force.

use std::time::Instant;

use segue::{Filled, fill};
use segue_catalog::{QName, model::TableKind};
use segue_db::Session;
use segue_proof::rows::Wish;

use crate::{
    corpora::chosen,
    histories::{HISTORIES, History},
    server::{Server, look, value},
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
    for table in &filled.tables {
        let query = format!("SELECT count(*) FROM ONLY {}", table.name);
        let query = match before.tables[&table.name].kind {
            TableKind::Partitioned(_) => query.replace("ONLY ", ""),
            _ => query,
        };
        let there = value(session, &query).await.expect("they can be counted");
        assert_eq!(there, Some(table.rows.to_string()), "{}", table.name);
    }
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

/// A schema with what makes rows hard to find.
const HARD: &str = include_str!("seeded/hard.sql");

/// The tables of it that stay empty, and how what is said of them begins.
const HARD_EMPTY: &[(&str, &str)] = &[
    (
        "odd_sum",
        "segue found no row that satisfies `odd_sum_hash_check`: md5(hash)",
    ),
    (
        "strange",
        "segue knows no values of the type `pg_node_tree`, and the column `acl`",
    ),
    ("swallowed", "a rule takes the rows away"),
    ("unpartitioned", "it has no partition"),
    (
        "key",
        "the foreign key `key_lock_fkey` leads to `public.lock` and back",
    ),
    (
        "lock",
        "the foreign key `lock_key` refers to `public.key`, which has no rows",
    ),
    (
        "door",
        "the foreign key `door_lock_fkey` refers to `public.lock`, which has no rows",
    ),
];

/// The tables of it that have less rows than were wished for: their keys, or what only the server can judge, leave no more.
const HARD_FEW: &[(&str, u64)] = &[("few", 3)];

/// What is true of the rows of it.
const HARD_FACTS: &[&str] = &[
    // values at the edge, and none
    "SELECT bool_or(a11 = '') AND bool_or(a11 ~ '[^[:ascii:]]') AND bool_or(a12 = '') FROM every_type",
    "SELECT bool_or(a04 = 9223372036854775807) AND bool_or(a06 = -999.99) FROM every_type",
    "SELECT bool_or(a24 > '9999-12-31') AND bool_or(a20 < '0002-01-01') FROM every_type",
    "SELECT bool_or(c04 = 0) AND bool_or(c04 > 90) AND bool_or(cardinality(b01) = 0) FROM every_type",
    "SELECT bool_or(ends IS NULL) AND bool_or(ends IS NOT NULL) FROM checked",
    "SELECT count(DISTINCT kind) = 3 AND bool_or(price = 0.01) FROM checked",
    // sequences
    "SELECT nextval('counted_id_seq') = max(id) + 1 FROM counted",
    "SELECT nextval('shared_numbers') = max(other) + 5 FROM counted",
    "SELECT nextval('counted_down_seq') = min(down) - 1 FROM counted",
    "SELECT nextval('only_generated_id_seq') = 101",
    // some rows are popular
    "SELECT max(rows) >= 5 FROM (SELECT count(*) AS rows FROM guarded GROUP BY tenant_id) AS of_tenants",
    "SELECT count(DISTINCT parent) > 20 FROM node",
    "SELECT count(DISTINCT boss) > 10 FROM person",
    "SELECT count(DISTINCT (person_tenant, person_id)) > 50 FROM profile",
    // cycles
    "SELECT count(captain) BETWEEN 50 AND 99 FROM team",
    "SELECT count(DISTINCT hen) > 20 FROM egg",
    // partitions
    "SELECT (SELECT count(*) FROM event_2023) > 20 AND (SELECT count(*) FROM event_2024) > 20",
    "SELECT count(DISTINCT tableoid) = 4 FROM sale",
    "SELECT bool_or(region IS NULL) FROM sale_north",
    "SELECT count(DISTINCT tableoid) = 2 FROM pair",
    "SELECT count(at) > 50 FROM event_use",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hard_schemas_get_rows_or_it_is_said_which_constraint_forbids_them() {
    let Some(server) = Server::start() else {
        return;
    };
    let session = server.session(&server.empty().await).await;
    // the rights of an owner are enough
    session.execute(HARD).await.expect("a schema");
    let done = filled(&session, &wish(ROWS)).await;
    let few = done.tables.iter().filter(|table| table.rows < 90);
    let few: Vec<(&str, u64)> = few
        .map(|table| (table.name.name.as_str(), table.rows))
        .collect();
    assert_eq!(few, HARD_FEW);
    for one in &done.empty {
        println!("{}: {} ({})", one.table, one.why, one.help);
    }
    assert_eq!(done.empty.len(), HARD_EMPTY.len());
    for (one, (table, why)) in done.empty.iter().zip(HARD_EMPTY) {
        let is_said = one.table.name.as_str() == *table && one.why.starts_with(why);
        assert!(is_said, "{table}: {one:?}");
    }
    for query in HARD_FACTS {
        let found = value(&session, query).await.expect(query);
        assert_eq!(found.as_deref(), Some("t"), "{query}");
    }
}
