//! Errors of the settings, each in one line that names the setting and the remedy.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

use super::source::Source;

/// The first error of the settings.
#[derive(Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// The file cannot be read or is not TOML.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system or of the TOML parser, without the file's text.
        reason: String,
    },
    /// No setting has this name.
    Unknown {
        /// The unknown name.
        name: String,
        /// Where it was set.
        source: Source,
        /// The setting that was probably meant.
        nearest: Option<String>,
    },
    /// The value is not valid.
    Invalid {
        /// The setting.
        name: String,
        /// The value with secrets masked.
        shown_value: String,
        /// The valid values.
        expected: String,
        /// Where the value came from.
        source: Source,
    },
    /// Some but not all of the supplier's four settings.
    IncompleteSupplier {
        /// Those that are not set.
        missing: Vec<String>,
    },
    /// Only one of the two settings of mail.
    IncompleteMail {
        /// The one that is not set.
        missing: &'static str,
    },
    /// A secret that differs from the one that the database was created with.
    OtherSecret {
        /// The setting.
        name: &'static str,
    },
    /// There is no secret, and the database was created with one.
    LostSecret {
        /// The setting.
        name: &'static str,
        /// The file that would hold it.
        file: PathBuf,
    },
    /// Demo mode is set where it would put a real shop at risk.
    DemoRefused(
        /// The reason and the remedy.
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

/// The name most similar to `wrong`, if any is similar enough.
pub(super) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    names
        .map(|name| (distance(wrong, name), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .map(|(_, name)| name.to_owned())
}

/// The number of letters to add, drop or change (Levenshtein distance).
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
