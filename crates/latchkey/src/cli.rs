//! The command line: its commands and flags, and the settings that the flags set.

mod keys;
mod staff;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::id::{ProductId, SupplierName};
use domain::money::Cents;
use domain::sync::{SyncKind, SyncOrder};
use uuid::Uuid;

use crate::settings::Inputs;

pub use keys::{KeysArgs, KeysCommand, KeysImportArgs, KeysUndoArgs};
pub use staff::{MakeAdminArgs, StaffArgs, StaffCommand};

/// Latchkey, a shop for game keys that you host yourself.
#[derive(Debug, Parser)]
#[command(
    name = "latchkey",
    version,
    about,
    after_help = "Without a command: serve. Settings: latchkey.default.toml."
)]
pub struct Cli {
    /// What goes for every command.
    #[command(flatten)]
    pub flags: Flags,
    /// What to do; `None` is `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that stand for a setting.
#[derive(Debug, Args)]
pub struct Flags {
    /// Read settings from this file instead of ./latchkey.toml.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Listen on this address and port; port 0 takes a free one and prints it.
    #[arg(long, value_name = "ADDRESS:PORT", global = true)]
    pub listen: Option<String>,
    /// Keep the SQLite file, made secrets and the demo's state in this folder.
    #[arg(long, value_name = "FOLDER", global = true)]
    pub data_dir: Option<String>,
    /// Use the built-in supplier and make demo accounts.
    #[arg(long, global = true, overrides_with = "no_demo")]
    pub demo: bool,
    /// Never enter demo mode.
    #[arg(long, global = true, overrides_with = "demo")]
    pub no_demo: bool,
}

/// What `latchkey` does.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the shop: web pages, JSON API, background jobs.
    Serve,
    /// Do the background jobs only, as a second process beside `serve`.
    Worker,
    /// Bring the catalogue up to the supplier's, once, with a progress bar.
    Sync(SyncArgs),
    /// Bring the database schema up to date and stop.
    Migrate,
    /// Make an owner of the shop, or another member of staff, with a new account or one that exists.
    MakeAdmin(MakeAdminArgs),
    /// Show who may do what; give and take roles.
    Staff(StaffArgs),
    /// Book money that a customer paid at the cash desk into their wallet, once for its reference.
    TopUp(TopUpArgs),
    /// Take keys of the shop's own from a file, and take back what of them is unsold.
    Keys(KeysArgs),
    /// Check settings, database, Redis, supplier and mail; say what is wrong and what helps.
    Doctor,
    /// Check what must be true of the shop's rows, and compare a sample of what is cached with the database.
    Audit(AuditArgs),
    /// Show the settings in force and where each came from; secrets are masked.
    Settings,
}

/// How to sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct SyncArgs {
    /// The supplier whose catalogue is synced; g2a if none is named.
    #[arg(long, value_name = "NAME", value_parser = supplier_name)]
    pub supplier: Option<SupplierName>,
    /// Read the whole catalogue (the default); goes on with a crawl that was interrupted in the last two hours.
    #[arg(long, conflicts_with_all = ["delta", "stock", "products"])]
    pub full: bool,
    /// Read what the supplier changed since the last complete run; without such a run, the whole catalogue.
    #[arg(long, conflicts_with_all = ["stock", "products"])]
    pub delta: bool,
    /// Look at the prices and the stock of the games that the shop knows.
    #[arg(long)]
    pub stock: bool,
    /// Ask for these products only, by their ids at the supplier; with --stock, for their prices and stock alone.
    #[arg(long, value_name = "ID,…", value_delimiter = ',', value_parser = product_id)]
    pub products: Vec<ProductId>,
    /// Print what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Make what a parked run found and did not do: hide its offers, lower its prices.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["supplier", "full", "delta", "stock", "products", "dry_run"])]
    pub accept: Option<Uuid>,
}

/// What to book at the cash desk.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct TopUpArgs {
    /// The address of the customer's account.
    #[arg(value_name = "EMAIL")]
    pub email: String,
    /// How much was paid, in EUR, such as 20 or 12.50.
    #[arg(value_name = "AMOUNT", value_parser = amount)]
    pub amount: Cents,
    /// The receipt's number or another name of this payment: with the same one it is booked once. Without it one is made
    /// and printed.
    #[arg(long, value_name = "TEXT")]
    pub reference: Option<String>,
    /// Why, if there is more to say.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// How to tell what an audit found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct AuditArgs {
    /// Print JSON, for programs.
    #[arg(long)]
    pub json: bool,
}

impl SyncArgs {
    /// What is to be synced.
    #[must_use]
    pub fn order(&self) -> SyncOrder {
        let kind = match self {
            Self { stock: true, .. } => SyncKind::Stock,
            Self { delta: true, .. } => SyncKind::Delta,
            _ if !self.products.is_empty() => SyncKind::Products,
            _ => SyncKind::Full,
        };
        SyncOrder {
            kind,
            products: self.products.clone(),
            supplier: self.supplier.clone().unwrap_or_else(SupplierName::g2a),
        }
    }
}

