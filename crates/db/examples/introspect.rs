//! Reads the schema that `DATABASE_URL` names and says how much there is, and how long it took: for `bench/introspect`.

use std::{env, error::Error, process::ExitCode, time::Instant};

use segue_db::{
    introspect,
    postgres::{
        Session,
        connect::connect,
        url::{Defaults, read},
    },
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL").map_err(|_| "DATABASE_URL is not set")?;
    let target = read(&url, &Defaults::default()).map_err(|problem| format!("{problem:?}"))?;
    let connection = connect(&target, None, &mut |_| {}).await?;
    let session = Session::new(connection);
    let start = Instant::now();
    let read = introspect(&session).await?;
    let took = start.elapsed();
    let catalog = &read.catalog;
    let columns: usize = catalog
        .tables
        .values()
        .map(|table| table.columns.len())
        .sum();
    let constraints: usize = catalog
        .tables
        .values()
        .map(|table| table.constraints.len())
        .sum();
    println!(
        "{} tables, {columns} columns, {constraints} constraints, {} indexes, {} unread: {} ms",
        catalog.tables.len(),
        catalog.indexes.len(),
        read.unread.len(),
        took.as_millis()
    );
    session.close().await;
    Ok(())
}
