//! Rows that segue makes, put into a PostgreSQL database: crate `proof` says which, the server says whether they may be
//! there.
//!
//! All of it is one transaction. Triggers of the user's are off meanwhile, since they would do what an app asked for, not a
//! test; what a server enforces by itself stays in force.

mod before;
mod insert;
mod told;
mod triggers;

use segue_catalog::{Catalog, QName};
use segue_db::{ServerError, postgres::Session};
use segue_engine::Failure;
use segue_proof::rows::{Generated, Group, Link, Wish, generate};

use super::sample::{Sample, put};
use before::Before;
use insert::{Filling, Told};

/// What was put into a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// The tables that have rows now.
    pub tables: Vec<FilledTable>,
    /// The tables that have none.
    pub empty: Vec<Unfilled>,
    /// What there is to say of sampled rows.
    pub notes: Vec<String>,
}

/// A table that has rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledTable {
    /// Which. Partitions are not named: their rows are those of the table that they are part of.
    pub name: QName,
    /// How many, those that it had before included.
    pub rows: u64,
}

/// A table for which there are no rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfilled {
    /// Which.
    pub table: QName,
    /// The constraint that no row satisfies, or what the server said.
    pub why: String,
    /// How it can be seeded.
    pub help: String,
}

/// Puts rows into every table of a schema, beside those that are there. The session must not be in a transaction. The schema is the
/// same before and after.
///
/// # Errors
/// That the server is gone, or that our role may not do it: it has to own the tables.
pub async fn fill(session: &Session, catalog: &Catalog, wish: &Wish) -> Result<Filled, Failure> {
    fill_beside(session, catalog, wish, None).await
}

/// The same, beside the rows of a sample.
pub(super) async fn fill_beside(
    session: &Session,
    catalog: &Catalog,
    wish: &Wish,
    sample: Option<&Sample>,
) -> Result<Filled, Failure> {
    let done = transaction(session, catalog, wish, sample).await;
    if done.is_err() {
        // what stopped it is what matters
        drop(session.execute("ROLLBACK").await);
    }
    Ok(done?)
}

async fn transaction(
    session: &Session,
    catalog: &Catalog,
    wish: &Wish,
    sample: Option<&Sample>,
) -> Result<Filled, ServerError> {
    session
        .execute("BEGIN; SET CONSTRAINTS ALL IMMEDIATE")
        .await?;
    for statement in triggers::off(catalog) {
        session.execute(&statement).await?;
    }
    let notes = match sample {
        Some(sample) => put(session, catalog, sample).await?,
        None => Vec::new(),
    };
    let mut generated = generate(catalog, wish);
    let before = before::read(session, &mut generated).await?;
    let mut told = Vec::new();
    for group in generated.groups() {
        told.extend(fill_group(session, &mut generated, &group).await?);
    }
    set_links(session, &generated.links()).await?;
    for counted in generated.counted() {
        if generated.count(&counted.table) > 0 {
            // a sequence that we may not use stays where it is
            alone(session, &counted.set()).await?;
        }
    }
    for statement in triggers::on(catalog) {
        session.execute(&statement).await?;
    }
    session.execute("COMMIT").await?;
    Ok(Filled {
        notes,
        ..filled(&generated, told, &before)
    })
}

/// What became of each table.
fn filled(generated: &Generated, told: Vec<(QName, Told)>, before: &Before) -> Filled {
    let mut filled = Filled::default();
    for (table, told) in told {
        match generated.count(&table) + before.unread(&table) {
            0 => filled.empty.push(told::unfilled(generated, table, &told)),
            rows => filled.tables.push(FilledTable { name: table, rows }),
        }
    }
    filled
}

/// Fills the tables of a group; where their foreign keys have to wait and do not hold in the end, none of them.
async fn fill_group(
    session: &Session,
    generated: &mut Generated,
    group: &Group,
) -> Result<Vec<(QName, Told)>, ServerError> {
    let waits = !group.deferred.is_empty();
    if waits {
        session
            .execute(&format!(
                "SAVEPOINT segue_group; {}",
                constraints(group, "DEFERRED")
            ))
            .await?;
    }
    let mut told = Vec::new();
    for table in &group.tables {
        let mut filling = Filling::new(session, table);
        filling.run(generated).await?;
        told.push((table.clone(), filling.told));
    }
    if waits && let Err(error) = session.execute(&constraints(group, "IMMEDIATE")).await {
        let ServerError::Refused(refusal) = error else {
            return Err(error);
        };
        session.execute("ROLLBACK TO segue_group").await?;
        for (table, told) in &mut told {
            generated.forget_all(table);
            *told = Told::Refused((*refusal).clone());
        }
    }
    Ok(told)
}

fn constraints(group: &Group, mode: &str) -> String {
    let names = group.deferred.iter().map(ToString::to_string);
    format!(
        "SET CONSTRAINTS {} {mode}",
        names.collect::<Vec<_>>().join(", ")
    )
}

/// Runs a statement that may be refused; whether it was taken.
async fn alone(session: &Session, sql: &str) -> Result<bool, ServerError> {
    let tried = session
        .execute(&format!("SAVEPOINT segue_row; {sql}; RELEASE segue_row"))
        .await;
    match tried {
        Ok(()) => Ok(true),
        Err(ServerError::Refused(_)) => {
            session.execute("ROLLBACK TO segue_row").await?;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// So many foreign keys are set at once.
const LINKS: usize = 200;

/// Sets foreign keys that led around in a circle; those that the server refuses stay NULL.
async fn set_links(session: &Session, links: &[Link]) -> Result<(), ServerError> {
    for some in links.chunks(LINKS) {
        let updates: Vec<String> = some.iter().map(Link::update).collect();
        if alone(session, &updates.join("; ")).await? {
            continue;
        }
        for update in updates {
            alone(session, &update).await?;
        }
    }
    Ok(())
}
