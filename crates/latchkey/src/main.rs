//! The entry point: reads the command line and the environment, runs the command, and returns its exit code.

use std::process::ExitCode;

use clap::Parser;
use latchkey::cli::Cli;

fn main() -> ExitCode {
    // Where it is not possible the program takes more memory, and works.
    let _accepted = allocator::return_freed_memory();
    // The only place where the environment is read. A variable that is not UTF-8 cannot be a setting.
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    latchkey::commands::run(&Cli::parse(), environment)
}
