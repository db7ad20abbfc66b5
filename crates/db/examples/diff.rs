//! Reads the schemas of two URLs and says how long it took to find what turns one into the other: for `bench/diff`.

use std::{env, error::Error, process::ExitCode, time::Instant};

use segue_catalog::{
    Catalog,
    diff::{Options, diff},
};
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
    let mut urls = env::args().skip(1);
    let mut next = || urls.next().ok_or("two URLs are needed");
    let (from, to) = (schema(&next()?).await?, schema(&next()?).await?);
    let start = Instant::now();
    let found = diff(&from, &to, &Options::default());
    let took = start.elapsed();
    println!(
        "{} ms: {} changes, {} left",
        took.as_millis(),
        found.changes.len(),
        found.remaining.len()
    );
    Ok(())
}

async fn schema(url: &str) -> Result<Catalog, Box<dyn Error>> {
    let target = read(url, &Defaults::default()).map_err(|problem| format!("{problem:?}"))?;
    let connection = connect(&target, None, &mut |_| {}).await?;
    let session = Session::new(connection);
    let read = introspect(&session).await?;
    session.close().await;
    Ok(read.catalog)
}
