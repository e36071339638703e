//! The program: reads the command line and the environment, does what they say, and tells by its exit code how it went.

use std::process::ExitCode;

use clap::Parser;
use latchkey::cli::Cli;

fn main() -> ExitCode {
    // The one place where the environment is read. A variable that is not UTF-8 can be none of Latchkey's.
    let environment =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    latchkey::commands::run(&Cli::parse(), environment)
}