fn supplier_name(text: &str) -> Result<SupplierName, &'static str> {
    SupplierName::parse(text).ok_or("a supplier's name is 1 to 32 of a-z, 0-9 and -")
}

fn amount(text: &str) -> Result<Cents, &'static str> {
    Cents::parse(text).ok_or("an amount in EUR is written like 20 or 12.50")
}

fn product_id(text: &str) -> Result<ProductId, &'static str> {
    let digits = |id: &ProductId| id.as_str().len() <= 32 && id.as_str().bytes().all(|byte| byte.is_ascii_digit());
    let id = ProductId::parse(text.trim()).filter(digits);
    id.ok_or("a product's id is 1 to 32 digits")
}

impl Cli {
    /// The command, `serve` when none was typed.
    #[must_use]
    pub fn chosen(&self) -> Command {
        self.command.clone().unwrap_or(Command::Serve)
    }

    /// What the settings are loaded from: these flags and the environment given.
    #[must_use]
    pub fn inputs(&self, environment: impl IntoIterator<Item = (String, String)>) -> Inputs {
        let flags = &self.flags;
        let demo = if flags.demo {
            Some("on")
        } else {
            flags.no_demo.then_some("off")
        };
        let said = [
            ("server.listen", flags.listen.as_deref()),
            ("data_dir", flags.data_dir.as_deref()),
            ("demo", demo),
        ];
        let pair = |(name, value): (&str, Option<&str>)| Some((name.to_owned(), value?.to_owned()));
        Inputs {
            flags: said.into_iter().filter_map(pair).collect(),
            environment: environment.into_iter().collect(),
            file: flags.config.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use domain::staff::StaffRole;

    use super::*;

    fn typed(words: &[&str]) -> Cli {
        Cli::try_parse_from([&["latchkey"], words].concat()).unwrap()
    }

    #[test]
    fn the_definition_holds() {
        Cli::command().debug_assert();
    }

    #[test]
    fn nothing_typed_is_serve_without_flags() {
        let cli = typed(&[]);
        assert_eq!(cli.chosen(), Command::Serve);
        let inputs = cli.inputs([]);
        assert!(inputs.flags.is_empty() && inputs.file.is_none());
    }

    #[test]
    fn flags_become_settings_before_and_behind_the_command() {
        let cli = typed(&[
            "--listen",
            "127.0.0.1:0",
            "sync",
            "--full",
            "--no-demo",
            "--config",
            "x.toml",
        ]);
        assert_eq!(
            cli.chosen(),
            Command::Sync(SyncArgs {
                full: true,
                ..SyncArgs::default()
            })
        );
        let inputs = cli.inputs([("A".to_owned(), "b".to_owned())]);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            inputs.flags,
            [pair("server.listen", "127.0.0.1:0"), pair("demo", "off")]
        );
        assert_eq!(inputs.environment, [pair("A", "b")]);
        assert_eq!(inputs.file, Some(PathBuf::from("x.toml")));
    }

    #[test]
    fn what_is_to_be_synced_is_one_thing() {
        let order = |words: &[&str]| match typed(&[&["sync"], words].concat()).chosen() {
            Command::Sync(args) => args.order(),
            other => panic!("{other:?}"),
        };
        assert_eq!(order(&[]), SyncKind::Full.into());
        assert_eq!(order(&["--delta", "--dry-run"]), SyncKind::Delta.into());
        assert_eq!(order(&["--stock"]), SyncKind::Stock.into());
        let some = order(&["--products", "1,2", "--products", "3"]);
        assert_eq!((some.kind, some.products.len()), (SyncKind::Products, 3));
        assert_eq!(order(&["--stock", "--products", "1"]).kind, SyncKind::Stock);
    }

    #[test]
    fn an_administrator_is_named() {
        let args = MakeAdminArgs {
            email: "root@example.org".to_owned(),
            role: StaffRole::Owner,
            password_stdin: true,
        };
        let words = ["make-admin", "root@example.org", "--password-stdin"];
        assert_eq!(typed(&words).chosen(), Command::MakeAdmin(args));
        assert!(Cli::try_parse_from(["latchkey", "make-admin"]).is_err());
    }

    #[test]
    fn flags_that_contradict_each_other_are_wrong_usage() {
        for words in [
            "--full --delta",
            "--full --stock",
            "--delta --stock",
            "--full --products 1",
            "--delta --products 1",
            "--accept 01890000-0000-7000-8000-000000000000 --stock",
            "--accept 1",
            "--products x",
            "--products",
        ] {
            let all = ["latchkey", "sync"].into_iter().chain(words.split(' '));
            assert_eq!(Cli::try_parse_from(all).unwrap_err().exit_code(), 2, "{words}");
        }
    }
}
