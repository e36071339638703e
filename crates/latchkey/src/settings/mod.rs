//! The settings: their types, and how flags, environment, file and defaults are merged.

mod demo;
mod error;
mod secret;
mod sections;
mod selling;
mod source;
mod suppliers;
#[cfg(test)]
mod tests;
mod values;

use std::path::PathBuf;

use gateways::supplier::PriceField;

pub use self::error::SettingsError;
pub use self::secret::{Secret, SecretUrl};
pub use self::sections::{
    AccountsSettings, CacheSettings, DatabaseSettings, DemoMode, KeysSettings, LimitsSettings, LogFormat, LogSettings,
    MailSettings, Metrics, PicturesSettings, RedisSettings, ServerSettings, SupplierAccount, SupplierSettings,
    SyncSettings,
};
pub use self::selling::{FulfilmentSettings, OrderSettings, TaxSettings, WalletSettings};
pub use self::source::{Provenance, Source};
pub use self::suppliers::OtherSupplier;
pub(crate) use self::values::SECRET_LENGTH_MIN;

use self::source::Layers;

/// The sources of settings, passed as arguments so that tests need not change the process's environment.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Setting and value from the command line, `("server.listen", "127.0.0.1:0")`.
    pub flags: Vec<(String, String)>,
    /// The environment of the process; variables of other programs are ignored.
    pub environment: Vec<(String, String)>,
    /// The file of `--config`, which must exist; without one, `latchkey.toml` here if there is one.
    pub file: Option<PathBuf>,
}

/// The settings in force, and where each came from.
#[derive(Debug)]
pub struct Loaded {
    /// The settings, checked.
    pub settings: Settings,
    /// One entry for each setting, by name; secrets masked.
    pub provenance: Vec<Provenance>,
}

/// Every setting. Secrets have types that are never shown.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `[server]`.
    pub server: ServerSettings,
    /// The folder of everything that the shop keeps in files.
    pub data_dir: PathBuf,
    /// `[accounts]`.
    pub accounts: AccountsSettings,
    /// `[database]`.
    pub database: DatabaseSettings,
    /// `[redis]`.
    pub redis: RedisSettings,
    /// `[cache]`.
    pub cache: CacheSettings,
    /// `[pictures]`.
    pub pictures: PicturesSettings,
    /// `[keys]`.
    pub keys: KeysSettings,
    /// `[mail]`; `None` when none is set.
    pub mail: Option<MailSettings>,
    /// `[supplier]`.
    pub supplier: SupplierSettings,
    /// `[suppliers.NAME]`, by name.
    pub suppliers: Vec<OtherSupplier>,
    /// `[sync]`.
    pub sync: SyncSettings,
    /// `[tax]`.
    pub tax: TaxSettings,
    /// `[wallets]`.
    pub wallets: WalletSettings,
    /// `[orders]`.
    pub orders: OrderSettings,
    /// `[fulfilment]`.
    pub fulfilment: FulfilmentSettings,
    /// `[limits]`.
    pub limits: LimitsSettings,
    /// `[metrics]`.
    pub metrics: Metrics,
    /// `[log]`.
    pub log: LogSettings,
    /// The setting; [`Loaded::resolve_demo`] decides what follows from it.
    pub demo: DemoMode,
}

impl Settings {
    /// Merges flags, environment, file and defaults, in this order of precedence, and checks every value.
    ///
    /// # Errors
    ///
    /// The first error: a file that cannot be read, an unknown name, an invalid value.
    pub fn load(inputs: &Inputs) -> Result<Loaded, SettingsError> {
        let layers = Layers::gather(inputs)?;
        Ok(Loaded {
            settings: Self::checked(&layers)?,
            provenance: layers.provenance(),
        })
    }

    fn accounts(layers: &Layers) -> Result<AccountsSettings, SettingsError> {
        Ok(AccountsSettings {
            reauthenticate_minutes: layers.number("accounts.reauthenticate_minutes", 1, 1_440)?,
            access_token_minutes: layers.number("accounts.access_token_minutes", 1, 1_440)?,
            session_days: layers.number("accounts.session_days", 1, 3_650)?,
            staff_session_hours: layers.number("accounts.staff_session_hours", 1, 8_760)?,
            staff_second_factor: layers.choice("accounts.staff_second_factor", &[("true", true), ("false", false)])?,
            migrate_guests: layers.choice("accounts.migrate_guests", &[("true", true), ("false", false)])?,
        })
    }

