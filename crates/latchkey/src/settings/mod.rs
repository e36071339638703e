//! The settings: what they are, and how flags, environment, file and defaults become one.

mod demo;
mod error;
mod mask;
mod source;
#[cfg(test)]
mod tests;
mod values;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

pub use self::error::SettingsError;
pub use self::source::{Provenance, Source};
pub(crate) use self::values::SECRET_LENGTH_MIN;

use self::source::Layers;

/// Where settings may come from, all of it handed in: a test has no environment of its own to change.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Setting and value from the command line, `("server.listen", "127.0.0.1:0")`.
    pub flags: Vec<(String, String)>,
    /// The environment of the process; what is not Latchkey's is ignored.
    pub environment: Vec<(String, String)>,
    /// The file of `--config`, which must exist; without one, `latchkey.toml` here if there is one.
    pub file: Option<PathBuf>,
}

/// The settings in force, and where each came from.
pub struct Loaded {
    /// The settings, checked.
    pub settings: Settings,
    /// One entry for each setting, by name; secrets masked.
    pub provenance: Vec<Provenance>,
}

/// Every setting. Without `Debug`, here and below, so that no secret gets into a log by accident.
#[derive(Clone)]
pub struct Settings {
    /// `[server]`.
    pub server: Server,
    /// The folder of everything that the shop keeps in files.
    pub data_dir: PathBuf,
    /// `[accounts]`.
    pub accounts: Accounts,
    /// `[database]`.
    pub database: Database,
    /// `[redis]`.
    pub redis: Redis,
    /// `[pictures]`.
    pub pictures: Pictures,
    /// `[keys]`.
    pub keys: Keys,
    /// `[mail]`; `None` when none is set.
    pub mail: Option<Mail>,
    /// `[supplier]`.
    pub supplier: Supplier,
    /// `[sync]`.
    pub sync: Sync,
    /// `[limits]`.
    pub limits: Limits,
    /// `[log]`.
    pub log: Log,
    /// What was asked for; [`Loaded::resolve_demo`] says what follows.
    pub demo: Demo,
}

/// Where the shop is reached.
#[derive(Clone)]
pub struct Server {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `http://…` or `https://…` without a slash at its end.
    pub public_url: Option<String>,
    /// Whose word for where a request comes from is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// How accounts are kept.
#[derive(Clone)]
pub struct Accounts {
    /// At least 1.
    pub access_token_minutes: u32,
    /// Whether staff need a second factor.
    pub staff_second_factor: bool,
}

/// Where the shop remembers.
#[derive(Clone)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`; `None` is a SQLite file in the data folder.
    pub url: Option<String>,
    /// The size of the pool, at least 1.
    pub connections: u32,
}

/// The shared cache.
#[derive(Clone)]
pub struct Redis {
    /// `redis://…`; `None` is no Redis.
    pub url: Option<String>,
    /// What every key of this shop begins with; may be empty.
    pub prefix: String,
}

/// The pictures of games.
#[derive(Clone)]
pub struct Pictures {
    /// Space for them on the disk, at least 16.
    pub megabytes: u32,
}

/// The secrets of the shop's own; what is not set is made at the first start and kept in the data folder.
#[derive(Clone)]
pub struct Keys {
    /// Seals what the database keeps; at least [`SECRET_LENGTH_MIN`] characters.
    pub master_key: Option<String>,
    /// Signs access tokens; as long.
    pub jwt_secret: Option<String>,
}

/// By whom the shop's mails are sent, and from whom they are: two settings that are only of use together.
#[derive(Clone)]
pub struct Mail {
    /// The mail server.
    pub server: gateways::mail::Server,
    /// Whom mails are from.
    pub from: gateways::mail::Sender,
}

/// Who sells to the shop.
#[derive(Clone)]
pub struct Supplier {
    /// How to reach and to persuade the supplier; `None` when none is set.
    pub account: Option<SupplierAccount>,
    /// The secret of notifications' signatures.
    pub webhook_secret: Option<String>,
    /// Requests a minute, at least 1; `None` is the default, which is another one in demo mode.
    pub rate_per_minute: Option<u32>,
}

/// The four settings that are only of use together.
#[derive(Clone)]
pub struct SupplierAccount {
    /// `http://…` or `https://…` without a slash at its end.
    pub api_url: String,
    /// The client id.
    pub client_id: String,
    /// The account's e-mail address.
    pub email: String,
    /// The client secret.
    pub client_secret: String,
}

