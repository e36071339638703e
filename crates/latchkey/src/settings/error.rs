//! What can be wrong with the settings, each in one line that names the setting and the remedy.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

use super::source::Source;

/// The first thing wrong with the settings.
#[derive(Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// The file cannot be read or is no TOML.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why, in the words of the system or of the TOML reader, without the file's text.
        reason: String,
    },
    /// No setting has this name.
    Unknown {
        /// The name as written.
        name: String,
        /// Where it was written.
        source: Source,
        /// The setting that may have been meant.
        nearest: Option<String>,
    },
    /// The value does not do.
    Invalid {
        /// The setting.
        name: String,
        /// The value with what is secret masked.
        shown_value: String,
        /// What would do.
        expected: String,
        /// Where the value came from.
        source: Source,
    },
    /// Some but not all of the supplier's four settings.
    IncompleteSupplier {
        /// Those that are not set.
        missing: Vec<String>,
    },
    /// One of the two settings of mail.
    IncompleteMail {
        /// The one that is not set.
        missing: &'static str,
    },
    /// A secret that is not the one that the database was made with.
    OtherSecret {
        /// The setting.
        name: &'static str,
    },
    /// There is no secret, and the database was made with one.
    LostSecret {
        /// The setting.
        name: &'static str,
        /// Where it is looked for when it is not set.
        file: PathBuf,
    },
    /// Demo mode was asked for where it would put a real shop at risk.
    DemoRefused(
        /// Why, and what to do.
        &'static str,
    ),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, reason } => write!(out, "settings file {}: {reason}", path.display()),
            Self::Unknown { name, source, nearest } => {
                write!(out, "unknown setting `{name}` ({source})")?;
                nearest
                    .iter()
                    .try_for_each(|nearest| write!(out, "; did you mean `{nearest}`?"))
            }
            Self::Invalid {
                name,
                shown_value,
                expected,
                source,
            } => {
                write!(
                    out,
                    "setting `{name}`: expected {expected}, not `{shown_value}` ({source})"
                )
            }
            Self::IncompleteSupplier { missing } => write!(
                out,
                "setting `{}`: missing; supplier.api_url, client_id, email and client_secret are set together or not at all",
                missing.join("`, `")
            ),
            Self::IncompleteMail { missing } => write!(
                out,
                "setting `{missing}`: missing; mail.smtp_url and mail.from are set together or not at all"
            ),
            Self::OtherSecret { name } => write!(
                out,
                "setting `{name}`: not the secret that this database was made with; set that one, or leave it empty and \
                 bring its file into the data folder"
            ),
            Self::LostSecret { name, file } => write!(
                out,
                "setting `{name}`: this database was made with a secret that is not here; set it, or bring back {}",
                file.display()
            ),
            Self::DemoRefused(reason) => write!(out, "setting `demo`: refused, {reason}"),
        }
    }
}

impl Error for SettingsError {}

/// The name most like `wrong`, if any is like it at all.
pub(super) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    names
        .map(|name| (distance(wrong, name), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .map(|(_, name)| name.to_owned())
}

/// How many letters must be added, dropped or changed (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in right.chars().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