    fn checked(layers: &Layers) -> Result<Self, SettingsError> {
        Ok(Self {
            server: Self::server(layers)?,
            accounts: Self::accounts(layers)?,
            data_dir: PathBuf::from(layers.required("data_dir", "a folder")?),
            database: DatabaseSettings {
                url: layers.database_url("database.url")?,
                connections: layers.number("database.connections", 1, 1_000)?,
            },
            redis: RedisSettings {
                url: layers.redis_url("redis.url")?,
                prefix: layers.prefix("redis.prefix")?,
                answer_ms: layers.number("redis.answer_ms", 10, 10_000)?,
            },
            cache: CacheSettings {
                memory_megabytes: layers.number("cache.memory_megabytes", 16, 1_000_000)?,
            },
            pictures: PicturesSettings {
                megabytes: layers.number("pictures.megabytes", 16, 1_000_000)?,
            },
            keys: KeysSettings {
                master_key: layers.secret("keys.master_key")?,
                jwt_secret: layers.secret("keys.jwt_secret")?,
            },
            mail: layers.mail()?,
            supplier: SupplierSettings {
                account: layers.supplier_account()?,
                price_field: layers.choice(
                    "supplier.price_field",
                    &PriceField::ALL.map(|field| (field.as_str(), field)),
                )?,
                webhook_secret: layers.foreign_secret("supplier.webhook_secret"),
                rate_per_minute: layers.optional_number("supplier.rate_per_minute", 1, 1_000_000)?,
            },
            suppliers: layers.suppliers()?,
            sync: Self::sync(layers)?,
            tax: selling::tax(layers)?,
            wallets: selling::wallets(layers)?,
            orders: selling::orders(layers)?,
            fulfilment: selling::fulfilment(layers)?,
            limits: Self::limits(layers)?,
            metrics: Metrics {
                listen: layers.optional_address("metrics.listen")?,
                token: layers.token("metrics.token")?,
            },
            log: LogSettings {
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
                    ("auto", DemoMode::Auto),
                    ("on", DemoMode::On),
                    ("off", DemoMode::Off),
                    ("true", DemoMode::On),
                    ("false", DemoMode::Off),
                ],
            )?,
        })
    }

    fn server(layers: &Layers) -> Result<ServerSettings, SettingsError> {
        Ok(ServerSettings {
            listen: layers.address("server.listen")?,
            public_url: layers.origin("server.public_url")?,
            trusted_proxies: layers.networks("server.trusted_proxies")?,
            allowed_origins: layers.allowed_origins()?,
            connections_max: layers.number("server.connections_max", 1, 1_000_000)?,
            connections_per_address: layers.number("server.connections_per_address", 1, 1_000_000)?,
        })
    }

    fn sync(layers: &Layers) -> Result<SyncSettings, SettingsError> {
        Ok(SyncSettings {
            markup_basis_points: layers.number("sync.markup_basis_points", 0, 100_000)?,
            full_at: layers.times("sync.full_at")?,
            zone: layers.zone("sync.zone")?,
            stock_every_minutes: layers.optional_number("sync.stock_every_minutes", 1, 1_440)?,
            hide_at_most_percent: layers.number("sync.hide_at_most_percent", 0, 100)?,
            lease_ms: layers.number("sync.lease_ms", 100, 3_600_000)?,
            batch_pages: layers.number("sync.batch_pages", 1, 200)?,
        })
    }

    fn limits(layers: &Layers) -> Result<LimitsSettings, SettingsError> {
        Ok(LimitsSettings {
            enabled: layers.choice("limits.enabled", &[("true", true), ("false", false)])?,
            requests_in_flight_max: layers.number("limits.requests_in_flight_max", 1, 100_000)?,
            changes_per_minute: layers.number("limits.changes_per_minute", 1, 1_000_000)?,
            reads_per_minute: layers.number("limits.reads_per_minute", 1, 1_000_000_000)?,
            costly_reads_per_minute: layers.number("limits.costly_reads_per_minute", 1, 1_000_000_000)?,
        })
    }
}
