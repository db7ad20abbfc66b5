//! Runs a command while a throwaway server runs; `DATABASE_URL` names a new, empty database of it.

use std::{
    env,
    error::Error,
    process::{Command, ExitCode},
};

use segue_cluster::Cluster;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let program = arguments
        .next()
        .ok_or("usage: during COMMAND [ARGUMENT…]")?;
    let cluster = Cluster::start()?;
    let status = Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", cluster.create_database()?)
        .status()?;
    Ok(status.success())
}
