//! The commands of the program: one file for each, and the exit codes of all.

mod audit;
mod doctor;
mod keys;
mod make_admin;
mod migrate;
mod serve;
mod settings;
mod staff;
mod sync;
mod top_up;
mod work;
mod worker;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::settings::{Loaded, Settings, SettingsError};

/// How a command ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Successfully.
    Done,
    /// It ran and found a problem.
    FoundWrong,
    /// Interrupted by Ctrl-C, after a clean shutdown.
    Interrupted,
}

/// Runs the command line `cli` and returns the exit code: 0 done, 1 failed, 2 wrong usage or settings, 130 on Ctrl-C.
#[expect(
    clippy::print_stderr,
    reason = "the last word to the person who typed the command; the log may not stand yet"
)]
pub fn run(cli: &Cli, environment: impl IntoIterator<Item = (String, String)>) -> ExitCode {
    let loaded = match Settings::load(&cli.inputs(environment)) {
        Ok(loaded) => loaded,
        Err(error) => {
            eprintln!("latchkey: {error}");
            return ExitCode::from(2);
        }
    };
    let outcome = crate::log::begin(&loaded.settings.log).and_then(|()| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(chosen(cli, &loaded))
    });
    match outcome {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::FoundWrong) => ExitCode::FAILURE,
        Ok(Ended::Interrupted) => ExitCode::from(130),
        Err(error) => {
            eprintln!("latchkey: {error:#}");
            if error.is::<SettingsError>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn chosen(cli: &Cli, loaded: &Loaded) -> anyhow::Result<Ended> {
    // Installs one cryptography provider for the whole process; a second call changes nothing.
    let _already_said = rustls::crypto::ring::default_provider().install_default();
    match cli.chosen() {
        Command::Serve => serve::run(loaded).await,
        Command::Worker => worker::run(loaded).await,
        Command::Sync(args) => sync::run(loaded, &args).await,
        Command::Migrate => migrate::run(loaded).await,
        Command::MakeAdmin(args) => make_admin::run(loaded, &args).await,
        Command::Audit(args) => audit::run(loaded, args).await,
        Command::Staff(args) => staff::run(loaded, &args).await,
        Command::TopUp(args) => top_up::run(loaded, &args).await,
        Command::Keys(args) => keys::run(loaded, &args).await,
        Command::Doctor => doctor::run(loaded).await,
        Command::Settings => Ok(settings::run(loaded)),
    }
}
