//! The sections of the settings, checked; what is secret in them has a type that is never shown.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::secret::{Secret, SecretUrl};

/// Where the shop is reached.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `http://…` or `https://…` without a path or a slash at its end.
    pub public_url: Option<String>,
    /// Networks of those whose word for where a request comes from is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins as browsers write them, whose pages may use the API.
    pub allowed_origins: Vec<String>,
    /// Open at the same time, at least 1.
    pub connections_max: u32,
    /// Of one network address, at least 1.
    pub connections_per_address: u32,
}

/// How accounts are run.
#[derive(Clone, Debug)]
pub struct AccountsSettings {
    /// At least 1.
    pub access_token_minutes: u32,
    /// Whether staff need a second factor.
    pub staff_second_factor: bool,
}

/// Where the shop remembers.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite://…` or `postgres://…`; `None` is a SQLite file in the data folder.
    pub url: Option<SecretUrl>,
    /// The size of the pool, at least 1.
    pub connections: u32,
}

/// The shared cache.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// `redis://…`; `None` is no Redis.
    pub url: Option<SecretUrl>,
    /// What every key of this shop begins with; may be empty.
    pub prefix: String,
    /// How long it is waited for, in milliseconds, at least 10.
    pub answer_ms: u32,
}

/// The pictures of games.
#[derive(Clone, Debug)]
pub struct PicturesSettings {
    /// Space for them on the disk, at least 16.
    pub megabytes: u32,
}

/// The secrets of the shop's own; what is not set is made at the first start and kept in the data folder.
#[derive(Clone, Debug)]
pub struct KeysSettings {
    /// Seals what the database keeps; at least [`SECRET_LENGTH_MIN`](super::SECRET_LENGTH_MIN) characters.
    pub master_key: Option<Secret<String>>,
    /// Signs access tokens; as long.
    pub jwt_secret: Option<Secret<String>>,
}

/// By whom the shop's mails are sent, and from whom they are: two settings that are only of use together.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The mail server.
    pub server: gateways::mail::MailServer,
    /// Whom mails are from.
    pub from: gateways::mail::MailSender,
}

/// Who sells to the shop.
#[derive(Clone, Debug)]
pub struct SupplierSettings {
    /// How to reach and to persuade the supplier; `None` when none is set.
    pub account: Option<SupplierAccount>,
    /// The secret of notifications' signatures.
    pub webhook_secret: Option<Secret<String>>,
    /// Requests a minute, at least 1; `None` is the default, which is another one in demo mode.
    pub rate_per_minute: Option<u32>,
}

/// The four settings that are only of use together.
#[derive(Clone, Debug)]
pub struct SupplierAccount {
    /// `http://…` or `https://…` without a slash at its end.
    pub api_url: String,
    /// The client id.
    pub client_id: String,
    /// The account's e-mail address.
    pub email: String,
    /// The client secret.
    pub client_secret: Secret<String>,
}

/// How the catalogue follows the supplier.
#[derive(Clone, Debug)]
pub struct SyncSettings {
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
#[derive(Clone, Debug)]
pub struct LimitsSettings {
    /// `false` only in load tests.
    pub enabled: bool,
    /// At least 1.
    pub requests_in_flight_max: u32,
    /// At least 1.
    pub changes_per_minute: u32,
    /// At least 1.
    pub reads_per_minute: u32,
    /// At least 1.
    pub costly_reads_per_minute: u32,
}

/// Who reads the metrics.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// An address of their own.
    pub listen: Option<SocketAddr>,
    /// The Bearer token that opens them on the shop's.
    pub token: Option<Secret<String>>,
}

/// What the shop tells its operator.
#[derive(Clone, Debug)]
pub struct LogSettings {
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
pub enum DemoMode {
    /// On when nothing else is set.
    Auto,
    /// On, or a refusal.
    On,
    /// Off.
    Off,
}
