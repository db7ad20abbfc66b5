//! `segue testdb`: databases for the tests of any language.

use segue::{
    Failure, Interrupt,
    testing::{TestDatabase, TestServer},
};

use super::migrator;
use crate::{
    args::{Common, Made, Testdb, TestdbAction},
    exit,
    show::clean,
};

mod around;
mod requests;
mod serve;

pub(super) async fn run(common: &Common, wanted: &Testdb) -> u8 {
    match &wanted.action {
        Some(TestdbAction::Serve(wanted)) => serve::run(common, wanted).await,
        None if wanted.command.is_empty() => {
            tell!(
                "error: no command was given: write it behind `--`, as in `segue testdb -- npm test`"
            );
            exit::USAGE
        }
        None => around::run(common, &wanted.made, &wanted.command).await,
    }
}

/// The server that the databases are made on.
async fn server(
    common: &Common,
    made: &Made,
    interrupt: &Interrupt,
) -> Result<TestServer, Failure> {
    let mut migrator = migrator(common);
    if let Some(url) = &made.shadow_url {
        migrator = migrator.shadow_url(url);
    }
    // Whoever connects may know no Unix sockets.
    let mut builder = TestDatabase::builder().migrator(migrator).tcp(true);
    if let Some(url) = &common.url {
        builder = builder.url(url);
    }
    if let Some(to) = &made.to {
        builder = builder.at(to);
    }
    builder.server(interrupt.clone()).await
}

/// The line that says where databases are made.
fn header(common: &Common, server: &TestServer, what: &str) {
    if !common.quiet && !common.is_json() {
        tell!("{what}: {}", clean(server.name()));
    }
}
