//! Builds the shop from the settings: database, caches, supplier, services.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use domain::money::BasisPoints;
use domain::parking::ParkingRule;
use domain::suppliers::SupplierTerms;
use gateways::mail::Mailer;
use gateways::pace::Pace;
use gateways::pictures::PictureStore;
use gateways::suppliers::csv::{CsvFeed, CsvSupplier};
use gateways::{G2aSupplier, Pictures, SharedSupplier};
use services::mails::MailRules;
use services::pictures::PictureRules;
use services::sync::SyncRules;
use services::{Parts, SharedPace, Shop, ShopSupplier};
use storage::Db;
use url::Url;
use vault::Secrets;

use crate::account_rules;
use crate::caches;
use crate::data_folder;
use crate::demo::DemoSupplier;
use crate::secrets;
use crate::settings::{Loaded, OtherSupplier, Settings, SettingsError, SupplierAccount};
use crate::world::{RandomIds, SystemChance, SystemClock};

/// In the data folder.
const PICTURES_FOLDER: &str = "pictures";
/// Likewise: copies of suppliers' lists while they are read.
const FEEDS_FOLDER: &str = "feeds";
/// The default rate limit towards a real supplier, and towards the built-in one.
const RATE_PER_MINUTE: u32 = 600;
const DEMO_RATE_PER_MINUTE: u32 = 60_000;

/// A running shop, and what is needed to stop it.
pub(crate) struct RunningShop {
    pub(crate) shop: Shop,
    pub(crate) db: Db,
    pub(crate) demo: Option<DemoSupplier>,
    /// Whether this is a demo, where publicly known accounts do no harm.
    pub(crate) is_demo: bool,
}

/// Opens the database; the schema is not checked.
pub(crate) async fn open_database(settings: &Settings) -> anyhow::Result<Db> {
    let url = match &settings.database.url {
        Some(url) => url.reveal().to_owned(),
        None => {
            data_folder::make(&settings.data_dir)
                .with_context(|| format!("data_dir: cannot make {}", settings.data_dir.display()))?;
            format!("sqlite://{}", settings.data_dir.join("latchkey.db").display())
        }
    };
    let options = storage::Options {
        connections_max: settings.database.connections,
    };
    Db::open(&url, options)
        .await
        .context("database.url: the database cannot be opened")
}

/// The shop's address for customers: from the settings, or the listening address.
pub(crate) fn public_url(settings: &Settings, listening: SocketAddr) -> String {
    let set = settings.server.public_url.clone();
    set.unwrap_or_else(|| format!("http://{listening}"))
}

/// Builds the whole shop; brings the schema up to date first. Links in mails begin with `public_url`.
pub(crate) async fn build_shop(loaded: &Loaded, public_url: String) -> anyhow::Result<RunningShop> {
    let settings = &loaded.settings;
    let is_demo = loaded.resolve_demo()?;
    if loaded.listens_too_widely_for_a_demo() {
        tracing::warn!(
            "[HTTP] demo mode stays off, because server.listen is open to other machines; --demo turns it on all the same"
        );
    }
    data_folder::narrow(&settings.data_dir);
    let db = open_database(settings).await?;
    db.migrate()
        .await
        .context("the database's schema cannot be brought up to date")?;
    if is_demo {
        mark_as_demo(&db).await?;
    }
    let secrets = secrets::find_or_make(settings, &db, Arc::new(SystemChance)).await?;
    let demo = if is_demo && settings.supplier.account.is_none() {
        data_folder::make(&settings.data_dir)?;
        Some(DemoSupplier::find_or_start(&settings.data_dir).await?)
    } else {
        None
    };
    let account = settings
        .supplier
        .account
        .as_ref()
        .or(demo.as_ref().map(|demo| &demo.account));
    let unset = if demo.is_some() {
        DEMO_RATE_PER_MINUTE
    } else {
        RATE_PER_MINUTE
    };
    let supplier = account
        .map(|account| {
            let per_minute = settings.supplier.rate_per_minute.unwrap_or(unset);
            supplier(account, Arc::new(SharedPace::new(db.clone(), per_minute)))
                .map(|supplier| Arc::new(supplier.with_price_field(settings.supplier.price_field)) as SharedSupplier)
        })
        .transpose()?;
    let plan = Plan {
        settings,
        db: db.clone(),
        cache: caches::of_process(settings, &public_url, is_demo, &secrets).await?,
        is_demo,
        public_url,
    };
    let shop = plan.shop(secrets, supplier, account)?;
    (shop.offers().follow_terms().await).context("the games cannot follow the suppliers' terms")?;
    Ok(RunningShop {
        shop,
        db,
        demo,
        is_demo,
    })
}

/// A shop that changes nothing, caches nothing and calls no supplier: it checks a running shop with the same settings.
pub(crate) struct Inspector {
    pub(crate) shop: Shop,
    pub(crate) db: Db,
    /// The address of the shop that is checked.
    pub(crate) public_url: String,
    /// Whether its supplier is the built-in one.
    pub(crate) has_demo_supplier: bool,
}

/// Builds an inspector of the shop at `public_url`. The database is not changed.
pub(crate) async fn inspector(loaded: &Loaded, public_url: String) -> anyhow::Result<Inspector> {
    let settings = &loaded.settings;
    let is_demo = loaded.resolve_demo()?;
    let db = open_database(settings).await?;
    if db.pending_migrations().await? > 0 {
        bail!("the database's schema is not up to date: `latchkey migrate`, or the next start, brings it there");
    }
    if !secrets::are_known(settings, &db).await? {
        bail!("no shop was started on this database yet");
    }
    let secrets = secrets::find_or_make(settings, &db, Arc::new(SystemChance)).await?;
    let plan = Plan {
        settings,
        db: db.clone(),
        cache: caches::inspector(settings, &public_url, is_demo, &secrets).await?,
        is_demo,
        public_url: public_url.clone(),
    };
    Ok(Inspector {
        shop: plan.shop(secrets, None, settings.supplier.account.as_ref())?,
        db,
        public_url,
        has_demo_supplier: is_demo && settings.supplier.account.is_none(),
    })
}

