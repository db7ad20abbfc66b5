//! Measures what a test waits for its database, beside what the server alone takes for it: `bench/testdb`.
//!
//! In turn: a `TestDatabase`, and a bare `CREATE DATABASE … TEMPLATE` of the same template over a connection that is open,
//! in each way that the server has of copying; then a connection to the new database. Removing them is measured apart.

use std::{
    env,
    error::Error,
    time::{Duration, Instant},
};

use segue::testing::{Parts, TestDatabase};
use segue_cluster::Cluster;
use tokio_postgres::{Client, NoTls};

/// What is measured of one database.
#[derive(Clone, Copy)]
struct Taken {
    made: Duration,
    removed: Duration,
}

/// What there is to compare, by its name.
type Series = Vec<(String, Vec<Taken>)>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: testdb FOLDER ROUNDS [durable]";
    let folder = arguments.next().ok_or(usage)?;
    let rounds: usize = arguments.next().ok_or(usage)?.parse()?;
    let cluster = match arguments.next() {
        Some(_) => Some(durable()?),
        None => None,
    };
    let builder = || {
        let builder = TestDatabase::builder().dir(&folder);
        match &cluster {
            Some(cluster) => builder.url(cluster.url("postgres")),
            None => builder,
        }
    };

    let begun = Instant::now();
    let first = builder().create().await?;
    let first_time = begun.elapsed();
    let size = first
        .sql("SELECT pg_size_pretty(pg_database_size(current_database()))")
        .await?;
    let size = size
        .into_iter()
        .flatten()
        .flatten()
        .next()
        .unwrap_or_default();
    let server = first.parts().clone();
    first.close().await?;
    let bare = connect(&server, "postgres").await?;
    let version: String = bare.query_one("SHOW server_version", &[]).await?.get(0);
    println!(
        "PostgreSQL {version}, {}, {folder}: a database of {size}; the first one, with all migrations: {} ms",
        match &cluster {
            Some(_) => "named, fsync on",
            None => "throwaway, fsync off",
        },
        first_time.as_millis(),
    );

    let template = "SELECT datname::text FROM pg_database WHERE datname LIKE 'segue_template_%'";
    let template: String = bare.query_one(template, &[]).await?.get(0);
    let mut ways = vec![("bare", String::new())];
    let major: u32 = version.split('.').next().unwrap_or_default().parse()?;
    if major >= 15 {
        ways.push(("bare, wal_log", " STRATEGY wal_log".to_owned()));
        ways.push(("bare, file_copy", " STRATEGY file_copy".to_owned()));
    }
    let mut series: Series = vec![("TestDatabase".to_owned(), Vec::new())];
    series.extend(
        ways.iter()
            .map(|(name, _)| ((*name).to_owned(), Vec::new())),
    );
    for round in 0..rounds {
        series[0].1.push(kit(builder()).await?);
        for (number, (_, strategy)) in ways.iter().enumerate() {
            let name = format!("bare_{round}_{number}");
            let create = format!("CREATE DATABASE {name} TEMPLATE {template}{strategy}");
            let taken = alone(&bare, &create, &name, &server).await?;
            series[number + 1].1.push(taken);
        }
    }
    print(&series);
    Ok(())
}

/// A server as people have it beside them.
fn durable() -> Result<Cluster, segue_cluster::StartError> {
    let cluster = Cluster::builder();
    cluster
        .setting("fsync", "on")
        .setting("full_page_writes", "on")
        .start()
}

async fn kit(builder: segue::testing::TestDatabaseBuilder) -> Result<Taken, Box<dyn Error>> {
    let begun = Instant::now();
    let database = builder.create().await?;
    let client = connect(database.parts(), database.name()).await?;
    let made = begun.elapsed();
    drop(client);
    let begun = Instant::now();
    drop(database);
    let removed = begun.elapsed();
    Ok(Taken { made, removed })
}

async fn alone(
    bare: &Client,
    create: &str,
    name: &str,
    server: &Parts,
) -> Result<Taken, Box<dyn Error>> {
    let begun = Instant::now();
    bare.batch_execute(create).await?;
    let client = connect(server, name).await?;
    let made = begun.elapsed();
    drop(client);
    let begun = Instant::now();
    bare.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await?;
    let removed = begun.elapsed();
    Ok(Taken { made, removed })
}

async fn connect(server: &Parts, name: &str) -> Result<Client, Box<dyn Error>> {
    let mut config = tokio_postgres::Config::new();
    config
        .host(&server.host)
        .port(server.port)
        .user(&server.user)
        .dbname(name);
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("SELECT 1").await?;
    Ok(client)
}

fn print(series: &Series) {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let beside = &series[1].1;
    println!("| | made: median | least | × bare | removed: median |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for (name, taken) in series {
        let made: Vec<f64> = taken.iter().map(|one| milliseconds(one.made)).collect();
        let removed: Vec<f64> = taken.iter().map(|one| milliseconds(one.removed)).collect();
        // Of each round its own ratio: load that comes and goes changes the medians more.
        let ratios = taken.iter().zip(beside);
        let ratios: Vec<f64> = ratios
            .map(|(one, bare)| one.made.as_secs_f64() / bare.made.as_secs_f64())
            .collect();
        println!(
            "| {name} | {:.1} ms | {:.1} ms | {:.2} | {:.1} ms |",
            median(made.clone()),
            least(&made),
            median(ratios),
            median(removed)
        );
    }
}
