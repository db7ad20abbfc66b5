//! A service as it could run in several replicas: each deploys the migrations that it carries in itself, then
//! works with its own pool of connections.

use std::{env, error::Error, process::ExitCode, time::Duration};

use segue::{Embedded, Migrator};
use sqlx::{PgPool, query_scalar};

static MIGRATIONS: Embedded = segue::embed!("migrations");

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not by `?` from main, which would print it as `Debug` does.
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL").map_err(|_| "DATABASE_URL is not set")?;

    let deployed = Migrator::from(MIGRATIONS)
        // The database may start together with the service.
        .connect_timeout(Duration::from_secs(30))
        // Of several replicas one deploys; the others wait for it and find nothing to do.
        .wait(Duration::from_secs(300))
        .deploy_to(&url)
        .await?;
    println!("{} migrations applied", deployed.applied.len());

    let pool = PgPool::connect(&url).await?;
    let visit: i64 = query_scalar("INSERT INTO visits (page) VALUES ('/') RETURNING id")
        .fetch_one(&pool)
        .await?;
    println!("visit {visit}");
    pool.close().await;
    Ok(())
}
