//! Builds the floors from the settings: database, caches, supplier, shop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use cache::{Album, Cache};
use domain::money::BasisPoints;
use gateways::mail::Mailer;
use gateways::pace::Pace;
use gateways::{Pictures, Supplier};
use services::accounts::AccountRules;
use services::mails::MailRules;
use services::pictures::PictureRules;
use services::sync::SyncRules;
use services::{Parts, SharedPace, Shop};
use storage::Db;
use url::Url;

use crate::demo::DemoSupplier;
use crate::edition;
use crate::secrets;
use crate::settings::{Loaded, Settings, SupplierAccount};
use crate::world::{RandomIds, SystemChance, SystemClock};

/// Memory for cached values. A shop of 100,000 games keeps its busiest 10,000 pages in it.
const CACHE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// In the data folder.
const PICTURES_FOLDER: &str = "pictures";
/// Towards a real supplier, and towards the built-in one, when nothing is set.
const RATE_PER_MINUTE: u32 = 600;
const DEMO_RATE_PER_MINUTE: u32 = 60_000;

/// A shop, and what is needed to end it.
pub(crate) struct House {
    pub(crate) shop: Shop,
    pub(crate) db: Db,
    pub(crate) demo: Option<DemoSupplier>,
    /// Whether accounts that everybody knows do no harm here.
    pub(crate) is_demo: bool,
}

/// Opens the database, without looking at its schema.
pub(crate) async fn open_database(settings: &Settings) -> anyhow::Result<Db> {
    let url = match &settings.database.url {
        Some(url) => url.clone(),
        None => {
            tokio::fs::create_dir_all(&settings.data_dir)
                .await
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

/// Where customers reach the shop: where the settings say, or where it listens.
pub(crate) fn public_url(settings: &Settings, listening: SocketAddr) -> String {
    let set = settings.server.public_url.clone();
    set.unwrap_or_else(|| format!("http://{listening}"))
}

/// Builds the whole shop; brings the schema up to date first. Links in mails begin with `public_url`.
pub(crate) async fn house(loaded: &Loaded, public_url: String) -> anyhow::Result<House> {
    let settings = &loaded.settings;
    let is_demo = loaded.resolve_demo()?;
    let db = open_database(settings).await?;
    db.migrate()
        .await
        .context("the database's schema cannot be brought up to date")?;
    if is_demo {
        mark_as_demo(&db).await?;
    }
    let chance = Arc::new(SystemChance);
    let secrets = secrets::find_or_make(settings, &db, chance.clone()).await?;
    let demo = if is_demo && settings.supplier.account.is_none() {
        tokio::fs::create_dir_all(&settings.data_dir).await?;
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
        })
        .transpose()?;
    let shop = Shop::new(Parts {
        db: db.clone(),
        cache: cache(settings, &public_url, is_demo).await?,
        supplier,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        chance,
        secrets,
        markup: BasisPoints::new(settings.sync.markup_basis_points),
        sync: SyncRules {
            lease: Duration::from_millis(u64::from(settings.sync.lease_ms)),
            batch_pages: settings.sync.batch_pages,
        },
        accounts: AccountRules {
            access_token: Duration::from_secs(u64::from(settings.accounts.access_token_minutes) * 60),
            staff_second_factor: settings.accounts.staff_second_factor,
            throttled: settings.limits.enabled,
            ..AccountRules::default()
        },
        mail: MailRules {
            mailer: mailer(settings, &public_url),
            secrets_shown: is_demo,
        },
        pictures: pictures(settings, account)?,
        public_url,
    });
    Ok(House {
        shop,
        db,
        demo,
        is_demo,
    })
}

/// The cache of this process, before the one that processes share if there is one.
async fn cache(settings: &Settings, public_url: &str, is_demo: bool) -> anyhow::Result<Cache> {
    let Some(mut redis) = redis(settings) else {
        return Ok(Cache::in_memory(CACHE_BYTES_MAX));
    };
    redis.edition = edition::of(public_url, is_demo).await;
    Cache::before_redis(CACHE_BYTES_MAX, redis).context("redis.url")
}

/// The Redis that is set, if one is; of no edition yet.
pub(crate) fn redis(settings: &Settings) -> Option<cache::redis::Settings> {
    Some(cache::redis::Settings {
        url: settings.redis.url.clone()?,
        prefix: settings.redis.prefix.clone(),
        edition: 0,
    })
}

/// Pictures come from public machines, and from where the supplier itself is; they are kept in a folder that is made when
/// the first one is.
fn pictures(settings: &Settings, account: Option<&SupplierAccount>) -> anyhow::Result<PictureRules> {
    let supplier = account.map(|account| Url::parse(&account.api_url)).transpose()?;
    let bytes_max = u64::from(settings.pictures.megabytes) * 1024 * 1024;
    Ok(PictureRules {
        source: Pictures::new(supplier.as_ref()).context("pictures cannot be fetched")?,
        album: Album::in_folder(&settings.data_dir.join(PICTURES_FOLDER), bytes_max),
    })
}

/// The way to the mail server, if one is set.
pub(crate) fn mailer(settings: &Settings, public_url: &str) -> Option<Mailer> {
    let mail = settings.mail.clone()?;
    Some(Mailer::new(mail.server, mail.from, public_url))
}

/// The supplier of an account.
pub(crate) fn supplier(account: &SupplierAccount, pace: Arc<dyn Pace>) -> anyhow::Result<Supplier> {
    let url = Url::parse(&account.api_url).context("supplier.api_url is no URL")?;
    let credentials = g2a::Credentials {
        client_id: account.client_id.clone(),
        email: account.email.clone(),
        client_secret: account.client_secret.clone(),
    };
    Supplier::new(g2a::Settings::new(url, credentials), pace).context("the supplier's settings cannot work")
}

/// A demo's accounts are known to everybody: a database with a real shop's games never becomes one.
async fn mark_as_demo(db: &Db) -> anyhow::Result<()> {
    if db.marks().get("demo").await?.is_some() {
        return Ok(());
    }
    if !db.catalog().is_empty().await? {
        bail!("demo: refused, because this database holds a shop that was not made as a demo");
    }
    let tx = db.begin().await?;
    tx.marks().set_once("demo", "yes").await?;
    tx.commit().await?;
    Ok(())
}

/// Names this process to others.
pub(crate) fn process_name(command: &str) -> String {
    format!("latchkey {command} (process {})", std::process::id())
}
