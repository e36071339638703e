//! The command line of own keys.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use domain::money::Cents;
use domain::own_key::KeyFormat;
use uuid::Uuid;

use super::amount;

/// What to do with keys of the shop's own.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct KeysArgs {
    /// Import, or undo an import.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What can be done with keys of the shop's own.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum KeysCommand {
    /// Take keys from a file; each row's fate is told, without its key.
    Import(KeysImportArgs),
    /// Take back what of an import is unsold.
    Undo(KeysUndoArgs),
}

/// Which keys to import.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct KeysImportArgs {
    /// The file; - is the standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// CSV with a header `game,key[,cost]` in any order, or a key a line, all of one game.
    #[arg(long, value_enum, default_value_t = KeyFileFormat::Csv)]
    pub format: KeyFileFormat,
    /// The game of all rows that do not name one: its slug, its id, or a supplier's product.
    #[arg(long, value_name = "SLUG", required_if_eq("format", "lines"))]
    pub game: Option<String>,
    /// The price of these games' own offers, in EUR; without it it stays, or is what the game costs now.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub price: Option<Cents>,
}

/// Which import to undo.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct KeysUndoArgs {
    /// The import's id, as it was printed.
    #[arg(value_name = "IMPORT")]
    pub import: Uuid,
}

/// How a file of keys is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyFileFormat {
    /// Rows of CSV.
    Csv,
    /// A key a line.
    Lines,
}

impl From<KeyFileFormat> for KeyFormat {
    fn from(format: KeyFileFormat) -> Self {
        match format {
            KeyFileFormat::Csv => Self::Csv,
            KeyFileFormat::Lines => Self::Lines,
        }
    }
}
