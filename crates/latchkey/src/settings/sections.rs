//! The sections of the settings, checked; secrets have types that are never shown.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::secret::{Secret, SecretUrl};

/// The shop's addresses and connections.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `http://…` or `https://…` without a path or a slash at its end.
    pub public_url: Option<String>,
    /// Networks of the proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins, in browsers' format, whose pages may use the API.
    pub allowed_origins: Vec<String>,
    /// The most open connections, at least 1.
    pub connections_max: u32,
    /// The most open connections of one network address, at least 1.
    pub connections_per_address: u32,
}

/// Settings of accounts.
#[derive(Clone, Debug)]
pub struct AccountsSettings {
    /// At least 1.
    pub access_token_minutes: u32,
    /// How old a customer's sign-in becomes at most, in days, at least 1.
    pub session_days: u32,
    /// How old a sign-in of staff becomes at most, in hours, at least 1.
    pub staff_session_hours: u32,
    /// Whether staff need a second factor.
    pub staff_second_factor: bool,
    /// How old staff's proof of who they are may be where rights or money move, in minutes; at least 1.
    pub reauthenticate_minutes: u32,
    /// Whether a guest's cart and wishlist move to the account at sign-in.
    pub migrate_guests: bool,
}

/// The database.
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
    /// The prefix of every key of this shop; may be empty.
    pub prefix: String,
    /// The time limit for an answer, in milliseconds, at least 10.
    pub answer_ms: u32,
}

/// What this process may keep in memory to answer sooner.
#[derive(Clone, Debug)]
pub struct CacheSettings {
    /// All tiers together, at least 16.
    pub memory_megabytes: u32,
}

/// The pictures of games.
#[derive(Clone, Debug)]
pub struct PicturesSettings {
    /// Disk space for them in MB, at least 16.
    pub megabytes: u32,
}

/// The shop's own secrets; those that are not set are generated at the first start and stored in the data folder.
#[derive(Clone, Debug)]
pub struct KeysSettings {
    /// Seals data in the database; at least [`SECRET_LENGTH_MIN`](super::SECRET_LENGTH_MIN) characters.
    pub master_key: Option<Secret<String>>,
    /// Signs access tokens; as long.
    pub jwt_secret: Option<Secret<String>>,
}

/// The mail server and the sender: two settings that belong together.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The mail server.
    pub server: gateways::mail::MailServer,
    /// The sender of mails.
    pub from: gateways::mail::MailSender,
}

/// The supplier.
#[derive(Clone, Debug)]
pub struct SupplierSettings {
    /// The account at the supplier; `None` when it is not set.
    pub account: Option<SupplierAccount>,
    /// Which of the supplier's prices is the cost.
    pub price_field: gateways::supplier::PriceField,
    /// The secret of the signatures on notifications.
    pub webhook_secret: Option<Secret<String>>,
    /// Calls per minute, at least 1; `None` for the default, which differs in demo mode.
    pub rate_per_minute: Option<u32>,
}

/// The four settings of a supplier's account, which belong together.
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

/// Settings of syncs.
#[derive(Clone, Debug)]
pub struct SyncSettings {
    /// The markup on the supplier's price, in 1/10000.
    pub markup_basis_points: u32,
    /// Times of day, each `HH:MM`.
    pub full_at: Vec<String>,
    /// An existing IANA time zone.
    pub zone: String,
    /// At least 1; `None` is never.
    pub stock_every_minutes: Option<u32>,
    /// The largest share of a supplier's offers that a run may hide, or lower below half, in percent; 0 to 100.
    pub hide_at_most_percent: u32,
    /// How long the lease is valid without a batch, in milliseconds; at least 100.
    pub lease_ms: u32,
    /// Pages in one transaction, at least 1.
    pub batch_pages: u32,
}

/// Limits on requests.
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

/// Access to the metrics.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// A separate address.
    pub listen: Option<SocketAddr>,
    /// The Bearer token that opens them at the shop's own address.
    pub token: Option<Secret<String>>,
}

/// Settings of the log.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// The format of a line.
    pub format: LogFormat,
    /// A valid filter for `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

/// The format of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Human-readable on a terminal, JSON otherwise.
    Auto,
    /// Human-readable.
    Human,
    /// JSON.
    Json,
}

/// The setting of demo mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoMode {
    /// On when nothing else is set.
    Auto,
    /// On; refused where it would put a real shop at risk.
    On,
    /// Off.
    Off,
}
