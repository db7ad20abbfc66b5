//! The `segue` command: arguments in, exit code out. Everything it does is in the library `segue`.

// First, for its macro `out!`.
#[macro_use]
mod show;

mod args;
mod commands;
mod exit;
mod heap;
mod stop;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    heap::share();
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are no errors; they go to stdout.
            let code = if error.use_stderr() {
                exit::USAGE
            } else {
                exit::DONE
            };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    args.common.color.write_global();
    ExitCode::from(show::code(commands::run(args)))
}