/// The parts of a shop besides its secrets and its supplier.
struct Plan<'a> {
    settings: &'a Settings,
    db: Db,
    cache: cache::Cache,
    is_demo: bool,
    public_url: String,
}

impl Plan<'_> {
    /// The shop. Pictures come from public hosts and from the host of `account`'s supplier.
    fn shop(
        self,
        secrets: Secrets,
        supplier: Option<SharedSupplier>,
        account: Option<&SupplierAccount>,
    ) -> anyhow::Result<Shop> {
        let settings = self.settings;
        Ok(Shop::new(Parts {
            db: self.db,
            cache: self.cache,
            suppliers: suppliers(settings, supplier)?,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            chance: Arc::new(SystemChance),
            secrets,
            sync: SyncRules {
                lease: Duration::from_millis(u64::from(settings.sync.lease_ms)),
                batch_pages: settings.sync.batch_pages,
                parking: ParkingRule {
                    at_most_percent: settings.sync.hide_at_most_percent,
                },
            },
            accounts: account_rules::of(settings),
            wallets: account_rules::of_wallets(settings),
            orders: account_rules::of_orders(settings),
            mail: MailRules {
                mailer: mailer(settings, &self.public_url),
                secrets_shown: self.is_demo,
            },
            pictures: pictures(settings, account)?,
            public_url: self.public_url,
        }))
    }
}

/// G2A, and the suppliers of `[suppliers]`.
fn suppliers(settings: &Settings, g2a: Option<SharedSupplier>) -> anyhow::Result<Vec<ShopSupplier>> {
    let markup = settings.sync.markup_basis_points;
    let mut suppliers = vec![ShopSupplier::g2a(g2a, BasisPoints::new(markup))];
    for other in &settings.suppliers {
        let list = csv_supplier(other, settings)?;
        suppliers.push(ShopSupplier {
            terms: SupplierTerms {
                name: other.name.clone(),
                rank: other.rank,
                fulfilment: other.fulfilment,
            },
            markup: BasisPoints::new(other.markup_basis_points.unwrap_or(markup)),
            source: Some(Arc::new(list)),
        });
    }
    Ok(suppliers)
}

/// A supplier of `[suppliers]`; its list is copied into the data folder when it is read.
pub(crate) fn csv_supplier(other: &OtherSupplier, settings: &Settings) -> anyhow::Result<CsvSupplier> {
    let feed = CsvFeed::new(other.csv.clone(), settings.data_dir.join(FEEDS_FOLDER))
        .with_context(|| format!("suppliers.{}.source", other.name))?;
    Ok(CsvSupplier::new(feed).named(&other.name))
}

/// Pictures come from public hosts and from the supplier's own; they are stored in a folder that is created with the
/// first one.
fn pictures(settings: &Settings, account: Option<&SupplierAccount>) -> anyhow::Result<PictureRules> {
    let supplier = account.map(|account| Url::parse(&account.api_url)).transpose()?;
    let bytes_max = u64::from(settings.pictures.megabytes) * 1024 * 1024;
    Ok(PictureRules {
        source: Pictures::new(supplier.as_ref()).context("pictures cannot be fetched")?,
        store: PictureStore::in_folder(&settings.data_dir.join(PICTURES_FOLDER), bytes_max),
    })
}

/// The mailer, if a mail server is set.
pub(crate) fn mailer(settings: &Settings, public_url: &str) -> Option<Mailer> {
    let mail = settings.mail.clone()?;
    Some(Mailer::new(mail.server, mail.from, public_url))
}

/// The supplier of an account.
pub(crate) fn supplier(account: &SupplierAccount, pace: Arc<dyn Pace>) -> anyhow::Result<G2aSupplier> {
    let url = Url::parse(&account.api_url).context("supplier.api_url is no URL")?;
    let credentials = g2a::Credentials {
        client_id: account.client_id.clone(),
        email: account.email.clone(),
        client_secret: account.client_secret.reveal().clone(),
    };
    G2aSupplier::new(g2a::Settings::new(url, credentials), pace).context("the supplier's settings cannot work")
}

/// A demo's accounts are publicly known: a database with a real shop's games never becomes a demo.
async fn mark_as_demo(db: &Db) -> anyhow::Result<()> {
    if db.metadata().get("demo").await?.is_some() {
        return Ok(());
    }
    if !db.catalog().is_empty().await? {
        bail!(SettingsError::DemoRefused(
            "because this database holds a shop that was not made as a demo"
        ));
    }
    let tx = db.begin().await?;
    tx.metadata().set_once("demo", "yes").await?;
    tx.commit().await?;
    Ok(())
}

/// This process's name for others.
pub(crate) fn process_name(command: &str) -> String {
    format!("latchkey {command} (process {})", std::process::id())
}

/// This node's name for operators: its process id, its listening address, and the machine's name where the system has
/// one.
pub(crate) fn node_name(listens_on: SocketAddr) -> String {
    let here = format!("process {}, {listens_on}", std::process::id());
    match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(machine) if !machine.trim().is_empty() => format!("{}, {here}", machine.trim()),
        _ => here,
    }
}
