//! The layers: all settings, their sources, and which source takes precedence.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::error::{SettingsError, nearest};
use super::secret::{Secret, SecretUrl};
use super::{Inputs, suppliers};

/// Every setting with its default.
const DEFAULTS: &str = include_str!("../../../../latchkey.default.toml");
/// The file that is read by default.
const USUAL_FILE: &str = "latchkey.toml";
/// The prefix of Latchkey's own variables.
const PREFIX: &str = "LATCHKEY__";
/// Names that other programs use for the same settings. `LATCHKEY__…` takes precedence, since it is specific to this
/// shop.
const WELL_KNOWN: [(&str, &str); 13] = [
    ("ALLOWED_ORIGINS", "server.allowed_origins"),
    ("FRONTEND_URL", "server.frontend_url"),
    ("DATABASE_URL", "database.url"),
    ("REDIS_URL", "redis.url"),
    ("JWT_SECRET", "keys.jwt_secret"),
    ("SMTP_URL", "mail.smtp_url"),
    ("MAIL_FROM", "mail.from"),
    ("G2A_API_URL", "supplier.api_url"),
    ("G2A_CLIENT_ID", "supplier.client_id"),
    ("G2A_EMAIL", "supplier.email"),
    ("G2A_CLIENT_SECRET", "supplier.client_secret"),
    ("G2A_WEBHOOK_SECRET", "supplier.webhook_secret"),
    ("G2A_RATE_PER_MINUTE", "supplier.rate_per_minute"),
];

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `latchkey.default.toml`, compiled in.
    Default,
    /// A settings file.
    File(PathBuf),
    /// An environment variable, by its name.
    Environment(String),
    /// A flag.
    CommandLine,
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(out, "default"),
            Self::File(path) => write!(out, "file {}", path.display()),
            Self::Environment(name) => write!(out, "environment {name}"),
            Self::CommandLine => write!(out, "command line"),
        }
    }
}

/// One setting in force, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// `section.name`.
    pub name: String,
    /// The value; secrets and passwords masked, empty when not set.
    pub shown_value: String,
    /// Its source.
    pub source: Source,
}

/// The value in force and its source.
pub(super) struct Entry {
    pub(super) value: String,
    pub(super) source: Source,
    /// Determined by the type that the value is read as: [`Shown::Masked`] until it is read.
    shown: Cell<Shown>,
}

/// How much of a value may be shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
    /// Nothing.
    Masked,
    /// An address without its password.
    Address,
    /// All of it.
    Whole,
}

impl Entry {
    fn new(value: String, source: Source) -> Self {
        Self {
            value,
            source,
            shown: Cell::new(Shown::Masked),
        }
    }

    /// Records what kind of value this is.
    pub(super) fn is(&self, shown: Shown) {
        self.shown.set(shown);
    }

    /// The value as it may be shown.
    pub(super) fn shown_value(&self) -> String {
        match self.shown.get() {
            _ if self.value.is_empty() => String::new(),
            Shown::Masked => Secret::new(()).to_string(),
            Shown::Address => SecretUrl::new(self.value.clone()).to_string(),
            Shown::Whole => self.value.clone(),
        }
    }
}

/// Every setting with its value in force, still text.
pub(super) struct Layers(BTreeMap<String, Entry>);

impl Layers {
    pub(super) fn gather(inputs: &Inputs) -> Result<Self, SettingsError> {
        let mut layers = Self(BTreeMap::new());
        for (name, value) in read(DEFAULTS, Path::new("latchkey.default.toml"))? {
            layers.0.insert(name, Entry::new(value, Source::Default));
        }
        layers.add_file(inputs.file.as_deref())?;
        layers.add_environment(&inputs.environment)?;
        for (name, value) in &inputs.flags {
            layers.set(name, value, Source::CommandLine)?;
        }
        Ok(layers)
    }

    /// The value of a setting; names come from this crate, and a test reads every one of them.
    pub(super) fn entry(&self, name: &str) -> Result<&Entry, SettingsError> {
        self.0.get(name).ok_or_else(|| self.unknown(name, Source::Default))
    }

    /// The settings in force, as they may be shown. Call it after every setting was read: unread ones are masked.
    pub(super) fn provenance(&self) -> Vec<Provenance> {
        self.0
            .iter()
            .map(|(name, entry)| Provenance {
                name: name.clone(),
                shown_value: entry.shown_value(),
                source: entry.source.clone(),
            })
            .collect()
    }

    /// The names of all settings.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn add_file(&mut self, asked_for: Option<&Path>) -> Result<(), SettingsError> {
        let path = asked_for.unwrap_or(Path::new(USUAL_FILE));
        if asked_for.is_none() && !path.exists() {
            return Ok(());
        }
        let text = std::fs::read_to_string(path).map_err(|error| SettingsError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        for (name, value) in read(&text, path)? {
            self.set(&name, &value, Source::File(path.to_owned()))?;
        }
        Ok(())
    }

    fn add_environment(&mut self, environment: &[(String, String)]) -> Result<(), SettingsError> {
        for (variable, value) in environment {
            if let Some((_, name)) = WELL_KNOWN.iter().find(|(known, _)| known == variable) {
                self.set(name, value, Source::Environment(variable.clone()))?;
            }
        }
        for (variable, value) in environment {
            if let Some(rest) = variable.strip_prefix(PREFIX) {
                let name = suppliers::from_environment(&rest.to_lowercase().replace("__", "."));
                self.set(&name, value, Source::Environment(variable.clone()))?;
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str, source: Source) -> Result<(), SettingsError> {
        if let Some((supplier, _)) = suppliers::split(name) {
            if suppliers::name(supplier).is_none() {
                return Err(suppliers::bad_name(supplier, source));
            }
            self.add_supplier(supplier);
        }
        if !self.0.contains_key(name) {
            return Err(self.unknown(name, source));
        }
        let value = suppliers::trimmed(name, value).to_owned();
        self.0.insert(name.to_owned(), Entry::new(value, source));
        Ok(())
    }

    /// Every setting of a supplier that is named for the first time.
    fn add_supplier(&mut self, supplier: &str) {
        for (field, default) in suppliers::DEFAULTS {
            let name = format!("suppliers.{supplier}.{field}");
            let entry = || Entry::new(default.to_owned(), Source::Default);
            self.0.entry(name).or_insert_with(entry);
        }
    }

    fn unknown(&self, name: &str, source: Source) -> SettingsError {
        let nearest = nearest(name, self.0.keys().map(String::as_str));
        SettingsError::Unknown {
            name: name.to_owned(),
            source,
            nearest,
        }
    }
}

/// The settings of a TOML text as `section.name` and value.
fn read(text: &str, path: &Path) -> Result<Vec<(String, String)>, SettingsError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        // Not the parser's own message: it quotes the line, which may hold a secret.
        let line = error
            .span()
            .map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        SettingsError::Unreadable {
            path: path.to_owned(),
            reason: format!("line {line}: {}", error.message()),
        }
    })?;
    let mut found = Vec::new();
    flatten("", &table, &mut found);
    Ok(found)
}

fn flatten(prefix: &str, table: &Table, found: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let name = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Value::Table(inner) => flatten(&name, inner, found),
            Value::Array(items) => found.push((name, items.iter().map(text).collect::<Vec<_>>().join(","))),
            value => found.push((name, text(value))),
        }
    }
}

/// A value as it is written in the environment, so that all sources are checked alike.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