/// How the catalogue follows the supplier.
#[derive(Clone)]
pub struct Sync {
    /// Added to the supplier's price, in 1/10000.
    pub markup_basis_points: u32,
    /// Times of day, each `HH:MM`.
    pub full_at: Vec<String>,
    /// An IANA time zone that exists.
    pub zone: String,
    /// At least 1.
    pub stock_every_minutes: u32,
    /// How long the lease holds without a batch, in milliseconds; at least 100.
    pub lease_ms: u32,
    /// Pages in one transaction, at least 1.
    pub batch_pages: u32,
}

/// What the shop endures.
#[derive(Clone)]
pub struct Limits {
    /// `false` only in load tests.
    pub enabled: bool,
    /// At least 1.
    pub requests_in_flight_max: u32,
    /// At least 1.
    pub changes_per_minute: u32,
}

/// What the shop tells its operator.
#[derive(Clone)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// A filter as `tracing_subscriber::EnvFilter` reads it, known to be readable.
    pub filter: String,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// For machines.
    Json,
}

/// Whether demo mode was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demo {
    /// On when nothing else is set.
    Auto,
    /// On, or a refusal.
    On,
    /// Off.
    Off,
}

impl Settings {
    /// Lays flags over the environment over the file over the defaults, and checks every value.
    ///
    /// # Errors
    /// The first thing wrong: a file that cannot be read, a name that is none, a value that does not do.
    pub fn load(inputs: &Inputs) -> Result<Loaded, SettingsError> {
        let layers = Layers::gather(inputs)?;
        Ok(Loaded {
            settings: Self::checked(&layers)?,
            provenance: layers.provenance(),
        })
    }

    fn checked(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(Self {
            server: Server {
                listen: layers.address("server.listen")?,
                public_url: layers.web_url("server.public_url")?,
                trusted_proxies: layers.ip_addresses("server.trusted_proxies")?,
            },
            accounts: Accounts {
                access_token_minutes: layers.number("accounts.access_token_minutes", 1, 1_440)?,
                staff_second_factor: layers
                    .choice("accounts.staff_second_factor", &[("true", true), ("false", false)])?,
            },
            data_dir: PathBuf::from(layers.required("data_dir", "a folder")?),
            database: Database {
                url: layers.database_url("database.url")?,
                connections: layers.number("database.connections", 1, 1_000)?,
            },
            redis: Redis {
                url: layers.redis_url("redis.url")?,
                prefix: layers.prefix("redis.prefix")?,
            },
            pictures: Pictures {
                megabytes: layers.number("pictures.megabytes", 16, 1_000_000)?,
            },
            keys: Keys {
                master_key: layers.secret("keys.master_key")?,
                jwt_secret: layers.secret("keys.jwt_secret")?,
            },
            mail: layers.mail()?,
            supplier: Supplier {
                account: layers.supplier_account()?,
                webhook_secret: layers.optional("supplier.webhook_secret"),
                rate_per_minute: layers.optional_number("supplier.rate_per_minute", 1, 1_000_000)?,
            },
            sync: Sync {
                markup_basis_points: layers.number("sync.markup_basis_points", 0, 100_000)?,
                full_at: layers.times("sync.full_at")?,
                zone: layers.zone("sync.zone")?,
                stock_every_minutes: layers.number("sync.stock_every_minutes", 1, 1_440)?,
                lease_ms: layers.number("sync.lease_ms", 100, 3_600_000)?,
                batch_pages: layers.number("sync.batch_pages", 1, 200)?,
            },
            limits: Limits {
                enabled: layers.choice("limits.enabled", &[("true", true), ("false", false)])?,
                requests_in_flight_max: layers.number("limits.requests_in_flight_max", 1, 100_000)?,
                changes_per_minute: layers.number("limits.changes_per_minute", 1, 1_000_000)?,
            },
            log: Log {
                format: layers.choice(
                    "log.format",
                    &[
                        ("auto", LogFormat::Auto),
                        ("human", LogFormat::Human),
                        ("json", LogFormat::Json),
                    ],
                )?,
                filter: layers.filter("log.filter")?,
            },
            demo: layers.choice(
                "demo",
                &[
                    ("auto", Demo::Auto),
                    ("on", Demo::On),
                    ("off", Demo::Off),
                    ("true", Demo::On),
                    ("false", Demo::Off),
                ],
            )?,
        })
    }
}
